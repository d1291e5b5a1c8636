"""Picture files -> what a backbone sees: decoded by the one photo door, scaled in one step, uint8 until the device."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from genmark import files, photos
from genmark.brand.backbones import Backbone
from genmark.types import Pixels

Cut = Literal["whole", "centre"]
"""How a picture becomes a square: all of it, whatever its shape, or as a backbone's makers test it, its centre."""

_RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True)
class View:
    """How a picture file becomes the square that a backbone sees.

    size           pixels a side
    cut            "whole": the whole picture, its sides scaled apart, because a look reaches to the edges of a post;
                   "centre": a centred square of `crop` times the shorter side, as timm evaluates
    interpolation  "bilinear" or "bicubic" (anything else that timm names is taken as bicubic)
    """

    size: int
    cut: Cut = "whole"
    crop: float = 1.0
    interpolation: str = "bicubic"

    @property
    def key(self) -> str:
        """The view in words, the same for the same pixels."""
        crop = f"{self.crop:g}" if self.cut == "centre" else ""
        return f"{self.size}px-{self.cut}{crop}-{self.interpolation}"


def view_of(backbone: Backbone, cut: Cut = "whole") -> View:
    """The view that a backbone was trained with, as far as `cut` lets it."""
    return View(backbone.size, cut, backbone.crop, backbone.interpolation)


def load_picture(path: str | os.PathLike[str], view: View) -> Pixels:
    """Read a picture file as uint8 sRGB (size, size, 3); raises PhotoError as `photos.read` does."""
    return fit_picture(files.read_bytes(path), Path(path).name, view)


def hash_file(data: bytes) -> str:
    """SHA-256 of a file's bytes, by which its features are kept."""
    return hashlib.sha256(data).hexdigest()


def fit_picture(data: bytes, name: str, view: View) -> Pixels:
    """The bytes of a picture file -> uint8 sRGB (size, size, 3).

    A JPEG is decoded no larger than twice what is needed, then scaled once, with antialiasing.
    """
    hint = round(view.size / view.crop) if view.cut == "centre" else view.size
    photo = photos.read_bytes(data, name, size_hint=(hint, hint))
    return shrink(photo.pixels, view)


def shrink(pixels: Pixels, view: View) -> Pixels:
    """Any picture uint8 (H, W, 3) -> uint8 (size, size, 3), in one antialiased step."""
    height, width = pixels.shape[:2]
    box = (0.0, 0.0, float(width), float(height))
    if view.cut == "centre":
        side = min(width, height) * view.size / int(view.size / view.crop)  # timm scales to whole pixels, then cuts
        box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
    way = _RESAMPLING.get(view.interpolation, Image.Resampling.BICUBIC)
    return np.asarray(Image.fromarray(pixels).resize((view.size, view.size), way, box))


def stack(pictures: Iterable[Pixels]) -> Tensor:
    """Squares uint8 (S, S, 3) -> one batch uint8 (N, 3, S, S), laid out channels last."""
    return torch.tensor(np.stack(list(pictures))).permute(0, 3, 1, 2)


def normalise(batch: Tensor, backbone: Backbone) -> Tensor:
    """A batch uint8 (N, 3, S, S) -> float32, (x / 255 - mean) / std as the backbone was trained, on the same device."""
    mean, std = (torch.tensor(values, device=batch.device).view(1, 3, 1, 1) for values in (backbone.mean, backbone.std))
    return batch.float().div_(255).sub_(mean).div_(std)
