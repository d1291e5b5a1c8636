"""The sentence of a cut or a perm: whose hair, how it is moved, over whom it lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from genmark.canvas import grow
from genmark.perceive.pose import head_frame
from genmark.recipes import Cut, Style
from genmark.restyle.hair.align import fit
from genmark.restyle.hair.arrange import arrange, asks_for_moves, dress_fringe, touches_fringe
from genmark.restyle.hair.draft import Draft, start_draft
from genmark.restyle.hair.focus import match_focus
from genmark.restyle.hair.forehead import fringe_zone
from genmark.restyle.hair.guard import guard_face
from genmark.restyle.hair.moves.strandwise import follow_strands
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.stage import Stage
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.restyle.hair.wear import Worn, cast_shadow, compose, wear
from genmark.types import Bools, Floats, Mask, Matte, Photo, Pixels, Restyled

_MOVED, _SHADED = 0.004, 0.02
"""Way, in face heights, and log luminance from which on hair counts as moved."""
_SEEN = 1.0 / 255
"""Least alpha or shadow that can change a pixel."""


@dataclass(frozen=True, eq=False)
class Shaped:
    """A composite: the hair that was laid on, the `matte` of all the hair there now, the pixels that changed, and whose
    hair it is."""

    photo: Photo
    worn: Worn
    matte: Matte
    changed: Mask
    source: Source


def shape(photo: Photo, stage: Stage, style: Style, wardrobe: Wardrobe, seed: int = 0) -> Shaped:
    """The customer of `stage` with the cut and perm of `style`, unfinished.

    Raises SubjectError where no hair that there is can carry it.
    """
    source = wardrobe.find(photo.name, stage, style)
    draft, own, places = start_draft(stage.head, stage.box), source.kind == "own", fit(source, stage.head)
    if asks_for_moves(style, own):
        strands = stage.strands if source is stage.own else follow_strands(source, places)
        draft = arrange(draft, stage.head, strands, style, own, stage.swing if own else None, seed)
    worn = wear(source, places, draft)
    still = find_still(draft, worn.alpha.shape) if own else None
    worn = worn if own else as_fine(worn, source, stage, seed)
    made = lay(photo, stage, source, worn, draft, still)
    front = wardrobe.find_front(stage, style)
    return made if front is None or style.cut is None else add_front(made, stage, front, style.cut, seed)


def as_fine(worn: Worn, source: Source, stage: Stage, seed: int) -> Worn:
    """Someone else's hair, as fine and as sharp as the customer's own is in the photo."""
    if stage.focus is None:
        return worn
    return match_focus(worn, stage.focus, stage.head.frame.unit / head_frame(source.points).unit, seed)


def add_front(made: Shaped, stage: Stage, front: Source, cut: Cut, seed: int = 0) -> Shaped:
    """A donor's fringe, as `cut` wants it, in front of hair that is there."""
    plain, places = start_draft(stage.head, stage.box), fit(front, stage.head)
    if touches_fringe(cut):
        plain = dress_fringe(plain, stage.head, follow_strands(front, places), cut, seed)
    hair = as_fine(wear(front, places, plain), front, stage, seed)
    zone = grow(fringe_zone(stage.head, plain.here), plain.step, (hair.alpha.shape[0], hair.alpha.shape[1]))
    fringe = replace(hair, alpha=hair.alpha * zone)
    pixels, touched = _laid(made.photo.pixels, made.photo.pixels[hair.box], stage, fringe, plain)
    changed, alpha = made.changed.inside.copy(), made.matte.alpha.copy()
    changed[hair.box] |= touched
    alpha[hair.box] = np.maximum(alpha[hair.box], np.clip(fringe.alpha, 0.0, 1.0) * touched)
    return replace(made, photo=Photo(pixels, made.photo.name), matte=Matte(alpha), changed=Mask(changed))


def find_still(draft: Draft, shape: tuple[int, ...]) -> Floats:
    """float32 (h, w): 1 where a draft leaves own hair where it was, as it was; there the photo itself is best."""
    off = np.hypot(*np.moveaxis(draft.at - draft.here, -1, 0))
    same = np.clip(1.0 - off / _MOVED, 0.0, 1.0) * np.clip(1.0 - np.abs(draft.shade) / _SHADED, 0.0, 1.0)
    whole = np.clip((draft.keep - 0.98) / 0.019, 0.0, 1.0)
    return grow(np.asarray(same * whole, np.float32), draft.step, (shape[0], shape[1]))


def lay(photo: Photo, stage: Stage, source: Source, worn: Worn, draft: Draft, still: Floats | None = None) -> Shaped:
    """Lay worn hair over the person without their own, and say which pixels that changed.

    still   float32 (h, w) over the hair's box: how much of the photo itself is shown, where hair did not move
    """
    box = worn.box
    gone = stage.under.hidden & ~stage.kept
    pixels = photo.pixels.copy()
    pixels[gone] = stage.under.pixels[gone]
    pixels, touched = _laid(pixels, stage.under.pixels[box], stage, worn, draft)
    changed = gone
    changed[box] |= touched
    if still is not None:
        new, old = pixels[box].astype(np.float32), photo.pixels[box]
        pixels[box] = np.rint(new + (old - new) * still[..., None]).astype(np.uint8)
        changed[box] &= still < 1.0
    matte = np.zeros(changed.shape, np.float32)
    matte[box] = np.clip(worn.alpha, 0.0, 1.0) * (worn.alpha > _SEEN)
    return Shaped(Photo(pixels, photo.name), worn, Matte(matte), Mask(changed), source)


def _laid(onto: Pixels, ground: Pixels, stage: Stage, worn: Worn, draft: Draft) -> tuple[Pixels, Bools]:
    """`onto` (H, W, 3) with hair over `ground`, which fills the hair's box; and what that touched in the box."""
    guard = grow(guard_face(stage.head, draft.here), draft.step, (worn.alpha.shape[0], worn.alpha.shape[1]))
    shadow = cast_shadow(worn.alpha, stage.slope, stage.head.frame.unit) * stage.person[worn.box]
    touched = ((worn.alpha > _SEEN) | (shadow > _SEEN)) & (guard < 1.0) & ~stage.kept[worn.box]
    pixels = onto.copy()
    pixels[worn.box][touched] = compose(ground, worn, shadow, guard)[touched]
    return pixels, touched


def restyled(shaped: Shaped) -> Restyled:
    """A composite as a restyler gives it back, with its hair's matte at the photo's size."""
    return Restyled(shaped.photo, shaped.changed, shaped.matte)
