"""Pictures on pictures for card and sheet: fitted photos, swatches, and the area that was allowed to change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genmark.canvas import crop_slices
from genmark.gallery import shades
from genmark.gallery.lettering import QUIET, width_of
from genmark.recipes import Dye
from genmark.types import Mask, Photo

_AREA_COLOUR = np.array([0, 98, 168], np.float32)
_FINE = 4
"""Swatches are drawn this many times larger and then made smaller, for smooth rims."""


class Spot(NamedTuple):
    """A place for text: its left and top, and how wide it may be, in pixels."""

    left: int
    top: int
    width: int


def fit_into(photo: Photo, most: tuple[int, int]) -> Image.Image:
    """The photo as large as fits into (width, height), with its own proportions."""
    scale = min(most[0] / photo.size[0], most[1] / photo.size[1])
    size = max(1, round(photo.size[0] * scale)), max(1, round(photo.size[1] * scale))
    return Image.fromarray(photo.pixels).resize(size, Image.Resampling.LANCZOS)


def rows_around(area: Mask, least: int) -> slice:
    """`least` rows of a picture that hold all of `area`, or as many more as it takes; most of what is spare is below.

    Hair has its face below it, so that is where a cropped portrait needs room.
    """
    height = area.inside.shape[0]
    rows, _ = crop_slices(area.inside)
    tall = min(height, max(least, rows.stop - rows.start))
    above = (tall - (rows.stop - rows.start)) // 4
    top = max(0, min(rows.start - above, height - tall))
    return slice(top, top + tall)


def area_over(photo: Photo, area: Mask) -> Photo:
    """The photo, pale and grey, with `area` (of its size) in blue: a picture of where something may be."""
    grey = np.asarray(Image.fromarray(photo.pixels).convert("L"), np.float32)[:, :, None]
    pale = 255 - (255 - grey) * 0.4
    blue = 0.25 * pale + 0.75 * _AREA_COLOUR
    return Photo(np.where(area.inside[:, :, None], blue, pale).round().astype(np.uint8), photo.name)


def swatch(dye: Dye, across: int, at: tuple[int, int]) -> tuple[Image.Image, tuple[int, int], Image.Image]:
    """A round swatch `across` pixels wide, from root (top) to tip, as the arguments of `Image.paste`."""
    fine = across * _FINE
    found = shades.stops(dye)
    where = np.linspace(0.0, 1.0, fine)
    column = np.stack([np.interp(where, [s.at for s in found], [s.rgb[c] for s in found]) for c in range(3)], axis=1)
    disc = Image.fromarray(np.repeat(column.round().astype(np.uint8)[:, None], fine, axis=1))
    draw = ImageDraw.Draw(disc)
    strand = shades.highlight(dye)
    for place in (0.2, 0.4, 0.58, 0.8) if strand is not None else ():
        bend = [(fine * (place + 0.03 * np.sin(9 * t + 20 * place)), fine * t) for t in np.linspace(0, 1, 24)]
        draw.line(bend, fill=strand.rgb if strand else None, width=fine // 22, joint="curve")
    draw.ellipse((0, 0, fine - 1, fine - 1), outline=_rim(column), width=_FINE * 2)
    mask = Image.new("L", (fine, fine))
    ImageDraw.Draw(mask).ellipse((0, 0, fine - 1, fine - 1), fill=255)
    small = (across, across)
    return disc.resize(small, Image.Resampling.BOX), at, mask.resize(small, Image.Resampling.BOX)


def pill(paper: Image.Image, right: int, top: int, text: str, face: ImageFont.FreeTypeFont) -> int:
    """Write a short label with a thin round border that ends at `right`; return where it begins, its left."""
    pad, height = round(face.size * 0.85), round(face.size * 1.85)
    width = width_of(text, face) + 2 * pad
    rim = Image.new("L", (width * _FINE, height * _FINE))
    box = (0, 0, width * _FINE - 1, height * _FINE - 1)
    ImageDraw.Draw(rim).rounded_rectangle(box, radius=height * _FINE // 2, outline=255, width=_FINE * 2)
    paper.paste(QUIET, (right - width, top), rim.resize((width, height), Image.Resampling.BOX))
    draw = ImageDraw.Draw(paper)
    draw.text((right - width + pad, top + height / 2), text, fill=QUIET, font=face, anchor="lm")
    return right - width


def _rim(colours: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[int, int, int]:
    """A rim a little darker than the swatch, so that platinum does not vanish on paper."""
    red, green, blue = (colours.mean(axis=0) * 0.8).astype(int).tolist()
    return red, green, blue
