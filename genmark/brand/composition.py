"""Where things are in a picture: symmetry, thirds, balance, figure and ground. Pure functions of a small picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genmark.brand.palette import palette
from genmark.canvas import gaussian_blur
from genmark.colour import delta_e, lab_from_rgb
from genmark.types import Bools, Floats, Pixels

SIDE = 64
"""Longer side, in pixels, of the picture that composition is measured on: what is left when one squints."""
_RIM = 0.2
_STILL = (2 / 255) ** 2
_FLAT = 2.0


@dataclass(frozen=True, eq=False)
class Salience:
    """What stands out: `weight` float64 (h, w), 0 and up; `figure` bool (h, w), where it is more than the rest.

    Both are even all over where nothing stands out.
    """

    weight: NDArray[np.float64]
    figure: Bools


def salience(small: Pixels) -> Salience:
    """How far each pixel of uint8 sRGB (h, w, 3) is, in CIELAB, from the colours of the picture's border.

    What touches the border is ground (boundary prior: Wei et al., "Geodesic saliency using background priors", ECCV
    2012); its colours are the border's palette of three. The figure is what Otsu's threshold (1979) parts from that.
    """
    rim = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])[None]
    around = palette(rim, 3)
    ground = [colour for colour, share in zip(around.colours, around.shares, strict=True) if share >= _RIM]
    blurred = gaussian_blur(lab_from_rgb(small), 1.0).astype(np.float64)
    gaps = np.square(blurred[:, :, None] - np.array(ground or around.colours)).sum(axis=3)
    weight = np.sqrt(gaps.min(axis=2))
    if weight.max() < _FLAT:
        return Salience(np.ones(weight.shape), np.ones(weight.shape, np.bool_))
    return Salience(weight, weight > _parting(weight))


def _parting(weight: NDArray[np.float64]) -> float:
    """Otsu's threshold: where the two sides differ most, of 64 levels (0 to 63/64 of the maximum)."""
    levels = np.arange(64) * float(weight.max()) / 64
    counts = np.bincount(np.digitize(weight.ravel(), levels) - 1, minlength=64).astype(np.float64)
    low, mass = np.cumsum(counts), np.cumsum(counts * np.arange(64))
    high = low[-1] - low
    between = np.square(mass / np.maximum(low, 1) - (mass[-1] - mass) / np.maximum(high, 1)) * low * high
    return float(levels[min(int(between.argmax()) + 1, 63)])


def symmetry(light: Floats, axis: int) -> float:
    """Correlation of luma with its mirror image, in [-1, 1]: 1 the same, 0 unrelated, -1 the negative. axis 1 swaps
    left and right, axis 0 top and bottom; a plain picture is symmetrical (1).

    Pixel-wise mirror symmetry as in Mayer & Landwehr, "Quantifying visual aesthetics …", Psychology of Aesthetics,
    Creativity, and the Arts 2018, as a correlation so that contrast does not matter.
    """
    variance = float(light.var(dtype=np.float64))
    apart = float(np.square(light - np.flip(light, axis)).mean(dtype=np.float64))
    return max(-1.0, 1.0 - apart / (2 * max(variance, _STILL)))


def centre_of(weight: NDArray[np.float64]) -> tuple[float, float]:
    """(x, y) of the centre of mass of (h, w), each in [0, 1] of the picture's width and height."""
    total = weight.sum()
    x = (np.arange(weight.shape[1]) + 0.5) / weight.shape[1]
    y = (np.arange(weight.shape[0]) + 0.5) / weight.shape[0]
    return float(weight.sum(axis=0) @ x / total), float(weight.sum(axis=1) @ y / total)


def thirds_distance(seen: Salience) -> float:
    """Distance from the figure's centre to the nearest of the four power points at thirds of width and height, as a
    share of the diagonal, in [0, 1/3]; a centred figure has 1/6 (rule of thirds: Datta et al., ECCV 2006; Dhar et al.,
    CVPR 2011)."""
    high, wide = seen.weight.shape
    x, y = centre_of(seen.weight * seen.figure)
    gaps = [np.hypot((x - u) * wide, (y - v) * high) for u in (1 / 3, 2 / 3) for v in (1 / 3, 2 / 3)]
    return float(min(gaps) / np.hypot(high, wide))


def balance(seen: Salience) -> float:
    """1 minus the distance from the centre of visual weight to the picture's centre, as a share of half the diagonal,
    in [0, 1]; 1 is balanced (centre of mass: McManus, Stöver, Kim, "Arnheim's Gestalt theory of visual balance",
    i-Perception 2011; the weight here is saliency)."""
    high, wide = seen.weight.shape
    x, y = centre_of(seen.weight)
    return float(1.0 - 2 * np.hypot((x - 0.5) * wide, (y - 0.5) * high) / np.hypot(high, wide))


def colour_imbalance(lab: Floats) -> float:
    """CIEDE2000 between the mean colours of the left and right halves, 0 and up; 0 where they agree (visual balance of
    colour, Zhang, Lee, Singh, Srinivasan 2022). lab (h, w, 3)."""
    half = max(1, lab.shape[1] // 2)
    left, right = (side.mean(axis=(0, 1), dtype=np.float64) for side in (lab[:, :half], lab[:, -half:]))
    return float(delta_e(left, right))


def figure_share(seen: Salience) -> float:
    """Share of the picture that is figure rather than ground, in (0, 1]; 1 where nothing stands out."""
    return float(seen.figure.mean())


def figure_contrast(lab: Floats, seen: Salience) -> float:
    """CIEDE2000 between the mean colours of figure and ground, 0 and up (figure-ground colour difference, Zhang, Lee,
    Singh, Srinivasan 2022); 0 where nothing stands out."""
    if seen.figure.all():
        return 0.0
    return float(delta_e(lab[seen.figure].mean(axis=0), lab[~seen.figure].mean(axis=0)))
