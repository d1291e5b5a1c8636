"""Another person's photo as the wish: "like this, please"."""

from __future__ import annotations

import numpy as np

from genmark.colour import lab_from_linear, linear_from_lab
from genmark.errors import SubjectError, UsageError
from genmark.perceive.look import measure_look
from genmark.recipes import Cut, Dye, Perm, Style
from genmark.restyle.hair.light import measure_light
from genmark.restyle.hair.source import Source, lift
from genmark.restyle.hair.wardrobe import REFERENCE
from genmark.types import Lab, Photo, Regions

TAKES = ("shape", "texture", "colour")
"""What can be taken from a reference: its cut, which brings its texture; its waves alone, for own hair; its colour."""
_KOREAN = {"shape": "참고 사진의 스타일", "texture": "참고 사진의 컬", "colour": "참고 사진의 컬러"}
_SWINGS, _PITCHES, _STEEP = (0.05, 0.20), (0.45, 0.17), 0.15
"""Swings (`Look.swing`, radians) of loose waves and of tight curls, how long such waves are, in face heights, and how
far a strand swings to either side, as a share of that."""


def wish_for(photo: Photo, regions: Regions, takes: tuple[str, ...] = ("shape",)) -> tuple[Source, Style]:
    """The hair of a reference photo, and a style that asks for what is taken of it.

    Raises UsageError where nothing, or something else than `TAKES`, is taken; SubjectError as `lift` does, and
    "hair_hidden" where its waves are wanted and cannot be told.
    """
    unknown = [name for name in takes if name not in TAKES]
    if unknown or not takes:
        raise UsageError(f"of a reference, {', '.join(TAKES)} can be taken, not {', '.join(unknown) or 'nothing'}")
    source = lift(photo, regions, "reference")
    dye = Dye(_in_plain_light(source, photo, regions)) if "colour" in takes else None
    cut = Cut(donors=(REFERENCE,)) if "shape" in takes else None
    perm = _wave_like(photo, regions) if "texture" in takes and cut is None else None
    alone = len(takes) == 1
    what = f"The reference's {takes[0]}" if alone else "Like the reference"
    korean = _KOREAN[takes[0]] if alone else "참고 사진처럼"
    return source, Style(f"reference-{'-and-'.join(takes)}", what, korean, dye=dye, cut=cut, perm=perm)


def _wave_like(photo: Photo, regions: Regions) -> Perm:
    """The perm that makes own hair wave as much as the reference's does."""
    look = measure_look(photo, regions)
    if look.curl is None or look.swing is None:
        raise SubjectError(f"how the hair in {photo.name} waves cannot be told; use a larger picture", "hair_hidden")
    if look.curl == "straight":
        return Perm(straight=0.8, curl="straight")
    pitch = float(np.interp(look.swing, _SWINGS, _PITCHES))
    return Perm(pitch=pitch, swing=_STEEP * pitch, start=-0.1, straight=0.5, curl=look.curl)


def _in_plain_light(source: Source, photo: Photo, regions: Regions) -> Lab:
    """Median colour of the reference's opaque hair as it would look in neutral light."""
    sure = source.alpha > min(0.9, float(source.alpha.max()) - 1e-3)
    median = np.median(source.lab[sure], axis=0).astype(np.float32)
    gains = np.array(measure_light(photo, regions).gains, np.float32)
    lightness, a, b = lab_from_linear(np.clip(linear_from_lab(median) / gains, 0.0, 1.0)).tolist()
    return lightness, a, b
