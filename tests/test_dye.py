"""Exact hair colour, on a drawn head of hair and, where it is, on the portraits pack."""

from __future__ import annotations

import csv
import gc
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
from PIL import Image
from shared_data import pack

from genmark.canvas import gaussian_blur
from genmark.colour import LUMINANCE, delta_e, lab_from_rgb, linear_from_rgb, rgb_from_lab, rgb_from_linear
from genmark.config import load_styles
from genmark.errors import SubjectError, UsageError
from genmark.recipes import Dye, Style
from genmark.restyle.hair.advice import notes_for, rounds
from genmark.restyle.hair.along import find_axis, measure_along
from genmark.restyle.hair.dye import Dyer, dye, recolour, swatch_as_lit
from genmark.restyle.hair.flow import draw_streaks, measure_flow
from genmark.restyle.hair.light import Light
from genmark.restyle.hair.shade import Own, chroma_curve, tone_curve
from genmark.restyle.hair.strands import prepare
from genmark.types import Matte, Photo, Regions

PALETTE = ("background", "skin", "hair", "clothes", "brows", "eyes", "mouth", "hat")
STYLES = load_styles()
DYES = [style for style in STYLES.values() if style.dye is not None]
PLAIN = [style for style in STYLES.values() if style.dye and style.dye == Dye(style.dye.lab, bleach=style.dye.bleach)]
REACHABLE = [style for style in PLAIN if style.dye and style.dye.bleach == 0]
SIDE = 200
BLACK, BROWN, BLOND = (9.0, 1.0, 1.0), (27.0, 6.0, 11.0), (62.0, 4.0, 24.0)


def _inside(height: float, width: float, y: float, x: float) -> np.ndarray:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return ((columns - x) / width) ** 2 + ((rows - y) / height) ** 2 < 1


