"""The proof card of one variant: A5, 300 dots per inch, for the customer's hand or the salon's file.

It shows before, after, and what was allowed to change, says what was measured in plain words, and names everything that
made the picture. It names neither the customer nor the photo.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from datetime import date

import numpy as np
from PIL import Image, ImageDraw

import genmark
from genmark.gallery import words
from genmark.gallery.album import Entry, Run
from genmark.gallery.drawing import Spot, area_over, fit_into, pill, rows_around, swatch
from genmark.gallery.facts import Fact, facts, speed
from genmark.gallery.lettering import INK, LINE, PAPER, QUIET, WARNING, fit, font, leading, width_of, wrap, write_lines
from genmark.gallery.views import view
from genmark.gallery.words import WORDS, Pair
from genmark.marking import COMPOSITE, XMP
from genmark.types import Photo
from genmark.variants import Variant

DPI = 300
SIZE = (1748, 2480)
"""A5 at 300 dots per inch, (width, height) in pixels."""

_MARGIN = 124
_COLUMN = (SIZE[0] - 2 * _MARGIN - 44) // 2
_PICTURE_HEIGHT = (860, 720)
"""Room for the pictures with one note at most, and with more; a taller photo is cropped around what changed."""
_AREA = (380, 460)
_VALUE = 250
"""Width of the column of measured numbers."""


def card(original: Photo, entry: Entry, run: Run) -> Photo:
    """Draw the card. `original` is the shown part of the original, at the size of `entry.variant.photo`."""
    sheet = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(sheet)
    variant = entry.variant
    top = _header(sheet, draw, variant)
    most = _PICTURE_HEIGHT[len(variant.proof.notes) > 1]
    part = rows_around(variant.changed, round(original.size[0] * most / _COLUMN)), slice(None)
    top = _pictures(sheet, draw, top + 56, most, view(original, part), view(variant.photo, part))
    bottom = _footer(draw, entry, run)
    _evidence(sheet, draw, top + 64, bottom - 28, original, entry)
    return Photo(np.asarray(sheet), "proof card")


def pdf(card: Photo, title: Pair, made: date) -> bytes:
    """The card as a one-page PDF of its true size, marked as AI-generated. The same card gives the same bytes."""
    day = time.struct_time((made.year, made.month, made.day, 0, 0, 0, 0, 1, 0))
    data = io.BytesIO()
    Image.fromarray(card.pixels).save(
        data,
        "PDF",
        resolution=DPI,
        quality=92,
        subsampling="4:4:4",
        xmp=XMP,
        title=f"{title[0]} / {title[1]}: {' / '.join(WORDS['ai'])}",
        subject=WORDS["ai_long"][0],
        keywords=f"AI-generated, preview, {COMPOSITE}",
        creator=f"genmark {genmark.__version__}",
        producer="Pillow",
        creationDate=day,
        modDate=day,
    )
    return data.getvalue()


def _header(sheet: Image.Image, draw: ImageDraw.ImageDraw, variant: Variant) -> int:
    """Swatch, the look's two names, and the AI label; returns where the header ends."""
    left, right = _MARGIN, SIZE[0] - _MARGIN
    pill(sheet, right, _MARGIN, " · ".join(WORDS["ai"]), font("regular", 34))
    top = _MARGIN + 112
    if variant.style.dye is not None:
        sheet.paste(*swatch(variant.style.dye, 148, (left, top + 6)))
        left += 148 + 44
    draw.text((left, top), fit(variant.style.english, font("bold", 78), right - left), fill=INK, font=font("bold", 78))
    korean = font("regular", 54)
    draw.text((left, top + 100), fit(variant.style.korean, korean, right - left), fill=QUIET, font=korean)
    return top + 170


