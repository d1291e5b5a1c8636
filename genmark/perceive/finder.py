"""Where the faces are in a whole photo, however large the photo and small the face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.perceive.networks import FaceFinder
from genmark.tensors import channels_last, load_weights, shipped_weights, to_tensor
from genmark.types import Box, Photo

LADDER = ((192, 0.35), (448, 0.6), (1024, 0.6), (2048, 0.6))
"""Longest side at which a photo is searched, and the least confidence that is believed there, coarsest first: each
rung finds smaller faces than the one before. A finer rung sees more places that could be mistaken for a face: of 50
rooms and clothes without people, the most face-like reached 0.28, 0.48 and 0.62 at the first three rungs."""


def decode(found: Tensor, threshold: float) -> list[Tensor]:
    """The boxes of each picture in `FaceFinder`'s output (N, 5, H, W): rows of left, top, right, bottom in the
    network's pixels and confidence, best first, those above `threshold`, overlapping ones dropped."""
    p = found[:, 0].float().sigmoid()
    peak = p * (F.max_pool2d(p[:, None], 3, 1, 1)[:, 0] == p)
    return [_boxes(peak[k], found[k, 1:].float(), threshold) for k in range(len(found))]


def _boxes(peak: Tensor, rest: Tensor, threshold: float) -> Tensor:
    rows, columns = (peak > threshold).nonzero(as_tuple=True)
    confidence = peak[rows, columns]
    dx, dy, width, height = rest[:, rows, columns]
    cx, cy = (columns + dx) * FaceFinder.STRIDE, (rows + dy) * FaceFinder.STRIDE
    width, height = (FaceFinder.UNIT * side.clamp(-3, 4).exp() for side in (width, height))
    boxes = torch.stack((cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2, confidence), 1)
    return suppress(boxes[confidence.argsort(descending=True)])


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union (A, B) of boxes (A, 4) and (B, 4)."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:4], b[None, :, 2:4])
    both = (high - low).clamp_min(0).prod(2)
    area_a, area_b = ((x[:, 2:4] - x[:, :2]).prod(1) for x in (a, b))
    return both / (area_a[:, None] + area_b[None] - both).clamp_min(1e-6)


def suppress(boxes: Tensor, limit: float = 0.4) -> Tensor:
    """Drop rows (N, 5), sorted best first, that overlap a better one by more than `limit`."""
    kept: list[int] = []
    shared = overlap(boxes, boxes)
    for k in range(len(boxes)):
        if all(float(shared[k, j]) <= limit for j in kept):
            kept.append(k)
    return boxes[kept]


class Finder:
    """Finds faces with the shipped (or the given) weights. Faces from 64 px height up in photos to 64 megapixels."""

    def __init__(self, weights: Path | None = None) -> None:
        self.network = channels_last(FaceFinder())
        self.weights = load_weights(self.network, weights or shipped_weights("face-finder"))

    def __call__(self, photo: Photo, wanted: int = 1) -> list[tuple[Box, float]]:
        """Boxes around the landmarks of faces, in pixels of the photo, with confidence in [0, 1], largest first.

        Looks more closely, at a finer scale, until at least `wanted` faces are found or the photo's own size is
        reached.
        """
        found = torch.zeros(0, 5)
        for side, threshold in _rungs(photo.size):
            new = self._search(photo, side, threshold)
            merged = torch.cat((found, new))
            found = suppress(merged[merged[:, 4].argsort(descending=True)])
            if len(found) >= wanted:
                break
        by_size = found[(found[:, 3] - found[:, 1]).argsort(descending=True)].tolist()
        return [(Box(*row[:4]), row[4]) for row in by_size]

    @torch.inference_mode()
    def _search(self, photo: Photo, side: int, threshold: float) -> Tensor:
        pixels, ratio = shrink(photo.pixels, side)
        batch = to_tensor(pixels)
        height, width = pixels.shape[:2]
        padded = F.pad(batch, (0, -width % 32, 0, -height % 32))
        boxes = decode(self.network(padded), threshold)[0]
        return torch.cat((boxes[:, :4] / ratio, boxes[:, 4:]), 1)


def _rungs(size: tuple[int, int]) -> list[tuple[int, float]]:
    """The rungs of the ladder up to a little over the photo's own longest side."""
    return [LADDER[0], *(rung for rung in LADDER[1:] if rung[0] < 1.6 * max(size))]


def shrink(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], side: int
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.uint8]], float]:
    """Resize so that the longest side is `side`; return the pixels and the ratio new / old."""
    height, width = pixels.shape[:2]
    ratio = side / max(height, width)
    new = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    picture = Image.fromarray(pixels).resize(new, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(picture), ratio
