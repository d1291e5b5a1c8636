"""How hair looks: rough ends, gloss, red and brassy tones. Observations of a photo, not of the hair's health."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.perceive.headplane import UNIT, HeadPlane, cell_places
from genmark.types import Bools, Floats

BRASSY = 20.0
"""Chroma below which hair is brown or ash."""
_FEWEST = 1150  # cells of hair; less is clipped or shaved (`look.BUZZ`)


@dataclass(frozen=True)
class HairState:
    """What hair looks like; None where too little of it is seen.

    roughness  fine contrast of the ends (standard deviation of L* finer than a fiftieth of a face height, over their
               mean L* + 10): frizz and split, dry ends have more of it than smooth ones
    gloss      L* of the lightest twentieth of opaque hair above its median: low is dull
    redness    a* of opaque hair, its median
    brassiness chroma of the lighter half of hair that is lighter than L* 35, between orange and yellow, and of a chroma
               of `BRASSY` or more; 0 elsewhere
    """

    roughness: float | None
    gloss: float | None
    redness: float | None
    brassiness: float | None


def measure_hair_state(plane: HeadPlane, fall: float | None) -> HairState:
    """From a laid-out head and how far its hair falls below the chin (`Look.fall`, face heights)."""
    opaque = (plane.alpha > 0.9) & plane.inside
    if opaque.sum() < _FEWEST:
        return HairState(None, None, None, None)
    light = plane.lab[opaque, 0]
    return HairState(
        roughness=_roughness(plane, opaque, fall),
        gloss=float(np.quantile(light, 0.95) - np.median(light)),
        redness=float(np.median(plane.lab[opaque, 1])),
        brassiness=_brassiness(plane.lab[opaque]),
    )


def _roughness(plane: HeadPlane, opaque: Bools, fall: float | None) -> float | None:
    """Of the last third of a face height of hair that hangs; None where it does not reach below the mouth."""
    if fall is None or fall < -0.15:
        return None
    y = cell_places()[1][:, None]
    bottom = fall + plane.chin
    ends = opaque & (y > bottom - 0.35)
    if ends.sum() < _FEWEST:
        return None
    light = plane.lab[..., 0]
    weight = np.maximum(gaussian_blur(ends.astype(np.float32), 0.02 * UNIT), 1e-3)
    smooth = gaussian_blur(np.where(ends, light, 0).astype(np.float32), 0.02 * UNIT) / weight
    return float((light - smooth)[ends].std() / (light[ends].mean() + 10))


def _brassiness(lab: Floats) -> float:
    """Bleached or lightened hair that shows orange or yellow."""
    lighter = lab[lab[:, 0] >= np.median(lab[:, 0])]
    lightness, a, b = np.median(lighter, axis=0).tolist()
    hue = float(np.degrees(np.arctan2(b, a)))
    chroma = float(np.hypot(a, b))
    return chroma if lightness > 35 and 55 <= hue <= 85 and chroma >= BRASSY else 0.0
