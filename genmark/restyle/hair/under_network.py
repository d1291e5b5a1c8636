"""The under layer, learned: a network that has seen what lies behind other people's hair mends the classical fill."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from genmark.canvas import crop_slices
from genmark.errors import SubjectError
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.finish_network import Residual
from genmark.restyle.hair.under import Under, clear
from genmark.restyle.hair.under_view import PLANES, planes_of, put_back, view_of
from genmark.tensors import channels_last, load_weights, quick_precision, shipped_weights
from genmark.types import Photo, Regions

_WIDTHS = (32, 64, 112, 160)
"""Channels at half, quarter, eighth and sixteenth of the view's resolution."""


class Wide(nn.Module):
    """Gated, dilated 3x3 convolutions beside a short cut: what is far away is passed on where the gate lets it
    (gated convolutions: Yu et al. 2019, "Free-Form Image Inpainting with Gated Convolution")."""

    def __init__(self, width: int, apart: int) -> None:
        super().__init__()
        self.both = nn.Conv2d(width, 2 * width, 3, padding=apart, dilation=apart)
        nn.init.kaiming_normal_(self.both.weight)

    def forward(self, maps: Tensor) -> Tensor:
        value, gate = self.both(torch.relu(maps)).chunk(2, dim=1)
        out: Tensor = maps + 0.3 * value * torch.sigmoid(gate)
        return out


class UnderNetwork(nn.Module):
    """A U-Net (Ronneberger et al. 2015) with a far-sighted middle, fully convolutional.

    Reads (N, PLANES, H, W) as `under_view.planes_of` stacks them, in [0, 1]; H and W multiples of 16. Returns the
    change to the classical fill, (N, 3, H, W) in units of the pictures' [0, 1], to be added where it is invented; a
    fresh network changes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * PLANES, _WIDTHS[0], 3, padding=1))
        pairs = list(pairwise(_WIDTHS))
        self.read = nn.ModuleList(Residual(width) for width in _WIDTHS[:-1])
        self.middle = nn.Sequential(*(Wide(_WIDTHS[-1], apart) for apart in (1, 2, 4, 1, 2, 4)))
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(coarse, fine, 2, stride=2) for fine, coarse in pairs)
        self.write = nn.ModuleList(nn.Sequential(Wide(width, 1), Residual(width)) for width in _WIDTHS[:-1])
        self.leave = nn.Sequential(nn.Conv2d(_WIDTHS[0], 12, 3, padding=1), nn.PixelShuffle(2))
        for part in (self.enter[1], *self.down, *self.up):  # signals keep their size; torch's own start halves them
            nn.init.kaiming_normal_(part.weight, nonlinearity="linear")
        last = self.leave[0]
        nn.init.zeros_(last.weight)  # type: ignore[arg-type]
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, planes: Tensor) -> Tensor:
        maps, passed = self.enter(planes * 2 - 1), []
        for place, read in enumerate(self.read):
            maps = read(maps)
            passed.append(maps)
            maps = self.down[place](maps)
        maps = self.middle(maps)
        for place in reversed(range(len(self.up))):
            maps = self.write[place](self.up[place](maps) + passed[place])
        change: Tensor = 0.2 * self.leave(maps)
        return change


class Clearer:
    """Portrait -> the person without that hair, with the shipped (or the given) weights: see `clear`."""

    def __init__(self, weights: Path | str | None = None) -> None:
        self.network = channels_last(UnderNetwork())
        self.weights = (load_weights(self.network, Path(weights or shipped_weights("hair-under"))),)

    def __call__(self, photo: Photo, regions: Regions) -> Under:
        """As `clear`, mended. Raises SubjectError "no_face"."""
        return self.mend(photo, regions, clear(photo, regions))

    def mend(self, photo: Photo, regions: Regions, under: Under) -> Under:
        """An under layer with the network's change: large shapes are the network's, grain stays the classical fill's.

        Pixels outside `under.hidden` stay bit for bit.
        """
        if regions.face is None:
            raise SubjectError(f"{photo.name} has no face to find the skull by", "no_face")
        frame = head_frame(regions.face.landmarks)
        box = crop_slices(under.hidden)
        if box[0].stop == 0:
            return under
        change = self._run(planes_of(under, view_of(frame, photo.size)))
        part = 255 * put_back(change, frame, box) * under.share[box][..., None]
        pixels = under.pixels.copy()
        pixels[box] = np.rint(np.clip(pixels[box] + part, 0, 255)).astype(np.uint8)
        return replace(under, pixels=pixels)

    @torch.inference_mode()
    def _run(
        self, planes: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        batch = torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None]
        with quick_precision():
            change = self.network(batch.contiguous(memory_format=torch.channels_last))
        return np.asarray(change[0].float().permute(1, 2, 0).numpy())
