"""Whether a portrait shows hair that can be restyled, said plainly where it does not."""

from __future__ import annotations

from math import pi

from genmark.errors import SubjectError
from genmark.types import Regions

BALD = 0.05
"""Least hair, in areas of the face's oval. Of the portraits pack's shaved heads most have less; the least short hair
under no hat has 0.10."""
HAT = 0.12
"""Least hat, in areas of the face's oval, that counts as worn. Every hat of the pack has at least 0.38."""
UNDER_HAT = 0.3
"""With a hat on, hair below this many areas of the face's oval is too little to show a style on."""


def check_hair(regions: Regions, name: str) -> None:
    """Raise SubjectError "hat" or "bald" where the portrait called `name` has no hair to restyle."""
    if regions.face is None or "hat" not in regions.palette:
        return
    box = regions.face.box
    oval = max(pi / 4 * box.width * box.height, 1.0)
    hair = float(regions.mattes["hair"].alpha.sum()) / oval
    hat = int(regions.mask("hat").inside.sum()) / oval
    if hat > HAT and hair < UNDER_HAT:
        raise SubjectError(f"a hat or cap hides the hair in {name}; use a photo without it", "hat")
    if hair < BALD:
        raise SubjectError(
            f"no hair to restyle is seen in {name}; use a photo in which it is longer or lit better", "bald"
        )
