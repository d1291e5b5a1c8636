"""The two networks that read a portrait: one finds faces in a whole photo, one parses the head it is pointed at."""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.perceive import landmarks
from genmark.tensors import import_timm

PALETTE = ("background", "skin", "hair", "clothes", "brows", "eyes", "mouth", "hat")

_BLOCKS = (1, 2, 3, 5, 7)  # timm builds all seven block groups; these many end at strides 2, 4, 8, 16, 32


def encoder(stages: int) -> nn.Module:
    """EfficientNet-Lite0 (Tan & Le 2019, the ReLU6 mobile variant) as timm builds it, without weights.

    Yields `stages` feature maps at strides 2, 4, 8, 16, 32 with 16, 24, 40, 112, 320 channels; stages that are not
    asked for are not built.
    """
    timm = import_timm()
    network: nn.Module = timm.create_model(
        "tf_efficientnet_lite0", pretrained=False, features_only=True, out_indices=tuple(range(stages))
    )
    network.blocks = cast(nn.Sequential, network.blocks)[: _BLOCKS[stages - 1]]
    return network


def smooth(channels: int, out: int) -> list[nn.Module]:
    """A 3x3 convolution, batch-normalised and rectified."""
    return [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]


class Mix(nn.Module):
    """Bring a coarse map up to a finer one, add the finer one's own channels, blend with `depth` 3x3 convolutions."""

    def __init__(self, coarse: int, fine: int, out: int, depth: int = 1) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(coarse, out, 1, bias=False)
        self.fine = nn.Conv2d(fine, out, 1, bias=False)
        self.blend = nn.Sequential(
            nn.BatchNorm2d(out), nn.ReLU(), *(layer for _ in range(depth) for layer in smooth(out, out))
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        up = F.interpolate(self.coarse(coarse), size=fine.shape[-2:], mode="bilinear", align_corners=False)
        out: Tensor = self.blend(up + self.fine(fine))
        return out


class Parsed(NamedTuple):
    """What `HeadParser` says of a batch of head crops (N, 3, S, S).

    regions    logits (N, 8, S/2, S/2) in the order of `PALETTE`
    hair       logit of the soft hair matte (N, 1, S/2, S/2)
    points     (N, COUNT, 2) x, y of the landmarks, as shares of the crop (0 left or top edge, 1 right or bottom edge)
    """

    regions: Tensor
    hair: Tensor
    points: Tensor


class HeadParser(nn.Module):
    """Regions, hair matte and landmarks of one head, from a crop around it.

    A U-Net (Ronneberger et al. 2015) on EfficientNet-Lite0; landmarks are the centres of mass of heat maps
    (integral regression, Sun et al. 2018), so they need no quantisation and few parameters.
    """

    pose: Tensor
    mend: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.encoder = encoder(5)
        self.up16 = Mix(320, 112, 128, depth=2)
        self.up8 = Mix(128, 40, 96, depth=2)
        self.up4 = Mix(96, 24, 64, depth=2)
        self.up2 = Mix(64, 16, 32)
        self.heat = nn.Sequential(*smooth(96, 192), nn.Conv2d(192, landmarks.COUNT, 1))
        self.regions = nn.Conv2d(32, len(PALETTE), 1)
        self.hair = nn.Conv2d(32, 1, 1)
        # how yaw and pitch follow from landmarks (`pose.fit_pose`); travels with the network that finds them
        self.register_buffer("pose", torch.zeros(2 * landmarks.COUNT + 1, 2))
        # what it gets wrong about faces each time (`mend.fit_mend`)
        self.register_buffer("mend", torch.zeros(2 * landmarks.COUNT + 2, 2 * landmarks.COUNT))

    def forward(self, crops: Tensor) -> Parsed:
        s2, s4, s8, s16, s32 = self.encoder(crops)
        eighth = self.up8(self.up16(s32, s16), s8)
        half = self.up2(self.up4(eighth, s4), s2)
        return Parsed(self.regions(half), self.hair(half), centres_of_mass(self.heat(eighth)))


def centres_of_mass(heat: Tensor) -> Tensor:
    """Soft-argmax of heat maps (N, K, H, W): the mean place (N, K, 2) under their softmax, as shares of the map."""
    height, width = heat.shape[-2:]
    share = heat.float().flatten(2).softmax(dim=2).view(*heat.shape)
    xs = (torch.arange(width, device=heat.device) + 0.5) / width
    ys = (torch.arange(height, device=heat.device) + 0.5) / height
    return torch.stack(((share.sum(2) * xs).sum(2), (share.sum(3) * ys).sum(2)), dim=2)


class FaceFinder(nn.Module):
    """Where faces are, from a whole photo (N, 3, H, W), sides a multiple of 32, faces from about 14 px up.

    Objects as points (CenterNet, Zhou et al. 2019) on the first four stages of EfficientNet-Lite0. Returns
    (N, 5, H/8, W/8): the logit of a face's centre in this cell; the centre's place within the cell (x, y, shares of a
    cell, to be added to its left or top edge); log of width and height over 32 px.
    """

    STRIDE = 8
    UNIT = 32.0

    def __init__(self) -> None:
        super().__init__()
        self.encoder = encoder(4)
        self.up8 = Mix(112, 40, 64)
        self.context = nn.Sequential(
            nn.Conv2d(64, 64, 3, padding=2, dilation=2, bias=False), nn.BatchNorm2d(64), nn.ReLU()
        )
        self.head = nn.Conv2d(64, 5, 1)
        nn.init.constant_(
            cast(Tensor, self.head.bias)[:1], -4.0
        )  # faces are rare: start near p = 0.02 (Lin et al. 2017)

    def forward(self, photos: Tensor) -> Tensor:
        _, _, s8, s16 = self.encoder(photos)
        out: Tensor = self.head(self.context(self.up8(s16, s8)))
        return out
