"""A network that has only seen ImageNet, as a measure: features of pictures, and how far apart two look to it.

It lives with training because its weights come with the `train` extra; nothing that ships needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.perceive.networks import encoder
from genmark.tensors import channels_last, import_timm, scale
from genmark.train.checkpoint import load_imagenet
from genmark.types import Floats, Pixels

SIDE = 224
"""Side of the pictures that the network was made for; others are taken as they come."""
_BATCH = 16


class ImageNetJudge:
    """EfficientNet-Lite0 (Tan & Le 2019) with ImageNet's weights. Raises ConfigError where these are not installed."""

    def __init__(self) -> None:
        whole = import_timm().create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
        self._stages = encoder(5)
        for network in (whole, self._stages):
            load_imagenet(network)
            network.eval().requires_grad_(False)
        self._whole = channels_last(whole)

    @torch.inference_mode()
    def describe(self, pictures: Sequence[Pixels]) -> Floats:
        """Pooled features (N, 1280) of uint8 pictures (S, S, 3), all of one size."""
        found = [self._whole(batch).numpy() for batch in _batches(pictures)]
        return np.concatenate(found).astype(np.float32)

    @torch.inference_mode()
    def compare(self, ones: Sequence[Pixels], others: Sequence[Pixels]) -> Floats:
        """How different pairs of pictures look, float32 (N,); 0 for the same picture.

        As LPIPS without its learnt weights (Zhang et al. 2018, arXiv:1801.03924, eq. 1): squared distances between
        features of unit length, averaged over places, summed over five stages.
        """
        pairs = zip(_batches(ones), _batches(others), strict=True)
        return np.concatenate([self._distance(one, other) for one, other in pairs]).astype(np.float32)

    def _distance(self, one: Tensor, other: Tensor) -> Floats:
        stages = zip(self._stages(one), self._stages(other), strict=True)
        apart = [(_unit(a) - _unit(b)).square().sum(1).mean((1, 2)) for a, b in stages]
        total: Floats = torch.stack(apart).sum(0).numpy()
        return total


def _unit(features: Tensor) -> Tensor:
    return F.normalize(features, dim=1, eps=1e-6)


def _batches(pictures: Sequence[Pixels]) -> Iterator[Tensor]:
    for start in range(0, len(pictures), _BATCH):
        stack = np.stack(pictures[start : start + _BATCH])
        yield scale(torch.from_numpy(stack).permute(0, 3, 1, 2).float() / 255.0)
