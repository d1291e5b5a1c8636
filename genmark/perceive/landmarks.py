"""The face points that genmark finds: a subset of the 468 of MediaPipe Face Mesh, named by their numbers there.

They hold the whole face oval with its ear points, both brows, both eyes, the nose, the mouth and four cheek points,
listed as mirrored pairs so that a flipped picture needs no table of its own. "right" is the person's right, which
is the left of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OVAL_MIDDLE = (10, 152)
OVAL_RIGHT = (109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148)
OVAL_LEFT = (338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
BROW_RIGHT = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
BROW_LEFT = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
EYE_RIGHT = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
EYE_LEFT = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)
NOSE_MIDDLE = (168, 6, 197, 195, 5, 4, 1, 2)
NOSE_RIGHT = (98, 97, 129, 64)
NOSE_LEFT = (327, 326, 358, 294)
MOUTH_MIDDLE = (0, 17, 13, 14)
MOUTH_RIGHT = (61, 146, 91, 181, 84, 185, 40, 39, 37, 78)
MOUTH_LEFT = (291, 375, 321, 405, 314, 409, 270, 269, 267, 308)
FOREHEAD = (151, 9, 8)
CHEEK_RIGHT = (50, 205)
CHEEK_LEFT = (280, 425)

_MIDDLE = OVAL_MIDDLE + NOSE_MIDDLE + MOUTH_MIDDLE + FOREHEAD
_RIGHT = OVAL_RIGHT + BROW_RIGHT + EYE_RIGHT + NOSE_RIGHT + MOUTH_RIGHT + CHEEK_RIGHT
_LEFT = OVAL_LEFT + BROW_LEFT + EYE_LEFT + NOSE_LEFT + MOUTH_LEFT + CHEEK_LEFT

MESH: tuple[int, ...] = _MIDDLE + _RIGHT + _LEFT
"""Face Mesh number of each point, in the order of `Face.landmarks`."""

COUNT = len(MESH)

_PARTS = {
    "oval": OVAL_MIDDLE,
    "oval_right": OVAL_RIGHT,
    "oval_left": OVAL_LEFT,
    "brow_right": BROW_RIGHT,
    "brow_left": BROW_LEFT,
    "eye_right": EYE_RIGHT,
    "eye_left": EYE_LEFT,
    "nose": NOSE_MIDDLE,
    "nose_right": NOSE_RIGHT,
    "nose_left": NOSE_LEFT,
    "mouth": MOUTH_MIDDLE,
    "mouth_right": MOUTH_RIGHT,
    "mouth_left": MOUTH_LEFT,
    "forehead": FOREHEAD,
    "cheek_right": CHEEK_RIGHT,
    "cheek_left": CHEEK_LEFT,
}
_PART_OF = {mesh: part for part, numbers in _PARTS.items() for mesh in numbers}

NAMES: tuple[str, ...] = tuple(f"{_PART_OF[mesh]}_{mesh}" for mesh in MESH)
"""Name of each point, in the order of `Face.landmarks`: the part of the face and the Face Mesh number."""

MIRROR: NDArray[np.intp] = np.array(
    list(range(len(_MIDDLE)))
    + list(range(len(_MIDDLE) + len(_RIGHT), COUNT))
    + list(range(len(_MIDDLE), len(_MIDDLE) + len(_RIGHT)))
)
"""`points[MIRROR]` puts the points of a left-right flipped face back in order."""

_PLACE = {mesh: place for place, mesh in enumerate(MESH)}

OVAL_LOOP: tuple[int, ...] = (10, *OVAL_LEFT, 152, *reversed(OVAL_RIGHT))
"""Face Mesh numbers around the face, clockwise in the picture from the middle of the forehead."""


def places(*mesh: int) -> list[int]:
    """Rows of `Face.landmarks` that hold these Face Mesh numbers."""
    return [_PLACE[number] for number in mesh]


def eye_distance(points: NDArray[np.floating]) -> float:
    """Pixels between the centres of the two eyes of `points` (COUNT, 2): the unit that errors are measured in."""
    right = points[places(*EYE_RIGHT)].mean(axis=0)
    left = points[places(*EYE_LEFT)].mean(axis=0)
    return float(np.linalg.norm(left - right))
