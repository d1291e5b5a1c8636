"""The contact sheet: the original and every look of a photo on one picture, in rank order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import ceil, log

import numpy as np
from PIL import Image, ImageDraw

from genmark.gallery import words
from genmark.gallery.album import Entry
from genmark.gallery.drawing import fit_into, pill, swatch
from genmark.gallery.lettering import INK, PAPER, QUIET, fit, font
from genmark.gallery.words import WORDS
from genmark.types import Photo

TILE = 420
"""Longest side of a picture on the sheet, in pixels."""

MOST_COLUMNS = 8

_MARGIN, _GAP, _HEAD, _CAPTION = 64, 36, 104, 104


def sheet(original: Photo, entries: Sequence[Entry], made: date) -> Photo:
    """Draw the sheet. `original` is the shown part of the original, at the size of the entries' photos."""
    first = fit_into(original, (TILE, TILE))
    columns = columns_for(len(entries) + 1, first.width / (first.height + _CAPTION))
    rows = ceil((len(entries) + 1) / columns)
    step = first.width + _GAP, first.height + _CAPTION + _GAP
    size = 2 * _MARGIN + columns * step[0] - _GAP, _HEAD + 2 * _MARGIN + rows * step[1] - _GAP
    paper = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(paper)
    day = font("regular", 26)
    left = pill(paper, size[0] - _MARGIN, _MARGIN, " · ".join(WORDS["ai"]), day)
    told = fit(" · ".join(words.day(made)), day, left - 2 * _MARGIN)
    draw.text((_MARGIN, _MARGIN + 24), told, fill=QUIET, font=day, anchor="lm")
    for place, entry in enumerate([None, *entries]):
        at = _MARGIN + place % columns * step[0], _HEAD + _MARGIN + place // columns * step[1]
        _tile(paper, draw, at, first if entry is None else fit_into(entry.variant.photo, (TILE, TILE)), entry)
    return Photo(np.asarray(paper), "contact sheet")


def columns_for(count: int, aspect: float) -> int:
    """How many columns suit `count` tiles of width / height = `aspect`: near a 3:2 sheet, with few empty places."""

    def cost(columns: int) -> float:
        rows = ceil(count / columns)
        return abs(log(columns * aspect / rows / 1.5)) + (rows * columns - count) / count

    return min(range(1, min(count, MOST_COLUMNS) + 1), key=cost)


def _tile(
    paper: Image.Image, draw: ImageDraw.ImageDraw, at: tuple[int, int], shown: Image.Image, entry: Entry | None
) -> None:
    """One picture with its swatch and its two names; without an entry it is the original."""
    paper.paste(shown, at)
    left, top = at[0], at[1] + shown.height + 16
    style = None if entry is None else entry.variant.style
    english, korean = WORDS["original"] if style is None else (style.english, style.korean)
    if style is not None and style.dye is not None:
        paper.paste(*swatch(style.dye, 60, (left, top + 4)))
        left += 60 + 18
    room = at[0] + shown.width - left
    draw.text((left, top), fit(english, font("bold", 27), room), fill=INK, font=font("bold", 27))
    draw.text((left, top + 36), fit(korean, font("regular", 25), room), fill=QUIET, font=font("regular", 25))
