"""What lies under anyone's hair, as geometry: where a head's skull, ears, neck and shoulders are, from its landmarks.

Sizes are adults' (NASA-STD-3000, vol. I, sect. 3.3): a face height of Face Mesh (10 to 152) is about 18 cm, the skull
is a little wider than the face, ends 0.26 face heights above the oval's top, and its middle lies 0.42 behind the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.perceive.landmarks import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, OVAL_LOOP, places
from genmark.restyle.hair.draft import Head
from genmark.types import Floats

_DEEP = 1.28
"""How much further the skull's middle moves than the face oval's when the head turns: it lies deeper."""
_VERTEX = 0.26
_BULGE = 2.25
"""Exponent of the skull's superellipse: 2 is an ellipse; real ones are a little squarer at the temples."""
_SHOULDER = ((0.0, 0.20, 0.25, 0.36, 0.55, 0.85, 1.02, 1.15), (-0.05, 0.02, 0.13, 0.24, 0.34, 0.46, 0.60, 1.00))
"""Half a neck and shoulder: face heights beside the neck's middle, and below the chin."""


@dataclass(frozen=True, eq=False)
class Skull:
    """The outline of a bare head, in head coordinates: a superellipse over the face oval.

    middle  (x, y) of the superellipse's middle; half its width and height: `wide`, `high`
    round   depth of each place behind the middle of the skull's front, see `across`
    """

    head: Head
    middle: tuple[float, float]
    wide: float
    high: float

    def distance(self, here: Floats) -> Floats:
        """Face heights inside the outline, negative outside, of places (..., 2) in head coordinates; float32 (...)."""
        oval = self.head.points[places(*OVAL_LOOP)]
        face = _star(here, oval)
        return np.asarray(np.maximum(face, (1.0 - self.radius(here)) * min(self.wide, self.high)), np.float32)

    def radius(self, here: Floats) -> Floats:
        """0 in the middle of the skull to 1 on its outline, more outside, of places (..., 2); float32 (...)."""
        x = np.abs(here[..., 0] - self.middle[0]) / self.wide
        y = np.abs(here[..., 1] - self.middle[1]) / self.high
        return np.asarray((x**_BULGE + y**_BULGE) ** (1 / _BULGE), np.float32)


def find_skull(head: Head) -> Skull:
    """The skull of a head: moved back by its yaw, as wide as the face asks for, longer than wide when it is turned."""
    oval = head.points[places(*OVAL_LOOP)]
    turn = np.radians(np.clip(head.yaw, -60, 60))
    face = 0.42 * float(np.clip(head.jaw / (0.42 * np.cos(turn) + 0.06 * abs(np.sin(turn))), 0.88, 1.12))
    wide = float(np.hypot(face * np.cos(turn), 0.52 * np.sin(turn)))
    middle = float(oval[:, 0].min() + oval[:, 0].max()) / 2 * _DEEP
    top = head.crown - _VERTEX
    return Skull(head, (middle, -0.12), wide, -0.12 - top)


def _star(here: Floats, loop: Floats) -> Floats:
    """About how far inside a star-shaped loop (N, 2) places (..., 2) are; negative outside."""
    middle = (loop.min(axis=0) + loop.max(axis=0)) / 2
    ways = loop - middle
    angles, radii = np.arctan2(ways[:, 1], ways[:, 0]), np.hypot(ways[:, 0], ways[:, 1])
    away = here - middle
    reach = np.interp(np.arctan2(away[..., 1], away[..., 0]), angles, radii, period=2 * np.pi)
    return np.asarray(reach - np.hypot(away[..., 0], away[..., 1]), np.float32)


def eyes_and_brows(head: Head, here: Floats) -> tuple[Floats, Floats]:
    """How far inside the nearer eye, and the nearer brow, places (..., 2) are, in face heights; float32 (...)."""
    found = []
    for right, left in ((EYE_RIGHT, EYE_LEFT), (BROW_RIGHT, BROW_LEFT)):
        found.append(np.maximum(*(_star(here, head.points[places(*which)]) for which in (right, left))))
    return found[0], found[1]


def shoulder_depth(body: Floats, dropped: float, widened: float) -> Floats:
    """How far below the line of neck and shoulders places are, face heights; negative above it.

    `body` (..., 2) are places right of and below the chin in the picture, the body being upright whatever the head is.
    """
    line = np.interp(np.abs(body[..., 0]) / widened, *_SHOULDER)
    return np.asarray(body[..., 1] - line - dropped, np.float32)


def body_places(head: Head, skull: Skull, here: Floats) -> Floats:
    """Places (..., 2) as face heights right of and below the chin, upright in the picture, neck in the middle."""
    roll = np.radians(head.frame.roll)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]], np.float32)
    jaw = head.points[places(172, 397)].mean(axis=0)
    neck = np.array([(jaw[0] + skull.middle[0]) / 2, head.chin], np.float32)
    return np.asarray((here - neck) @ turn, np.float32)


def fit_shoulders(body: Floats, person: NDArray[np.floating], sure: NDArray[np.floating]) -> tuple[float, float]:
    """How far the shoulders are dropped, and widened, so that most of what is seen agrees.

    `person` (h, w) is 1 on the body and 0 on the background, where `sure` (h, w) is not 0. Where little is seen, an
    adult's.
    """
    seen = (sure > 0) & (body[..., 1] > -0.1)
    at, truth = body[seen][::2], person[seen][::2] > 0.5
    best, found = np.inf, (0.0, 1.0)
    for dropped in (0.0, -0.06, 0.06, -0.12, 0.12, 0.2, 0.3):
        for widened in (1.0, 0.9, 0.8, 1.15, 1.3):
            wrong = float(np.sum((shoulder_depth(at, dropped, widened) > 0) != truth))
            cost = wrong + 0.02 * len(at) * (abs(dropped) + abs(widened - 1)) + 40 * abs(dropped)
            if cost < best:
                best, found = cost, (dropped, widened)
    return found
