"""Features of a face that hair had covered: ears as plain shapes, and brows and eyes after those of the other side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import bilinear, gaussian_blur
from genmark.perceive.landmarks import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, MIRROR, places
from genmark.restyle.hair.draft import Head
from genmark.types import Bools, Floats

_EAR = (0.060, 0.150)
"""Half an ear's width and height as seen from the front, in face heights (adults': about 3 and 6 cm)."""
_CONCHA, _RIM = 0.30, 0.05
"""How much darker an ear's hollow is, and lighter its rim, than the cheek; shares of L."""


_ALIKE = 28.0
"""Degrees of yaw from which on the two halves of a face no longer look alike."""


@dataclass(frozen=True, eq=False)
class Ears:
    """Ears that hair had covered: `inside` float32 (h, w), face heights inside an ear's outline, negative outside; and
    `shade` float32 (h, w), the factor on the skin's L."""

    inside: Floats
    shade: Floats


def draw_ears(head: Head, here: Floats, seen: Bools, share: Floats) -> Ears:
    """Ears where none shows: `seen` (h, w) is visible skin, `share` (h, w) what is to be invented.

    An ear reaches from the brows to the base of the nose. It sits on the face oval's widest points; as the head turns,
    the nearer one widens and the other goes behind the cheek. Up to an ear that does show, all is skin.
    """
    inside, shade = np.full(share.shape, -1.0, np.float32), np.ones(share.shape, np.float32)
    turn = float(np.sin(np.radians(np.clip(head.yaw, -50, 50))))
    for side, mesh in ((-1.0, (127, 234)), (1.0, (356, 454))):
        wide = _EAR[0] * (1.0 - 2.6 * side * turn if side * turn > 0 else 1.0 + 0.9 * abs(turn))
        if wide < 0.02:
            continue
        edge = head.points[places(*mesh)].mean(axis=0)
        at = np.array([edge[0] + side * 0.35 * wide, (edge[1] * 0.5 + 0.05)], np.float32)
        x, y = (here[..., 0] - at[0]) * side, here[..., 1] - at[1]
        x, y = x + 0.22 * y, y  # the top leans away from the head
        narrow = wide * (1.0 - 0.28 * np.clip(y / _EAR[1], 0, 1))  # the lobe is narrower than the shell
        radius = np.hypot(x / narrow, y / _EAR[1])
        within = radius < 1.0
        beside = (np.abs(y) < 0.8 * _EAR[1]) & (x > 0.3 * wide) & (x < 3.0 * _EAR[0])
        shown = x[seen & beside]
        if len(shown) > 0.2 * within.sum():
            reach = float(np.percentile(shown, 80))
            gap = 1.0 - np.hypot(np.maximum(x, 0) / (reach + 0.02), y / _EAR[1])
            inside = np.maximum(inside, np.where(x > -2 * wide, gap * wide, -1.0).astype(np.float32))
            continue
        if (share[within] > 0.5).mean() < 0.5:
            continue
        hollow = np.exp(-(((x / narrow + 0.05) / 0.42) ** 2) - ((y / _EAR[1] + 0.05) / 0.5) ** 2)
        rim = np.exp(-(((radius - 0.86) / 0.12) ** 2)) * (x > 0)
        inside = np.maximum(inside, ((1.0 - radius) * wide).astype(np.float32))
        shade = np.where(within, 0.93 - _CONCHA * hollow + _RIM * rim, shade).astype(np.float32)
    return Ears(inside, shade)


@dataclass(frozen=True, eq=False)
class Twin:
    """Which places take their brow or eye from the other half of the face, and where that is.

    where  float32 (h, w) in [0, 1]
    ways   for the left and the right half of the picture, float64 (3, 2): (x, y, 1) @ way is the mirrored place, both
           in head coordinates
    """

    where: Floats
    ways: tuple[NDArray[np.float64], NDArray[np.float64]]

    def mirrored(self, here: Floats) -> Floats:
        """Mirrored places of (..., 2) head coordinates, float32."""
        flat = np.concatenate([here, np.ones_like(here[..., :1])], axis=-1)
        left, right = (flat @ way.astype(np.float32) for way in self.ways)
        return np.asarray(np.where(here[..., :1] < 0, left, right), np.float32)


def find_twin(head: Head, here: Floats, share: Floats, unit: float) -> Twin:
    """Where brows and eyes were hidden while those of the other side show; `unit` places a face height."""
    points, swapped = head.points, head.points[MIRROR]
    ways, zone = [], np.zeros(share.shape, np.float32)
    for mesh in (BROW_RIGHT + EYE_RIGHT, BROW_LEFT + EYE_LEFT):
        rows = places(*mesh)
        mine = np.column_stack([points[rows], np.ones(len(rows))]).astype(np.float64)
        ways.append(np.asarray(np.linalg.lstsq(mine, swapped[rows], rcond=None)[0], np.float64))
        low, high = points[rows].min(axis=0) - 0.04, points[rows].max(axis=0) + 0.03
        zone = np.maximum(zone, np.all((here > low) & (here < high), axis=-1).astype(np.float32))
    twin = Twin(zone, (ways[0], ways[1]))
    there = sample_at(share[..., None], twin.mirrored(here), here)[..., 0]
    if abs(head.yaw) > _ALIKE:
        zone = np.zeros_like(zone)
    where = gaussian_blur(zone, 0.012 * unit) * (share > 0) * np.clip(1 - 3 * there, 0, 1)
    return Twin(where.astype(np.float32), twin.ways)


def sample_at(plane: Floats, wanted: Floats, here: Floats) -> Floats:
    """Values (h, w, C) of `plane`, whose places have head coordinates `here`, at the head coordinates `wanted`."""
    right = (here[0, -1] - here[0, 0]) / max(1, here.shape[1] - 1)
    down = (here[-1, 0] - here[0, 0]) / max(1, here.shape[0] - 1)
    grid = (wanted - here[0, 0]) @ np.linalg.inv(np.stack([right, down])).astype(np.float32)
    return bilinear(plane, grid[..., 0], grid[..., 1])
