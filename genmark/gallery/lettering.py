"""Letters on pictures: the shipped fonts, line breaking, and drawing on a Pillow canvas. Sizes are in pixels."""

from __future__ import annotations

from functools import cache
from importlib.resources import files as resources
from io import BytesIO
from typing import Literal

from PIL import ImageDraw, ImageFont

Weight = Literal["regular", "bold"]
Colour = tuple[int, int, int]

INK: Colour = (22, 22, 22)
QUIET: Colour = (107, 107, 107)
LINE: Colour = (222, 222, 220)
PAPER: Colour = (255, 255, 255)
WARNING: Colour = (154, 52, 18)


@cache
def font(weight: Weight, size: int) -> ImageFont.FreeTypeFont:
    """One of the two shipped fonts (Latin, the 2,350 Hangul syllables of KS X 1001).

    Always Pillow's own layout: the same letters land on the same pixels whether or not HarfBuzz is installed.
    """
    home = resources("genmark.gallery") / "fonts" / f"genmark-gothic-{weight}.woff"
    return ImageFont.truetype(BytesIO(home.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC)


def width_of(text: str, face: ImageFont.FreeTypeFont) -> int:
    """How wide one line of text is."""
    return round(face.getlength(text))


def wrap(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Break text into lines of at most `width` pixels, between words; a word that is wider is broken inside."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if width_of(longer, face) <= width:
            lines[-1:] = [longer]
        else:
            lines.extend(_pieces(word, face, width))
    return lines


def _pieces(word: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, face) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def fit(text: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    """The text in one line if it is at most `width` pixels wide, else its beginning and "…"."""
    text = " ".join(text.split())
    if width_of(text, face) <= width:
        return text
    while text and width_of(text + "…", face) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def write_lines(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    face: ImageFont.FreeTypeFont,
    width: int,
    colour: Colour = INK,
    most: int = 3,
) -> int:
    """Write text below `at` (left, top) in lines of at most `width`, at most `most` of them; return the new top."""
    left, top = at
    lines = wrap(text, face, width)
    if len(lines) > most:
        lines = [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), face, width)]
    for line in lines:
        draw.text((left, top), line, fill=colour, font=face)
        top += leading(face)
    return top


def leading(face: ImageFont.FreeTypeFont) -> int:
    """From one line to the next: 1.35 times the font's size."""
    return round(face.size * 1.35)
