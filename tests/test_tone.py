"""A donor's hair in the customer's colour and light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from genmark.colour import delta_e, lab_from_rgb, rgb_from_lab
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.donors import load, mirrored, read_donors
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.tone import hair_slope, lightness_of, luminance, measure_tone, relit, suit
from genmark.types import Lab

DONORS = {donor.id: donor for donor in read_donors()}
COLOURS = {"black": (9.0, 1.0, 0.5), "brown": (27.0, 6.0, 11.0), "blond": (62.0, 4.0, 24.0), "grey": (55.0, 0.0, 2.0),
           "red": (38.0, 28.0, 30.0), "blue": (40.0, 2.0, -30.0)}  # fmt: skip


def head_of(source: Source) -> Head:
    frame = head_frame(source.points)
    return Head(frame, frame.to_head(source.points), source.pose.yaw)


def customer(lab: Lab, slope: tuple[float, float] = (0.0, 0.0)) -> Source:
    """Own hair of one colour with strands, evenly lit but for `slope`."""
    base = load(DONORS["016"])
    rng = np.random.default_rng(1)
    strands = 1 + 0.25 * np.sin(np.arange(base.alpha.shape[1]) / 2.0) + 0.05 * rng.standard_normal(base.alpha.shape)
    plane = np.dstack([np.clip(lab[0] * strands, 0, 100), np.full_like(strands, lab[1]), np.full_like(strands, lab[2])])
    even = replace(base, lab=plane.astype(np.float32), kind="own", slope=(0.0, 0.0))
    if slope == (0.0, 0.0):
        return even
    lit = relit(even.lab, head_frame(even.points), (0.48 * slope[0], 0.48 * slope[1]), 1.0)
    return replace(even, lab=lit, slope=slope)


def median_of(source: Source) -> np.ndarray:
    return np.median(source.lab[source.alpha > 0.9], axis=0)


@pytest.mark.parametrize("name", ["001", "003", "013", "022", "039", "048", "066", "069"])
@pytest.mark.parametrize("colour", COLOURS)
def test_the_donor_takes_the_customers_colour(name: str, colour: str) -> None:
    own = customer(COLOURS[colour])
    worn = suit(load(DONORS[name]), head_of(own), own, own.slope)
    seen = lab_from_rgb(rgb_from_lab(median_of(worn)[None]))[0]
    assert float(delta_e(seen, COLOURS[colour])) < 4.0


@pytest.mark.parametrize("name", ["003", "040", "066"])
def test_the_darkest_donors_are_not_flat_on_a_blond_customer(name: str) -> None:
    own = customer(COLOURS["blond"])
    worn = suit(load(DONORS[name]), head_of(own), own, own.slope)
    light = worn.lab[worn.alpha > 0.9, 0]
    deep, bright = np.percentile(light, [10, 90])
    assert bright - deep > 8.0
    assert deep > 15.0


@pytest.mark.parametrize("name", ["013", "022", "069"])
def test_two_colours_become_one(name: str) -> None:
    donor, own = load(DONORS[name]), customer(COLOURS["brown"])
    worn = suit(donor, head_of(own), own, own.slope)
    before, after = (np.percentile(s.lab[s.alpha > 0.9, 1:], [5, 95], axis=0) for s in (donor, worn))
    assert np.ptp(after, axis=0).max() < 0.7 * np.ptp(before, axis=0).max()


def test_strands_stay_where_they_are() -> None:
    donor, own = load(DONORS["016"]), customer(COLOURS["brown"])
    worn = suit(donor, head_of(own), own, own.slope)
    sure = donor.alpha > 0.9
    fine = [s.lab[..., 0] - np.roll(s.lab[..., 0], 2, axis=1) for s in (donor, worn)]
    assert np.corrcoef(fine[0][sure], fine[1][sure])[0, 1] > 0.85
    np.testing.assert_array_equal(worn.alpha, donor.alpha)


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_the_customers_light_is_put_on(side: float) -> None:
    own = customer(COLOURS["brown"], (side, 0.0))
    for donor in (load(DONORS["016"]), mirrored(load(DONORS["016"]))):
        worn = suit(donor, head_of(own), own, own.slope)
        assert side * hair_slope(worn)[0] > 0.25
        assert worn.slope == own.slope


def test_the_donors_own_light_is_taken_off() -> None:
    own = customer(COLOURS["brown"])
    for name in ("010", "030", "031", "045"):  # lit from one side
        donor = load(DONORS[name])
        worn = suit(donor, head_of(own), own, own.slope)
        assert abs(hair_slope(donor)[0]) > 0.5
        assert abs(hair_slope(worn)[0]) < 0.5 * abs(hair_slope(donor)[0])


def test_on_a_bald_customer_the_donor_keeps_its_colour() -> None:
    donor, head = load(DONORS["016"]), head_of(customer(COLOURS["blond"]))
    worn = suit(donor, head, None, donor.slope)
    assert float(delta_e(median_of(worn), median_of(donor))) < 4.0


def test_skin_that_shines_through_stubble_is_not_hair_colour() -> None:
    lab = np.full((200, 200, 3), (35.0, 4.0, 3.0), np.float32)
    lab[::2, :, 0] = 25.0
    alpha = np.zeros((200, 200), np.float32)
    alpha[:50] = 1.0
    assert measure_tone(lab, alpha, 100.0).lab[0] == pytest.approx(30.0)
    assert measure_tone(lab, alpha, 400.0).lab[0] < 25.0


def test_luminance_and_lightness_undo_each_other() -> None:
    light = np.linspace(0, 100, 501, dtype=np.float32)
    np.testing.assert_allclose(lightness_of(luminance(light)), light, atol=2e-3)
    assert luminance(np.float32([50.0]))[0] == pytest.approx(0.1842, abs=1e-4)


def test_a_slope_of_light_multiplies_luminance_and_comes_off_again() -> None:
    own = customer(COLOURS["brown"])
    frame = head_frame(own.points)
    lit = relit(own.lab, frame, (0.5, 0.0), 1.0)
    row, column = round(frame.origin[1]), round(frame.origin[0] + 0.5 * frame.unit)
    ratio = luminance(lit[row, column, :1]) / luminance(own.lab[row, column, :1])
    assert float(ratio[0]) == pytest.approx(np.exp(0.25), rel=0.02)
    np.testing.assert_allclose(relit(lit, frame, (0.5, 0.0), -1.0)[..., 0], own.lab[..., 0], atol=0.5)
