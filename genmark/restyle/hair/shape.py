"""The sentence of a cut or a perm: whose hair, how it is moved, over whom it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import grow
from genmark.recipes import Style
from genmark.restyle.hair.align import fit
from genmark.restyle.hair.arrange import arrange, asks_for_moves
from genmark.restyle.hair.draft import Draft, start_draft
from genmark.restyle.hair.guard import guard_face
from genmark.restyle.hair.moves.strandwise import follow_strands
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.stage import Stage
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.restyle.hair.wear import Worn, cast_shadow, compose, wear
from genmark.types import Mask, Matte, Photo, Restyled

_SEEN = 1.0 / 255
"""Least alpha or shadow that can change a pixel."""


@dataclass(frozen=True, eq=False)
class Shaped:
    """A composite, and what it was made of: `worn` hair, float32 planes `guard` and `shadow` over its box."""

    photo: Photo
    worn: Worn
    changed: Mask
    source: Source


def shape(photo: Photo, stage: Stage, style: Style, wardrobe: Wardrobe, seed: int = 0) -> Shaped:
    """The customer of `stage` with the cut and perm of `style`, unfinished.

    Raises SubjectError where no hair that there is can carry it.
    """
    source = wardrobe.find(photo.name, stage, style)
    draft, own = start_draft(stage.head, stage.box), source.kind == "own"
    if asks_for_moves(style, own):
        strands = stage.strands if source is stage.own else follow_strands(source, fit(source, stage.head))
        draft = arrange(draft, stage.head, strands, style, own, seed)
    return lay(photo, stage, source, wear(source, fit(source, stage.head), draft), draft)


def lay(photo: Photo, stage: Stage, source: Source, worn: Worn, draft: Draft) -> Shaped:
    """Lay worn hair over the person without their own, and say which pixels that changed."""
    box, (high, wide) = worn.box, worn.alpha.shape
    guard = grow(guard_face(stage.head, draft.here), draft.step, (high, wide))
    unit = stage.head.frame.unit
    under, person = stage.under.pixels[box], stage.person[box]
    pixels = photo.pixels.copy()
    changed = stage.under.hidden & ~stage.kept
    pixels[changed] = stage.under.pixels[changed]
    shadow = cast_shadow(worn.alpha, stage.slope, unit) * person
    touched = ((worn.alpha > _SEEN) | (shadow > _SEEN)) & (guard < 1.0) & ~stage.kept[box]
    pixels[box][touched] = compose(under, worn, person, guard, stage.slope, unit)[touched]
    changed[box] |= touched
    return Shaped(Photo(pixels, photo.name), worn, Mask(changed), source)


def restyled(shaped: Shaped) -> Restyled:
    """A composite as a restyler gives it back, with its hair's matte at the photo's size."""
    alpha = np.zeros(shaped.changed.inside.shape, np.float32)
    alpha[shaped.worn.box] = np.clip(shaped.worn.alpha, 0.0, 1.0)
    alpha[~shaped.changed.inside] = 0.0
    return Restyled(shaped.photo, shaped.changed, Matte(alpha))
