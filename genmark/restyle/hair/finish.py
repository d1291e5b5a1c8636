"""The last pass: a generator mends what moving hair breaks. It may change only what the composite changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.canvas import crop_slices, seam_score
from genmark.edges import measure_edge
from genmark.restyle.hair.finish_network import DIVISOR, FinishNetwork
from genmark.restyle.hair.shape import Shaped
from genmark.restyle.hair.stage import Stage
from genmark.tensors import channels_last, load_weights, quick_precision, shipped_weights
from genmark.types import Bools, Floats, Photo, Pixels

LARGEST = 300.0
"""Face height in pixels up to which it works at the picture's own size; larger ones take its change enlarged, and so
keep the detail of their own hair. The network has seen faces of 80 to 290 px."""
_AROUND = 24
"""Pixels around what changed that it is shown."""
_FAINT = 0.01
"""Sharpness below which outlines are all alike."""
_SEAM = 0.05
"""Most that the border of the change may show more than before."""


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

    def mend(self, pixels: Pixels, alpha: Floats, old: Floats, may: Bools, unit: float) -> Pixels:
        """The same for a whole picture: only what may be changed and a margin is looked at."""
        box, mended = crop_slices(may, _AROUND), pixels.copy()
        mended[box] = self(pixels[box], alpha[box], old[box], may[box], unit)
        return mended

    @torch.inference_mode()
    def _run(self, planes: Tensor, shrunk: float) -> Tensor:
        size = planes.shape[-2:]
        if shrunk < 1.0:
            fewer = [max(DIVISOR, round(n * shrunk)) for n in size]
            planes = F.interpolate(planes, size=fewer, mode="bilinear", align_corners=False, antialias=True)
        high, wide = planes.shape[-2:]
        padded = F.pad(planes, (0, -wide % DIVISOR, 0, -high % DIVISOR), mode="replicate")
        with quick_precision():
            change = self.network(padded.contiguous(memory_format=torch.channels_last))
        change = change.float()[..., :high, :wide]
        return F.interpolate(change, size=size, mode="bilinear", align_corners=False) if shrunk < 1.0 else change


def finish(photo: Photo, made: Shaped, stage: Stage, finisher: Finisher, edge: float | None) -> Shaped:
    """The finished composite; the unfinished one where the finish does not improve it.

    edge   sharpness of the outline of the customer's own hair in the photo (`measure_edge`)
    """
    if not made.changed.inside.any():
        return made
    unit = stage.head.frame.unit
    pixels = finisher.mend(made.photo.pixels, made.matte.alpha, stage.under.share, made.changed.inside, unit)
    mended = Photo(pixels, made.photo.name)
    return replace(made, photo=mended) if improves(photo, made, mended, edge, unit) else made


def improves(photo: Photo, made: Shaped, mended: Photo, edge: float | None, unit: float) -> bool:
    """Whether the outline of the new hair is nearer to the photo's own in sharpness (`measure_edge`), or as near, and
    the border of the change shows no more (`seam_score`).

    Where there is no outline to compare with, the border alone decides.
    """
    before, after = (seam_score(photo, one, made.changed) for one in (made.photo, mended))
    if after < before - _SEAM:
        return False
    was, now = (measure_edge(one, made.matte.alpha, unit) for one in (made.photo, mended))
    if edge is None or was is None or now is None:
        return after >= before
    off = [abs(float(np.log(max(one, _FAINT) / max(edge, _FAINT)))) for one in (was, now)]
    return off[1] <= off[0]


def stack_inputs(pixels: Pixels, alpha: Floats, old: Floats, may: Bools) -> Floats:
    """What the network reads, float32 (h, w, INPUTS): the picture in [-1, 1], then three planes in [0, 1]."""
    return np.dstack([pixels / np.float32(127.5) - 1, alpha, old, may]).astype(np.float32)
