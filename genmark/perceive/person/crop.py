"""A face cut out upright at one size, whatever the photo's."""

from __future__ import annotations

import numpy as np

from genmark.canvas import bilinear, shrink
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.types import Box, Face, Photo, Pixels

SIDE = 192
"""Pixels a side of the upright crops that the heads read."""
REACH = 1.7
"""Face heights (forehead's edge to chin) that a crop shows: hats and most hair are in it."""
LEAST = 64.0
"""Least height of a face, in pixels from the forehead's edge to the chin, of which anything is said."""
_DROP = 0.05  # the crop's middle lies this far below the eyes, face heights
_GREY = 128


def face_pixels(face: Face) -> float:
    """Height of a face in the photo's pixels, from the forehead's edge to the chin."""
    return head_frame(face.landmarks).unit


def face_crop(photo: Photo, face: Face, side: int = SIDE) -> Pixels:
    """The face upright, uint8 (side, side, 3), eyes level; mid-grey where there is no photo."""
    frame = head_frame(face.landmarks)
    places = ((np.arange(side) + 0.5) / side - 0.5) * REACH
    x, y = np.meshgrid(places, places + _DROP)
    pixels = frame.to_pixels(np.stack([x, y], -1).reshape(-1, 2)).reshape(side, side, 2)
    wide, high = photo.size
    inside = np.asarray(((pixels >= -0.5) & (pixels <= np.array([wide, high]) - 0.5)).all(-1))
    cut, corner = _cut(photo, _bounds(frame))
    step = max(1, int(REACH * frame.unit / side))
    local = (pixels - corner + 0.5) / step - 0.5
    seen = bilinear(shrink(cut, step), *(np.ascontiguousarray(local[..., k], np.float32) for k in (0, 1)))
    return np.where(inside[..., None], np.rint(seen), _GREY).astype(np.uint8)


def _bounds(frame: HeadFrame) -> Box:
    """What the crop can touch at any roll."""
    (x, y), far = frame.origin, 0.8 * REACH * frame.unit
    return Box(x - far, y - far, x + far, y + far)


def _cut(photo: Photo, box: Box) -> tuple[Pixels, tuple[int, int]]:
    """The part of a photo within a box, and its left top corner; one pixel where they do not meet."""
    wide, high = photo.size
    left, top = (int(np.clip(v, 0, most - 1)) for v, most in ((box.left, wide), (box.top, high)))
    right, bottom = (
        int(np.clip(v, low + 1, most)) for v, low, most in ((box.right, left, wide), (box.bottom, top, high))
    )
    return photo.pixels[top:bottom, left:right], (left, top)
