"""How a head is held, and a frame of reference that moves with it, both from landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.perceive import landmarks
from genmark.types import Floats, Pose


@dataclass(frozen=True)
class HeadFrame:
    """A head's own coordinates: origin between the eyes, x towards the picture's right along the eye line, y towards
    the chin, one unit the height of the face (middle of the forehead's edge to the chin, Face Mesh 10 to 152).

    origin  (x, y) of the origin in pixels
    unit    pixels per face height
    roll    degrees the eye line is turned clockwise in the picture
    """

    origin: tuple[float, float]
    unit: float
    roll: float

    def to_pixels(self, points: NDArray[np.floating]) -> Floats:
        """Head coordinates (N, 2) -> pixels."""
        return np.asarray(np.asarray(points) * self.unit @ self._turn().T + self.origin, np.float32)

    def to_head(self, points: NDArray[np.floating]) -> Floats:
        """Pixels (N, 2) -> head coordinates."""
        return np.asarray((np.asarray(points) - self.origin) @ self._turn() / self.unit, np.float32)

    def _turn(self) -> NDArray[np.float64]:
        cos, sin = np.cos(np.radians(self.roll)), np.sin(np.radians(self.roll))
        return np.array([[cos, -sin], [sin, cos]])


def head_frame(points: Floats) -> HeadFrame:
    """The frame of a head from its landmarks (COUNT, 2) in pixels."""
    right = points[landmarks.places(*landmarks.EYE_RIGHT)].mean(axis=0)
    left = points[landmarks.places(*landmarks.EYE_LEFT)].mean(axis=0)
    top, chin = points[landmarks.places(10, 152)]
    x, y = (right + left) / 2
    dx, dy = left - right
    unit = float(np.linalg.norm(chin - top))
    return HeadFrame((float(x), float(y)), max(unit, 1e-3), float(np.degrees(np.arctan2(dy, dx))))


def describe_shape(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Landmarks (COUNT, 2) freed of place, size and roll, and a one: what pose is linear in, (2 COUNT + 1,)."""
    frame = head_frame(np.asarray(points, np.float32))
    return np.append(frame.to_head(points).astype(np.float64).ravel(), 1.0)


def fit_pose(shapes: NDArray[np.floating], yaw_pitch: NDArray[np.floating], ridge: float = 0.05) -> Floats:
    """Ridge regression (Hoerl & Kennard 1970) from N shapes (N, COUNT, 2) to their yaw and pitch (N, 2) in degrees;
    returns coefficients (2 COUNT + 1, 2) for `read_pose`."""
    features = np.stack([describe_shape(shape) for shape in shapes])
    penalty = ridge * np.eye(features.shape[1])
    penalty[-1, -1] = 0.0
    return np.asarray(np.linalg.solve(features.T @ features + penalty, features.T @ yaw_pitch), np.float32)


def read_pose(points: Floats, coefficients: Floats) -> Pose:
    """Pose in degrees from landmarks (COUNT, 2) and what `fit_pose` returned; roll is the eye line's."""
    yaw, pitch = describe_shape(points) @ coefficients
    return Pose(float(np.clip(yaw, -90, 90)), float(np.clip(pitch, -90, 90)), head_frame(points).roll)
