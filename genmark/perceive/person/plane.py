"""A face laid out upright on a grid, with what of it is bare skin: what cosmetic measures are taken on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import bilinear, gaussian_blur, shrink
from genmark.colour import lab_from_rgb
from genmark.perceive.headplane import fill_polygon
from genmark.perceive.landmarks import EYE_LEFT, EYE_RIGHT, OVAL_LOOP, places
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.types import Bools, Face, Floats, Photo, Regions

UNIT = 160
"""Cells per face height."""
LEFT, TOP, RIGHT, BOTTOM = -0.55, -0.50, 0.55, 0.70
"""What the grid covers, in head coordinates (`HeadFrame`)."""
_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
_INNER = (78, 13, 308, 14)
_LASHES = 0.012  # how far above the upper lid's edge the lid begins, face heights
_SPARE = 0.02  # skin nearer than this to something else is left out, face heights


@dataclass(frozen=True, eq=False)
class FacePlane:
    """A face on (h, w) cells, `UNIT` of them to a face height.

    lab     float32 (h, w, 3), CIELAB of the photo
    skin    bool (h, w): bare skin inside the face's oval, away from eyes, brows, mouth, hair and the photo's edge
    lips    bool (h, w): the lips, without what is between them
    lids    bool (h, w): between the upper lid's edge and the brow
    points  float32 (COUNT, 2): landmarks in cells, x then y
    frame   where the head is in the photo
    """

    lab: Floats
    skin: Bools
    lips: Bools
    lids: Bools
    points: Floats
    frame: HeadFrame

    def disc(self, centre: tuple[float, float], radius: float) -> Bools:
        """Skin within `radius` face heights of a place in cells (x, y)."""
        y, x = np.indices(self.skin.shape)
        near: Bools = np.hypot(x - centre[0], y - centre[1]) <= radius * UNIT
        return near & self.skin

    def middle(self, *mesh: int) -> tuple[float, float]:
        """The mean place of Face Mesh points, in cells."""
        x, y = self.points[places(*mesh)].mean(axis=0).tolist()
        return x, y

    @property
    def cheeks(self) -> Bools:
        """Skin of both cheeks."""
        return self.disc(self.middle(50, 205), 0.10) | self.disc(self.middle(280, 425), 0.10)

    @property
    def forehead(self) -> Bools:
        """Skin of the forehead's middle."""
        return self.disc(self.middle(151), 0.14)

    def to_photo(self, cells: Floats) -> Floats:
        """Cells (N, 2) -> the photo's pixels (N, 2)."""
        return self.frame.to_pixels((np.asarray(cells, np.float32) + 0.5) / UNIT + np.array([LEFT, TOP], np.float32))


def lay_out_face(photo: Photo, regions: Regions, face: Face) -> FacePlane:
    """Lay out the parsed `face`: antialiased where the photo is finer, bilinear where it is coarser."""
    frame = head_frame(face.landmarks)
    high, wide = round((BOTTOM - TOP) * UNIT), round((RIGHT - LEFT) * UNIT)
    x = (np.arange(wide) + 0.5) / UNIT + LEFT
    y = (np.arange(high) + 0.5) / UNIT + TOP
    pixels = frame.to_pixels(np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)).reshape(high, wide, 2)
    points = (frame.to_head(face.landmarks) - np.array([LEFT, TOP], np.float32)) * UNIT - 0.5
    lab = _lab(photo, pixels, max(1, int(frame.unit / UNIT)))
    region = _region(regions, pixels)
    oval = fill_polygon(_shrunk(points[places(*OVAL_LOOP)], 0.96), (high, wide))
    lips = fill_polygon(points[places(*_LIP)], (high, wide)) & ~fill_polygon(points[places(*_INNER)], (high, wide))
    lips &= region == regions.palette.index("mouth")  # a moustache counts as skin
    lids = _lids(points, (high, wide)) & (region == regions.palette.index("skin"))
    return FacePlane(lab, oval & _bare(region == regions.palette.index("skin")), lips, lids, points, frame)


def _lab(photo: Photo, pixels: Floats, step: int) -> Floats:
    low = np.maximum(np.floor(pixels.reshape(-1, 2).min(0)).astype(int), 0)
    high = np.ceil(pixels.reshape(-1, 2).max(0)).astype(int) + 2
    low = np.minimum(low, np.array(photo.size) - 1)
    part = photo.pixels[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
    x, y = (np.asarray((pixels[..., k] - low[k] + 0.5) / step - 0.5, np.float32) for k in (0, 1))
    return lab_from_rgb(np.rint(bilinear(shrink(part, step), x, y)).astype(np.uint8))


def _region(regions: Regions, pixels: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The region of each cell (h, w); -1 outside the photo, and where hair touches it at all."""
    high, wide = regions.index.shape
    x, y = (np.rint(pixels[..., k]).astype(np.int64) for k in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < wide) & (y < high)
    x, y = x.clip(0, wide - 1), y.clip(0, high - 1)
    inside &= regions.mattes["hair"].alpha[y, x] < 0.1
    return np.where(inside, regions.index[y, x].astype(np.int64), -1)


def _bare(skin: Bools) -> Bools:
    """Skin that has only skin around it."""
    return np.asarray(gaussian_blur(skin.astype(np.float32), _SPARE * UNIT) > 0.93) & skin


def _lids(points: Floats, shape: tuple[int, int]) -> Bools:
    """From the upper lid's edge half the way to the brow, both eyes."""
    found = np.zeros(shape, np.bool_)
    for eye, brow in ((EYE_RIGHT, (46, 53, 52, 65, 55)), (EYE_LEFT, (276, 283, 282, 295, 285))):
        upper = points[places(*eye[9:16])] - np.array([0, _LASHES * UNIT], np.float32)
        middle, height = points[places(*eye)].mean(0), points[places(*brow)].mean(0)[1]
        lift = max(float(middle[1] - height) * 0.5, 1.0)
        found |= fill_polygon(np.concatenate([upper, upper[::-1] - np.array([0, lift], np.float32)]), shape)
    return found


def _shrunk(corners: Floats, share: float) -> Floats:
    middle = corners.mean(axis=0)
    return np.asarray((corners - middle) * share + middle, np.float32)
