"""How far along the hair a place is: 0 at the root, 1 at the ends, without following single strands."""

from __future__ import annotations

import numpy as np

from genmark.perceive.landmarks import EYE_LEFT, EYE_RIGHT, MOUTH_LEFT, MOUTH_MIDDLE, MOUTH_RIGHT, places
from genmark.types import Floats, Regions

Point = tuple[float, float]
Axis = tuple[Point, Point]
"""Middle of the eyes and of the mouth, (x, y) in pixels."""
_EYES = places(*EYE_LEFT, *EYE_RIGHT)
_MOUTH = places(*MOUTH_LEFT, *MOUTH_RIGHT, *MOUTH_MIDDLE)
_SKULL = (1.25, 1.45)
"""Half width and height of the skull, by the distance from eyes to mouth."""


def measure_along(axis: Axis, box: tuple[slice, slice], step: int, alpha: Floats) -> Floats:
    """Share of the hair's length between root and each pixel, float32 (h, w) in [0, 1], of the shrunk matte `alpha`.

    axis         of the head: `find_axis`
    box, step    where `alpha` lies in the photo, and how far it was shrunk
    Hair is taken to fall from the crown over a skull that is fitted to eyes and mouth, then straight down, or, over
    the forehead, towards the eyes. 1 is where the longest twentieth of the hair begins. This is right for hair that
    hangs; ends that are pinned up count as near the root.
    """
    eyes, mouth = axis
    unit = max(float(np.hypot(mouth[0] - eyes[0], mouth[1] - eyes[1])), 1.0)
    down = np.array([mouth[0] - eyes[0], mouth[1] - eyes[1]]) / unit
    rows, columns = (np.arange(n, dtype=np.float32) * step + (step - 1) / 2 for n in alpha.shape)
    x = (columns[None, :] + (box[1].start - eyes[0])) / unit
    y = (rows[:, None] + (box[0].start - eyes[1])) / unit
    below = x * down[0] + y * down[1] + 0.35
    aside = np.abs(x * down[1] - y * down[0])
    length = _fall(below.astype(np.float32), aside.astype(np.float32))
    sure = alpha > 0.5
    longest = float(np.percentile(length[sure], 95)) if sure.any() else 1.0
    return np.asarray(np.clip(length / max(longest, 0.5), 0.0, 1.0), np.float32)


def _fall(below: Floats, aside: Floats) -> Floats:
    """Way from the crown, in eye-to-mouth distances, for places relative to the skull's middle."""
    wide, high = _SKULL
    across, up = aside / wide, np.maximum(-below, 0.0) / high
    out = np.hypot(across, up)
    over = np.arctan2(across, up) * out.clip(0.0, 1.0) * wide
    inner = (1.0 - out).clip(0.0, 1.0) * 0.9 * high
    beyond = (out - 1.0).clip(0.0, None) * 0.6 * wide
    return np.asarray(over + inner + beyond + np.maximum(below, 0.0), np.float32)


def find_axis(regions: Regions) -> Axis:
    """Eyes and mouth of a head: from its landmarks, else regions, else a guess from the matte."""
    if regions.face is not None and len(regions.face.landmarks) > max(_EYES + _MOUTH):
        points = regions.face.landmarks
        return _middle(points[_EYES]), _middle(points[_MOUTH])
    found = [_centre(regions, name) for name in ("eyes", "mouth")]
    if found[0] is not None and found[1] is not None and found[1] != found[0]:
        return found[0], found[1]
    rows, columns = np.nonzero(regions.mattes["hair"].alpha > 0.5)
    if not len(rows):
        return (0.0, 0.0), (0.0, 1.0)
    middle, top = float(columns.mean()), float(rows.min())
    unit = max(float(np.ptp(columns)) / 3.0, 1.0)
    return (middle, top + 1.4 * unit), (middle, top + 2.4 * unit)


def _centre(regions: Regions, name: str) -> Point | None:
    if name not in regions.palette:
        return None
    rows, columns = np.nonzero(regions.index == regions.palette.index(name))
    return (float(columns.mean()), float(rows.mean())) if len(rows) else None


def _middle(points: Floats) -> Point:
    x, y = points.mean(axis=0).tolist()
    return x, y
