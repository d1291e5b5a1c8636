"""Posts as a network learns from them: decoded when asked for, cropped and mirrored, their colours untouched."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.brand.backbones import Backbone
from genmark.brand.pictures import load_picture, normalise, stack, view_of
from genmark.types import Pixels

LEAST = 0.7
"""The least share of a picture's sides that a random crop keeps."""

_HELD = 512 << 20
"""Bytes of decoded pictures that are kept: those that come first stay, the others are decoded again each epoch."""


class PostPictures:
    """Labelled picture files for `genmark.train.brand_tuning`.

    labels  int64 (N,) class numbers, or float32 (N, K)
    """

    def __init__(self, paths: Sequence[Path], labels: Tensor, backbone: Backbone) -> None:
        self.labels = labels
        self._paths, self._backbone, self._view = tuple(paths), backbone, view_of(backbone)
        self._known: dict[int, Pixels] = {}

    def cut(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        """Normalised pictures float32 (n, 3, S, S); with a generator, each a random crop, mirrored half the time."""
        with ThreadPoolExecutor(2) as pool:
            squares = stack(pool.map(self._square, rows.tolist()))
        whole = normalise(squares, self._backbone)
        return whole if generator is None else torch.cat([crop(one, generator) for one in whole[:, None]])

    def _square(self, row: int) -> Pixels:
        found = self._known.get(row)
        if found is None:
            found = load_picture(self._paths[row], self._view)
            if len(self._known) * found.nbytes < _HELD:
                self._known[row] = found
        return found


def crop(picture: Tensor, generator: torch.Generator) -> Tensor:
    """A random part of a picture (1, 3, S, S) at its size again, its sides in proportion, mirrored half the time."""
    side = picture.shape[-1]
    part = round(side * (LEAST + (1.0 - LEAST) * float(torch.rand((), generator=generator))))
    top, left = (int(torch.randint(side - part + 1, (), generator=generator)) for _ in range(2))
    inside = picture[..., top : top + part, left : left + part]
    sized = F.interpolate(inside, (side, side), mode="bilinear", align_corners=False, antialias=True)
    return sized.flip(-1) if torch.rand((), generator=generator) < 0.5 else sized
