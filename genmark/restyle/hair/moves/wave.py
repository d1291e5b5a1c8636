"""Waves and curls: locks that swing across their strands, each in its own time, one in front of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import gaussian_blur
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import calm
from genmark.restyle.hair.moves.rim import hold
from genmark.restyle.hair.moves.strandwise import STEP, Strandwise
from genmark.types import Bools, Floats

_RISE = 0.30
"""Face heights over which waves grow to their full swing."""
_LOCKS = 512
"""Locks with parameters of their own; they repeat after that, far outside any head."""
_CREST, _ROUND, _BEHIND, _SHADOW = 0.26, 0.20, 0.16, 0.20
"""Log luminance: of a crest over its trough, of a lock's middle over its sides, and taken from hair behind locks
and in the shadow beside them."""
_TURN = 2 * np.pi

Lanes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Hank:
    """The hair that may wave, N places: all float32 (N,)."""

    strand: Floats
    along: Floats
    across: Floats
    slope: Floats
    ramp: Floats
    mood: Floats


@dataclass(frozen=True, eq=False)
class _Locks:
    """Parameters (2, _LOCKS) of the locks of two layers."""

    phase: Floats
    pitch: Floats
    swing: Floats
    width: Floats
    whim: Floats


def wave(
    draft: Draft,
    head: Head,
    strands: Strandwise,
    *,
    pitch: float,
    swing: float,
    start: float,
    ruffle: float = 0.35,
    seed: int = 0,
) -> Draft:
    """Hair with waves: displaced across its strands, lighter on crests, darker in troughs and between locks.

    pitch, swing   length of a wave and the way to either side of it, face heights; without swing nothing changes
    start          y above which nothing moves; waves grow over the next 0.3 face heights
    ruffle         0 where all locks swing nearly in step to 1 where each goes its own way, at its own pitch
    Locks lie in three layers, so that one passes in front of another instead of squeezing it. Near the outline of the
    face they swing less, over eyes, nose and mouth not at all.
    """
    if swing <= 0.0:
        return draft
    shape = draft.keep.shape
    at = draft.at.reshape(-1, 2)
    reach = strands.nearest(_reach(strands.alpha, swing), at)
    some = np.flatnonzero((at[:, 1] > start) & (reach > 0.0))
    if not len(some):
        return draft
    rng = np.random.default_rng([seed % 2**32, 11])
    hank = _take(strands, at[some], start, swing, calm(draft, head).ravel()[some], rng)
    width = float(np.clip(0.12 * pitch, 0.03, 0.065))
    way, shade = _swing(hank, strands, at[some], _cut_locks(ruffle, rng), (pitch, swing, width), ruffle)
    moved, lit = at.copy(), draft.shade.ravel().copy()
    moved[some] += way
    lit[some] += shade
    return replace(draft, at=moved.reshape(draft.at.shape), shade=lit.reshape(shape))


def _reach(alpha: Floats, swing: float) -> Floats:
    """Above 0 on the grid of the strands where hair is, or can swing to."""
    return np.asarray(np.maximum(gaussian_blur(alpha, (swing + 0.05) / STEP / 2) - 0.002, 0.0))


def _take(strands: Strandwise, at: Floats, start: float, swing: float, free: Floats, rng: np.random.Generator) -> _Hank:
    mood = gaussian_blur(rng.standard_normal(strands.alpha.shape, dtype=np.float32), 0.13 / STEP)
    mood /= max(float(mood.std()), 1e-6)
    found = strands.look(np.dstack([strands.run, mood, hold(strands, swing)]), at)
    slope = np.maximum(np.hypot(found[:, 2], found[:, 3]), np.float32(0.4))
    ramp = np.clip((at[:, 1] - np.float32(start)) / np.float32(_RISE), 0.0, 1.0)
    ramp *= ramp * (3 - 2 * ramp) * free * found[:, 5]
    return _Hank(
        found[:, 0], found[:, 1], np.asarray(found[:, 2:4] / slope[:, None], np.float32), slope, ramp, found[:, 4]
    )


def _cut_locks(ruffle: float, rng: np.random.Generator) -> _Locks:
    """Locks of two layers; neighbours swing more alike the less ruffle there is."""
    steps = rng.standard_normal((2, _LOCKS)) * (0.35 + 1.4 * ruffle)
    phase = np.cumsum(steps, axis=1) + rng.uniform(0, _TURN, (2, 1))
    pitch = np.exp(rng.normal(0, 0.05 + 0.22 * ruffle, (2, _LOCKS)))
    swing = np.clip(rng.normal(1.0, 0.08 + 0.25 * ruffle, (2, _LOCKS)), 0.5, 1.35)
    width = rng.uniform(0.62, 0.98, (2, _LOCKS))
    whim = rng.normal(0, 0.25 + 1.2 * ruffle, (2, _LOCKS))
    return _Locks(*(np.asarray(plane, np.float32) for plane in (phase, pitch, swing, width, whim)))


def _swing(
    hank: _Hank, strands: Strandwise, at: Floats, locks: _Locks, size: tuple[float, float, float], ruffle: float
) -> tuple[Floats, Floats]:
    """Displacement (N, 2) towards the source and shade (N,), from the back layer to the front."""
    pitch, swing, width = (np.float32(value) for value in size)
    lane = hank.strand / width + np.float32(0.35) * hank.mood * np.float32(0.4 + ruffle)
    base = np.float32(_TURN) / pitch * hank.along + np.float32(0.8 * ruffle) * hank.mood
    behind = base + np.float32(0.5 + 1.2 * ruffle) * hank.mood + locks.phase[0, 0]
    side = swing * np.float32(0.8) * hank.ramp * _bend(behind)
    steep = np.float32(min(1.0, 7.0 * size[1] / size[0]))
    shade = np.float32(_CREST * 0.7) * np.cos(behind) - np.float32(_BEHIND)
    held = strands.nearest(strands.alpha, at + side[:, None] * hank.across)
    for layer in (0, 1):
        shade -= np.float32(_SHADOW) * _lay(
            side, shade, held, hank, strands, at, locks, (lane, base, swing, width), layer
        )
    return side[:, None] * hank.across, shade * (hank.ramp * steep)


def _bend(phase: Floats) -> Floats:
    """A wave (N,) in [-1, 1] whose crests are rounder than a sine's, as those of a curl seen from the side."""
    once = np.sin(phase)
    return np.asarray(once * (1.3 - 0.3 * once * once), np.float32)


