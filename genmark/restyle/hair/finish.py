"""The last pass: a generator mends what moving hair breaks. It may change only what the composite changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.restyle.hair.finish_network import DIVISOR, FinishNetwork
from genmark.tensors import channels_last, load_weights, shipped_weights
from genmark.types import Bools, Floats, Pixels

LARGEST = 300.0
"""Face height in pixels up to which it works at the picture's own size; larger ones take its change enlarged, and so
keep the detail of their own hair. The network has seen faces of 80 to 290 px."""


class Finisher:
    """Composite -> photograph, with the shipped (or the given) weights."""

    def __init__(self, weights: Path | str | None = None) -> None:
        self.network = channels_last(FinishNetwork())
        self.weights = (load_weights(self.network, Path(weights or shipped_weights("hair-finish"))),)

    def __call__(self, pixels: Pixels, alpha: Floats, old: Floats, may: Bools, unit: float) -> Pixels:
        """uint8 (h, w, 3) of a composite `pixels`, changed only where `may` (h, w) allows.

        alpha  float32 (h, w): matte of the new hair
        old    float32 (h, w): how much of each place the under layer invented
        unit   pixels per face height
        """
        planes = torch.from_numpy(np.ascontiguousarray(stack_inputs(pixels, alpha, old, may).transpose(2, 0, 1)))[None]
        shrunk = min(1.0, LARGEST / unit)
        change = self._run(planes, shrunk)[0].permute(1, 2, 0).numpy()
        mended = pixels + 127.5 * change * may[..., None]
        return np.asarray(np.rint(np.clip(mended, 0.0, 255.0)), np.uint8)

    @torch.inference_mode()
    def _run(self, planes: Tensor, shrunk: float) -> Tensor:
        size = planes.shape[-2:]
        if shrunk < 1.0:
            fewer = [max(DIVISOR, round(n * shrunk)) for n in size]
            planes = F.interpolate(planes, size=fewer, mode="bilinear", align_corners=False, antialias=True)
        high, wide = planes.shape[-2:]
        padded = F.pad(planes, (0, -wide % DIVISOR, 0, -high % DIVISOR), mode="replicate")
        with torch.autocast("cpu", torch.bfloat16):
            change = self.network(padded.contiguous(memory_format=torch.channels_last))
        change = change.float()[..., :high, :wide]
        return F.interpolate(change, size=size, mode="bilinear", align_corners=False) if shrunk < 1.0 else change


def stack_inputs(pixels: Pixels, alpha: Floats, old: Floats, may: Bools) -> Floats:
    """What the network reads, float32 (h, w, INPUTS): the picture in [-1, 1], then three planes in [0, 1]."""
    return np.dstack([pixels / np.float32(127.5) - 1, alpha, old, may]).astype(np.float32)
