"""From one picture to another: a soft edge that wipes across, frame by frame, and the mark on all that it uncovers."""

from __future__ import annotations

from functools import cached_property
from math import ceil
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from genmark.gallery.lettering import font, width_of
from genmark.gallery.views import Window, view
from genmark.types import Bools, Floats, Photo, Pixels

LONGEST = 720
"""Longest side of a clip, in pixels."""

MARK = "AI 미리보기 · AI preview"
"""What stands on every frame that shows a generated pixel."""

BEFORE, WIPE, AFTER = 0.8, 1.2, 1.6
"""Seconds: how long the photo stands, the wipe takes, and the preview stands."""

_LEAST = 160, 40
"""Least (width, height) of a clip: the mark has to be readable, however small the photo."""

_SOFT = 0.22
"""Width of the soft edge, as a share of its way."""

_SLANT = 0.35
"""How much lower rows lag behind, as a share of the picture's height: the edge leans like a stroke of a brush."""

_MARK_INK, _MARK_PAPER = (255, 255, 255), (24, 24, 24)
_FINE = 4


class Beat(NamedTuple):
    """One picture of a clip: how far the wipe has come, 0 (the photo) to 1 (the preview), and for how many frames."""

    progress: float
    frames: int


def beats(rate: float, back: bool) -> list[Beat]:
    """The clip's pictures in order at `rate` frames a second; with `back` the wipe runs back at the end, for a loop."""
    steps = round(WIPE * rate)
    across = [Beat(_eased((step + 1) / (steps + 1)), 1) for step in range(steps)]
    there = [Beat(0.0, round(BEFORE * rate)), *across, Beat(1.0, round(AFTER * rate))]
    return [*there, *reversed(across)] if back else there


def _eased(time: float) -> float:
    """Slow at both ends."""
    return time * time * (3 - 2 * time)


class Wipe:
    """Two pictures of one size, uint8 (H, W, 3), sides even; `at` gives any picture between them."""

    def __init__(self, before: Pixels, after: Pixels) -> None:
        self.before, self.after = before, stamped(after)
        self._plain_after = after
        self._order = _order((before != after).any(axis=2))

    @cached_property
    def changing(self) -> Bools:
        """Pixels, bool (H, W), that differ between the photo and the marked preview."""
        changing: Bools = (self.before != self.after).any(axis=2)
        return changing

    def at(self, progress: float) -> Pixels:
        """The picture at `progress`: at 0 the photo itself, above it the mark is there at once, and whole."""
        if progress <= 0:
            return self.before
        if progress >= 1:
            return self.after
        share = _smooth((progress * (1 + _SOFT) - self._order) / _SOFT)[:, :, None]
        mixed = self.before + (self._plain_after.astype(np.float32) - self.before) * share
        return stamped(np.rint(mixed).astype(np.uint8))


def _order(changing: Bools) -> Floats:
    """When the edge reaches each pixel, float32 (H, W): 0 where the first one changes, 1 where the last one does.

    Outside the hair there is nothing to see, so that no time goes into crossing it.
    """
    y, x = np.mgrid[0 : changing.shape[0], 0 : changing.shape[1]].astype(np.float32)
    way = x + _SLANT * y
    first, last = (float(way[changing].min()), float(way[changing].max())) if changing.any() else (0.0, 1.0)
    order: Floats = (way - first) / max(1.0, last - first)
    return order


def _smooth(share: Floats) -> Floats:
    inside = np.clip(share, 0, 1)
    smooth: Floats = inside * inside * (3 - 2 * inside)
    return smooth


def framed(photo: Photo, part: Window) -> Pixels:
    """A part of a photo as a clip's frame, uint8 (H, W, 3): at most 720 px long, both sides even.

    A photo too small for the mark is made larger; what is missing still, as to an even side, repeats the rim.
    """
    pixels = view(photo, part, LONGEST).pixels
    height, width = pixels.shape[:2]
    scale = min(LONGEST / max(width, height), max(1.0, _LEAST[0] / width))
    if scale > 1:
        size = round(width * scale), round(height * scale)
        pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))
    return _padded(pixels)


def _padded(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    right, below = max(width + width % 2, _LEAST[0]) - width, max(height + height % 2, _LEAST[1]) - height
    padded: Pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
    return padded


def stamped(pixels: Pixels) -> Pixels:
    """A copy with the mark in its lower right corner."""
    height, width = pixels.shape[:2]
    mark, alpha = _mark(width, height)
    margin = max(4, round(min(width, height) * 0.025))
    paper = Image.fromarray(pixels)
    paper.paste(mark, (width - margin - mark.width, height - margin - mark.height), alpha)
    return np.asarray(paper)


def _mark(width: int, height: int) -> tuple[Image.Image, Image.Image]:
    """The mark and where it covers: white letters on a dark round label, about a thirtieth of the picture high."""
    most = width - 8
    size = max(18, round(max(width, height) / 36))
    while size > 8 and _label_width(size) > most:
        size -= 1
    face = font("bold", size)
    across, tall = _label_width(size), ceil(size * 1.7)
    label = Image.new("RGB", (across, tall), _MARK_PAPER)
    ImageDraw.Draw(label).text((across / 2, tall / 2), MARK, fill=_MARK_INK, font=face, anchor="mm")
    alpha = Image.new("L", (across * _FINE, tall * _FINE))
    box = (0, 0, across * _FINE - 1, tall * _FINE - 1)
    ImageDraw.Draw(alpha).rounded_rectangle(box, radius=tall * _FINE // 2, fill=255)
    return label, alpha.resize((across, tall), Image.Resampling.BOX)


def _label_width(size: int) -> int:
    return width_of(MARK, font("bold", size)) + round(1.3 * size)