@cache
def head(own: tuple[float, float, float] = BLACK, wall: int = 150) -> tuple[Photo, Regions]:
    """Long hanging hair of wavy strands around a face on a wall, composed in sRGB with a soft matte."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    face = _inside(52, 36, 95, 100)
    hair = (_inside(85, 62, 92, 100) | (np.abs(columns - 100) < 60) & (rows > 90) & (rows < 185)) & ~face
    phase = columns * 0.9 + 5 * np.sin(rows / 25)
    strands = 0.30 * np.sin(phase) + 0.25 * np.sin(0.37 * phase + 1.0) + 0.5 * np.maximum(np.sin(rows / 16), 0) ** 6
    lab = np.stack([own[0] * (1 + strands), *(np.full_like(rows, c) for c in own[1:])], axis=-1)
    ground = np.full((SIDE, SIDE, 3), wall, np.float32)
    ground[face] = rgb_from_lab(np.array([66, 12, 16], np.float32))
    alpha = np.clip(gaussian_blur(hair.astype(np.float32), 1.6), 0, 1)
    alpha[alpha < 0.004] = 0.0
    alpha[alpha > 0.996] = 1.0
    picture = alpha[..., None] * rgb_from_lab(lab.astype(np.float32)) + (1 - alpha[..., None]) * ground
    index = np.where(alpha > 0.5, 2, np.where(face, 1, 0)).astype(np.uint8)
    for x in (86, 114):
        index[_inside(4, 7, 85, x)] = 5
    index[_inside(4, 12, 122, 100)] = 6
    regions = Regions(index, PALETTE, {"hair": Matte(alpha.astype(np.float32))}, "portrait", 1.0)
    return Photo(np.rint(picture).astype(np.uint8), "head"), regions


def dyed(wanted: Dye, own: tuple[float, float, float] = BLACK, seed: int = 0) -> Photo:
    photo, regions = head(own)
    return recolour(photo, prepare(photo, regions), wanted, seed)


def test_the_hair_is_measured_once_for_a_photo_and_forgotten_with_its_regions(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []
    monkeypatch.setattr("genmark.restyle.hair.dye.prepare", lambda *seen: measured.append(seen[1]) or prepare(*seen))
    photo, regions = (replace(part) for part in head())
    dyer = Dyer()
    for name in ("ash-brown", "rose-gold"):
        (picture,) = dyer(photo, regions, STYLES[name], (0,))
        np.testing.assert_array_equal(picture.pixels, next(Dyer()(photo, regions, STYLES[name], (0,))).pixels)
    assert len(measured) == 3
    next(dyer(replace(photo), regions, STYLES["rose-gold"], (0,)))
    assert len(measured) == 4
    forgotten = ref(regions)
    del regions
    measured.clear()
    gc.collect()
    assert forgotten() is None


def opaque_lab(photo: Photo, regions: Regions) -> np.ndarray:
    return lab_from_rgb(photo.pixels[regions.mattes["hair"].alpha > 0.9])


def distance(photo: Photo, regions: Regions, lab: tuple[float, float, float]) -> float:
    return float(delta_e(np.median(opaque_lab(photo, regions), axis=0), lab))


@pytest.mark.parametrize("style", PLAIN, ids=lambda style: style.name)
@pytest.mark.parametrize("own", [BLACK, BROWN, BLOND], ids=["black", "brown", "blond"])
def test_the_median_hair_reaches_the_swatch(style: Style, own: tuple[float, float, float]) -> None:
    assert style.dye is not None
    (picture,) = dye(*head(own), style, (0,))
    assert distance(picture, head(own)[1], style.dye.lab) < 1.0


@pytest.mark.parametrize("style", DYES, ids=lambda style: style.name)
def test_no_pixel_outside_the_matte_changes_and_some_hair_does(style: Style) -> None:
    photo, regions = head(BROWN)
    (picture,) = dye(photo, regions, style, (3,))
    kept = regions.mattes["hair"].alpha == 0
    np.testing.assert_array_equal(picture.pixels[kept], photo.pixels[kept])
    if style.dye and style.dye.cover == "all":
        assert (picture.pixels != photo.pixels).any(axis=2).sum() > 0.2 * (~kept).sum() * style.dye.share


@pytest.mark.parametrize("style", DYES, ids=lambda style: style.name)
def test_strength_0_is_the_photo_bit_for_bit(style: Style) -> None:
    assert style.dye is not None
    np.testing.assert_array_equal(dyed(replace(style.dye, strength=0.0), BROWN).pixels, head(BROWN)[0].pixels)


def test_strength_moves_the_hair_steadily_to_the_swatch() -> None:
    wanted = Dye((40.0, 25.0, 30.0))
    far = [
        distance(dyed(replace(wanted, strength=share), BROWN), head(BROWN)[1], wanted.lab) for share in (0, 0.3, 0.7, 1)
    ]
    assert far == sorted(far, reverse=True)
    assert far[-1] < 1.0 < far[-2]


@pytest.mark.parametrize("name", ["platinum", "highlights", "balayage"])
def test_the_same_seed_gives_the_same_picture_in_any_batch(name: str) -> None:
    alone = [next(dye(*head(), STYLES[name], (seed,))) for seed in (0, 5)]
    batch = list(dye(*head(), STYLES[name], (5, 9, 0)))
    np.testing.assert_array_equal(batch[2].pixels, alone[0].pixels)
    np.testing.assert_array_equal(batch[0].pixels, alone[1].pixels)
    assert (batch[0].pixels != batch[1].pixels).any()


def test_photo_and_matte_are_left_as_they_were() -> None:
    photo, regions = head(BROWN)
    before = photo.pixels.copy(), regions.mattes["hair"].alpha.copy()
    list(dye(photo, regions, STYLES["copper"], (0, 1)))
    np.testing.assert_array_equal(photo.pixels, before[0])
    np.testing.assert_array_equal(regions.mattes["hair"].alpha, before[1])


@pytest.mark.parametrize("name", ["dark-brown", "red-wine", "honey-blonde", "ash-grey"])
def test_strands_keep_their_order_of_lightness(name: str) -> None:
    photo, regions = head(BROWN)
    (picture,) = dye(photo, regions, STYLES[name], (0,))
    sure = gaussian_blur((regions.mattes["hair"].alpha == 1.0).astype(np.float32), 3.0) > 0.999
    before, after = (lab_from_rgb(shot.pixels[sure])[:, 0] for shot in (photo, picture))
    order = [np.argsort(np.argsort(lightness)) for lightness in (before, after)]
    assert np.corrcoef(*order)[0, 1] > 0.97


def test_black_hair_lifted_to_platinum_keeps_depth_and_is_not_flat() -> None:
    lightness = opaque_lab(dyed(Dye((75.0, 1.5, 11.0), bleach=3)), head()[1])[:, 0]
    deep, middle, bright = np.percentile(lightness, [5, 50, 95])
    assert middle - deep > 8
    assert bright - middle > 5
    assert bright < 99


def test_grain_of_black_hair_is_not_lifted_into_blotches() -> None:
    photo, regions = head()
    noise = np.random.default_rng(0).integers(-1, 2, photo.pixels.shape)
    noisy = Photo(np.clip(photo.pixels.astype(int) + noise, 0, 255).astype(np.uint8))
    plain, grainy = (recolour(shot, prepare(shot, regions), Dye((75.0, 1.5, 11.0))) for shot in (photo, noisy))
    alpha = regions.mattes["hair"].alpha
    sure = gaussian_blur((alpha == 1.0).astype(np.float32), 3.0) > 0.999
    before = lab_from_rgb(noisy.pixels[sure]) - lab_from_rgb(photo.pixels[sure])
    after = lab_from_rgb(grainy.pixels[sure]) - lab_from_rgb(plain.pixels[sure])
    assert after[:, 0].std() < 4.5 * before[:, 0].std()
    assert after[:, 1:].std() < before[:, 1:].std()


def test_highlights_of_dark_dyed_hair_stay_brighter_and_are_tinted() -> None:
    lab = opaque_lab(dyed(STYLES["red-wine"].dye or Dye(BLACK)), head()[1])
    shine = lab[lab[:, 0] > np.percentile(lab[:, 0], 97)]
    assert np.median(shine[:, 0]) > np.median(lab[:, 0]) + 6
    assert np.median(shine[:, 1]) > 15


def test_depths_take_less_chroma_than_the_body() -> None:
    curve = chroma_curve((40.0, 25.0, 30.0), (1.0, 1.0, 1.0))
    chroma = np.hypot(curve[:, 0], curve[:, 1])
    assert chroma[400] == pytest.approx(np.hypot(25, 30), abs=0.2)
    assert chroma[50] < chroma[200] < chroma[400]
    assert chroma[980] < chroma[600]


@pytest.mark.parametrize("lightness", [5.0, 20.0, 45.0, 75.0])
@pytest.mark.parametrize("own", [Own(1.0, 3.0, 12.0), Own(8.0, 20.0, 45.0), Own(40.0, 65.0, 85.0)])
def test_the_tone_curve_rises_and_meets_the_swatch(own: Own, lightness: float) -> None:
    curve = tone_curve(own, lightness)
    assert (np.diff(curve) >= -1e-4).all()
    assert curve[round(own.median * 10)] == pytest.approx(lightness, abs=0.05)
    assert 0.0 <= curve.min() <= curve.max() <= 100.0


@pytest.mark.parametrize("name", ["platinum", "cherry-red", "natural-black"])
@pytest.mark.parametrize("own", [BLACK, BLOND], ids=["black", "blond"])
def test_soft_edges_take_only_their_share(name: str, own: tuple[float, float, float]) -> None:
    """A pixel of share alpha should look like alpha of dyed hair over the true ground, which the drawing knows."""
    photo, regions = head(own)
    (picture,) = dye(photo, regions, STYLES[name], (0,))
    alpha = regions.mattes["hair"].alpha
    faint = (alpha > 0) & (alpha < 0.1)
    moved = delta_e(lab_from_rgb(picture.pixels[faint]), lab_from_rgb(photo.pixels[faint]))
    whole = distance(picture, regions, tuple(np.median(opaque_lab(photo, regions), axis=0).tolist()))
    assert moved.mean() < 0.08 * whole


def test_background_and_skin_get_no_coloured_halo_where_the_matte_is_too_wide() -> None:
    photo, regions = head(BLACK, wall=220)
    alpha = regions.mattes["hair"].alpha
    wide = np.maximum(alpha, 0.45 * (gaussian_blur((alpha > 0).astype(np.float32), 3.0) > 0.2)).astype(np.float32)
    strands = prepare(photo, replace(regions, mattes={"hair": Matte(wide)}))
    false = (wide > 0.4) & (alpha == 0)
    halo = []
    for share in (strands.share, strands.matte):
        picture = recolour(photo, replace(strands, share=share), Dye((28.0, 37.0, 17.0)))
        change = lab_from_rgb(picture.pixels[false]) - lab_from_rgb(photo.pixels[false])
        halo.append(np.median(np.linalg.norm(change, axis=1)))
    assert halo[0] < 0.7 * halo[1]


def test_fly_aways_are_dyed_too() -> None:
    photo, regions = head(BLACK, wall=220)
    pixels, alpha = photo.pixels.copy(), regions.mattes["hair"].alpha.copy()
    pixels[60:90, 20] = 0.6 * np.array([27, 25, 25]) + 0.4 * 220
    alpha[60:90, 20] = 0.6
    (picture,) = dye(Photo(pixels), replace(regions, mattes={"hair": Matte(alpha)}), STYLES["cherry-red"], (0,))
    assert lab_from_rgb(picture.pixels[60:90, 20])[:, 1].mean() > 10


def test_ombre_leaves_the_roots_and_changes_the_ends() -> None:
    photo, regions = head(BROWN)
    (picture,) = dye(photo, regions, STYLES["ombre"], (0,))
    moved = delta_e(lab_from_rgb(picture.pixels), lab_from_rgb(photo.pixels))
    hair = regions.mattes["hair"].alpha == 1.0
    by_height = [float(moved[top : top + 25][hair[top : top + 25]].mean()) for top in (10, 60, 110, 155)]
    assert by_height[0] < 1.0
    assert by_height[-1] > 20
    assert all(upper <= lower + 4.0 for upper, lower in pairwise(by_height))


def test_a_root_shade_stays_at_the_root() -> None:
    photo, regions = head(BROWN)
    wanted = Dye((60.0, 5.0, 18.0), root=(20.0, 5.0, 7.0), root_share=0.2)
    lightness = lab_from_rgb(recolour(photo, prepare(photo, regions), wanted).pixels)[..., 0]
    hair = regions.mattes["hair"].alpha == 1.0
    assert np.median(lightness[8:30][hair[8:30]]) < 35
    assert np.median(lightness[150:][hair[150:]]) > 50


def test_a_root_touch_up_takes_the_colour_of_the_lengths() -> None:
    photo, regions = head(BROWN)
    pixels = photo.pixels.copy()
    regrown = (regions.mattes["hair"].alpha > 0) & (np.arange(SIDE)[:, None] < 32)
    pixels[regrown] = pixels[regrown] // 3
    (picture,) = dye(Photo(pixels), regions, STYLES["root-touch-up"], (0,))
    hair = regions.mattes["hair"].alpha == 1.0
    roots, lengths = (
        np.median(lab_from_rgb(picture.pixels[rows][hair[rows]]), axis=0) for rows in (np.s_[10:22], np.s_[120:])
    )
    before = np.median(lab_from_rgb(pixels[10:22][hair[10:22]]), axis=0)
    assert delta_e(roots, lengths) < 0.5 * delta_e(before, lengths)
    np.testing.assert_array_equal(picture.pixels[150:], pixels[150:])


def test_highlights_take_about_their_share_and_run_with_the_hair() -> None:
    photo, regions = head(BROWN)
    (picture,) = dye(photo, regions, STYLES["highlights"], (2,))
    hair = regions.mattes["hair"].alpha == 1.0
    lifted = lab_from_rgb(picture.pixels)[..., 0] - lab_from_rgb(photo.pixels)[..., 0]
    assert 0.2 < (lifted[hair] > 6).mean() < 0.6
    hanging = lifted[120:170, 45:58]
    assert np.abs(np.diff(hanging, axis=1)).mean() > 1.5 * np.abs(np.diff(hanging, axis=0)).mean()


def _greying() -> Photo:
    photo, regions = head(BROWN)
    hair = regions.mattes["hair"].alpha > 0.5
    columns = np.arange(SIDE)[None, :, None]
    return Photo(np.where(hair[..., None] & (columns % 6 == 0), np.uint8(150), photo.pixels).astype(np.uint8))


def test_grey_coverage_brings_grey_strands_to_the_own_base_and_leaves_the_rest() -> None:
    photo, regions = _greying(), head(BROWN)[1]
    (picture,) = dye(photo, regions, STYLES["grey-coverage"], (0,))
    hair = regions.mattes["hair"].alpha == 1.0
    grey = hair & (np.arange(SIDE)[None, :] % 6 == 0)
    before, after = lab_from_rgb(photo.pixels), lab_from_rgb(picture.pixels)
    assert np.median(after[grey][:, 0]) < np.median(before[grey][:, 0]) - 12
    assert np.median(after[grey][:, 2]) > 4
    others = hair & ~grey & (before[..., 0] < 27)
    assert np.median(np.abs(after[others][:, 0] - before[others][:, 0])) < 2


def test_grey_coverage_changes_nothing_without_grey_and_says_so() -> None:
    photo, regions = head(BROWN)
    (picture,) = dye(photo, regions, STYLES["grey-coverage"], (0,))
    np.testing.assert_array_equal(picture.pixels, photo.pixels)
    assert any("No grey" in english for english, _ in notes_for(photo, regions, STYLES["grey-coverage"]))


def test_white_hair_has_no_base_left_so_grey_coverage_takes_the_swatch() -> None:
    photo, regions = head((75.0, 0.0, 2.0))
    wanted = STYLES["grey-coverage"]
    (picture,) = dye(photo, regions, wanted, (0,))
    assert wanted.dye is not None
    assert distance(picture, regions, wanted.dye.lab) < 1.5


def _lit(photo: Photo, gains: tuple[float, float, float]) -> Photo:
    level = np.array(gains) / np.dot(gains, LUMINANCE)
    return Photo(rgb_from_linear((linear_from_rgb(photo.pixels) * level).astype(np.float32)))


def test_neutral_light_leaves_the_swatch_alone() -> None:
    assert swatch_as_lit(*head(BROWN), (40.0, 25.0, 30.0)) == (40.0, 25.0, 30.0)


@pytest.mark.parametrize("gains", [(1.4, 0.95, 0.45), (0.7, 1.0, 1.6)], ids=["tungsten", "shade"])
def test_a_swatch_looks_as_it_would_in_the_photos_light(gains: tuple[float, float, float]) -> None:
    photo, regions = head(BROWN)
    asked = (70.0, 1.0, 10.0)
    level = np.array(gains) / np.dot(gains, LUMINANCE)
    true = Light((float(level[0]), float(level[1]), float(level[2]))).on(asked)
    shown = swatch_as_lit(_lit(photo, gains), regions, asked)
    assert delta_e(shown, true) < 0.4 * delta_e(asked, true)
    (picture,) = dye(_lit(photo, gains), regions, Style("s", "s", "s", dye=Dye(asked)), (0,))
    assert distance(picture, regions, shown) < 1.0


def test_a_low_key_photo_dims_the_swatch_but_black_hair_on_a_bright_wall_does_not() -> None:
    assert swatch_as_lit(*head((1.8, 0.0, 0.0), wall=14), (60.0, 5.0, 20.0))[0] < 52
    assert swatch_as_lit(*head((1.8, 0.0, 0.0), wall=190), (60.0, 5.0, 20.0)) == (60.0, 5.0, 20.0)


@pytest.mark.parametrize(("own", "count"), [(BLACK, 3), (BROWN, 2), ((45.0, 7.0, 20.0), 1), ((76.0, 0.0, 3.0), 0)])
def test_platinum_takes_fewer_rounds_the_paler_the_hair_is(own: tuple[float, float, float], count: int) -> None:
    assert rounds(own, Dye((75.0, 1.5, 11.0), bleach=3)) == count


def test_notes_name_the_rounds_in_both_languages() -> None:
    (needs, between, *_) = notes_for(*head(), STYLES["platinum"])
    assert "3 rounds of bleaching" in needs[0]
    assert "탈색 3회" in needs[1]
    assert "orange" in between[0]
    assert notes_for(*head(BROWN), STYLES["dark-brown"]) == ()


def test_notes_admit_strands_that_were_drawn_in() -> None:
    assert any("drawn in" in english for english, _ in notes_for(*head((3.0, 0.0, 0.0)), STYLES["copper"]))


def test_a_style_without_dye_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no dye"):
        dye(*head(), Style("bob", "bob", "단발"), (0,))


def test_no_hair_at_all_is_said_plainly() -> None:
    photo, regions = head()
    none = replace(regions, mattes={"hair": Matte(np.zeros((SIDE, SIDE), np.float32))})
    with pytest.raises(SubjectError, match="no hair"):
        list(dye(photo, none, STYLES["copper"], (0,)))


@pytest.mark.parametrize("shape", [(1, 1), (2, 7), (40, 3)])
@pytest.mark.parametrize("name", ["copper", "balayage", "grey-coverage", "root-touch-up", "platinum"])
def test_odd_pictures_are_survived(shape: tuple[int, int], name: str) -> None:
    """All hair, no face, hardly any pixels, nothing opaque."""
    photo = Photo(np.random.default_rng(0).integers(0, 90, (*shape, 3), dtype=np.uint8))
    regions = Regions(
        np.zeros(shape, np.uint8), ("hair",), {"hair": Matte(np.full(shape, 0.5, np.float32))}, "portrait", 0
    )
    (picture,) = dye(photo, regions, STYLES[name], (0,))
    assert picture.pixels.shape == photo.pixels.shape


def test_the_way_along_the_hair_grows_from_crown_to_ends() -> None:
    regions = head()[1]
    alpha = regions.mattes["hair"].alpha
    along = measure_along(find_axis(regions), (slice(0, SIDE), slice(0, SIDE)), 1, alpha)
    assert along[10, 100] < 0.2
    assert (np.diff(along[90:180, 48]) >= 0).all()
    assert along[180, 48] > 0.9
    np.testing.assert_allclose(along[:, 1:], along[:, :0:-1], atol=0.05)


def test_streaks_follow_the_flow() -> None:
    rows, columns = np.mgrid[0:80, 0:80].astype(np.float32)
    slanted = (10 * np.sin(columns - rows)).astype(np.float32)
    flow = measure_flow(slanted)
    inner = flow[20:60, 20:60]
    np.testing.assert_allclose(np.abs(inner[..., 0] * inner[..., 1]), 0.5, atol=0.05)
    assert (inner[..., 0] * inner[..., 1] > 0).all()
    streaks = draw_streaks(flow, np.ones((80, 80), np.bool_), 0.0, 1)
    with_it = np.mean(streaks[20:60, 20:60] * streaks[24:64, 24:64])
    across = np.mean(streaks[20:60, 20:60] * streaks[24:64, 16:56])
    assert with_it > 0.4
    assert across < 0.2


# --- on portraits -----------------------------------------------------------------------------------------------------


def _people(folder: Path, count: int) -> list[tuple[Photo, Regions]]:
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val" and not row["hat"]]
    rows = sorted((row for row in rows if float(row["hair_area"]) > 0.25), key=lambda row: -float(row["quality"]))
    return [_portrait(folder, row["id"]) for row in rows[:count]]


def _portrait(folder: Path, name: str) -> tuple[Photo, Regions]:
    pixels = np.asarray(Image.open(folder / "images" / f"{name}.jpg").convert("RGB"))
    alpha = np.asarray(Image.open(folder / "hair" / f"{name}.png")).astype(np.float32) / 255
    index = np.asarray(Image.open(folder / "regions" / f"{name}.png"))
    return Photo(pixels, name), Regions(index, PALETTE, {"hair": Matte(alpha)}, "portrait", 1.0)


def test_people_reach_reachable_shades_and_keep_every_other_pixel() -> None:
    far = []
    for photo, regions in _people(pack("portraits"), 20):
        strands = prepare(photo, regions)
        kept = regions.mattes["hair"].alpha == 0
        for style in REACHABLE:
            assert style.dye is not None
            picture = recolour(photo, strands, style.dye)
            np.testing.assert_array_equal(picture.pixels[kept], photo.pixels[kept])
            far.append(distance(picture, regions, strands.light.on(style.dye.lab)))
            assert far[-1] <= 4.0, (photo.name, style.name)
    assert np.median(far) < 1.0


def test_faint_pixels_around_peoples_hair_change_little() -> None:
    moved = []
    for photo, regions in _people(pack("portraits"), 20):
        alpha = regions.mattes["hair"].alpha
        faint = (alpha > 0) & (alpha < 0.1)
        (picture,) = dye(photo, regions, STYLES["platinum"], (0,))
        moved.append(delta_e(lab_from_rgb(picture.pixels[faint]), lab_from_rgb(photo.pixels[faint])).mean())
    assert np.median(moved) < 4.0
    assert max(moved) < 8.0


def test_peoples_swatches_are_mostly_shown_as_in_neutral_light() -> None:
    neutral = [prepare(*person).light == Light() for person in _people(pack("portraits"), 40)]
    assert np.mean(neutral) > 0.5
