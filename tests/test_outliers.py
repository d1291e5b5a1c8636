from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from genmark.brand import outliers
from genmark.brand.outliers import Outliers
from genmark.types import Floats


def brand(count: int, rng: np.random.Generator, dim: int = 32) -> Floats:
    """Features in three clouds, uneven in size and width, away from the origin as a network's are."""
    centres = np.abs(np.random.default_rng(99).normal(size=(3, dim))) * 3
    which = rng.choice(3, count, p=[0.6, 0.3, 0.1])
    spread = np.array([0.5, 0.9, 0.3])[which, None]
    return (centres[which] + spread * rng.normal(size=(count, dim))).astype(np.float32)


def test_no_more_than_one_in_twenty_of_the_same_kind_is_sent_to_review() -> None:
    rng, shares = np.random.default_rng(0), []
    for _ in range(60):
        index = Outliers.fit(brand(300, rng))
        shares.append(float(index.strange(brand(1_000, rng)).mean()))
    assert np.mean(np.array(shares) > 0.05) <= 0.10, "the limit is to hold 95 times in 100"
    assert np.mean(shares) > 0.005, "a limit that lets everything in is none"


def test_strangers_are_caught() -> None:
    rng = np.random.default_rng(1)
    index = Outliers.fit(brand(300, rng))
    strangers = np.abs(rng.normal(size=(500, 32))).astype(np.float32) * 3
    assert index.strange(strangers).mean() > 0.99
    halfway = (brand(500, rng) + strangers) / 2
    assert 0.5 < index.strange(halfway).mean() < index.strange(strangers).mean()


def test_percentiles_of_the_same_kind_are_spread_evenly() -> None:
    rng = np.random.default_rng(2)
    shares = Outliers.fit(brand(2_000, rng)).percentile(brand(2_000, rng))
    assert np.quantile(shares, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    assert shares.min() >= 0.0
    assert shares.max() <= 1.0


def test_distances_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(3)
    known, asked = brand(50, rng), brand(7, rng)
    unit, wanted = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (known, asked))
    plain = np.linalg.norm(wanted[:, None] - unit[None], axis=2)
    index = Outliers.fit(known, k=4)
    assert index.distances(asked) == pytest.approx(np.sort(plain, axis=1)[:, 3], abs=1e-4)
    places, apart = index.nearest(asked, 3)
    assert (places == np.argsort(plain, axis=1)[:, :3]).all()
    assert apart == pytest.approx(np.sort(plain, axis=1)[:, :3], abs=1e-4)


def test_blocks_and_brightness_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    known, asked = brand(100, rng), brand(40, rng)
    whole = Outliers.fit(known)
    monkeypatch.setattr(outliers, "_ROWS", 7)
    parts = Outliers.fit(known * 5.0)
    assert parts.reference == pytest.approx(whole.reference, abs=1e-5)
    assert parts.distances(asked * 0.1) == pytest.approx(whole.distances(asked), abs=1e-5)


def test_siblings_do_not_make_a_campaign_look_near() -> None:
    """Posts of one campaign are near-copies; a post of a new campaign has no sibling here, and is not strange."""
    rng = np.random.default_rng(5)

    def campaigns(count: int) -> tuple[Floats, np.ndarray]:
        which = np.repeat(np.arange(count), 10)
        return np.repeat(brand(count, rng), 10, axis=0) + 0.05 * brand(10 * count, rng), which

    known, which = campaigns(80)
    fresh, _ = campaigns(80)
    assert Outliers.fit(known).strange(fresh).mean() > 0.5
    assert Outliers.fit(known, groups=which).strange(fresh).mean() <= 0.08


def test_held_out_pictures_set_the_limit_where_training_pulled_the_known_ones_together() -> None:
    rng = np.random.default_rng(6)
    known = brand(300, rng)
    centre = known.mean(axis=0)
    pulled, others, fresh = centre + 0.2 * (known - centre), brand(300, rng), brand(1_000, rng)
    assert Outliers.fit(pulled).strange(fresh).mean() > 0.5
    assert Outliers.fit(pulled, held_out=others).strange(fresh).mean() <= 0.06


def test_too_few_pictures_promise_nothing_and_say_so() -> None:
    rng = np.random.default_rng(7)
    assert not Outliers.fit(brand(58, rng)).promised
    assert Outliers.fit(brand(59, rng)).promised
    few = Outliers.fit(brand(6, rng))
    assert few.limit == few.reference.max()
    with pytest.raises(ValueError, match="more than 5"):
        Outliers.fit(brand(5, rng))
    with pytest.raises(ValueError, match="another group"):
        Outliers.fit(brand(50, rng), groups=np.zeros(50))


def test_features_that_do_not_fit_are_refused() -> None:
    index = Outliers.fit(brand(20, np.random.default_rng(8)))
    for wrong in (np.zeros((2, 31)), np.zeros(32), np.full((1, 32), np.nan)):
        with pytest.raises(ValueError, match="features"):
            index.distances(wrong)
    assert index.strange(np.zeros((1, 32))).all(), "a picture without any feature is like nothing"


def test_memory_holds_a_block_of_distances_and_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outliers, "_ROWS", 64)
    points = np.random.default_rng(0).normal(size=(3000, 4)).astype(np.float32)
    tracemalloc.start()
    Outliers.fit(points, groups=np.arange(3000) // 2)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8e6  # all distances are 36 MB


def test_of_no_pictures_there_is_nothing_to_say() -> None:
    index = Outliers.fit(np.random.default_rng(0).normal(size=(30, 8)))
    nothing = np.zeros((0, 8), np.float32)
    assert index.distances(nothing).shape == index.percentile(nothing).shape == index.strange(nothing).shape == (0,)
    assert [part.shape for part in index.nearest(nothing, 3)] == [(0, 3), (0, 3)]
    with pytest.raises(ValueError, match="finite"):
        index.distances(np.zeros((0, 7), np.float32))
    with pytest.raises(ValueError, match="finite"):
        Outliers.fit(nothing)
