"""Turn clean, centred portraits into phone photos: framing, light, lens, compression, things in the way.

All functions take and return batches of float pictures in [0, 1], (N, 3, S, S), and draw from the generator they are
given, so that a run repeats exactly.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


@dataclass(frozen=True)
class Framing:
    """Where square crops lie on their canvases, one per picture: `centre` (N, 2) and `side` (N,) in canvas pixels,
    `turn` (N,) in radians clockwise, `flip` (N,) -1 where mirrored, else 1."""

    centre: Tensor
    side: Tensor
    turn: Tensor
    flip: Tensor

    def matrix(self) -> Tensor:
        """(N, 2, 2): canvas pixels per unit of the crop's own coordinates, which run from -1 to 1."""
        cos, sin = self.turn.cos(), self.turn.sin()
        turned = torch.stack((torch.stack((cos, -sin), 1), torch.stack((sin, cos), 1)), 1)
        turned[:, :, 0] *= self.flip[:, None]
        return turned * (self.side / 2)[:, None, None]


def cut(canvas: Tensor, framing: Framing, size: int, mode: str = "bilinear") -> Tensor:
    """Sample crops (N, C, size, size) from float canvases (N, C, H, W); outside the canvas is 0."""
    height, width = canvas.shape[-2:]
    scale = torch.tensor([2.0 / width, 2.0 / height])
    linear = framing.matrix() * scale[None, :, None]
    offset = (framing.centre + 0.5) * scale - 1.0
    grid = F.affine_grid(torch.cat((linear, offset[:, :, None]), 2), [len(canvas), 1, size, size], align_corners=False)
    return F.grid_sample(canvas, grid, mode=mode, padding_mode="zeros", align_corners=False)


def move_points(points: Tensor, framing: Framing) -> Tensor:
    """Canvas points (N, K, 2) as shares of the crop: 0 at its left or top edge, 1 at its right or bottom edge."""
    inverse = torch.linalg.inv(framing.matrix())
    return torch.einsum("nij,nkj->nki", inverse, points - framing.centre[:, None]) / 2 + 0.5


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(count,) floats, evenly spread over [low, high)."""
    return torch.rand(count, generator=generator) * (high - low) + low


def tilts(count: int, usual: float, generator: torch.Generator) -> Tensor:
    """(count,) angles in radians: mostly small, with a deviation of `usual` degrees; one in five up to 45 degrees."""
    small = torch.randn(count, generator=generator) * math.radians(usual)
    large = uniform(count, -math.radians(45), math.radians(45), generator)
    return torch.where(torch.rand(count, generator=generator) < 0.2, large, small)


def mirrors(count: int, generator: torch.Generator) -> Tensor:
    """(count,) -1 for every other picture, which is mirrored, 1 for the rest."""
    return torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)


def some(count: int, share: float, generator: torch.Generator) -> Tensor:
    """(count, 1, 1, 1) bool, each True with probability `share`."""
    return (torch.rand(count, generator=generator) < share).view(-1, 1, 1, 1)


def relight(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Exposure, contrast, gamma, white balance from candle to shade, saturation, and light from one side."""
    n, side = len(pictures), pictures.shape[-1]

    def draw(low: float, high: float) -> Tensor:
        return uniform(n, low, high, generator).view(-1, 1, 1, 1)

    out = pictures.clamp(1e-4, 1).pow(torch.where(some(n, 0.6, generator), draw(0.6, 1.7), torch.ones(n, 1, 1, 1)))
    warmth = torch.where(some(n, 0.5, generator), draw(-0.35, 0.35), torch.zeros(n, 1, 1, 1))
    tint = torch.where(some(n, 0.3, generator), draw(-0.12, 0.12), torch.zeros(n, 1, 1, 1))
    out = out * torch.cat((1 + warmth, 1 + tint, 1 - warmth), 1)
    ramp = torch.linspace(-1, 1, side)
    slope = draw(-0.45, 0.45) * ramp.view(1, 1, 1, -1) + draw(-0.45, 0.45) * ramp.view(1, 1, -1, 1)
    out = out * torch.where(some(n, 0.4, generator), (1 + slope).clamp(0.3, 1.8), torch.ones(1))
    luma = (out * LUMA).sum(1, keepdim=True)
    out = luma + (out - luma) * torch.where(some(n, 0.08, generator), torch.zeros(n, 1, 1, 1), draw(0.6, 1.4))
    return ((out - 0.5) * draw(0.7, 1.3) + 0.5 + draw(-0.12, 0.12)).clamp(0, 1)


