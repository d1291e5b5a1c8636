"""A reader without weights: the hand-made look of a picture, as the numbers of a feature.

It knows nothing of objects and was trained on nothing, so what it and a network both say was not learnt from the same
quirk. That makes it a second opinion on a network's scores.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genmark.brand.look import NAMES, Look, describe_look, numbers_of
from genmark.brand.palette import Palette

SIZE = 256
"""Side of the pictures that it is meant for, pixels."""

_TYPICAL = {
    **{"brightness": (0.5, 0.2), "contrast": (0.25, 0.1), "contrast_range": (0.7, 0.2), "clarity": (0.2, 0.2)},
    **{
        "saturation": (0.3, 0.2),
        "saturation_sd": (0.2, 0.1),
        "hue_concentration": (0.6, 0.25),
        "hue_count": (6.0, 4.0),
    },
    **{"warmth": (5.0, 10.0), "colourfulness": (30.0, 20.0), "colour_entropy": (5.0, 1.5), "edge_density": (0.15, 0.1)},
    **{"luma_entropy": (7.0, 1.0), "complexity": (1.0, 0.6), "fourier_slope": (-1.2, 0.3), "sharpness": (2.5, 0.7)},
    **{"negative_space": (0.4, 0.25), "symmetry_sideways": (0.4, 0.3), "symmetry_upright": (0.2, 0.3)},
    **{"thirds_distance": (0.12, 0.07), "balance": (0.8, 0.15), "colour_imbalance": (6.0, 5.0)},
    **{"figure_share": (0.25, 0.15), "figure_contrast": (25.0, 12.0)},
}
"""A usual value of each number and how far it usually strays: fixed, so that a feature never depends on other data."""

_ANCHORS = np.array(
    [
        (lightness, a, b)
        for lightness in (15.0, 40.0, 65.0, 90.0)
        for a in (-25.0, 0.0, 25.0)
        for b in (-30.0, 0.0, 30.0)
    ],
    np.float64,
)
"""CIELAB colours among which a palette's shares are dealt out: (36, 3)."""
_REACH = 15.0
"""How far in CIELAB a colour's share reaches among the anchors."""


class LooksReader(nn.Module):
    """Pictures float (N, 3, S, S) in [0, 1], sRGB -> float32 (N, D): what `describe_look` measures, and the palette.

    D is `len(NAMES) - 1` numbers, each about 0 +- 1; the hue's sine and cosine, as long as the hue is concentrated; and
    the palette's shares among fixed colours. No gradient goes through it. Batches do not matter.
    """

    version: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("version", torch.tensor(1))  # so that a fingerprint of its state tells other rules apart

    def forward(self, pictures: Tensor) -> Tensor:
        squares = (pictures.detach().clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)
        rows = [
            feature_of(describe_look(np.ascontiguousarray(one))) for one in squares.permute(0, 2, 3, 1).cpu().numpy()
        ]
        return torch.from_numpy(np.stack(rows)).to(pictures.device)


def feature_of(look: Look) -> NDArray[np.float32]:
    """One look as a feature, float32 (D,); a number that the picture does not have counts as usual."""
    numbers = dict(zip(NAMES, numbers_of(look).astype(np.float64).tolist(), strict=True))
    usual = [(numbers[name] - middle) / spread for name, (middle, spread) in _TYPICAL.items()]
    angle = np.radians(0.0 if look.hue is None else look.hue)
    length = 0.0 if look.hue is None else 2.0 * look.hue_concentration
    hue = (length * float(np.cos(angle)), length * float(np.sin(angle)))
    plain = np.nan_to_num(np.array([*usual, *hue]), nan=0.0)
    return np.concatenate([np.clip(plain, -8.0, 8.0), 3.0 * np.sqrt(_dealt(look.palette))]).astype(np.float32)


def _dealt(palette: Palette) -> NDArray[np.float64]:
    """The palette's shares, dealt out among the anchors by nearness: (36,), adding up to 1."""
    gaps = np.linalg.norm(np.array(palette.colours)[:, None] - _ANCHORS, axis=2) / _REACH
    weights = np.exp(-0.5 * (gaps**2 - gaps.min(axis=1, keepdims=True) ** 2))
    dealt: NDArray[np.float64] = np.array(palette.shares) @ (weights / weights.sum(axis=1, keepdims=True))
    return dealt
