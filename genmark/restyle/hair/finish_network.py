"""The generator that turns a composite of moved hair into a photograph."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

INPUTS = 6
"""Channels that it reads: the composite (3), the new hair's alpha, the old hair's area, where it may change."""
_WIDTHS = (24, 48, 96, 160)
"""Channels at half, quarter, eighth and sixteenth of the picture's resolution."""
DIVISOR = 16
"""Sides of what it reads must be a multiple of this."""


class Residual(nn.Module):
    """Two 3x3 convolutions beside a short cut, without normalisation (EDSR, Lim et al. 2017): sharpness is kept."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.normal_(self.second.weight, std=0.01)

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = maps + self.second(torch.relu(self.first(maps)))
        return out


class FinishNetwork(nn.Module):
    """A U-Net (Ronneberger et al. 2015) of residual blocks on sub-pixels (Shi et al. 2016), fully convolutional.

    Reads (N, INPUTS, H, W): pictures in [-1, 1], planes in [0, 1]; H and W multiples of `DIVISOR`. Returns the
    change to the composite (N, 3, H, W), to be added where it may change; a fresh network changes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * INPUTS, _WIDTHS[0], 3, padding=1))
        pairs = list(pairwise(_WIDTHS))
        self.read = nn.ModuleList(nn.Sequential(Residual(w), Residual(w)) for w in _WIDTHS)
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, stride=2) for fine, coarse in pairs)
        self.write = nn.ModuleList(nn.Sequential(Residual(w), Residual(w)) for w in _WIDTHS[:-1])
        self.leave = nn.Sequential(nn.Conv2d(_WIDTHS[0], 12, 3, padding=1), nn.PixelShuffle(2))
        last = self.leave[0]
        nn.init.zeros_(last.weight)  # type: ignore[arg-type]
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, composite: Tensor) -> Tensor:
        maps, passed = self.enter(composite), []
        for place, read in enumerate(self.read):
            maps = read(maps)
            if place < len(self.down):
                passed.append(maps)
                maps = self.down[place](maps)
        for place in reversed(range(len(self.up))):
            maps = self.write[place](self.up[place](maps) + passed[place])
        change: Tensor = self.leave(maps)
        return change
