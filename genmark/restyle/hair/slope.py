"""Which side the light comes from, read off the skin: a slope of log luminance over the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.colour import LUMINANCE, linear_from_rgb
from genmark.perceive.pose import head_frame
from genmark.types import Photo, Regions

_MOST = 4.0
"""Steepest slope that is believed, per face height."""


def measure_slope(photo: Photo, regions: Regions) -> tuple[float, float]:
    """Change of log luminance of the skin per face height, to the right and downwards; (0, 0) where too little shows.

    A straight line through the skin of the face, fitted twice: what lies far off the first (shine, brows, shadow) does
    not count in the second.
    """
    if regions.face is None or "skin" not in regions.palette:
        return 0.0, 0.0
    frame = head_frame(regions.face.landmarks)
    step = max(1, round(frame.unit / 80))
    skin = regions.mask("skin").inside[::step, ::step] & (regions.mattes["hair"].alpha[::step, ::step] < 0.05)
    rows, columns = np.nonzero(skin)
    places = np.stack([columns, rows], axis=1) * np.float32(step)
    head = (places - np.array(frame.origin)) / frame.unit
    near = (np.abs(head[:, 0]) < 0.7) & (np.abs(head[:, 1]) < 0.8)
    if near.sum() < 200:
        return 0.0, 0.0
    pixels = photo.pixels[::step, ::step][rows[near], columns[near]]
    light = np.log(np.maximum(linear_from_rgb(pixels) @ np.array(LUMINANCE, np.float32), 2e-3))
    right, down = np.clip(fit_slope(head[near], light), -_MOST, _MOST).tolist()
    return right, down


def fit_slope(places: NDArray[np.floating], light: NDArray[np.floating]) -> NDArray[np.float64]:
    """Slope (2,) of the plane through values (N,) at places (N, 2), by least squares; what lies far off a first plane
    does not count in the second."""
    terms = np.column_stack([np.ones(len(light)), places])
    kept = np.ones(len(light), np.bool_)
    for _ in range(2):
        found = np.linalg.lstsq(terms[kept], light[kept], rcond=None)[0]
        off = np.abs(light - terms @ found)
        kept = off <= 1.5 * np.percentile(off, 70)
    return np.asarray(found[1:], np.float64)
