"""Pairs for the finish: a portrait whose own hair was lifted, harmed and put back, and the portrait itself.

The composite is made by the product's own code (`restyle.hair`), so what the network learns to mend is what it will
meet. Beside the pairs, transfers of donors' hair, which have no truth: the critic compares them with photos.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from genmark.perceive.pose import head_frame
from genmark.restyle.hair.align import Fit
from genmark.restyle.hair.donors import Donor, style_of
from genmark.restyle.hair.draft import start_draft
from genmark.restyle.hair.focus import match_focus, measure_focus
from genmark.restyle.hair.shape import Shaped, lay, shape
from genmark.restyle.hair.stage import Clear, lift_own, set_stage
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.restyle.hair.wear import wear
from genmark.train.harm import Rng, harm_draft, harm_source, random_strokes
from genmark.train.hidden import borrow
from genmark.types import Bools, Floats, Matte, Photo, Pixels, Regions

_FOCUSED = 0.7
"""Share of pairs that are matched to the photo's focus, as the product's composites are where hair can be measured."""


@dataclass(frozen=True, eq=False)
class Example:
    """One composite: uint8 and float planes of one size (h, w).

    pixels   uint8 (h, w, 3): the composite
    alpha    float32 (h, w): matte of the hair in it
    old      float32 (h, w): how much of each place the under layer invented
    may      bool (h, w): where it may be changed
    truth    uint8 (h, w, 3): the photo that it should be; of a transfer, the customer's, true only outside `may`
    unit     pixels per face height
    centre   (x, y) of the head's origin in pixels
    """

    pixels: Pixels
    alpha: Floats
    old: Floats
    may: Bools
    truth: Pixels
    unit: float
    centre: tuple[float, float]


def make_pair(photo: Photo, regions: Regions, other: Regions, rng: Rng, clear: Clear = clear) -> Example | None:
    """A portrait's own hair put back, harmed, over an under layer that is invented also where `other`'s hair, aligned,
    and a few strokes hide what is known. None where there is no hair to lift."""
    alpha = regions.mattes["hair"].alpha
    hidden = np.maximum(alpha, _borrowed(regions, other, bool(rng.random() < 0.5)))
    unit = head_frame(regions.face.landmarks).unit if regions.face is not None else 100.0
    if rng.random() < 0.5:
        strokes = random_strokes((alpha.shape[0], alpha.shape[1]), unit, rng)
        hidden = np.maximum(hidden, strokes * ~_inside_face(regions))
    wider = replace(regions, mattes={**regions.mattes, "hair": Matte(hidden.astype(np.float32))})
    stage = set_stage(photo, wider, clear)
    own = lift_own(photo, regions, stage.head)
    if own is None:
        return None
    draft = harm_draft(start_draft(stage.head, stage.box), rng)
    worn = wear(harm_source(own, rng), Fit(head_frame(own.points)), draft)
    like = measure_focus(own.lab, own.alpha)
    if like is not None and rng.random() < _FOCUSED:
        worn = match_focus(worn, like, rng.uniform(1.0, 2.0), int(rng.integers(2**31)))
    return _example(photo, lay(photo, stage, own, worn, draft), stage.under.share, unit, stage.head.frame.origin)


def _inside_face(regions: Regions) -> Bools:
    """bool (H, W): the middle of the face, which no hair ever hides."""
    shape = regions.index.shape
    if regions.face is None:
        return np.zeros(shape, np.bool_)
    box = regions.face.box
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    (x, y), wide, high = box.centre, 0.42 * box.width, 0.5 * box.height
    return np.asarray(np.hypot((columns - x) / wide, (rows - y) / high) < 1.0)


def _borrowed(regions: Regions, other: Regions, mirrored: bool) -> Floats:
    """Matte of `other`'s hair on this head, float32 (H, W)."""
    alpha = regions.mattes["hair"].alpha
    if regions.face is None or other.face is None:
        return np.zeros_like(alpha)
    here, there = head_frame(regions.face.landmarks), head_frame(other.face.landmarks)
    return borrow(other.mattes["hair"].alpha, here, there, (alpha.shape[0], alpha.shape[1]), mirrored)


def make_transfer(
    photo: Photo, regions: Regions, donor: Donor, donors: tuple[Donor, ...], clear: Clear = clear
) -> Example:
    """A donor's hair on a portrait, as the product would show it. Raises SubjectError where it would refuse."""
    stage = set_stage(photo, regions, clear)
    made = shape(photo, stage, style_of(donor), Wardrobe(donors))
    return _example(photo, made, stage.under.share, stage.head.frame.unit, stage.head.frame.origin)


def _example(photo: Photo, made: Shaped, old: Floats, unit: float, centre: tuple[float, float]) -> Example:
    alpha = np.zeros(old.shape, np.float32)
    alpha[made.worn.box] = np.clip(made.worn.alpha, 0.0, 1.0)
    return Example(made.photo.pixels, alpha, old, made.changed.inside, photo.pixels, unit, centre)
