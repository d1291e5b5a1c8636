"""Another person's photo as the wish: "like this, please"."""

from __future__ import annotations

import numpy as np

from genmark.colour import lab_from_linear, linear_from_lab
from genmark.errors import UsageError
from genmark.recipes import Cut, Dye, Style
from genmark.restyle.hair.light import measure_light
from genmark.restyle.hair.source import Source, lift
from genmark.restyle.hair.wardrobe import REFERENCE
from genmark.types import Lab, Photo, Regions

TAKES = ("shape", "colour")
"""What can be taken from a reference: its cut with its texture, and its colour."""


def wish_for(photo: Photo, regions: Regions, takes: tuple[str, ...] = ("shape",)) -> tuple[Source, Style]:
    """The hair of a reference photo, and a style that asks for what is taken of it.

    Raises UsageError where nothing, or something else than `TAKES`, is taken; SubjectError as `lift` does.
    """
    unknown = [name for name in takes if name not in TAKES]
    if unknown or not takes:
        raise UsageError(f"of a reference, {' and '.join(TAKES)} can be taken, not {', '.join(unknown) or 'nothing'}")
    source = lift(photo, regions, "reference")
    dye = Dye(_in_plain_light(source, photo, regions)) if "colour" in takes else None
    cut = Cut(donors=(REFERENCE,)) if "shape" in takes else None
    what = "Like the reference" if len(takes) == len(TAKES) else f"The reference's {takes[0]}"
    korean = (
        {"shape": "참고 사진의 스타일", "colour": "참고 사진의 컬러"}[takes[0]] if len(takes) == 1 else "참고 사진처럼"
    )
    return source, Style(f"reference-{'-and-'.join(takes)}", what, korean, dye=dye, cut=cut)


def _in_plain_light(source: Source, photo: Photo, regions: Regions) -> Lab:
    """Median colour of the reference's opaque hair as it would look in neutral light."""
    sure = source.alpha > min(0.9, float(source.alpha.max()) - 1e-3)
    median = np.median(source.lab[sure], axis=0).astype(np.float32)
    gains = np.array(measure_light(photo, regions).gains, np.float32)
    lightness, a, b = lab_from_linear(np.clip(linear_from_lab(median) / gains, 0.0, 1.0)).tolist()
    return lightness, a, b
