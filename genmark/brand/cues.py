"""What an audit does to pictures: each cue that is taken away, or left alone, with its name and its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from genmark.brand import shortcuts
from genmark.types import Box, Matte, Pixels


@dataclass(frozen=True, eq=False)
class Sight:
    """One picture of an audit: its pixels, the boxes of its marks, its subject's matte if known, a seed of its own."""

    pixels: Pixels
    boxes: tuple[Box, ...]
    matte: Matte | None
    seed: int


@dataclass(frozen=True)
class Cue:
    """A condition: what becomes of a picture, uint8 sRGB."""

    name: str
    words: str
    change: Callable[[Sight], Pixels]


AS_IT_IS, MASKED, DECOYS = "as it is", "marks masked", "decoys masked"
GREY, PALETTE, BACKGROUND, SUBJECT, EQUALISED = (
    "greyscale",
    "palette only",
    "background removed",
    "subject removed",
    "equalised",
)

MARKS: Sequence[Cue] = (
    Cue(MASKED, "Logos and text masked", lambda seen: shortcuts.mask_boxes(seen.pixels, seen.boxes)),
    Cue(
        DECOYS,
        "As much masked elsewhere",
        lambda seen: shortcuts.mask_boxes(seen.pixels, shortcuts.decoys(seen.pixels, seen.boxes, seen.seed)),
    ),
)
"""Asked of pictures that have marks."""

LOOKS: Sequence[Cue] = (
    Cue(GREY, "Without colour", lambda seen: shortcuts.greyscale(seen.pixels)),
    Cue(PALETTE, "Only 8 x 8 mean colours, shuffled", lambda seen: shortcuts.palette_only(seen.pixels, seen.seed)),
    Cue(BACKGROUND, "Background removed", lambda seen: shortcuts.remove_background(seen.pixels, seen.matte)),
    Cue(SUBJECT, "Subject removed", lambda seen: shortcuts.remove_subject(seen.pixels, seen.matte)),
    Cue(EQUALISED, "All brought to 256 pixels and one JPEG quality", lambda seen: shortcuts.equalise(seen.pixels)),
)
"""Asked of all pictures."""
