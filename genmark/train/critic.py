"""What tells a made picture from a photograph: small heads on frozen features, and one that looks at pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils.parametrizations import spectral_norm

from genmark.perceive.networks import encoder
from genmark.train.checkpoint import load_imagenet

_CHANNELS = (24, 40, 112, 320)
"""Channels of EfficientNet-Lite0 at strides 4, 8, 16, 32."""
_MIXED = 64


class Eyes(nn.Module):
    """ImageNet's EfficientNet-Lite0, frozen: pictures (N, 3, S, S) in [-1, 1] -> the pictures themselves, and maps at
    strides 4, 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = encoder(5)
        load_imagenet(self.encoder)
        self.encoder.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> Eyes:
        """Frozen: its batch statistics stay ImageNet's."""
        return self

    def forward(self, pictures: Tensor) -> list[Tensor]:
        maps = self.encoder(pictures.contiguous(memory_format=torch.channels_last))
        return [pictures, *maps[1:]]


def feature_distance(made: Sequence[Tensor], real: Sequence[Tensor], paired: Tensor) -> Tensor:
    """Perceptual distance of what `Eyes` saw, a scalar: squared differences of features that are normalised at each
    place (Zhang et al. 2018), summed over the maps; means over the pictures with `paired` (N,) 1."""
    apart = [
        (F.normalize(mine.float(), dim=1) - F.normalize(theirs.float(), dim=1)).square().sum(1).mean((1, 2))
        for mine, theirs in zip(made[1:], real[1:], strict=True)
    ]
    total: Tensor = (torch.stack(apart).sum(0) * paired).sum() / paired.sum().clamp_min(1.0)
    return total


class Critic(nn.Module):
    """A projected discriminator (Sauer et al. 2021, arXiv:2111.01007): heads on frozen features, each mixed at random;
    and a patch head on pixels (Isola et al. 2017), because grain and edges are gone from features.

    Reads what `Eyes` saw; returns one map of logits a head, (N, 1, h, w).
    """

    def __init__(self) -> None:
        super().__init__()
        self.mixers = nn.ModuleList(nn.Conv2d(n, _MIXED, 1, bias=False).requires_grad_(False) for n in _CHANNELS)
        for mixer in self.mixers:
            nn.init.kaiming_normal_(mixer.weight)  # type: ignore[arg-type]
        self.heads = nn.ModuleList(nn.Sequential(_layer(_MIXED, 64, 1), _last(64)) for _ in _CHANNELS)
        self.pixels = nn.Sequential(_layer(3, 32, 2), _layer(32, 64, 2), _layer(64, 64, 2), _last(64))

    def forward(self, seen: Sequence[Tensor]) -> list[Tensor]:
        pictures, *maps = seen
        mixed = [mixer(part) for mixer, part in zip(self.mixers, maps, strict=True)]
        return [self.pixels(pictures), *(head(part) for head, part in zip(self.heads, mixed, strict=True))]


def _layer(entering: int, leaving: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(entering, leaving, 4 if stride == 2 else 3, stride, padding=1)
    return nn.Sequential(spectral_norm(convolution), nn.LeakyReLU(0.2))


def _last(entering: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(entering, 1, 3, padding=1))


class Verdict(NamedTuple):
    """The critic's hinge loss (Lim & Ye 2017), and by how much it rates photographs higher than made pictures."""

    loss: Tensor
    margin: Tensor


def judge(real: Sequence[Tensor], made: Sequence[Tensor], where: Tensor) -> Verdict:
    """Compare the critic's maps of photographs and of made pictures, where (N, 1, S, S) says."""
    losses, margins = [], []
    for on_real, on_made in zip(real, made, strict=True):
        losses.append(_mean(F.relu(1 - on_real) + F.relu(1 + on_made), where))
        margins.append(_mean(on_real - on_made, where).detach())
    return Verdict(torch.stack(losses).mean(), torch.stack(margins).mean())


def please(made: Sequence[Tensor], where: Tensor) -> Tensor:
    """What a generator wants small: minus the critic's opinion of what it made, where (N, 1, S, S) says."""
    return -torch.stack([_mean(opinion, where) for opinion in made]).mean()


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """Mean of a map (N, 1, h, w), weighted by a plane (N, 1, S, S) shrunk to its size."""
    high, wide = values.shape[-2:]
    weight = F.adaptive_avg_pool2d(where.float(), (high, wide))
    return (values.float() * weight).sum() / weight.sum().clamp_min(1e-3)
