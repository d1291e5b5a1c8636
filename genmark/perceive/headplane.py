"""A portrait laid out in the head's own coordinates: upright, at one face size, whatever the photo's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import bilinear, shrink
from genmark.colour import lab_from_rgb
from genmark.perceive.landmarks import places as rows_of
from genmark.perceive.pose import head_frame
from genmark.types import Bools, Face, Floats, Photo, Regions

UNIT = 128
"""Cells per face height."""
LEFT, TOP, RIGHT, BOTTOM = -1.5, -1.3, 1.5, 2.7
"""What the plane covers, in head coordinates (`HeadFrame`: face heights from between the eyes)."""


@dataclass(frozen=True, eq=False)
class HeadPlane:
    """A head on a grid of (h, w) cells, `UNIT` of them to a face height.

    lab      float32 (h, w, 3): CIELAB of the photo
    alpha    float32 (h, w) in [0, 1]: how much of each cell is hair; 0 outside the photo
    inside   bool (h, w): cells that lie in the photo
    points   float32 (COUNT, 2): landmarks in head coordinates
    """

    lab: Floats
    alpha: Floats
    inside: Bools
    points: Floats

    @property
    def chin(self) -> float:
        """y of the chin, face heights below the eyes."""
        return float(self.points[rows_of(152)[0], 1])


def lay_out(photo: Photo, regions: Regions, face: Face) -> HeadPlane:
    """Lay a parsed portrait out around `face`: antialiased where the photo is finer, bilinear where it is coarser."""
    frame = head_frame(face.landmarks)
    step = max(1, int(frame.unit // UNIT))
    x, y = cell_places()
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).reshape(-1, 2)
    pixels = frame.to_pixels(grid).reshape(len(y), len(x), 2)
    wide, high = photo.size
    across, down = pixels[..., 0], pixels[..., 1]
    inside = (across >= -0.5) & (across <= wide - 0.5) & (down >= -0.5) & (down <= high - 0.5)
    planes = np.dstack([photo.pixels, regions.mattes["hair"].alpha * 255]).astype(np.float32)
    places = (np.asarray((place + 0.5) / step - 0.5, np.float32) for place in (across, down))
    seen = bilinear(shrink(planes, step), *places)
    lab = lab_from_rgb(np.rint(seen[..., :3]).astype(np.uint8))
    alpha = np.where(inside, seen[..., 3] / 255, 0.0).astype(np.float32)
    return HeadPlane(lab, alpha, np.asarray(inside), frame.to_head(face.landmarks))


def cell_places() -> tuple[Floats, Floats]:
    """Head coordinates of the plane's columns (w,) and rows (h,)."""
    x = (np.arange(round((RIGHT - LEFT) * UNIT)) + 0.5) / UNIT + LEFT
    y = (np.arange(round((BOTTOM - TOP) * UNIT)) + 0.5) / UNIT + TOP
    return x.astype(np.float32), y.astype(np.float32)


def inside_polygon(corners: Floats) -> Bools:
    """Cells of the plane inside a polygon (N, 2) of head coordinates, bool (h, w)."""
    x, y = cell_places()
    cells = (corners - np.array([x[0], y[0]], np.float32)) * UNIT
    return fill_polygon(np.asarray(cells, np.float32), (len(y), len(x)))


def fill_polygon(corners: Floats, shape: tuple[int, ...]) -> Bools:
    """Pixels of (H, W) whose centre lies inside a polygon (N, 2) of (x, y), by counting crossings; bool (H, W)."""
    x, y = np.arange(shape[1]), np.arange(shape[0])
    odd = np.zeros((shape[0], shape[1]), np.bool_)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        rows = (ay > y) != (by > y)
        if rows.any():
            cross = ax + (y[rows] - ay) * (bx - ax) / (by - ay)
            odd[rows] ^= x[None, :] < cross[:, None]
    return odd
