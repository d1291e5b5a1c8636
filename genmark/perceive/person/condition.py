"""What skin looks like in a photo: redness, shine, spots, evenness. Cosmetic observations, never a diagnosis.

All are relative to the same face's own bare skin, so that neither the photo's light nor the skin's tone is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.canvas import gaussian_blur
from genmark.perceive.person.plane import UNIT, FacePlane
from genmark.types import Bools, Floats

REDDER = 5.0
"""a* above what the face's own skin has in the same light, from which a cell counts as redder."""
SHINING = 12.0
"""L* above the light of its surroundings from which a cell is a highlight, where it is also less coloured than skin."""
SPOT = 4.0
"""Contrast (a* and L* together) of a spot against the ring around it."""
ROUND = 0.45
"""Most of a spot's contrast that may go on to both sides of it in any direction: wrinkles and rims of glasses do."""
FINEST = 110.0
"""Least face height in pixels at which spots can be told from grain."""
_FEWEST = 1500  # cells of bare skin


@dataclass(frozen=True, eq=False)
class Condition:
    """How bare skin looks.

    redness   share of it that is redder by `REDDER` than the face's skin is elsewhere in such light, in [0, 1]
    shine     share of it that is a highlight, in [0, 1]
    spots     (N, 2) places in the photo, x then y, of small marks darker or redder than their surroundings: pimples,
              moles, freckles and shadows of stubble are not told apart; None where the face is too small
    unevenness  standard deviation of L* and a* at the size of blotches (a fiftieth to a tenth of a face height)
    """

    redness: float
    shine: float
    spots: Floats | None
    unevenness: float


def measure_condition(plane: FacePlane) -> Condition | None:
    """The condition of a face's bare skin; None where too little of it is seen."""
    skin = _upper(plane)
    if skin.sum() < _FEWEST:
        return None
    fine = plane.frame.unit >= FINEST
    return Condition(
        redness=_redness(plane.lab, skin),
        shine=_shine(plane.lab, skin),
        spots=plane.to_photo(_spots(plane.lab, skin)) if fine else None,
        unevenness=_unevenness(plane.lab, skin),
    )


def _upper(plane: FacePlane) -> Bools:
    """Bare skin above the mouth's corners: below them beards, which count as skin, would be measured."""
    mouth = plane.middle(61, 291)[1]
    nose = plane.middle(98, 327)[1]
    rows = np.arange(plane.skin.shape[0])[:, None]
    lower = rows > nose - 0.02 * UNIT
    between = np.abs(np.arange(plane.skin.shape[1])[None, :] - plane.middle(2)[0]) < 0.14 * UNIT
    return np.asarray(plane.skin & (rows < mouth) & ~(lower & between))


def _within(values: Floats, skin: Bools, sigma: float) -> Floats:
    """`values` (h, w) blurred over skin alone; 0 far from any."""
    weight = gaussian_blur(skin.astype(np.float32), sigma)
    return np.asarray(gaussian_blur(np.where(skin, values, 0).astype(np.float32), sigma) / np.maximum(weight, 1e-3))


def _redness(lab: Floats, skin: Bools) -> float:
    """A face's shaded side is redder without any redness of its skin: what follows from the light is taken off first,
    as a straight line of a* over the light around each cell."""
    light = _within(lab[..., 0], skin, 0.12 * UNIT)[skin].astype(np.float64)
    redness = lab[skin, 1].astype(np.float64)
    light -= light.mean()
    slope = float(light @ (redness - redness.mean()) / max(float(light @ light), 1e-6))
    rest = redness - slope * light
    return float((rest > np.median(rest) + REDDER).mean())


def _shine(lab: Floats, skin: Bools) -> float:
    """Highlights are lighter than the skin around them and keep less of its colour (Shafer 1985)."""
    light = lab[..., 0]
    around = _within(light, skin, 0.12 * UNIT)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    pale = chroma < np.median(chroma[skin])
    bright = (light > around + SHINING) & pale & (light > 45)
    return float(bright[skin].mean())


def _spots(lab: Floats, skin: Bools) -> Floats:
    """Centres (N, 2) in cells of blobs of 1 to 3 hundredths of a face height (differences of Gaussians, Lowe 2004)."""
    mark = lab[..., 1] - 0.7 * lab[..., 0]
    inner = gaussian_blur(skin.astype(np.float32), 0.02 * UNIT) > 0.97
    found = np.zeros(skin.shape, np.float32)
    for sigma in (0.006 * UNIT, 0.009 * UNIT, 0.013 * UNIT):
        found = np.maximum(found, _within(mark, skin, sigma) - _within(mark, skin, 2.2 * sigma))
    found = found + np.linspace(0, 1e-1, found.size, dtype=np.float32).reshape(found.shape)  # of equals, one is highest
    spread = 1.4826 * float(np.median(np.abs(found[inner] - np.median(found[inner])))) if inner.any() else 0.0
    peaks = (
        inner
        & (_along(found, round(0.02 * UNIT)) < ROUND * found)
        & (found > max(SPOT, 4.5 * spread))
        & (found >= _highest(found, round(0.012 * UNIT)))
    )
    rows, columns = np.nonzero(peaks)
    return np.stack([columns, rows], axis=1).astype(np.float32)


def _along(values: Floats, far: int) -> Floats:
    """The mean of what lies `far` cells to both sides, in that of four directions in which it is most."""
    near = round(far / 2**0.5)
    ways = ((0, far), (far, 0), (near, near), (near, -near))
    sides = [(np.roll(values, way, (0, 1)) + np.roll(values, (-way[0], -way[1]), (0, 1))) / 2 for way in ways]
    return np.asarray(np.max(sides, axis=0))


def _highest(values: Floats, reach: int) -> Floats:
    """The highest value within `reach` cells, along both axes."""
    high = values
    for axis in (0, 1):
        shifted = [np.roll(high, shift, axis) for shift in range(-reach, reach + 1)]
        high = np.asarray(np.max(shifted, axis=0))
    return high


def _unevenness(lab: Floats, skin: Bools) -> float:
    parts = []
    for channel in (0, 1):
        band = _within(lab[..., channel], skin, 0.02 * UNIT) - _within(lab[..., channel], skin, 0.10 * UNIT)
        parts.append(float(band[skin].std()))
    lightness, redness = parts
    return float(np.hypot(lightness, redness))
