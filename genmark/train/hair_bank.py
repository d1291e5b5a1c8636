"""Composites made before training begins: making one takes longer than a step learns from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from genmark.errors import SubjectError
from genmark.restyle.hair.donors import Donor
from genmark.restyle.hair.stage import Clear
from genmark.restyle.hair.under import clear
from genmark.train.hair_pairs import Example, make_pair, make_transfer
from genmark.train.portraits import Portraits, person_of
from genmark.train.workers import make_each
from genmark.types import Bools

_MARGIN = 24
"""Pixels around what may change that are kept."""


@dataclass(frozen=True, eq=False)
class Bank:
    """Examples: first `pairs`, then `transfers`; of each uint8 (9, h, w): composite, photo, alpha, old, may."""

    sheets: Sequence[Tensor]
    pairs: int

    @property
    def transfers(self) -> int:
        return len(self.sheets) - self.pairs


def fill_bank(
    data: Portraits,
    donors: tuple[Donor, ...],
    pairs: int,
    transfers: int,
    seed: int,
    workers: int | None = None,
    clear: Clear = clear,
) -> Bank:
    """`pairs` and `transfers` of each portrait of a split, over what `clear` invents; those that cannot be made are
    left out.

    workers   processes; None: one per core, 0: this one
    """
    found: list[list[Tensor]] = []
    for many, kind in ((pairs, None), (transfers, donors)):
        jobs = _Examples(data, kind, many, seed, clear)
        found.append([sheet.clone() for sheet in make_each(jobs, len(jobs), workers) if len(sheet)])
    return Bank([*found[0], *found[1]], len(found[0]))


@dataclass(frozen=True, eq=False)
class _Examples(Dataset[Tensor]):
    data: Portraits
    donors: tuple[Donor, ...] | None
    many: int
    seed: int
    clear: Clear

    def __len__(self) -> int:
        return self.many * len(self.data)

    def _draw(self, rng: np.random.Generator) -> Donor:
        if not self.donors:
            raise ValueError("transfers need donors")
        return self.donors[int(rng.integers(len(self.donors)))]

    def __getitem__(self, place: int) -> Tensor:
        """A sheet, or an empty tensor where it cannot be made."""
        rng = np.random.default_rng([self.seed, place, self.donors is None])
        photo, regions = person_of(self.data, place % len(self.data))
        other = int(self.data.draw(1, torch.Generator().manual_seed(self.seed * 1_000_003 + place)))
        try:
            if self.donors is None:
                made = make_pair(photo, regions, person_of(self.data, other)[1], rng, self.clear)
            else:
                made = make_transfer(photo, regions, self._draw(rng), self.donors, self.clear)
        except SubjectError:
            return torch.empty(0)
        return torch.empty(0) if made is None or not made.may.any() else make_sheet(made)


def make_sheet(made: Example) -> Tensor:
    """An example as uint8 (9, h, w): composite, photo, alpha, old, may, cut to what may change and a margin."""
    box = _around(made.may)
    planes = [made.pixels, made.truth, *(np.rint(255 * part)[..., None] for part in (made.alpha, made.old, made.may))]
    stacked = np.concatenate([part[box] for part in planes], axis=2).astype(np.uint8)
    return torch.from_numpy(np.ascontiguousarray(stacked.transpose(2, 0, 1)))


def _around(may: Bools) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(may.any(axis=1)), np.flatnonzero(may.any(axis=0))
    return (
        slice(max(0, rows[0] - _MARGIN), int(rows[-1]) + _MARGIN),
        slice(max(0, columns[0] - _MARGIN), int(columns[-1]) + _MARGIN),
    )


def windows(bank: Bank, rows: Sequence[int], size: int, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """What the network reads (N, INPUTS, size, size) and the photo (N, 3, size, size) in [-1, 1], in windows at random,
    or, without a generator, around the middle; sheets that are smaller are continued at their borders."""
    cut = [_window(bank.sheets[row], size, generator) for row in rows]
    sheets = torch.stack(cut).float()
    pictures, planes = sheets[:, :6] / 127.5 - 1, sheets[:, 6:] / 255
    return torch.cat((pictures[:, :3], planes), 1), pictures[:, 3:]


def _window(sheet: Tensor, size: int, generator: torch.Generator | None) -> Tensor:
    places = []
    for length in sheet.shape[1:]:
        room = length - size
        middle = room // 2 if generator is None else int(torch.randint(max(room, 0) + 1, (1,), generator=generator))
        places.append(torch.arange(size).add(max(middle, 0)).clamp(max=length - 1))
    part = sheet[:, places[0]][:, :, places[1]]
    beyond = torch.ones(size, size, dtype=torch.bool)
    beyond[: min(size, sheet.shape[1]), : min(size, sheet.shape[2])] = False
    part[8][beyond] = 0  # what is continued is not to be mended
    return part
