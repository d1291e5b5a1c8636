"""The sentence of a cut or a perm: whose hair, how it is moved, over whom it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genmark.canvas import grow
from genmark.errors import SubjectError
from genmark.recipes import Cut, Perm, Style
from genmark.restyle.hair.align import fit
from genmark.restyle.hair.arrange import arrange, asks_for_moves
from genmark.restyle.hair.choice import choose
from genmark.restyle.hair.donors import Donor
from genmark.restyle.hair.draft import Draft, start_draft
from genmark.restyle.hair.guard import guard_face
from genmark.restyle.hair.moves.strandwise import follow_strands
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.stage import Stage
from genmark.restyle.hair.tone import suit
from genmark.restyle.hair.wear import Worn, cast_shadow, compose, wear
from genmark.types import Mask, Matte, Photo, Restyled

_RISEN = 0.2
"""Face heights over which waves grow until they are seen."""
_ENDS = 0.35
"""Least that hair must hang below the eyes to have ends that turn, or lengths to straighten."""
_SEEN = 1.0 / 255
"""Least alpha or shadow that can change a pixel."""


@dataclass(frozen=True, eq=False)
class Shaped:
    """A composite, and what it was made of: `worn` hair, float32 planes `guard` and `shadow` over its box."""

    photo: Photo
    worn: Worn
    changed: Mask
    source: Source


def shape(photo: Photo, stage: Stage, style: Style, donors: Sequence[Donor], seed: int = 0) -> Shaped:
    """The customer of `stage` with the cut and perm of `style`, unfinished.

    Raises SubjectError where neither own hair nor a donor's can carry it.
    """
    source = find_source(photo, stage, style, donors)
    draft, own = start_draft(stage.head, stage.box), source.kind == "own"
    if asks_for_moves(style, own):
        strands = stage.strands if source is stage.own else follow_strands(source, fit(source, stage.head))
        draft = arrange(draft, stage.head, strands, style, own, seed)
    return lay(photo, stage, source, wear(source, fit(source, stage.head), draft), draft)


def find_source(photo: Photo, stage: Stage, style: Style, donors: Sequence[Donor]) -> Source:
    """Own hair where the style keeps it and it is long enough, else the donor's that fits best, in own colour."""
    if style.cut is None or _long_enough(stage, style.cut):
        if stage.own is None:
            raise SubjectError(f"{photo.name} shows too little hair for a perm; ask for a cut", "bald")
        if style.cut is None and style.perm is not None and _below(stage) < _needed(style.perm):
            raise SubjectError(f"the hair in {photo.name} is too short for {style.english}; add a cut", "too_short")
        return stage.own
    if not style.cut.donors:
        raise SubjectError(f"the hair in {photo.name} is too short for {style.english}", "too_short")
    donor = choose(donors, style.cut.donors, stage.pose, stage.slope)
    return suit(donor, stage.head, stage.own, stage.slope)


def _long_enough(stage: Stage, cut: Cut) -> bool:
    return cut.own is not None and stage.own is not None and stage.fall is not None and stage.fall >= cut.own


def _below(stage: Stage) -> float:
    """How far below the eyes own hair hangs, face heights."""
    return stage.head.chin + stage.fall if stage.fall is not None else -1.0


def _needed(perm: Perm) -> float:
    """How far below the eyes hair must hang for a perm to show: half a wave below where waves begin, ends to turn."""
    waves = perm.start + max(0.5 * perm.pitch, _RISEN) if perm.swing > 0.0 else -1.0
    return max(waves, _ENDS if perm.turn != 0.0 else -1.0, _ENDS if perm.straight > 0.0 else -1.0)


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
