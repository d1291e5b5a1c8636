"""The under layer as a network sees it: an upright view of fixed size in the head's own coordinates, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import bilinear, grow, shrink
from genmark.perceive.pose import HeadFrame
from genmark.restyle.hair.under import Under
from genmark.restyle.hair.under_kinds import KINDS
from genmark.types import Bools, Floats

SIDE = 256
"""Pixels on a side of the view."""
SHARE = 0.36
"""Height of the face over the side of the view."""
_EYES = (0.5, 0.375)
"""Where between the eyes is, as shares of the view: more room below, where long hair hangs."""
PLANES = 6 + len(KINDS)
"""The under layer (3), how much of it is invented, the skull, the kinds (3), where the photo is."""


@dataclass(frozen=True, eq=False)
class View:
    """Where each place of the view lies in a photo: `at` float32 (SIDE, SIDE, 2), (x, y) in pixels; and whether the
    photo reaches there, `inside` bool (SIDE, SIDE). `step` is how much the photo is shrunk before it is sampled."""

    frame: HeadFrame
    at: Floats
    inside: Bools
    step: int

    def cut(self, planes: NDArray[np.generic]) -> Floats:
        """The view of planes (H, W, C) of the photo's size, float32 (SIDE, SIDE, C); edges go on outside."""
        small = shrink(np.asarray(planes, np.float32), self.step) if self.step > 1 else np.asarray(planes, np.float32)
        place = np.asarray((self.at + 0.5) / self.step - 0.5, np.float32)
        return bilinear(small, place[..., 0], place[..., 1])


def view_of(frame: HeadFrame, size: tuple[int, int]) -> View:
    """The view of a head in a photo of `size`."""
    places = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    x, y = np.meshgrid((places - _EYES[0]) / SHARE, (places - _EYES[1]) / SHARE)
    at = frame.to_pixels(np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(SIDE, SIDE, 2)
    inside = np.all((at > -0.5) & (at < np.array(size) - 0.5), axis=-1)
    return View(frame, at, inside, max(1, int(frame.unit / (SIDE * SHARE))))


def planes_of(under: Under, view: View) -> Floats:
    """What the network reads of an under layer, float32 (SIDE, SIDE, PLANES) in [0, 1]."""
    kinds = np.eye(len(KINDS), dtype=np.float32)[under.kinds]
    pixels = under.pixels.astype(np.float32) / 255
    seen = view.cut(np.dstack([pixels, under.share, under.skull, kinds]))
    seen *= view.inside[..., None]
    return np.dstack([seen, view.inside]).astype(np.float32)


def put_back(change: Floats, frame: HeadFrame, box: tuple[slice, slice]) -> Floats:
    """A change of the view (SIDE, SIDE, C), on the rows and columns `box` of the photo, float32 (h, w, C)."""
    step = max(1, int(frame.unit / (SIDE * SHARE)))
    rows, columns = (np.arange(s.start, s.stop, step, dtype=np.float32) + (step - 1) / 2 for s in box)
    x, y = np.meshgrid(columns, rows)
    here = frame.to_head(np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(*x.shape, 2)
    place = (here * SHARE + np.array(_EYES, np.float32)) * SIDE - 0.5
    small = bilinear(change, place[..., 0], place[..., 1])
    reach = np.all((place > -0.5) & (place < SIDE - 0.5), axis=-1)
    return grow(small * reach[..., None], step, (box[0].stop - box[0].start, box[1].stop - box[1].start))
