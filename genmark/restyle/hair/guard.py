"""The part of a face that no haircut may touch: eyes, nose and mouth."""

from __future__ import annotations

import numpy as np

from genmark.perceive import landmarks
from genmark.restyle.hair.draft import Head
from genmark.types import Floats

_FEATURES = (
    (landmarks.EYE_RIGHT, 1.10, 1.35),
    (landmarks.EYE_LEFT, 1.10, 1.35),
    (landmarks.NOSE_MIDDLE + landmarks.NOSE_RIGHT + landmarks.NOSE_LEFT, 1.05, 1.02),
    (landmarks.MOUTH_MIDDLE + landmarks.MOUTH_RIGHT + landmarks.MOUTH_LEFT, 1.10, 1.25),
)
"""Points of each feature, and how much wider and higher than their bounds the guard is."""
_SOFT = 0.05
"""Face heights over which the guard falls to 0."""


def guard_face(head: Head, here: Floats) -> Floats:
    """float32 (h, w): 1 on eyes, nose and mouth, falling to 0 around, at places `here` (h, w, 2) in head coordinates.

    Each feature is an upright ellipse around its landmarks; its border is where the fall begins.
    """
    guard = np.zeros(here.shape[:2], np.float32)
    for points, wider, higher in _FEATURES:
        x, y = head.points[landmarks.places(*points)].T
        half = np.maximum([wider * np.ptp(x) / 2, higher * np.ptp(y) / 2], 0.01)
        off = (here - [(x.min() + x.max()) / 2, (y.min() + y.max()) / 2]) / half
        beyond = (np.hypot(off[..., 0], off[..., 1]) - 1.0) * half.min()
        fall = np.clip(1.0 - beyond / _SOFT, 0.0, 1.0)
        guard = np.maximum(guard, fall * fall * (3 - 2 * fall))
    return np.asarray(guard, np.float32)
