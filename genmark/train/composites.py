"""Composites as labelled portraits: other hair, or none, on the pack's heads, with mattes that are known exactly.

The pack holds little long, shaved and coily hair; here any donor's hair lies on any head that is turned alike, and bald
heads come from the under layer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from genmark.errors import SubjectError
from genmark.perceive.networks import PALETTE
from genmark.restyle.hair.donors import Donor, style_of
from genmark.restyle.hair.shape import shape
from genmark.restyle.hair.stage import Stage, set_stage
from genmark.restyle.hair.under_kinds import KINDS
from genmark.restyle.hair.wardrobe import Wardrobe
from genmark.train.portraits import CANVAS, Portraits, person_of
from genmark.train.workers import make_each
from genmark.types import Floats, Photo, Pixels, Regions

BALD = 0.2
"""Share of composites without any hair."""
_TRUST = 0.8
"""How far labels of invented places are trusted, against the portrait's own."""
_WEIGHT = 1.5
"""How often a composite is drawn; an ordinary portrait counts 1, a rare one 3."""


@dataclass(frozen=True, eq=False)
class Composite:
    """pixels uint8 (H, W, 3), hair's matte float32 (H, W), and regions in the order of PALETTE uint8 (H, W)."""

    pixels: Pixels
    matte: Floats
    index: Pixels


def put_on(photo: Photo, regions: Regions, donor: Donor) -> Composite:
    """`donor`'s hair on a portrait, in the customer's colour. Raises SubjectError where heads do not fit."""
    stage = set_stage(photo, regions)
    made = shape(photo, stage, style_of(donor), Wardrobe((donor,)))
    return Composite(made.photo.pixels, made.matte.alpha, _label(stage, regions, made.matte.alpha))


def take_off(photo: Photo, regions: Regions) -> Composite:
    """A portrait without its hair. Raises SubjectError "no_face"."""
    stage = set_stage(photo, regions)
    bare = np.zeros_like(stage.under.share)
    return Composite(stage.under.pixels, bare, _label(stage, regions, bare))


def _label(stage: Stage, regions: Regions, alpha: Floats) -> Pixels:
    """The portrait's regions, what is laid bare by its kind, and the new hair."""
    kinds = np.array([PALETTE.index(name) for name in KINDS], np.uint8)[stage.under.kinds]
    hair = PALETTE.index("hair")
    bare = stage.under.hidden & (regions.index == hair)
    return np.select([alpha > 0.5, bare], [np.uint8(hair), kinds], regions.index).astype(np.uint8)


def compose_portraits(
    data: Portraits, donors: tuple[Donor, ...], many: int, seed: int, workers: int | None = None
) -> Portraits:
    """`many` composites of each portrait without a hat; those whose heads do not fit are left out.

    workers   processes; None: one per core, 0: this one
    """
    jobs = _Jobs(data, donors, many, seed)
    sheets = enumerate(make_each(jobs, len(jobs), workers))
    found = [(place % len(data), sheet.clone()) for place, sheet in sheets if len(sheet)]
    if not found:
        return data.pick(torch.empty(0, dtype=torch.long))
    rows, made = torch.tensor([row for row, _ in found]), torch.stack([sheet for _, sheet in found])
    same = data.pick(rows)
    return replace(
        same,
        pictures=made[:, :3],
        mattes=made[:, 3],
        index=made[:, 4],
        quality=_TRUST * same.quality,
        weight=torch.full((len(rows),), _WEIGHT),
    )


@dataclass(frozen=True, eq=False)
class _Jobs(Dataset[Tensor]):
    data: Portraits
    donors: tuple[Donor, ...]
    many: int
    seed: int

    def __len__(self) -> int:
        return self.many * len(self.data)

    def __getitem__(self, place: int) -> Tensor:
        """uint8 (5, CANVAS, CANVAS): picture, matte, regions; an empty tensor where it cannot be made."""
        rng = np.random.default_rng([self.seed, place])
        photo, regions = person_of(self.data, place % len(self.data))
        if (regions.index == PALETTE.index("hat")).mean() > 0.002:
            return torch.empty(0)
        donor = self.donors[int(rng.integers(len(self.donors)))]
        try:
            made = take_off(photo, regions) if rng.random() < BALD else put_on(photo, regions, donor)
        except SubjectError:
            return torch.empty(0)
        planes = np.dstack([made.pixels, np.rint(255 * made.matte), made.index]).astype(np.uint8)
        sheet = torch.zeros((5, CANVAS, CANVAS), dtype=torch.uint8)
        sheet[:, : planes.shape[0], : planes.shape[1]] = torch.from_numpy(planes.transpose(2, 0, 1).copy())
        return sheet