def _pictures(sheet: Image.Image, draw: ImageDraw.ImageDraw, top: int, most: int, before: Photo, after: Photo) -> int:
    """Original and preview side by side, at most `most` high, with their captions; returns where they end."""
    ends = []
    for column, (photo, caption) in enumerate(((before, WORDS["original"]), (after, WORDS["ai"]))):
        shown = fit_into(photo, (_COLUMN, most))
        edge = (SIZE[0] - _MARGIN) if column else _MARGIN
        sheet.paste(shown, (edge - column * shown.width, top))
        under = top + shown.height + 18
        anchor = "ra" if column else "la"
        draw.text((edge, under), "  ".join(caption), fill=QUIET, font=font("regular", 32), anchor=anchor)
        ends.append(under + 44)
    return max(ends)


def _evidence(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, top: int, bottom: int, original: Photo, entry: Entry
) -> None:
    """What was allowed to change; beside it what was measured and, as far as there is room, what is good to know."""
    shown = fit_into(area_over(original, entry.variant.changed), _AREA)
    sheet.paste(shown, (_MARGIN, top))
    caption = font("regular", 28)
    under = top + shown.height + 16
    for text in WORDS["area"]:
        draw.text((_MARGIN, under), text, fill=QUIET, font=caption)
        under += leading(caption)
    left = _MARGIN + _AREA[0] + 72
    spot = Spot(left, top, SIZE[0] - _MARGIN - left)
    for fact in facts(entry.variant, entry.kept):
        spot = spot._replace(top=_fact(draw, spot, fact) + 30)
    _notes(draw, spot._replace(top=spot.top + 8), bottom, entry.variant.proof.notes)


def _fact(draw: ImageDraw.ImageDraw, spot: Spot, fact: Fact) -> int:
    """One number and, beside it, what it says in both languages; returns where it ends."""
    said = font("regular", 32)
    colour = INK if fact.good else WARNING
    size = 48
    while width_of(fact.value, font("bold", size)) > _VALUE - 24:
        size -= 2
    draw.text((spot.left, spot.top + 36), fact.value, fill=colour, font=font("bold", size), anchor="ls")
    top = spot.top
    for text, shade in zip(fact.meaning, (colour, QUIET), strict=True):
        top = write_lines(draw, (spot.left + _VALUE, top), text, said, spot.width - _VALUE, shade, most=2)
    return top


def _notes(draw: ImageDraw.ImageDraw, spot: Spot, bottom: int, notes: Sequence[Pair]) -> None:
    """The notes, each in both languages, as long as a whole one fits above `bottom`."""
    face, top = font("regular", 32), spot.top
    for note in notes:
        if top + leading(face) * sum(len(wrap(text, face, spot.width)) for text in note) > bottom:
            return
        for text, colour in zip(note, (INK, QUIET), strict=True):
            top = write_lines(draw, (spot.left, top), text, face, spot.width, colour, most=9)
        top += 20


def _footer(draw: ImageDraw.ImageDraw, entry: Entry, run: Run) -> int:
    """Everything that made the picture, from the bottom up; returns where it begins."""
    said, face, width = font("regular", 34), font("regular", 26), SIZE[0] - 2 * _MARGIN
    lines = [(said, INK, WORDS["ai_long"][0]), (said, QUIET, WORDS["ai_long"][1])]
    lines += [(face, QUIET, line) for text in _origin(entry, run) for line in wrap(text, face, width)]
    top = SIZE[1] - _MARGIN - sum(leading(one) for one, _, _ in lines) - 18
    begin = top - 40
    draw.line((_MARGIN, begin, SIZE[0] - _MARGIN, begin), fill=LINE, width=3)
    for place, (one, colour, text) in enumerate(lines):
        top += 18 if place == 2 else 0
        draw.text((_MARGIN, top), fit(text, one, width), fill=colour, font=one)
        top += leading(one)
    return begin


def _origin(entry: Entry, run: Run) -> tuple[str, str]:
    variant, took = entry.variant, speed(entry.variant)
    made_by = [
        f"genmark {run.software.get('genmark', genmark.__version__)}",
        f"{WORDS['backend'][0].lower()} {variant.backend}",
        f"{WORDS['seed'][0].lower()} {variant.seed}",
        *(f"{model.name} {model.sha256[:8]}" for model in run.weights),
    ]
    about = [*words.day(run.made), f"SHA-256 {entry.sha256[:16]}", *([took.value] if took else [])]
    return " · ".join(made_by), " · ".join(about)
