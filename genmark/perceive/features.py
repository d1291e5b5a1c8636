"""Eyes, nose and mouth: what makes a face this person's, and what no haircut may touch."""

from __future__ import annotations

import numpy as np

from genmark.perceive.headplane import fill_polygon
from genmark.perceive.landmarks import NOSE_LEFT, NOSE_MIDDLE, NOSE_RIGHT, places
from genmark.types import Bools, Floats, Regions


def find_features(regions: Regions) -> Bools:
    """Eyes, nose and mouth of the parsed face, bool (H, W), without what hair hid in the photo."""
    inside = np.zeros(regions.index.shape, np.bool_)
    for name in ("eyes", "mouth"):
        inside |= regions.mask(name).inside
    if regions.face is not None:
        rows = places(*NOSE_RIGHT, *NOSE_MIDDLE, *NOSE_LEFT)
        inside |= fill_polygon(_hull(regions.face.landmarks[rows]), regions.index.shape)
    return inside & (regions.mattes["hair"].alpha < 0.02)


def _hull(points: Floats) -> Floats:
    """Convex hull (N, 2) of points, in order (Andrew's monotone chain, 1979)."""
    ordered = sorted(map(tuple, points.tolist()))
    halves = []
    for run in (ordered, ordered[::-1]):
        chain: list[tuple[float, ...]] = []
        for point in run:
            while len(chain) > 1 and _turns_right(chain[-2], chain[-1], point):
                chain.pop()
            chain.append(point)
        halves += chain[:-1]
    return np.array(halves, np.float32)


def _turns_right(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0
