"""Where a judge looks: which parts of a preview give it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import box_blur
from genmark.evaluate.judges import fit_judge
from genmark.evaluate.noise import describe_patches, tile_corners
from genmark.types import Bools, Floats, Pixels

ZONES = ("kept", "bare", "rim", "hair")
"""Untouched; changed but without hair; the outline of the new hair; hair."""
_SIDE = 48


def mark_zones(changed: Bools, alpha: Floats, reach: int) -> NDArray[np.uint8]:
    """Places in `ZONES` for each pixel, uint8 (H, W); the rim is `reach` pixels wide to either side."""
    hair = alpha > 0.5
    around = box_blur(hair.astype(np.float32), max(1, reach))
    rim = (around > 0.02) & (around < 0.98) & changed
    return np.select([rim, hair & changed, changed], [2, 3, 1], 0).astype(np.uint8)


def describe_crops(crops: Sequence[Pixels]) -> Floats:
    """What judges see of each crop's patches (48 px, `describe_patches`), float32 (N, patches, COUNT)."""
    return np.stack([describe_patches(crop, _SIDE, _SIDE // 2)[0] for crop in crops])


def look_where(
    real: Floats, made: Floats, zones: Sequence[NDArray[np.uint8]], people: Sequence[str]
) -> Mapping[str, float | None]:
    """How much more made a preview's patches look than the same patches of its photo, in logits, by zone.

    real, made   patches of photos and of previews (`describe_crops`), pairwise; `people` names the customers
    zones        what is where in each preview (`mark_zones`)
    A judge learns patches of half of the people and is asked about those of the other half, both ways round. A patch
    belongs to the zone that fills most of it, and to what is kept only where all of it is. None where no patch belongs.
    """
    owner = np.stack([_owners(zone) for zone in zones])
    first = np.isin(people, np.unique(people)[::2])
    gain = np.zeros(owner.shape)
    for half in (first, ~first):
        learnt = np.concatenate([real[~half], made[~half]]).reshape(-1, real.shape[2])
        label = np.repeat([False, True], (~half).sum() * real.shape[1])
        judge = fit_judge(learnt, label, ridge=100.0)
        gain[half] = judge.score(made[half]) - judge.score(real[half])
    return {name: _mean(gain[owner == place]) for place, name in enumerate(ZONES)}


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None


def _owners(zone: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The commonest zone of each patch (N,); a rim, being thin, counts four times, and what is kept only alone."""
    weight = np.array([1e-4, 1, 4, 1])
    places = tile_corners(zone.shape, _SIDE, _SIDE // 2)
    patches = [zone[y : y + _SIDE, x : x + _SIDE].ravel() for y, x in zip(*places, strict=True)]
    return np.array([int(np.argmax(np.bincount(patch, minlength=len(ZONES)) * weight)) for patch in patches])