def recolour(pictures: Tensor, mattes: Tensor, generator: torch.Generator) -> Tensor:
    """Give the hair of some pictures another colour: blond, grey, red or a fashion shade, keeping its strands.

    The pack's hair is mostly black and brown; salons' customers' is not. `mattes` (N, 1, S, S) in [0, 1].
    """
    n = len(pictures)
    luma = (pictures * LUMA).sum(1, keepdim=True)
    hair_luma = (luma * mattes).sum((2, 3), keepdim=True) / mattes.sum((2, 3), keepdim=True).clamp_min(1.0)
    level = uniform(n, 0.12, 0.8, generator).view(-1, 1, 1, 1)
    lifted = (level * (luma / hair_luma.clamp_min(0.04)).clamp(0, 2.2).pow(0.75)).clamp(0, 1)
    hue = torch.rand(n, 3, 1, 1, generator=generator)
    natural = torch.tensor([1.15, 0.98, 0.72]).view(1, 3, 1, 1) ** uniform(n, 0, 1.6, generator).view(-1, 1, 1, 1)
    tint = torch.where(some(n, 0.75, generator), natural, hue / (hue * LUMA).sum(1, keepdim=True).clamp_min(0.2))
    alpha = mattes * some(n, 0.3, generator)
    return pictures * (1 - alpha) + (lifted * tint).clamp(0, 1) * alpha


def degrade(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Softness (down and up again), sensor noise, and JPEG at quality 25 to 95."""
    n, side = len(pictures), pictures.shape[-1]
    out = pictures.clone()
    for k in range(n):
        chance, size, sigma, quality = torch.rand(4, generator=generator).tolist()
        if chance < 0.35:
            small = max(32, int(side * (0.3 + 0.6 * size)))
            soft = F.interpolate(out[k : k + 1], size=(small, small), mode="area")
            out[k] = F.interpolate(soft, size=(side, side), mode="bilinear", align_corners=False)[0]
        if chance > 0.6:
            out[k] += torch.randn(3, side, side, generator=generator) * (0.06 * sigma**2)
        if 0.25 < chance < 0.65:
            out[k] = _jpeg(out[k], 25 + int(70 * quality))
    return out.clamp(0, 1)


def _jpeg(picture: Tensor, quality: int) -> Tensor:
    file = io.BytesIO()
    pixels = (picture.clamp(0, 1) * 255).byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return torch.from_numpy(np.asarray(Image.open(file)).copy()).permute(2, 0, 1).float() / 255


def occluders(count: int, size: int, share: float, generator: torch.Generator) -> Tensor:
    """(count, 1, size, size) bool: in a `share` of pictures, one tilted ellipse or bar: something in front."""
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    cx, cy = (uniform(count, -0.9, 0.9, generator).view(-1, 1, 1) for _ in range(2))
    turn = uniform(count, 0, np.pi, generator).view(-1, 1, 1)
    u = (xs - cx) * turn.cos() + (ys - cy) * turn.sin()
    v = (ys - cy) * turn.cos() - (xs - cx) * turn.sin()
    a, b = (uniform(count, 0.06, 0.35, generator).view(-1, 1, 1) for _ in range(2))
    oval = (u / a) ** 2 + (v / b) ** 2 < 1
    bar = (u.abs() < a) & (v.abs() < b)
    shape = torch.where(some(count, 0.5, generator)[:, 0], oval, bar)[:, None]
    return shape & some(count, share, generator)
