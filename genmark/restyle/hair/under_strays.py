"""What of the old hair its matte misses: loose strands before the ground, and the shadow and down at the hairline."""

from __future__ import annotations

import numpy as np

from genmark.canvas import fill, gaussian_blur
from genmark.types import Bools, Floats

_REACH = 0.32
"""How far from the matte loose strands are looked for, face heights."""
_HAIRLINE = 0.055
"""How far from the matte the hairline's shadow and down are looked for, face heights, as a Gaussian's sigma."""
_THIN = 0.035
"""Width of what counts as a strand, face heights."""


def find_strays(lab: Floats, alpha: Floats, ground: Bools, forehead: Bools, unit: float) -> Floats:
    """How much of each place to invent besides the matte, float32 (h, w) in [0, 1]; `unit` places per face height.

    `lab` (h, w, 3) is CIELAB, `alpha` (h, w) the matte; `ground` and `forehead` (h, w) say where each is looked for.
    A stray place has moved from its surroundings towards the hair's colour: thin ones over plain ground, any kind of
    darkening beside the hairline. Over a ground as busy as strands are, nothing is found.
    """
    hair = fill(lab, np.clip((alpha - 0.7) / 0.2, 0, 1))
    strands = _strands(lab, hair, alpha, ground, unit)
    skin = forehead & (alpha < 0.02)
    away = gaussian_blur((alpha > 0.02).astype(np.float32), _HAIRLINE * unit)
    clear = fill(lab, (skin & (away < 0.04)).astype(np.float32))
    rim = np.clip((_towards(lab, clear, hair) - 0.05) / 0.08, 0, 1) * skin * np.clip(away / 0.04, 0, 1)
    if (skin & (away < 0.04)).sum() < 0.01 * unit**2:
        rim = np.zeros_like(rim)
    found = np.maximum(strands, gaussian_blur(rim.astype(np.float32), 0.012 * unit) * skin)
    return np.asarray(np.clip(2.5 * gaussian_blur(found, 0.012 * unit) - 0.2, 0, 1), np.float32)


def _strands(lab: Floats, hair: Floats, alpha: Floats, ground: Bools, unit: float) -> Floats:
    near = gaussian_blur((alpha > 0.05).astype(np.float32), 0.5 * _REACH * unit)
    calm = gaussian_blur(np.dstack([lab * ground[..., None], ground]).astype(np.float32), _THIN * unit)
    smooth = np.asarray(calm[..., :3] / np.maximum(calm[..., 3:], 1e-3), np.float32)
    moved = np.where(ground, _towards(lab, smooth, hair), 0.0)
    far = moved[ground & (near < 0.005)]
    noise = float(np.percentile(np.abs(far), 95)) if len(far) > 50 else 0.05
    least = max(0.07, 1.3 * noise)
    return np.asarray(np.clip((moved - least) / 0.06, 0, 1) * np.clip(near / 0.02, 0, 1), np.float32)


def _towards(lab: Floats, ground: Floats, hair: Floats) -> Floats:
    """Share of the way from the ground's colour to the hair's that places (h, w, 3) lie at; 0 where these agree."""
    way = hair - ground
    size = np.einsum("ijk,ijk->ij", way, way)
    share = np.einsum("ijk,ijk->ij", lab - ground, way) / np.maximum(size, 1.0)
    return np.asarray(share * np.clip((size - 60) / 200, 0, 1), np.float32)
