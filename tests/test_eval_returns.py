"""Own hair back: what mends is told from what does not, and pairs are the ones that the finish learns from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from drawn_heads import head

from genmark.canvas import gaussian_blur
from genmark.evaluate.own_hair import draw_pairs, mend_by
from genmark.evaluate.report import write_table
from genmark.evaluate.returns import find_psnr, measure_returns
from genmark.restyle.hair.finish import Finisher
from genmark.train.hair_pairs import Example
from genmark.train.portraits import CANVAS, Portraits
from genmark.types import Bools, Floats, Pixels


@dataclass(frozen=True, eq=False)
class Pair:
    pixels: np.ndarray
    truth: np.ndarray
    may: np.ndarray


def soft_noise(seed: int) -> Pixels:
    plane = gaussian_blur(np.random.default_rng(seed).normal(0, 1, (80, 80)).astype(np.float32), 2.0)
    return np.repeat(np.clip(128 + 40 * plane / plane.std(), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def harmed(seed: int) -> Pair:
    truth, may = soft_noise(seed), np.zeros((80, 80), bool)
    may[20:60, 20:60] = True
    return Pair(np.where(may[..., None], 255 - truth, truth), truth, may)


def apart(ones: list[Pixels], others: list[Pixels]) -> Floats:
    return np.array([np.abs(a.astype(float) - b).mean() for a, b in zip(ones, others, strict=True)], np.float32)


def test_mending_is_measured_against_the_photo() -> None:
    found = measure_returns(
        [harmed(seed) for seed in range(6)],
        {"perfect": lambda pair: pair.truth, "idle": lambda pair: pair.pixels.copy()},
        apart,
    )
    assert found["pairs"] == 6
    assert (found["perfect"]["psnr"], found["perfect"]["distance"]) == (60.0, 0.0)
    assert found["unmended"]["psnr"] < 30
    assert found["unmended"]["distance"] > 1
    assert "psnr_change" not in found["unmended"]
    change = found["perfect"]["psnr_change"]
    assert change["low"] < change["value"] == pytest.approx(60 - found["unmended"]["psnr"])
    assert found["perfect"]["distance_change"]["high"] < 0
    assert found["idle"]["psnr_change"] == {"value": 0, "low": 0, "high": 0}
    assert "distance" not in measure_returns([harmed(0)], {})["unmended"]
    assert measure_returns([], {"perfect": lambda pair: pair.truth}, apart) == {"pairs": 0}


def test_psnr_is_that_of_the_marked_pixels() -> None:
    truth = soft_noise(7)
    may = np.zeros((80, 80), bool)
    may[20:60, 20:60] = True
    brighter = np.clip(truth.astype(int) + 16, 0, 255).astype(np.uint8)
    assert find_psnr(truth, brighter, may) == pytest.approx(24.05, abs=0.1)
    assert find_psnr(truth, np.where(may[..., None], truth, 0).astype(np.uint8), may) == 60.0


@cache
def drawn_portraits() -> Portraits:
    """Four drawn heads; the third is bald."""
    people = [head(fall=fall, unit=120, light=25 + 10 * k) for k, fall in enumerate((0.3, 0.0, 0.2, 0.5))]
    count = len(people)
    pictures = torch.zeros((count, 3, CANVAS, CANVAS), dtype=torch.uint8)
    mattes, index = (torch.zeros((count, CANVAS, CANVAS), dtype=torch.uint8) for _ in range(2))
    for k, (photo, regions) in enumerate(people):
        wide, high = photo.size
        pictures[k, :, :high, :wide] = torch.from_numpy(photo.pixels.copy()).permute(2, 0, 1)
        alpha = regions.mattes["hair"].alpha * (k != 2)
        mattes[k, :high, :wide] = torch.from_numpy(np.rint(255 * alpha).astype(np.uint8))
        index[k, :high, :wide] = torch.from_numpy(regions.index.copy())
    points = torch.stack([torch.from_numpy(r.face.landmarks.copy()) for _, r in people if r.face is not None])
    sizes = torch.tensor([[float(n) for n in photo.size] for photo, _ in people])
    ones = torch.ones(count)
    return Portraits(pictures, mattes, index, sizes, points, torch.zeros(count, 3), ones, ones, tuple("abcd"))


def test_pairs_are_drawn_from_those_with_hair_and_repeat_with_their_seed() -> None:
    pairs = list(draw_pairs(drawn_portraits(), 4, seed=1))
    assert len(pairs) == 3
    for made in pairs:
        np.testing.assert_array_equal(made.pixels[~made.may], made.truth[~made.may])
        assert (made.pixels != made.truth).any()
    again = list(draw_pairs(drawn_portraits(), 4, seed=1))
    other = list(draw_pairs(drawn_portraits(), 4, seed=2))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(pairs, again, strict=True))
    assert not all(np.array_equal(a.pixels, b.pixels) for a, b in zip(pairs, other, strict=True))
    assert len(list(draw_pairs(drawn_portraits(), 2))) == 2
    assert len(list(draw_pairs(drawn_portraits(), 99))) == 3


def test_a_finisher_is_shown_what_it_may_mend_and_a_margin() -> None:
    shown: list[tuple[int, ...]] = []

    class Whiten(Finisher):
        def __init__(self) -> None:
            """No weights."""

        def __call__(self, pixels: Pixels, alpha: Floats, old: Floats, may: Bools, unit: float) -> Pixels:
            assert pixels.shape[:2] == alpha.shape == old.shape == may.shape
            shown.append(may.shape)
            return np.where(may[..., None], 255, pixels).astype(np.uint8)

    made = next(draw_pairs(drawn_portraits(), 1))
    assert isinstance(made, Example)
    mended = mend_by(Whiten())(made)
    assert (mended[made.may] == 255).all()
    np.testing.assert_array_equal(mended[~made.may], made.pixels[~made.may])
    assert shown[0] != made.may.shape


def test_the_report_says_what_came_back_under_a_heading_of_its_own() -> None:
    returns = measure_returns([harmed(0), harmed(1)], {"finished": lambda pair: pair.truth})
    table = write_table({"people": 0, "returns": returns})
    assert "## Own hair" in table
    assert "2 portraits" in table
    assert "| psnr_change | - | " in table
    assert "requests" not in table
