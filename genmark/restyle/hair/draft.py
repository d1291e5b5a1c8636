"""A haircut as geometry: for each place of the new picture, where its hair comes from. Nothing is painted yet.

Moves (`genmark.restyle.hair.moves`) turn one draft into the next, so that however many there are, pixels are resampled
once. A draft runs backwards: it is asked from the finished picture towards the source, so of two moves the one that a
salon would do last is applied first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import crop_slices
from genmark.perceive.landmarks import OVAL_LOOP, places
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.types import Bools, Face, Floats

GRID = 512
"""Most places on a side of a draft's grid."""


@dataclass(frozen=True, eq=False)
class Head:
    """The head that will wear the hair, in its own coordinates (`HeadFrame`: 0 between the eyes, y down, face heights).

    frame   between those coordinates and pixels of the photo
    points  float32 (COUNT, 2): landmarks in head coordinates
    yaw     degrees
    """

    frame: HeadFrame
    points: Floats
    yaw: float

    @property
    def jaw(self) -> float:
        """Half the width of the face at its widest, in face heights."""
        oval = self.points[places(*OVAL_LOOP), 0]
        return float(np.ptp(oval)) / 2

    @property
    def crown(self) -> float:
        """y of the top of the forehead's oval, negative; the skull ends about 0.25 above."""
        return float(self.points[places(10)[0], 1])

    @property
    def chin(self) -> float:
        """y of the chin."""
        return float(self.points[places(152)[0], 1])


def head_of(face: Face) -> Head:
    """The head that a parsed face belongs to."""
    frame = head_frame(face.landmarks)
    return Head(frame, frame.to_head(face.landmarks), face.pose.yaw)


@dataclass(frozen=True, eq=False)
class Draft:
    """New hair, on a grid of (h, w) places over a part of the photo.

    box    rows and columns of the photo that the grid covers
    step   pixels between places; place (i, j) is the middle of the block of pixels that starts at (i, j) * step
    here   float32 (h, w, 2): head coordinates of each place
    at     float32 (h, w, 2): head coordinates in the source's picture from which the hair for this place comes
    shade  float32 (h, w): log of the factor on the hair's luminance
    keep   float32 (h, w) in [0, 1]: how much of the source's matte is left
    """

    box: tuple[slice, slice]
    step: int
    here: Floats
    at: Floats
    shade: Floats
    keep: Floats


def start_draft(head: Head, box: tuple[slice, slice]) -> Draft:
    """A draft of nothing moved, over `box` of the photo."""
    rows, columns = box
    step = max(1, -(-max(rows.stop - rows.start, columns.stop - columns.start) // GRID))
    y = np.arange(rows.start, rows.stop, step, dtype=np.float32) + (step - 1) / 2
    x = np.arange(columns.start, columns.stop, step, dtype=np.float32) + (step - 1) / 2
    pixels = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1)
    here = head.frame.to_head(pixels.reshape(-1, 2)).reshape(pixels.shape)
    plane = np.zeros(here.shape[:2], np.float32)
    return Draft(box, step, here, here.copy(), plane, plane + 1)


def box_around(head: Head, alpha: Bools, size: tuple[int, int], reach: float = 0.15) -> tuple[slice, slice]:
    """Rows and columns of a photo of `size` that hold `alpha`, the head and a margin of `reach` face heights."""
    high, wide = alpha.shape
    corners = head.frame.to_pixels(np.array([[-0.9, -1.0], [0.9, -1.0], [0.9, 1.0], [-0.9, 1.0]], np.float32))
    inside = alpha.copy()
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, [wide - 1, high - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, [wide - 1, high - 1]).astype(int)
    inside[top, left] = inside[bottom, right] = True
    rows, columns = crop_slices(inside, margin=round(reach * head.frame.unit))
    return slice(rows.start, min(rows.stop, size[1])), slice(columns.start, min(columns.stop, size[0]))
