"""Hair of one head on another: where it comes from."""

from __future__ import annotations

import time

import numpy as np
import pytest

from genmark.perceive.landmarks import COUNT, EYE_LEFT, EYE_RIGHT, MOUTH_LEFT, MOUTH_RIGHT, OVAL_LOOP, places
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair.align import find_similarity, fit
from genmark.restyle.hair.donors import load, mirrored, read_donors
from genmark.restyle.hair.draft import Head
from genmark.restyle.hair.source import Kind, Source
from genmark.types import Floats, Pose

FACE = next(donor for donor in read_donors() if donor.id == "016").points
SKULL = places(*OVAL_LOOP, *EYE_RIGHT, *EYE_LEFT)
SEEN = np.array([[0.0, -0.5], [-0.5, 0.0], [0.5, 0.0], [0.3, 0.9], [0.0, 0.0]], np.float32)


def head_with(points: Floats, yaw: float = 0.0) -> Head:
    frame = head_frame(points)
    return Head(frame, frame.to_head(points), yaw)


def source_with(points: Floats, yaw: float = 0.0, kind: Kind = "donor") -> Source:
    return Source(
        np.zeros((4, 4, 3), np.float32), np.ones((4, 4), np.float32), points, Pose(yaw, 0, 0), (0, 0), kind, "x"
    )


def moved(points: Floats, scale: float, degrees: float, by: tuple[float, float]) -> Floats:
    return HeadFrame(by, scale, degrees).to_pixels(points)


def test_own_hair_stays_exactly_where_it_is() -> None:
    head = head_with(moved(FACE, 2.3, 11.0, (400.0, 180.0)))
    cut = np.array([37.0, 12.0], np.float32)
    own = source_with(head.frame.to_pixels(head.points) - cut, kind="own")
    found = fit(own, head)(SEEN.reshape(1, -1, 2)) + cut
    np.testing.assert_allclose(found[0], head.frame.to_pixels(SEEN), atol=2e-3)


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0.0), (0.4, -20.0), (3.0, 35.0)])
def test_the_same_face_elsewhere_is_found_to_a_fraction_of_a_pixel(scale: float, degrees: float) -> None:
    there = moved(FACE, scale, degrees, (-40.0, 300.0))
    found = fit(source_with(there), head_with(FACE))(head_with(FACE).points)
    np.testing.assert_allclose(found, there, atol=0.01 * head_frame(there).unit)


def test_a_wide_open_mouth_does_not_move_the_hair() -> None:
    there = FACE.copy()
    mouth = places(*MOUTH_LEFT, *MOUTH_RIGHT, 17, 14)
    there[mouth] += np.array([0.0, 60.0], np.float32)
    head = head_with(FACE)
    np.testing.assert_allclose(fit(source_with(there), head)(SEEN), fit(source_with(FACE), head)(SEEN), atol=0.05)


def test_a_similarity_survives_two_in_five_wrong_points_and_is_the_same_every_time() -> None:
    rng = np.random.default_rng(3)
    here = rng.standard_normal(60) + 1j * rng.standard_normal(60)
    turn, move = 1.7 * np.exp(0.3j), 4 - 2j
    there = turn * here + move + 0.002 * (rng.standard_normal(60) + 1j * rng.standard_normal(60))
    there[:24] += 5 + rng.standard_normal(24)
    found = find_similarity(here, there)
    assert abs(found[0] - turn) < 0.005
    assert abs(found[1] - move) < 0.005
    assert found == find_similarity(here, there)


def test_what_a_similarity_leaves_of_the_faces_shape_is_warped_smoothly() -> None:
    wider = FACE.copy()
    middle = FACE[SKULL, 0].mean()
    wider[:, 0] = middle + (FACE[:, 0] - middle) * 1.15
    head = head_with(FACE)
    warped = fit(source_with(wider), head)
    off = np.linalg.norm(warped(head.points[SKULL]) - wider[SKULL], axis=1) / head_frame(wider).unit
    assert off.mean() < 0.02
    plain = warped.frame.to_pixels(warped.similar(head.points[SKULL]))
    before = np.linalg.norm(plain - wider[SKULL], axis=1) / head_frame(wider).unit
    assert off.mean() < 0.6 * before.mean()


def test_the_map_never_folds() -> None:
    x, y = np.meshgrid(np.linspace(-1.2, 1.2, 60), np.linspace(-1.2, 2.0, 80))
    grid = np.dstack([x, y]).astype(np.float32)
    donors = [load(donor) for donor in read_donors()[::9]]
    for source in [*donors, *map(mirrored, donors)]:
        for yaw in (-16.0, 0.0, 16.0):
            if abs(source.pose.yaw - yaw) > 18:
                continue
            at = fit(source, head_with(FACE, yaw))(grid)
            over, down = np.diff(at, axis=1)[:-1], np.diff(at, axis=0)[:, :-1]
            area = over[..., 0] * down[..., 1] - over[..., 1] * down[..., 0]
            assert (area > 0).all(), source.name


def test_a_skull_behind_a_turned_face_lies_where_it_would_be_seen() -> None:
    head = head_with(FACE, yaw=12.0)
    crown = np.array([[0.0, -0.75]], np.float32)
    straight, turned = fit(source_with(FACE, 12.0), head)(crown), fit(source_with(FACE, 0.0), head)(crown)
    slide = (turned - straight)[0] / head.frame.unit
    assert 0.05 < slide[0] < 0.12, "the face that looks right has its skull to the left of where a straight one's is"
    assert abs(slide[1]) < 0.02
    eyes = head.points[places(*EYE_LEFT, *EYE_RIGHT)]
    still = fit(source_with(FACE, 0.0), head)(eyes) - fit(source_with(FACE, 12.0), head)(eyes)
    assert np.abs(still).max() / head.frame.unit < 0.045


def test_a_grid_of_places_is_quick() -> None:
    grid = np.random.default_rng(0).uniform(-1.2, 1.2, (512, 512, 2)).astype(np.float32)
    ready = fit(source_with(FACE), head_with(FACE))
    ready(grid)
    took = []
    for _ in range(3):
        start = time.perf_counter()
        assert ready(grid).dtype == np.float32
        took.append(time.perf_counter() - start)
    assert min(took) < 0.2, "40 ms on a quiet machine; five times that on a busy one"


def test_there_are_as_many_points_as_the_parser_finds() -> None:
    assert FACE.shape == (COUNT, 2)