def _lay(
    side: Floats,
    shade: Floats,
    held: Floats,
    hank: _Hank,
    strands: Strandwise,
    at: Floats,
    locks: _Locks,
    drawn: tuple[Floats, Floats, np.float32, np.float32],
    layer: int,
) -> Floats:
    """Put the locks of one layer over `side`, `shade` and the matte `held` (N,), in place; returns the shadow (N,)
    beside them. A lock never lies where it would show less hair than what is behind it."""
    lane, base, swing, width = drawn
    shadow = np.zeros_like(side)
    low = 2 * np.floor((lane - layer) / 2) + layer
    for place in (low, low + 2):
        index = place.astype(np.intp) % _LOCKS
        phase = base / locks.pitch[layer].take(index) + locks.phase[layer].take(index)
        phase += locks.whim[layer].take(index) * hank.mood
        off = swing * locks.swing[layer].take(index) * hank.ramp * _bend(phase)
        half = locks.width[layer].take(index)
        aside = np.abs(lane + off * hank.slope / width - place) / half
        inside = aside < 1.0
        hair = strands.nearest(strands.alpha, at + off[:, None] * hank.across)
        inside &= hair >= np.minimum(held, np.float32(0.6))
        np.copyto(held, hair, where=inside)
        shadow = np.maximum(shadow, (hair > 0.4) * np.clip(1.35 - aside, 0.0, 0.35) / 0.35)
        _cover(side, shade, shadow, inside, off, phase, aside)
    return shadow


def _cover(
    side: Floats, shade: Floats, shadow: Floats, inside: Bools, off: Floats, phase: Floats, aside: Floats
) -> None:
    """Write one lock's places into what lies behind it."""
    np.copyto(side, off, where=inside)
    lit = np.float32(_CREST) * np.cos(phase) + np.float32(_ROUND) * (0.6 - aside * aside)
    np.copyto(shade, lit, where=inside)
    np.copyto(shadow, 0.0, where=inside)
