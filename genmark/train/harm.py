"""Hair harmed in every way in which moving it harms it, so that a network can learn to mend it.

All functions are pure: they take a `numpy.random.Generator` and give new values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from genmark.canvas import gaussian_blur, grow
from genmark.perceive.pose import head_frame
from genmark.restyle.hair.draft import Draft
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.tone import relit
from genmark.types import Floats

Rng = np.random.Generator


def harm_source(source: Source, rng: Rng) -> Source:
    """Softer, fringed by another ground's colour, its matte eroded, dilated, hardened or blurred, its light tilted."""
    lab, alpha = source.lab, source.alpha
    if rng.random() < 0.75:
        lab, alpha = _soften(lab, alpha, rng.uniform(1.0, 3.0))
    if rng.random() < 0.5:
        lab = _fringe(lab, alpha, rng)
    alpha = _harm_matte(alpha, rng)
    tilt = rng.normal(0.0, 0.15, 2)
    lab = relit(lab, head_frame(source.points), (float(tilt[0]), float(tilt[1])), 1.0)
    lab = lab + rng.normal(0.0, [1.5, 0.8, 0.8]).astype(np.float32)
    return replace(source, lab=lab.astype(np.float32), alpha=alpha)


def _soften(lab: Floats, alpha: Floats, factor: float) -> tuple[Floats, Floats]:
    """As a donor that is `factor` times too small looks when it is enlarged."""
    planes = torch.from_numpy(np.dstack([lab, alpha])).permute(2, 0, 1)[None]
    size = [max(8, round(n / factor)) for n in alpha.shape]
    small = F.interpolate(planes, size=size, mode="bilinear", align_corners=False, antialias=True)
    large = (
        F.interpolate(small, size=list(alpha.shape), mode="bicubic", align_corners=False)[0].permute(1, 2, 0).numpy()
    )
    return large[..., :3].copy(), np.clip(large[..., 3], 0.0, 1.0)


def _fringe(lab: Floats, alpha: Floats, rng: Rng) -> Floats:
    """Another background's colour shows through the rim, as where a matte's colours were not cleaned."""
    ground = np.array([rng.uniform(5, 95), rng.normal(0, 12), rng.normal(0, 15)], np.float32)
    share = (rng.uniform(0.2, 0.8) * (1.0 - alpha))[..., None]
    return np.asarray(lab * (1 - share) + ground * share, np.float32)


def _harm_matte(alpha: Floats, rng: Rng) -> Floats:
    """Blurred a little, then cut at another place and another steepness."""
    soft = gaussian_blur(alpha, rng.choice([0.0, 0.0, 0.9, 1.5]))
    middle, width = rng.uniform(0.3, 0.7), rng.uniform(0.35, 1.1)
    return np.asarray(np.clip((soft - middle) / width + 0.5, 0.0, 1.0) * (soft > 0.01), np.float32)


def harm_draft(draft: Draft, rng: Rng) -> Draft:
    """Places off by up to about 2 % of the face's height, smoothly, and false shading that goes with it."""
    at = draft.at + np.stack([_swell(draft.at.shape[:2], rng, 0.006) for _ in range(2)], axis=-1)
    shade = draft.shade + _swell(draft.shade.shape, rng, 0.10)
    return replace(draft, at=at.astype(np.float32), shade=shade.astype(np.float32))


def _swell(shape: tuple[int, ...], rng: Rng, size: float) -> Floats:
    """A smooth random field (h, w) of deviation `size`, with swells of a tenth to a quarter of the picture."""
    nodes = int(rng.integers(5, 12))
    field = rng.standard_normal((nodes, nodes)).astype(np.float32) * size * rng.random()
    step = -(-max(shape) // nodes)
    return grow(field, step, (shape[0], shape[1]))


def random_strokes(shape: tuple[int, int], unit: float, rng: Rng) -> Floats:
    """One to four soft blobs and lines, float32 (h, w) in [0, 1], about a third of a face high: places to hide."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    hidden = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        y, x = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        turn, long, wide = rng.uniform(0, np.pi), unit * rng.uniform(0.1, 0.6), unit * rng.uniform(0.04, 0.15)
        along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        across = (rows - y) * np.cos(turn) - (columns - x) * np.sin(turn)
        hidden = np.maximum(hidden, np.clip(4.0 * (1.0 - np.hypot(along / long, across / wide)), 0.0, 1.0))
    return hidden
