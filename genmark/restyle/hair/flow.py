"""Which way hair runs in a picture, and streaks that run with it."""

from __future__ import annotations

import numpy as np

from genmark.canvas import Places, gaussian_blur
from genmark.types import Bools, Floats

_STEPS = 18
"""How far a streak is followed to either side, in pixels of the picture it is made on."""


def measure_flow(lightness: Floats) -> Floats:
    """Unit direction (y, x) along the strands, float32 (h, w, 2), sign arbitrary, of L (h, w).

    The structure tensor's weak axis (Bigün & Granlund 1987), over 2 px, or 8 px where nothing is seen that near.
    """
    padded = np.pad(gaussian_blur(lightness, 0.8), 1, mode="edge")
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    over = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    tensor = np.dstack([over * over, over * down, down * down]).astype(np.float32)
    tensor = gaussian_blur(tensor, 2.0) + np.float32(0.1) * gaussian_blur(tensor, 8.0)
    across = 0.5 * np.arctan2(2 * tensor[..., 1], tensor[..., 0] - tensor[..., 2])
    return np.dstack([np.cos(across), -np.sin(across)]).astype(np.float32)


def draw_streaks(flow: Floats, where: Bools, width: float, seed: int) -> Floats:
    """Noise smeared along the flow: float32 (h, w), about normal (mean 0, deviation 1) inside `where`, 0 outside.

    width   how broad streaks are, in pixels (0: a pixel)
    seed    the same seed, flow and place give the same streaks
    Line integral convolution (Cabral & Leedom 1993) with a triangular kernel.
    """
    noise = np.random.default_rng(seed % 2**64).standard_normal(where.shape, dtype=np.float32)
    noise = gaussian_blur(noise, width)
    total = np.zeros_like(noise)
    rows, columns = np.nonzero(where)
    if not len(rows):
        return total
    for sign in (1.0, -1.0):
        total[where] += _follow(noise, flow, rows, columns, sign)
    total += noise * where
    total = _settle(total, where)
    inside = total[where]
    total[where] = (inside - inside.mean()) / max(float(inside.std()), 1e-6)
    return total


def _settle(field: Floats, where: Bools) -> Floats:
    """A light blur that stays inside, against the steps of nearest-neighbour walking."""
    known = gaussian_blur(np.dstack([field, where.astype(np.float32)]), 0.8)
    return np.asarray(np.where(where, known[..., 0] / np.maximum(known[..., 1], 1e-6), 0.0), np.float32)


def _follow(noise: Floats, flow: Floats, rows: Places, columns: Places, sign: float) -> Floats:
    """Weighted sum (N,) of the noise that is met on the way along the flow, from each (row, column)."""
    high, wide = noise.shape
    y, x = rows.astype(np.float32), columns.astype(np.float32)
    down, over, values = (np.ascontiguousarray(plane).ravel() for plane in (flow[..., 0], flow[..., 1], noise))
    start = rows * wide + columns
    go_down, go_over = down[start] * np.float32(sign), over[start] * np.float32(sign)
    total = np.zeros(len(rows), np.float32)
    for step in range(1, _STEPS + 1):
        y = np.clip(y + go_down, 0, high - 1)
        x = np.clip(x + go_over, 0, wide - 1)
        place = (y + np.float32(0.5)).astype(np.intp) * wide + (x + np.float32(0.5)).astype(np.intp)
        total += values[place] * np.float32(1 - step / (_STEPS + 1))
        next_down, next_over = down[place], over[place]
        turn = np.copysign(np.float32(1.0), next_down * go_down + next_over * go_over)
        go_down, go_over = next_down * turn, next_over * turn
    return total
