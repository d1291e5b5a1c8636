"""Moves of hair, on a drawn head, and, where it is, on the portraits pack."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from time import process_time

import numpy as np
import pytest
from PIL import Image
from shared_data import pack

from genmark.canvas import gaussian_blur
from genmark.perceive import landmarks
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.draft import Draft, Head, start_draft
from genmark.restyle.hair.guard import guard_face
from genmark.restyle.hair.moves.face import beyond, calm
from genmark.restyle.hair.moves.fringe import open_fringe, thin_fringe
from genmark.restyle.hair.moves.lengthen import lengthen
from genmark.restyle.hair.moves.straighten import straighten
from genmark.restyle.hair.moves.strandwise import Strandwise, follow_strands
from genmark.restyle.hair.moves.taper import taper
from genmark.restyle.hair.moves.thin import thin
from genmark.restyle.hair.moves.trim import trim
from genmark.restyle.hair.moves.turn import turn_ends
from genmark.restyle.hair.moves.volume import raise_volume
from genmark.restyle.hair.moves.wave import wave
from genmark.restyle.hair.source import Source
from genmark.types import Pose

Move = Callable[..., Draft]
SIDE = 420
UNIT, EYES = 140.0, (210.0, 150.0)
WAVE = partial(wave, pitch=0.3, swing=0.05, start=0.0)
MOVES: dict[str, Move] = {
    "wave": WAVE,
    "straighten": partial(straighten, share=1.0),
    "trim": partial(trim, fall=0.1),
    "layers": partial(trim, fall=0.3, layers=0.8),
    "turn in": partial(turn_ends, turn=0.1, fall=0.1),
    "turn out": partial(turn_ends, turn=-0.1),
    "lengthen": partial(lengthen, fall=1.1),
    "volume": partial(raise_volume, volume=1.4),
    "closer": partial(raise_volume, volume=0.7),
    "see-through": partial(thin_fringe, density=0.3),
    "curtain": partial(open_fringe, gap=0.3),
    "taper": taper,
    "thin": partial(thin, share=0.7),
}
NOTHING: dict[str, Move] = {
    "wave": partial(wave, pitch=0.3, swing=0.0, start=0.0),
    "straighten": partial(straighten, share=0.0),
    "trim": partial(trim, fall=3.0),
    "turn": partial(turn_ends, turn=0.0),
    "lengthen": partial(lengthen, fall=-0.5),
    "volume": partial(raise_volume, volume=1.0),
    "see-through": partial(thin_fringe, density=1.0),
    "curtain": partial(open_fringe, gap=0.0),
    "taper": partial(taper, stubble=1.0, span=100.0),
    "thin": partial(thin, share=0.0),
}


def face_points() -> np.ndarray:
    """Landmarks of a drawn face in head coordinates: an oval from -0.35 to 0.65, eyes, brows, nose and mouth."""
    points = np.zeros((landmarks.COUNT, 2), np.float32)
    turn = np.linspace(-np.pi / 2, 1.5 * np.pi, len(landmarks.OVAL_LOOP), endpoint=False)
    points[landmarks.places(*landmarks.OVAL_LOOP)] = np.stack([0.37 * np.cos(turn), 0.15 + 0.5 * np.sin(turn)], axis=1)
    patches = {
        (-0.17, 0.0, 0.06, 0.02): landmarks.EYE_RIGHT,
        (0.17, 0.0, 0.06, 0.02): landmarks.EYE_LEFT,
        (-0.17, -0.12, 0.09, 0.02): landmarks.BROW_RIGHT,
        (0.17, -0.12, 0.09, 0.02): landmarks.BROW_LEFT,
        (0.0, 0.15, 0.07, 0.09): landmarks.NOSE_MIDDLE + landmarks.NOSE_RIGHT + landmarks.NOSE_LEFT,
        (0.0, 0.37, 0.14, 0.05): landmarks.MOUTH_MIDDLE + landmarks.MOUTH_RIGHT + landmarks.MOUTH_LEFT,
    }
    for (x, y, wide, high), numbers in patches.items():
        turn = np.linspace(0, 2 * np.pi, len(numbers), endpoint=False)
        places = landmarks.places(*numbers)
        points[places] = np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], axis=1)
    return points


@cache
def model(scale: int = 1, sway: float = 0.0) -> tuple[Head, Source, Strandwise, Draft]:
    """A head with long hanging hair, its strands swaying by `sway` face heights; `scale` times as many pixels."""
    unit, eyes = UNIT * scale, np.array(EYES, np.float32) * scale
    points = face_points() * unit + eyes
    frame = head_frame(points.astype(np.float32))
    rows, columns = np.mgrid[0 : SIDE * scale, 0 : SIDE * scale].astype(np.float32)
    x, y = (columns - eyes[0]) / unit, (rows - eyes[1]) / unit
    dome = (np.hypot(x / 0.62, (y + 0.05) / 0.7) < 1) | ((np.abs(x) < 0.62) & (y > -0.05) & (y < 1.2))
    hair = dome & (np.hypot(x / 0.37, (y - 0.15) / 0.5) > 1) & ~((np.abs(x) < 0.2) & (y > 0.4))
    alpha = np.clip(gaussian_blur(hair.astype(np.float32), 1.2 * scale), 0, 1)
    place = x + sway * np.sin(2 * np.pi * y / 0.5)
    strands = np.sin(place * 130) + 0.7 * np.sin(place * 57 + 1.0) + 0.5 * np.sin(place * 211 + 2.0)
    lab = np.stack([30 + 6 * strands, np.full_like(x, 6), np.full_like(x, 12)], axis=-1).astype(np.float32)
    source = Source(lab, alpha, points.astype(np.float32), Pose(0, 0, 0), (0.0, 0.0), "own", "drawn")
    head = Head(frame, frame.to_head(source.points), 0.0)
    box = (slice(0, SIDE * scale), slice(0, SIDE * scale))
    return head, source, follow_strands(source), start_draft(head, box)


def made(move: Move, scale: int = 1) -> Draft:
    head, _, strands, draft = model(scale)
    return move(draft, head, strands)


def way(draft: Draft) -> np.ndarray:
    """How far (h, w) hair has moved, face heights."""
    return np.asarray(np.linalg.norm(draft.at - draft.here, axis=-1))


def assert_same(one: Draft, other: Draft) -> None:
    for name in ("at", "shade", "keep"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("move", NOTHING.values(), ids=NOTHING)
def test_a_move_that_asks_for_nothing_changes_nothing(move: Move) -> None:
    _head, source, _, draft = model()
    after = made(move)
    inside = source.alpha > 0
    np.testing.assert_allclose(after.at[inside], draft.at[inside], atol=1e-6)
    np.testing.assert_allclose(after.keep[inside], 1.0, atol=1e-3)
    np.testing.assert_array_equal(after.shade, 0.0)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_move_changes_hair_and_leaves_the_draft_it_was_given(move: Move) -> None:
    head, _, strands, draft = model()
    before = replace(draft, at=draft.at.copy(), shade=draft.shade.copy(), keep=draft.keep.copy())
    after = move(draft, head, strands)
    assert_same(draft, before)
    assert (after.at != draft.at).any() or (after.keep != draft.keep).any()
    for plane, like in ((after.at, draft.at), (after.shade, draft.shade), (after.keep, draft.keep)):
        assert plane.shape == like.shape
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
    assert after.keep.min() >= 0.0
    assert after.keep.max() <= 1.0


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_eyes_nose_and_mouth_never_change(move: Move) -> None:
    head, _, strands, draft = model()
    held = guard_face(head, draft.here) >= 1.0
    assert held.sum() > 500
    # hair that lies over the face, and hair that another move has already brought there
    for start in (draft, replace(draft, at=draft.at + np.float32(0.05))):
        after = move(start, head, strands)
        np.testing.assert_allclose(after.at[held], start.at[held], atol=4e-3)
        np.testing.assert_allclose(after.keep[held], start.keep[held], atol=0.02)
        np.testing.assert_allclose(after.shade[held], start.shade[held], atol=0.02)


def test_waves_begin_at_their_start_and_swing_as_far_as_asked() -> None:
    head, source, _, draft = model()
    after = made(partial(wave, pitch=0.3, swing=0.05, start=0.2, seed=3))
    above = draft.here[..., 1] <= 0.2
    np.testing.assert_array_equal(way(after)[above], 0.0)
    np.testing.assert_array_equal(after.shade[above], 0.0)
    full = (source.alpha > 0.9) & (draft.here[..., 1] > 0.55) & (calm(draft, head) > 0.98)
    assert np.percentile(way(after)[full], 97) == pytest.approx(0.05, rel=0.3)
    assert way(after).max() < 0.05 * 1.45


def test_waves_repeat_at_their_pitch_and_run_across_the_strands() -> None:
    _head, _, _strands, draft = model()
    after = made(partial(wave, pitch=0.3, swing=0.04, start=-0.2, ruffle=0.0, seed=1))
    off = (after.at - draft.at)[:, int(EYES[0] + 0.5 * UNIT)]
    rows = slice(int(EYES[1] + 0.3 * UNIT), int(EYES[1] + 1.15 * UNIT))
    turns = (np.diff(np.sign(off[rows, 0])) != 0).sum()
    assert turns == pytest.approx(0.85 / 0.15, abs=2.1)
    assert np.abs(off[rows, 0]).mean() > 4 * np.abs(off[rows, 1]).mean()


def test_locks_do_not_run_in_step_where_there_is_ruffle() -> None:
    _, _, _, draft = model()
    agree = []
    for ruffle in (0.0, 1.0):
        after = made(partial(wave, pitch=0.3, swing=0.05, start=-0.2, ruffle=ruffle, seed=1))
        row = (after.at - draft.at)[int(EYES[1] + 0.9 * UNIT), :, 0]
        right = row[int(EYES[0] + 0.42 * UNIT) : int(EYES[0] + 0.58 * UNIT)]
        agree.append(np.abs(np.sign(right).mean()))
    assert agree[1] < agree[0]


@pytest.mark.parametrize("name", ["wave", "trim", "layers", "turn in", "see-through", "thin"])
def test_a_seed_gives_one_result_and_another_seed_another(name: str) -> None:
    move = MOVES[name]
    assert_same(made(partial(move, seed=5)), made(partial(move, seed=5)))
    one, other = made(partial(move, seed=5)), made(partial(move, seed=6))
    assert (one.at != other.at).any() or (one.keep != other.keep).any()


@pytest.mark.parametrize("layers", [0.0, 0.5, 1.0])
def test_scissors_leave_nothing_below_the_hem_and_everything_at_the_roots(layers: float) -> None:
    head, source, _, draft = model()
    after = made(partial(trim, fall=0.1, layers=layers))
    y = draft.here[..., 1]
    assert after.keep[y > head.chin + 0.1].max() == 0.0
    np.testing.assert_array_equal(after.keep[y < 0.2], 1.0)
    np.testing.assert_array_equal(way(after)[y < -0.3], 0.0)
    assert way(after)[y < 0.0].max() < 0.02
    hair = (source.alpha > 0.9) & (np.abs(y - head.chin + 0.06) < 0.05)
    assert after.keep[hair].mean() > (0.3 if layers else 0.8)


def test_a_blunt_line_is_fine_and_layers_are_not() -> None:
    _head, _source, _, draft = model()
    spread = []
    for layers in (0.0, 1.0):
        after = made(partial(trim, fall=0.2, layers=layers))
        columns = (np.abs(draft.here[0, :, 0]) > 0.42) & (np.abs(draft.here[0, :, 0]) < 0.58)
        lowest = (after.keep[:, columns] > 0.5).cumsum(axis=0).argmax(axis=0)
        spread.append(lowest.std() / UNIT)
    assert spread[0] < 0.02
    assert spread[1] > 2 * spread[0]


def test_cut_hair_does_not_stick_out_where_shoulders_had_spread_it() -> None:
    head, _, strands, draft = model()
    y = strands.corner[1] + 0.025 * np.arange(len(strands.alpha))
    x = strands.corner[0] + 0.025 * np.arange(strands.alpha.shape[1])
    wider = 0.62 + 0.5 * np.clip(y - 0.2, 0, 1)
    wedge = replace(strands, alpha=(np.abs(x)[None, :] < wider[:, None]).astype(np.float32))
    after = trim(draft, head, wedge, fall=0.1)
    row = int(EYES[1] + (head.chin + 0.05) * UNIT)
    edge = np.abs(after.at[row, :, 0]) < 0.62 + 0.5 * (head.chin - 0.15)
    assert np.abs(draft.here[row, edge, 0]).max() < 0.70


def test_ends_turn_in_to_the_neck_or_out() -> None:
    head, _, _, draft = model()
    at_ends = (np.abs(draft.here[..., 1] - head.chin - 0.07) < 0.02) & (np.abs(draft.here[..., 0] - 0.52) < 0.07)
    for turn in (0.1, -0.1):
        off = (made(partial(turn_ends, turn=turn, fall=0.1)).at - draft.at)[..., 0]
        assert off[at_ends].mean() == pytest.approx(turn, rel=0.4)
        assert np.abs(off[draft.here[..., 1] < 0.3]).max() == 0.0


def test_longer_hair_ends_where_it_was_asked_to() -> None:
    head, _, _strands, draft = model()
    after = made(partial(lengthen, fall=0.75))
    column = int(EYES[0] + 0.5 * UNIT)
    came = after.at[:, column, 1]
    where = np.interp(1.2, came, draft.here[:, column, 1])
    assert where == pytest.approx(head.chin + 0.75, abs=0.05)
    assert (np.diff(came) > 0).all()


def test_volume_widens_hair_and_never_covers_the_face() -> None:
    head, _source, _strands, draft = model()
    after = made(MOVES["volume"])
    inside = beyond(head, draft.here) < 0
    np.testing.assert_allclose(
        after.at[inside & (draft.here[..., 1] < 0.3)], draft.at[inside & (draft.here[..., 1] < 0.3)], atol=1e-5
    )
    row, column = int(EYES[1]), int(EYES[0])
    assert np.interp(0.62, after.at[row, column:, 0], draft.here[row, column:, 0]) > 0.67
    assert np.interp(-0.75, after.at[:row, column, 1], draft.here[:row, column, 1]) < -0.82


def test_straight_hair_sways_less() -> None:
    head, _source, strands, draft = model(1, 0.03)
    after = straighten(draft, head, strands, share=1.0)
    right = (draft.here[..., 0] > 0.45) & (draft.here[..., 0] < 0.56) & (np.abs(draft.here[..., 1] - 0.7) < 0.25)
    x, y = after.at[..., 0], after.at[..., 1]
    strand = x + 0.03 * np.sin(2 * np.pi * y / 0.5)
    off, was = (
        plane - draft.here[..., 0]
        for plane in (strand, draft.here[..., 0] + 0.03 * np.sin(2 * np.pi * draft.here[..., 1] / 0.5))
    )
    assert off[right].std() < 0.75 * was[right].std()


def test_a_see_through_fringe_lets_about_as_much_hair_stand_as_asked() -> None:
    _, _, _, draft = model()
    low = (np.abs(draft.here[..., 0]) < 0.2) & (np.abs(draft.here[..., 1] + 0.12) < 0.02)
    kept = [made(partial(thin_fringe, density=density)).keep[low].mean() for density in (0.3, 0.6)]
    assert kept[0] == pytest.approx(0.3, abs=0.15)
    assert kept[1] == pytest.approx(0.6, abs=0.15)


def test_a_curtain_opens_over_the_brows_and_is_closed_at_the_hairline() -> None:
    _, _, _, _draft = model()
    keep = made(MOVES["curtain"]).keep
    middle = int(EYES[0])
    assert keep[int(EYES[1] - 0.14 * UNIT), middle] < 0.1
    assert keep[int(EYES[1] - 0.45 * UNIT), middle] > 0.9


def test_clipped_sides_lie_close_and_the_top_stays() -> None:
    head, _, _, draft = model()
    keep = made(taper).keep
    assert keep[draft.here[..., 1] < -0.15].min() == 1.0
    out = beyond(head, draft.here)
    assert keep[(draft.here[..., 1] > 0.2) & (out > 0.12)].max() < 0.05
    assert keep[draft.here[..., 1] > 0.75].max() < 0.05


def test_a_draft_of_more_pixels_tells_the_same() -> None:
    near = model()[1].alpha > 0
    for name, move in MOVES.items():
        if name in ("wave", "layers", "straighten", "see-through", "thin"):
            continue
        small, large = made(move), made(move, 2)
        assert large.step == 2
        # places of the larger grid are half a small pixel further on
        np.testing.assert_allclose(way(large)[near], way(small)[near], atol=0.02, err_msg=name)
        assert np.abs(large.keep - small.keep)[near].mean() < 0.01, name


def test_strands_are_numbered_across_and_measured_along() -> None:
    _, _, strands, _ = model(1, 0.03)
    at = np.array([[x, y] for x in (0.45, 0.5, 0.55) for y in (0.5, 0.9)], np.float32)
    found = strands.look(strands.run, at).reshape(3, 2, 4)
    assert np.allclose(found[:, 0, 0], found[:, 1, 0], atol=0.05)
    assert (np.diff(found[:, 0, 0]) > 0.03).all()
    np.testing.assert_allclose(found[:, 1, 1] - found[:, 0, 1], 0.4, atol=0.06)
    assert strands.end_over(np.array([0.5], np.float32))[0] == pytest.approx(1.2, abs=0.05)


def test_a_source_that_is_mirrored_by_its_fit_is_followed_as_if_it_were_not() -> None:
    _, source, strands, _ = model(1, 0.03)
    flipped = replace(
        source,
        lab=np.ascontiguousarray(source.lab[:, ::-1]),
        alpha=np.ascontiguousarray(source.alpha[:, ::-1]),
        points=(np.array([SIDE - 1, 0]) + source.points * [-1, 1]).astype(np.float32)[landmarks.MIRROR],
    )
    frame = head_frame(source.points)

    def fit(at: np.ndarray) -> np.ndarray:
        return np.asarray(np.array([SIDE - 1, 0]) + frame.to_pixels(at) * [-1, 1], np.float32)

    again = follow_strands(flipped, fit)
    at = np.array([[0.5, 0.6], [-0.5, 0.8], [0.45, 0.9]], np.float32)
    np.testing.assert_allclose(again.look(again.run, at)[:, 2:], strands.look(strands.run, at)[:, 2:], atol=0.05)


def test_waves_keep_peoples_silhouette_and_scissors_shorten_it() -> None:
    """The amount of hair, on people of the pack with hair to the chin and longer."""
    folder = pack("portraits")
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    long = [row for row in rows if row["split"] == "val" and row["length"] in {"chin", "shoulder", "long"}]
    with np.load(folder / "landmarks.npz") as marks:
        points = dict(zip(marks["ids"], marks["points"], strict=True))
    for row in [row for row in long if not row["hat"] and float(row["quality"]) > 0.8][:10]:
        place = points[row["id"]][list(landmarks.MESH)].astype(np.float32)
        grey = np.asarray(Image.open(folder / "images" / f"{row['id']}.jpg").convert("L"), np.float32) * (100 / 255)
        alpha = np.asarray(Image.open(folder / "hair" / f"{row['id']}.png"), np.float32) / 255
        lab = np.dstack([grey, np.zeros_like(grey), np.zeros_like(grey)])
        source = Source(lab, alpha, place, Pose(0, 0, 0), (0.0, 0.0), "own", row["id"])
        frame = head_frame(place)
        head = Head(frame, frame.to_head(place), 0.0)
        strands, draft = follow_strands(source), start_draft(head, (slice(0, len(grey)), slice(0, grey.shape[1])))

        def hair(after: Draft, strands: Strandwise = strands) -> float:
            return float((strands.hair_at(after.at.reshape(-1, 2)) * after.keep.ravel()).sum())

        before = hair(draft)
        assert 0.9 < hair(wave(draft, head, strands, pitch=0.4, swing=0.05, start=0.0)) / before < 1.15, row["id"]
        assert hair(trim(draft, head, strands, fall=-0.1)) < before, row["id"]
        assert hair(raise_volume(draft, head, strands, volume=1.3)) > before, row["id"]


def test_all_moves_of_one_style_are_quick() -> None:
    head, _, strands, draft = model()
    began = process_time()
    for _ in range(3):
        for name in ("volume", "wave", "turn in", "layers", "straighten"):
            draft = MOVES[name](draft, head, strands)
    assert (process_time() - began) / 3 < 0.5
