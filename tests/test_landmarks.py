"""The list of face points, and what is read from them."""

from __future__ import annotations

import numpy as np
import pytest
from shared_data import pack

from genmark.perceive import landmarks
from genmark.perceive.pose import HeadFrame, fit_pose, head_frame, read_pose


def toy_face(turn: float = 0.0) -> np.ndarray:
    """A face of random points that is its own mirror image, turned by shifting its inner points sideways."""
    generator = np.random.default_rng(0)
    points = generator.uniform(0.2, 0.8, (landmarks.COUNT, 2))
    mirrored = points[landmarks.MIRROR] * [-1, 1] + [1, 0]
    points = (points + mirrored) / 2
    points[landmarks.places(*landmarks.EYE_RIGHT)] += [-0.2, -0.1]
    points[landmarks.places(*landmarks.EYE_LEFT)] += [0.2, -0.1]
    points[landmarks.places(10)] = [0.5, 0.0]
    points[landmarks.places(152)] = [0.5, 1.0]
    points[landmarks.places(*landmarks.NOSE_MIDDLE)] += [turn, 0.0]
    return (100 * points).astype(np.float32)


def test_every_point_is_listed_once() -> None:
    assert len(set(landmarks.MESH)) == landmarks.COUNT


def test_mirroring_twice_changes_nothing() -> None:
    assert (landmarks.MIRROR[landmarks.MIRROR] == np.arange(landmarks.COUNT)).all()


def test_the_mirror_swaps_the_eyes() -> None:
    right, left = landmarks.places(*landmarks.EYE_RIGHT), landmarks.places(*landmarks.EYE_LEFT)
    assert landmarks.MIRROR[right].tolist() == left


def test_the_oval_is_a_loop_of_its_36_points() -> None:
    assert len(set(landmarks.OVAL_LOOP)) == len(landmarks.OVAL_LOOP) == 36


def test_a_head_frame_goes_there_and_back() -> None:
    frame = HeadFrame((30.0, 40.0), 120.0, 25.0)
    points = np.random.default_rng(1).uniform(0, 500, (9, 2)).astype(np.float32)
    np.testing.assert_allclose(frame.to_pixels(frame.to_head(points)), points, atol=1e-3)


def test_a_head_frame_has_the_face_height_as_its_unit_and_the_eye_line_as_its_x() -> None:
    points = toy_face()
    frame = head_frame(points)
    assert frame.unit == pytest.approx(100.0, abs=0.01)
    assert frame.roll == pytest.approx(0.0, abs=0.01)
    eye = points[landmarks.places(*landmarks.EYE_LEFT)].mean(axis=0)
    assert frame.to_head(eye[None])[0, 1] == pytest.approx(0.0, abs=1e-4)


def test_roll_is_the_angle_that_the_picture_was_turned_by() -> None:
    turn = HeadFrame((0.0, 0.0), 1.0, 30.0)
    assert head_frame(turn.to_pixels(toy_face())).roll == pytest.approx(30.0, abs=0.1)


def test_pose_is_learned_from_examples_and_ignores_place_size_and_roll() -> None:
    turns = np.linspace(-0.2, 0.2, 21)
    shapes = np.stack([toy_face(turn) for turn in turns])
    coefficients = fit_pose(shapes, np.stack([200 * turns, 0 * turns], axis=1))
    moved = HeadFrame((200.0, -50.0), 3.0, 12.0).to_pixels(toy_face(0.13))
    pose = read_pose(moved, coefficients)
    assert pose.yaw == pytest.approx(26.0, abs=2.0)
    assert pose.pitch == pytest.approx(0.0, abs=1.0)
    assert pose.roll == pytest.approx(12.0, abs=0.1)


def test_the_pack_agrees_that_the_mirror_and_the_poses_hold() -> None:
    folder = pack("portraits")
    meshes = np.load(folder / "landmarks.npz")["points"][:, list(landmarks.MESH)]
    units = np.array([landmarks.eye_distance(points) for points in meshes])
    shapes = (meshes - meshes.mean(axis=1, keepdims=True)) / units[:, None, None]
    mean = shapes.mean(axis=0)
    np.testing.assert_allclose(mean[landmarks.MIRROR] * [-1, 1], mean, atol=0.1)
