"""How many faces look out of photos, many photos at once and coarsely: enough for a caption, not for an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from genmark.perceive.finder import decode
from genmark.perceive.networks import FaceFinder
from genmark.tensors import channels_last, load_weights, scale, shipped_weights
from genmark.types import Photo, Pixels

SIDE = 256
SURE = 0.5
"""Least confidence of a face. Of rooms and clothes without people the most face-like reached 0.48 at a finer scale."""


@dataclass(frozen=True)
class People:
    """Faces in a photo: how sure the finder is of each, in [0, 1], and its height as a share of the photo's longest
    side, largest first."""

    confidences: tuple[float, ...] = ()
    heights: tuple[float, ...] = ()


class PeopleCounter:
    """Photos to `People`, each looked at once, at 256 pixels. Faces of at least a twentieth of the photo."""

    def __init__(self, weights: Path | None = None, batch: int = 4) -> None:
        self.network = channels_last(FaceFinder())
        self.weights = load_weights(self.network, weights or shipped_weights("face-finder"))
        self.batch = batch

    def __call__(self, photos: Sequence[Photo]) -> list[People]:
        """The people of each photo."""
        sheets = [_sheet(photo.pixels) for photo in photos]
        starts = range(0, len(sheets), self.batch)
        return [people for first in starts for people in self._look(sheets[first : first + self.batch])]

    @torch.inference_mode()
    def _look(self, sheets: Sequence[Pixels]) -> list[People]:
        batch = torch.from_numpy(np.stack(sheets)).permute(0, 3, 1, 2).float().div_(255.0)
        return [_people(boxes.tolist()) for boxes in decode(self.network(scale(batch)), SURE)]


def _people(rows: list[list[float]]) -> People:
    """Rows of left, top, right, bottom and confidence in the sheet's pixels -> people."""
    rows = sorted(rows, key=lambda row: row[1] - row[3])
    return People(tuple(min(row[4], 1.0) for row in rows), tuple(min((row[3] - row[1]) / SIDE, 1.0) for row in rows))


def _sheet(pixels: Pixels) -> Pixels:
    """The whole picture in the top left of a grey square."""
    height, width = pixels.shape[:2]
    ratio = SIDE / max(height, width)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    sheet = np.full((SIDE, SIDE, 3), 128, np.uint8)
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    sheet[: size[1], : size[0]] = np.asarray(small)
    return sheet
