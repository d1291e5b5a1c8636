"""Other people's hair shapes laid over a portrait: what they hide is known, so a network can learn to invent it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from genmark.canvas import bilinear, gaussian_blur
from genmark.perceive.pose import HeadFrame, head_frame
from genmark.restyle.hair.under import clear
from genmark.restyle.hair.under_view import PLANES, SIDE, planes_of, view_of
from genmark.train.harm import Rng, random_strokes
from genmark.train.portraits import Portraits, person_of
from genmark.train.workers import make_each
from genmark.types import Floats, Matte, Photo, Regions


@dataclass(frozen=True, eq=False)
class Hidden:
    """N portraits with more hidden than their own hair, on the under layer's view.

    planes  uint8 (N, PLANES, SIDE, SIDE): the classical fill and what goes with it, 255 is 1
    truth   uint8 (N, 3, SIDE, SIDE): the photo
    known   uint8 (N, 1, SIDE, SIDE), 255 where hidden and the photo shows it: not the person's own hair
    """

    planes: Tensor
    truth: Tensor
    known: Tensor

    def __len__(self) -> int:
        return len(self.planes)


def borrow(alpha: Floats, onto: HeadFrame, frm: HeadFrame, shape: tuple[int, int], mirrored: bool) -> Floats:
    """A matte (h, w) of the head `frm` on the head `onto` in a photo of `shape`, float32 of that shape."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    here = onto.to_head(np.stack([columns.ravel(), rows.ravel()], axis=1))
    if mirrored:
        here = here * np.array([-1.0, 1.0], np.float32)
    there = frm.to_pixels(here).reshape(*shape, 2)
    inside = np.all((there >= 0) & (there <= np.array(alpha.shape[::-1]) - 1), axis=-1)
    return np.asarray(bilinear(alpha[..., None], there[..., 0], there[..., 1])[..., 0] * inside, np.float32)


def hide(photo: Photo, regions: Regions, other: Regions, rng: Rng) -> Regions:
    """Regions whose hair is also where `other`'s would be, and in a few strokes, all of it spread at random so that
    its rim does not tell what the hair was; eyes, nose and mouth stay."""
    face, theirs = regions.face, other.face
    if face is None or theirs is None:
        raise ValueError(f"{photo.name}: both portraits need a face to be aligned by")
    frame, shape = head_frame(face.landmarks), (photo.pixels.shape[0], photo.pixels.shape[1])
    alpha = regions.mattes["hair"].alpha
    more = borrow(other.mattes["hair"].alpha, frame, head_frame(theirs.landmarks), shape, bool(rng.random() < 0.5))
    if rng.random() < 0.5:
        more = np.maximum(more, random_strokes(shape, frame.unit, rng))
    more = np.where(_features(regions, frame.unit), 0.0, more)
    spread = rng.uniform(0.0, 0.05) * frame.unit
    whole = np.maximum(alpha, more)
    if rng.random() < 0.7:
        whole = np.maximum(whole, np.clip(3.0 * gaussian_blur(whole, spread) - 0.3, 0.0, 1.0) * (whole < 0.5))
    return Regions(regions.index, regions.palette, {"hair": Matte(whole.astype(np.float32))}, regions.kind, 1.0, face)


def _features(regions: Regions, unit: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Eyes, nose and mouth, where no hair hangs, bool (H, W)."""
    names = [regions.palette.index(name) for name in ("eyes", "mouth") if name in regions.palette]
    soft = gaussian_blur(np.isin(regions.index, names).astype(np.float32), 0.05 * unit)
    return np.asarray(soft > 0.15)


def make_hidden(photo: Photo, regions: Regions, other: Regions, rng: Rng) -> tuple[Floats, Floats, Floats]:
    """One example: planes (SIDE, SIDE, PLANES), truth (SIDE, SIDE, 3), known (SIDE, SIDE, 1), float32 in [0, 1]."""
    under = clear(photo, hide(photo, regions, other, rng))
    frame = head_frame(regions.face.landmarks)  # type: ignore[union-attr]  # `hide` has looked
    view = view_of(frame, photo.size)
    planes = planes_of(under, view)
    own = gaussian_blur((regions.mattes["hair"].alpha > 0.02).astype(np.float32), 0.03 * frame.unit)
    both = view.cut(np.dstack([photo.pixels / np.float32(255), own])) * view.inside[..., None]
    known = (both[..., 3:] < 0.05) & view.inside[..., None] & (planes[..., 3:4] > 0.02)
    return planes, both[..., :3], known.astype(np.float32)


def prepare(data: Portraits, variants: int, seed: int, workers: int | None = None) -> Hidden:
    """`variants` examples of each portrait of a split, each with another person's hair; `workers` None: one
    per core."""
    count = len(data) * variants
    found = Hidden(
        torch.zeros((count, PLANES, SIDE, SIDE), dtype=torch.uint8),
        torch.zeros((count, 3, SIDE, SIDE), dtype=torch.uint8),
        torch.zeros((count, 1, SIDE, SIDE), dtype=torch.uint8),
    )
    for place, parts in enumerate(make_each(_Examples(data, count, seed), count, workers)):
        for plane, part in zip((found.planes, found.truth, found.known), parts, strict=True):
            plane[place] = part
    return found


@dataclass(frozen=True, eq=False)
class _Examples(Dataset[tuple[Tensor, ...]]):
    data: Portraits
    count: int
    seed: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> tuple[Tensor, ...]:
        """Example `place` as uint8 planes first: portrait `place` modulo their number, another one's hair on it."""
        rng = np.random.default_rng([self.seed, place])
        photo, regions = person_of(self.data, place % len(self.data))
        drawn = int(self.data.draw(1, torch.Generator().manual_seed(self.seed * 1_000_003 + place)))
        parts = make_hidden(photo, regions, person_of(self.data, drawn)[1], rng)
        planes = (np.rint(np.clip(part, 0, 1) * 255).astype(np.uint8).transpose(2, 0, 1) for part in parts)
        return tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in planes)
