"""Hair that is put on is as fine and as sharp as the photo's own."""

from __future__ import annotations

import numpy as np
import pytest

from genmark.canvas import gaussian_blur
from genmark.restyle.hair.focus import Focus, match_focus, measure_focus, measure_rim, put_together, take_apart
from genmark.restyle.hair.wear import Worn
from genmark.types import Floats

SIDE = 192


def hair(blur: float, rim: float = 1.0, seed: int = 0) -> Worn:
    """Upright strands in a disc of hair; `blur` in pixels on its colours, `rim` on its outline."""
    rng = np.random.default_rng(seed)
    strands = np.repeat(rng.normal(size=(1, SIDE)), SIDE, axis=0).astype(np.float32)
    broad = gaussian_blur(rng.normal(size=(SIDE, SIDE)).astype(np.float32), 10.0)
    lightness = 40 + 9 * strands + 8 * broad / broad.std()
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    alpha = gaussian_blur((np.hypot(rows, columns) < 70).astype(np.float32), rim)
    lab = np.dstack([gaussian_blur(lightness, blur), np.full((SIDE, SIDE, 2), 6.0)]).astype(np.float32)
    return Worn((slice(0, SIDE), slice(0, SIDE)), lab, alpha)


def focus_of(worn: Worn) -> Focus:
    found = measure_focus(worn.lab, worn.alpha)
    assert found is not None
    return found


def test_octaves_add_up_to_the_plane_they_came_from() -> None:
    plane = np.random.default_rng(0).normal(size=(37, 50)).astype(np.float32)
    assert np.allclose(put_together(take_apart(plane)), plane, atol=1e-5)


def test_crisp_hair_in_a_soft_photo_becomes_as_soft() -> None:
    crisp, soft = hair(0.0), hair(1.2, seed=1)
    before, goal = focus_of(crisp).octaves[0], focus_of(soft).octaves[0]
    after = focus_of(match_focus(crisp, focus_of(soft), enlarged=1.0, seed=0)).octaves[0]
    assert before > 3 * goal
    assert after < 1.6 * goal


def test_an_enlarged_donor_gets_strands_again() -> None:
    small, own = hair(0.0, seed=2), hair(0.0, seed=1)
    rows = np.repeat(np.repeat(small.lab[:64, :64], 3, axis=0), 3, axis=1)
    enlarged = Worn(small.box, gaussian_blur(rows, 1.5), small.alpha)
    fine = [focus_of(match_focus(enlarged, focus_of(own), scale, seed=0)).octaves[0] for scale in (1.0, 3.0)]
    assert fine[1] > 2 * fine[0]
    made = match_focus(enlarged, focus_of(own), 3.0, seed=0).lab[..., 0] - enlarged.lab[..., 0]
    inside = made[60:130, 60:130]  # what is added runs along the strands, which are upright here
    assert np.abs(np.diff(inside, axis=1)).mean() > 2 * np.abs(np.diff(inside, axis=0)).mean()


def test_colours_over_large_areas_stay() -> None:
    crisp = hair(0.0)
    made = match_focus(crisp, focus_of(hair(2.0, seed=1)), enlarged=1.0, seed=0)
    inside = crisp.alpha > 0.9
    assert abs(float(made.lab[..., 0][inside].mean() - crisp.lab[..., 0][inside].mean())) < 1.0
    assert np.array_equal(made.lab[..., 1:], crisp.lab[..., 1:])


@pytest.mark.parametrize(("rim", "goal"), [(0.8, 3.0), (3.0, 2.4)])
def test_an_outline_comes_nearer_to_the_photos(rim: float, goal: float) -> None:
    worn, like = hair(1.0, rim), focus_of(hair(1.0, goal, seed=1))
    before, after = steep(worn.alpha), steep(match_focus(worn, like, enlarged=1.0, seed=0).alpha)
    assert like.rim is not None
    assert abs(np.log(after / like.rim)) < 0.75 * abs(np.log(before / like.rim))


def test_next_to_no_hair_is_left_as_it_is() -> None:
    worn = hair(0.0)
    few = Worn(worn.box, worn.lab, worn.alpha * 0.0)
    assert measure_focus(few.lab, few.alpha) is None
    assert match_focus(few, focus_of(worn), enlarged=1.0, seed=0) is few


def test_the_same_seed_draws_the_same_strands() -> None:
    worn, like = hair(3.0), focus_of(hair(0.0, seed=1))
    first, again, other = (match_focus(worn, like, 4.0, seed).lab for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def steep(alpha: Floats) -> float:
    found = measure_rim(alpha)
    assert found is not None
    return found
