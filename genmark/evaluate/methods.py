"""Ways to restyle hair that are judged side by side: restylers, and what they have to beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from genmark.evaluate.inpainting import Fill
from genmark.protocols import Restyler
from genmark.recipes import Style
from genmark.restyle.hair.donors import own_folder, read_donors
from genmark.restyle.hair.remembered import Remembered
from genmark.restyle.hair.shape import restyled, shape
from genmark.restyle.hair.stage import Stage, set_stage
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.types import Photo, Regions, Restyled

Method = Callable[[Photo, Regions, Style, int], Restyled]
"""Photo, its regions, a style and a seed -> the result, where it changed, and the matte of its hair.

Raises SubjectError where it cannot; that counts as refused."""

Ground = Callable[[Photo, Stage], Stage]
"""The stage with another layer under the hair."""


def from_restyler(restyler: Restyler) -> Method:
    """A registered restyler as a method; what gives back a photo alone changed no more than the hair's matte."""

    def run(photo: Photo, regions: Regions, style: Style, seed: int) -> Restyled:
        made = next(iter(restyler(photo, regions, style, (seed,))))
        if isinstance(made, Restyled):
            return made
        return Restyled(made, regions.mattes["hair"].support, regions.mattes["hair"])

    return run


class Moved:
    """The shipped restyler's moved hair, unfinished and undyed, over what `ground` puts in the under layer's place.

    Those that are given the same `stages` measure a photo once between them.
    """

    def __init__(self, ground: Ground, stages: Callable[[Photo, Regions], Stage] = set_stage) -> None:
        self._stage = Remembered(lambda photo, regions: ground(photo, stages(photo, regions)))

    def __call__(self, photo: Photo, regions: Regions, style: Style, seed: int, /) -> Restyled:
        wardrobe = Wardrobe(read_donors(own_folder()))
        return restyled(shape(photo, self._stage(photo, regions), style, wardrobe, seed))


def untouched(photo: Photo, stage: Stage) -> Stage:
    """The photo itself under the hair, and no shadow: a plain paste."""
    under = replace(stage.under, pixels=photo.pixels, hidden=np.zeros_like(stage.under.hidden))
    return replace(stage, under=under, person=np.zeros_like(stage.person))


def filled_by(fill: Fill) -> Ground:
    """Somebody else's inpainting under the hair."""

    def ground(photo: Photo, stage: Stage) -> Stage:
        filled = np.where(stage.under.hidden[..., None], fill(photo.pixels, stage.under.hidden), photo.pixels)
        return replace(stage, under=replace(stage.under, pixels=filled.astype(np.uint8)))

    return ground
