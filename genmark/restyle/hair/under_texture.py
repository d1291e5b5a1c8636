"""Continue a textured ground behind hair: shifted copies of what shows, joined where they agree with the rim.

After K. He & J. Sun, "Statistics of Patch Offsets for Image Completion" (ECCV 2012): a hole is filled well from few
shifts of the picture. Theirs are chosen by a graph cut; here each place takes the shift that agrees best with the
rim of the hole near it, which is smooth by itself and needs two small matrix products. A membrane over the hole then
takes out what differs along the rim (as in Pérez, Gangnet & Blake 2003).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import box_blur, crop_slices, fill, gaussian_blur, shrink
from genmark.types import Bools, Floats

Shifts = NDArray[np.intp]
_COARSE = 26.0
"""Places per face height at which shifts are chosen."""
_REACH = (1.3, 1.7)
"""Longest shift down or up, and to a side, in face heights."""
_STRIDE = 4
_FEW = 7
"""Most shifts that one hole is filled from."""
_POOR = 1500.0
"""Squared CIELAB difference from the rim above which a smooth fill is better than a copy."""
_NOWHERE = 1e6
_PLAIN = 0.6
"""Mean deviation of L from its surroundings up to which a ground is plain."""
_MOST = np.array([14.0, 5.0, 5.0], np.float32)
"""Strongest membrane in CIELAB: light may differ from place to place, hue hardly."""
_NEAR, _USUAL, _ANY = 0.22, 1.3, 3.0
"""How far away colours are near, face heights; how many deviations from their mean are usual there, and how much more
in CIELAB any ground bears."""
_RIM = 260
"""Places of the rim that are compared."""
_UNSEEN = 400.0
"""Squared CIELAB difference that a place counts with whose copy would come from nowhere."""


def continue_texture(lab: Floats, known: Bools, wanted: Bools, unit: float) -> tuple[Floats, Shifts]:
    """Colours (h, w, 3) for places in `wanted`, made of those in `known`; both bool (h, w), `unit` places a face.

    Also returns, int (h, w, 2), how far down and right of a place its detail comes from; 0 where there is none to copy.
    """
    smooth = fill(lab, known.astype(np.float32))
    nothing = np.zeros((*known.shape, 2), np.intp)
    step = max(1, round(unit / _COARSE))
    coarse = _coarsen(lab, known, wanted, step)
    best = _choose(*coarse, unit / step)
    if best is None:
        return smooth, nothing
    shift = best.repeat(step, axis=0).repeat(step, axis=1)[: known.shape[0], : known.shape[1]] * step
    copied, good = _copy(lab, known, shift, step)
    near = box_blur(wanted.astype(np.float32), max(1, round(0.12 * unit))) > 0
    rim = known & near & (good > 0.99)
    membrane = fill(lab - copied, rim.astype(np.float32)) if rim.any() else np.zeros_like(lab)
    good = good * _busy(lab, known, unit)
    held = hold_to_near(copied + np.clip(membrane, -_MOST, _MOST), lab, known, unit)
    made = smooth + (held - smooth) * good[..., None]
    shift[good < 0.99] = 0
    return np.asarray(made, np.float32), shift


def hold_to_near(copied: Floats, lab: Floats, known: Bools, unit: float) -> Floats:
    """Copied colours (h, w, 3), those held back that nothing near by has: no piece of sky amid a meadow."""
    seen = known.astype(np.float32)[..., None]
    wide = max(1.0, _NEAR * unit)
    sums = gaussian_blur(np.asarray(np.dstack([lab * seen, lab * lab * seen, seen]), np.float32), wide)
    part = np.maximum(sums[..., 6:], np.float32(1e-3))
    both = fill(np.asarray(sums[..., :6] / part, np.float32), (sums[..., 6] > 0.02).astype(np.float32))
    mean, square = both[..., :3], both[..., 3:]
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0)) * np.float32(_USUAL) + np.float32(_ANY)
    return np.asarray(mean + np.clip(copied - mean, -spread, spread), np.float32)


def _busy(lab: Floats, known: Bools, unit: float) -> Floats:
    """0 where the ground around is plain, and a smooth fill the better one, to 1 where it has a texture; (h, w)."""
    light = fill(lab[..., :1], known.astype(np.float32))
    rough = np.abs(light - gaussian_blur(light, 0.07 * unit))
    spread = fill(gaussian_blur(rough, 0.05 * unit), known.astype(np.float32))[..., 0]
    return np.asarray(np.clip((gaussian_blur(spread, 0.06 * unit) - _PLAIN) / _PLAIN, 0, 1), np.float32)


def _coarsen(lab: Floats, known: Bools, wanted: Bools, step: int) -> tuple[Floats, Bools, Bools]:
    planes = np.dstack([lab * known[..., None], known, wanted]).astype(np.float32)
    small = shrink(planes, step)
    colours = small[..., :3] / np.maximum(small[..., 3:4], 1e-3)
    return colours.astype(np.float32), small[..., 3] > 0.6, small[..., 4] > 0.0


def _choose(lab: Floats, known: Bools, wanted: Bools, unit: float) -> Shifts | None:
    """The shift (h, w, 2) of each wanted place and of the rim around; None where nothing can be copied."""
    rim = known & (box_blur(wanted.astype(np.float32), 2) > 0)
    ring, hole = np.argwhere(rim), np.argwhere(wanted | rim)
    ring = ring[:: max(1, len(ring) // _RIM)]
    if len(ring) < 8 or len(hole) < 1:
        return None
    shifts = _shifts(unit)
    there = _look_up(known[..., None].astype(np.float32), ring, shifts)[..., 0] > 0
    apart = lab[ring[:, 0], ring[:, 1]][:, None] - _look_up(lab, ring, shifts)
    cost = np.where(there, np.einsum("nkc,nkc->nk", apart, apart), _UNSEEN)
    cost = np.minimum(cost, 1200.0) + 40.0 * (np.abs(shifts).sum(axis=1) / unit)
    gap = hole[:, None].astype(np.float32) - ring[None].astype(np.float32)
    weight = 1.0 / (np.einsum("nmc,nmc->nm", gap, gap) + 1.0) ** 1.5
    weight /= weight.sum(axis=1, keepdims=True)
    total = weight.astype(np.float32) @ cost.astype(np.float32)
    total[_look_up(known[..., None].astype(np.float32), hole, shifts)[..., 0] == 0] = _NOWHERE
    few = _few(total)
    return _settle(total[:, few], shifts[few], hole, (known.shape[0], known.shape[1]), unit)


def _few(total: Floats) -> list[int]:
    """The few of K shifts that together serve all places best, by greedy choice from their costs (N, K)."""
    least = np.full(len(total), _POOR, np.float32)
    chosen: list[int] = []
    for _ in range(_FEW):
        gain = np.maximum(least[:, None] - np.minimum(total, _POOR), 0).sum(axis=0)
        best = int(gain.argmax())
        if gain[best] < 0.01 * _POOR * len(total):
            break
        chosen.append(best)
        least = np.minimum(least, total[:, best])
    return chosen


def _settle(cost: Floats, shifts: Shifts, hole: Shifts, shape: tuple[int, int], unit: float) -> Shifts | None:
    """The shift (h, w, 2) of each place: the cheapest of few, in patches no smaller than a tenth of a face."""
    if not len(shifts):
        return None
    votes = np.zeros((*shape, len(shifts)), np.float32)
    votes[hole[:, 0], hole[:, 1]] = np.where(cost < _POOR, 1.0 / (20.0 + cost), 0.0)
    votes = gaussian_blur(votes, 0.1 * unit)
    within = np.zeros((*shape, len(shifts)), np.bool_)
    within[hole[:, 0], hole[:, 1]] = cost < _POOR
    votes = np.where(within, votes, 0.0)
    found = shifts[votes.argmax(axis=-1)]
    found[votes.max(axis=-1) == 0] = 0
    return np.asarray(found, np.intp)


def _shifts(unit: float) -> Shifts:
    """Candidate shifts (K, 2), down and right, on a grid; none shorter than a tenth of a face."""
    down, right = (np.arange(-round(r * unit), round(r * unit) + 1, _STRIDE) for r in _REACH)
    grid = np.stack(np.meshgrid(down, right, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.asarray(grid[np.abs(grid).max(axis=1) >= 0.1 * unit], np.intp)


def _look_up(plane: Floats, places: Shifts, shifts: Shifts) -> Floats:
    """Values (N, K, C) of a plane (h, w, C) at each of N places moved by each of K shifts; 0 outside."""
    at = places[:, None] + shifts[None]
    high, wide = plane.shape[:2]
    inside = (at[..., 0] >= 0) & (at[..., 0] < high) & (at[..., 1] >= 0) & (at[..., 1] < wide)
    flat = np.where(inside, at[..., 0] * wide + at[..., 1], 0)
    return np.asarray(plane.reshape(high * wide, -1)[flat] * inside[..., None])


def _copy(lab: Floats, known: Bools, shift: Shifts, soft: int) -> tuple[Floats, Floats]:
    """Colours at each place's shift, and how sure they are, blended over `soft` places where shifts change."""
    high, wide = known.shape
    total, weight = np.zeros_like(lab), np.zeros((high, wide), np.float32)
    part = crop_slices(np.abs(shift).max(axis=-1) > 0)
    rows, columns = np.mgrid[part].astype(np.intp) if part[0].stop else np.zeros((2, 0, 0), np.intp)
    sure = known.ravel()
    colours = np.concatenate([lab.reshape(-1, 3), sure[:, None]], axis=1, dtype=np.float32) * sure[:, None]
    sums = np.zeros((*rows.shape, 4), np.float32)
    for down, right in product((-soft, 0, soft), repeat=2):
        way = shift[np.clip(rows + down, 0, high - 1), np.clip(columns + right, 0, wide - 1)]
        y, x = np.clip(rows + way[..., 0], 0, high - 1), np.clip(columns + way[..., 1], 0, wide - 1)
        sums += colours.take(y * wide + x, axis=0) * way.any(axis=-1)[..., None]
    total[part], weight[part] = sums[..., :3] / np.maximum(sums[..., 3:], 1e-3), np.minimum(sums[..., 3], 1.0)
    return total, weight
