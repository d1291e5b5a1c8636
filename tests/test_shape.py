"""Cuts and perms end to end, on people who ship: what is kept, what is refused, what repeats."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from genmark.colour import rgb_from_lab
from genmark.config import load_styles
from genmark.errors import SubjectError, UsageError
from genmark.perceive.face import FaceParser
from genmark.perceive.look import measure_lie, measure_look
from genmark.perceive.pose import head_frame
from genmark.photos import read
from genmark.recipes import Cut, Perm, Style
from genmark.restyle.hair.align import Fit
from genmark.restyle.hair.arrange import find_share
from genmark.restyle.hair.donors import read_donors
from genmark.restyle.hair.draft import head_of, start_draft
from genmark.restyle.hair.guard import guard_face
from genmark.restyle.hair.reference import wish_for
from genmark.restyle.hair.salon import Salon
from genmark.restyle.hair.shape import Shaped, find_still, shape
from genmark.restyle.hair.source import lift
from genmark.restyle.hair.stage import Stage, set_stage
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.restyle.hair.wear import cast_shadow, wear
from genmark.types import Matte, Photo, Regions, Restyled

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"
STYLES = load_styles()
WARDROBE = Wardrobe(read_donors())


@cache
def parsed(name: str) -> tuple[Photo, Regions]:
    photo = read(SAMPLES / f"{name}.jpg")
    return photo, FaceParser()(photo)


@cache
def staged(name: str) -> Stage:
    return set_stage(*parsed(name))


@cache
def made(name: str, style: str, seed: int = 0) -> Shaped:
    return shape(parsed(name)[0], staged(name), STYLES[style], WARDROBE, seed)


@pytest.mark.parametrize("style", ["pixie-cut", "short-bob", "long-waves", "s-curl-perm", "buzz-cut"])
def test_nothing_changes_but_what_is_said_to(style: str) -> None:
    photo, regions = parsed("long-blond")
    shaped = made("long-blond", style)
    kept = ~shaped.changed.inside
    np.testing.assert_array_equal(shaped.photo.pixels[kept], photo.pixels[kept])
    for name in ("eyes", "mouth"):
        inside = regions.mask(name).inside & (regions.mattes["hair"].alpha < 0.02)
        np.testing.assert_array_equal(shaped.photo.pixels[inside], photo.pixels[inside])


def test_a_pixie_leaves_little_of_long_hair() -> None:
    _, regions = parsed("long-blond")
    shaped = made("long-blond", "pixie-cut")
    after = FaceParser()(shaped.photo)
    alpha = np.zeros(regions.index.shape, np.float32)
    alpha[shaped.worn.box] = shaped.worn.alpha
    old = (regions.mattes["hair"].alpha > 0.5) & (alpha < 0.05)
    assert old.mean() > 0.05
    assert (after.mattes["hair"].alpha[old] > 0.5).mean() < 0.1


def test_own_hair_is_worn_where_it_is_long_enough_and_a_donors_else() -> None:
    long, short = staged("long-blond"), staged("short-crop")
    cut = Cut(donors=("blunt-lob", "c-curl-bob"), own=0.2, fall=0.0)
    style = Style("bob", "Bob", "단발", cut=cut)
    assert WARDROBE.find("long-blond", long, style).kind == "own"
    assert WARDROBE.find("short-crop", short, style).kind == "donor"
    alone = replace(style, cut=replace(cut, donors=()))
    with pytest.raises(SubjectError, match="too short"):
        WARDROBE.find("short-crop", short, alone)


def test_a_perm_that_cannot_show_is_refused() -> None:
    style = Style("wave", "Wave", "웨이브", perm=Perm(pitch=0.4, swing=0.06, start=0.3))
    with pytest.raises(SubjectError) as caught:
        WARDROBE.find("short-crop", staged("short-crop"), style)
    assert caught.value.code == "too_short"


def test_seeds_move_waves_and_repeat() -> None:
    one, again, other = (made("long-blond", "s-curl-perm", seed).photo.pixels for seed in (0, 0, 1))
    fresh = shape(parsed("long-blond")[0], staged("long-blond"), STYLES["s-curl-perm"], WARDROBE, 0).photo.pixels
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(one, fresh)
    assert not np.array_equal(one, other)


def test_hair_that_is_lifted_and_put_back_is_the_photo() -> None:
    photo, regions = parsed("long-blond")
    source, head = lift(photo, regions), head_of(regions.face)  # type: ignore[arg-type]
    whole = (slice(0, photo.size[1]), slice(0, photo.size[0]))
    worn = wear(source, Fit(head_frame(source.points)), start_draft(head, whole))
    sure = worn.alpha > 0.97
    apart = np.abs(rgb_from_lab(worn.lab)[sure].astype(int) - photo.pixels[sure])
    assert sure.mean() > 0.05
    assert np.median(apart) <= 1
    assert np.abs(worn.alpha - regions.mattes["hair"].alpha).mean() < 0.03


def test_a_shadow_falls_below_hair_and_away_from_the_light() -> None:
    alpha = np.zeros((200, 200), np.float32)
    alpha[40:60, 60:140] = 1.0
    dark = cast_shadow(alpha, (0.0, 0.0), 200.0)
    assert dark[63:70, 100].mean() > dark[30:37, 100].mean() > 0.0
    lit_right = cast_shadow(alpha, (0.8, 0.0), 200.0)
    assert lit_right[40:60, :60].sum() > lit_right[40:60, 140:].sum()
    assert dark[150:].max() < 0.01


def test_a_cut_can_be_dyed_in_one_pass_and_says_where_the_hair_is() -> None:
    photo, regions = parsed("long-blond")
    style = replace(STYLES["short-bob"], dye=STYLES["burgundy"].dye)
    (result,) = Salon()(photo, regions, style, (0,))
    assert isinstance(result, Restyled)
    assert result.matte is not None
    sure = result.matte.alpha > 0.95
    red = result.photo.pixels[sure].astype(int)
    assert (red[:, 0] - red[:, 1]).mean() > (photo.pixels[sure].astype(int) @ [1, -1, 0]).mean()
    kept = ~result.changed.inside
    np.testing.assert_array_equal(result.photo.pixels[kept], photo.pixels[kept])


def test_a_bald_head_can_wear_a_donors_hair() -> None:
    photo, regions = parsed("short-crop")
    bare = replace(regions, mattes={"hair": Matte(np.zeros_like(regions.mattes["hair"].alpha))})
    (result,) = Salon()(photo, bare, STYLES["two-block"], (0,))
    assert isinstance(result, Restyled)
    assert result.matte is not None
    assert (result.matte.alpha > 0.5).mean() > 0.02


def test_the_guard_holds_eyes_nose_and_mouth_and_nothing_else() -> None:
    head = staged("long-blond").head
    x, y = np.meshgrid(np.linspace(-1, 1, 200), np.linspace(-1, 1.5, 200))
    guard = guard_face(head, np.stack([x, y], axis=-1).astype(np.float32))
    assert guard[(np.hypot(x, y - 1.2) < 0.2)].max() == 0.0
    assert guard.max() == 1.0
    assert 0.02 < (guard > 0.5).mean() < 0.12


def test_a_reference_photos_hair_is_worn_in_own_colour_or_in_its_own() -> None:
    source, style = wish_for(*parsed("chestnut-bob"))
    assert (style.dye, style.cut) == (None, Cut(donors=("reference",)))
    photo, regions = parsed("short-blond")
    (own,) = Salon(source)(photo, regions, style, (0,))
    source, both = wish_for(*parsed("chestnut-bob"), takes=("shape", "colour"))
    (theirs,) = Salon(source)(photo, regions, both, (0,))
    assert isinstance(own, Restyled)
    assert isinstance(theirs, Restyled)
    assert own.matte is not None
    sure = own.matte.alpha > 0.95
    light = [one.photo.pixels[sure].mean() for one in (own, theirs)]
    assert light[0] > light[1] + 20


def test_a_reference_that_looks_another_way_is_refused() -> None:
    source, style = wish_for(*parsed("chestnut-bob"))
    turned = replace(source, pose=replace(source.pose, yaw=60.0))
    photo, regions = parsed("short-blond")
    with pytest.raises(SubjectError) as caught:
        next(iter(Salon(turned)(photo, regions, style, (0,))))
    assert caught.value.code == "pose"


def test_of_a_reference_only_what_it_has_can_be_taken() -> None:
    with pytest.raises(UsageError, match="shape, texture, colour"):
        wish_for(*parsed("chestnut-bob"), takes=("smile",))


def test_a_fringe_changes_the_forehead_and_leaves_the_rest_of_own_hair_as_it_is() -> None:
    _, regions = parsed("long-blond")
    shaped, head = made("long-blond", "side-fringe"), staged("long-blond").head
    places = np.argwhere(shaped.changed.inside)[:, ::-1].astype(np.float32)
    heights = head.frame.to_head(places)[:, 1]
    assert len(heights) > 500
    assert np.percentile(heights, 99) < 0.3
    hair = regions.mattes["hair"].alpha > 0.9
    assert (shaped.matte.alpha[hair] > 0.5).mean() > 0.97
    assert measured("side-fringe") > measured(None) + 0.1


def measured(style: str | None) -> float:
    """How much of the forehead is covered, parsed from the result, or from the photo."""
    photo, regions = parsed("long-blond")
    shown = photo if style is None else made("long-blond", style).photo
    return measure_look(shown, regions if style is None else FaceParser()(shown)).forehead_cover


def test_hair_that_no_move_reaches_is_the_photos_own() -> None:
    photo, _ = parsed("long-blond")
    shaped, head = made("long-blond", "lob"), staged("long-blond").head
    places = np.argwhere(np.any(shaped.photo.pixels != photo.pixels, axis=2))[:, ::-1].astype(np.float32)
    assert np.percentile(head.frame.to_head(places)[:, 1], 1) > -0.1
    draft = start_draft(head, (slice(0, 40), slice(0, 40)))
    assert (find_still(draft, (40, 40)) == 1.0).all()
    moved = replace(draft, at=draft.at + np.float32(0.05))
    assert (find_still(moved, (40, 40)) == 0.0).all()


def test_hair_that_waves_already_gets_only_the_waves_that_it_lacks() -> None:
    perm = STYLES["water-wave-perm"].perm
    assert perm is not None
    shares = [find_share(perm, swing) for swing in (0.0, 0.03, 0.06, 0.2)]
    assert shares[0] == 1.0
    assert shares[3] == 0.0
    assert shares == sorted(shares, reverse=True)
    assert find_share(perm, None) == 1.0
    assert find_share(replace(perm, curl=None), 0.2) == 1.0


def test_a_wavy_perm_on_curls_says_that_they_wave_enough() -> None:
    photo, _ = parsed("long-blond")
    curls = replace(staged("long-blond"), swing=0.12)
    with pytest.raises(SubjectError, match="already") as caught:
        shape(photo, curls, STYLES["water-wave-perm"], WARDROBE)
    assert caught.value.code == "curly"


def test_clippers_take_the_sides_of_short_hair_and_leave_the_top() -> None:
    faded = made("short-blond", "faded-sides")
    frame = staged("short-blond").head.frame
    rows, columns = np.indices(faded.changed.inside.shape)
    y = frame.to_head(np.stack([columns.ravel(), rows.ravel()], axis=1))[:, 1].reshape(rows.shape)
    own = parsed("short-blond")[1].mattes["hair"].alpha
    left = [float(faded.matte.alpha[zone].sum() / own[zone].sum()) for zone in (y < -0.45, (y > -0.1) & (y < 0.3))]
    assert left[0] > 0.9
    assert left[1] < 0.8


def test_long_hair_is_not_faded_and_a_hidden_parting_is_not_swapped() -> None:
    photo, _ = parsed("long-blond")
    with pytest.raises(SubjectError) as caught:
        shape(photo, staged("long-blond"), STYLES["faded-sides"], WARDROBE)
    assert caught.value.code == "too_long"
    with pytest.raises(SubjectError) as caught:
        shape(photo, replace(staged("long-blond"), fringe=0.8), STYLES["other-parting"], WARDROBE)
    assert caught.value.code == "fringe"


def test_extensions_hang_lower_and_another_parting_mirrors_the_hair() -> None:
    longer = made("chestnut-bob", "extensions")
    assert longer.matte.alpha[-1].sum() >= parsed("chestnut-bob")[1].mattes["hair"].alpha[-1].sum()
    photo, regions = parsed("long-blond")
    swapped = shape(photo, replace(staged("long-blond"), fringe=0.1), STYLES["other-parting"], WARDROBE)
    assert regions.face is not None
    frame = head_frame(regions.face.landmarks)
    sides = []
    for alpha in (regions.mattes["hair"].alpha, swapped.matte.alpha):
        rows, columns = np.nonzero(alpha > 0.5)
        x, y = frame.to_head(np.stack([columns, rows], axis=1)).T
        sides.append(float((x[y < 0.0] > 0).mean() - 0.5))
    assert sides[0] * sides[1] < 0


def test_the_waves_of_a_reference_are_done_to_own_hair() -> None:
    _, style = wish_for(*parsed("dark-curls"), takes=("texture", "colour"))
    assert style.cut is None
    assert style.perm is not None
    assert style.perm.curl in {"wavy", "curly"}
    assert style.dye is not None
    before = staged("chestnut-bob").swing
    curled = shape(parsed("chestnut-bob")[0], replace(staged("chestnut-bob"), swing=None), style, WARDROBE)
    assert curled.source.kind == "own"
    assert before is not None
    after = measure_lie(curled.photo, FaceParser()(curled.photo))[1]
    assert after is not None
    assert after > 1.3 * before


def test_fringes_in_front_are_thinned_and_parted() -> None:
    covers = {}
    for style in ("full-fringe", "see-through-fringe", "curtain-fringe"):
        shaped = made("chestnut-bob", style)
        covers[style] = measure_lie(shaped.photo, FaceParser()(shaped.photo))[0]
    assert covers["full-fringe"] > covers["see-through-fringe"] > 0.25
    assert covers["full-fringe"] > covers["curtain-fringe"] > 0.15
