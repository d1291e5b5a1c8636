"""Waves and curls: locks that swing across their strands, each in its own time, one in front of the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import Places, gaussian_blur
from genmark.restyle.hair.draft import Draft, Head
from genmark.restyle.hair.moves.face import calm
from genmark.restyle.hair.moves.rim import hold
from genmark.restyle.hair.moves.strandwise import STEP, Strandwise
from genmark.restyle.hair.moves.tufts import smooth
from genmark.types import Floats

_RISE, _SLOWLY = 0.30, 0.60
"""Least way over which waves grow to their full swing, in face heights, and in waves."""
_LOCKS = 512
"""Locks with parameters of their own; they repeat after that, far outside any head."""
_CREST, _ROUND, _BEHIND, _SHADOW = 0.26, 0.20, 0.16, 0.20
"""Log luminance: of a crest over its trough, of a lock's middle over its sides, and taken from hair behind locks
and in the shadow beside them."""
_MOST = 1.35
"""Furthest that a lively lock swings, over the swing that was asked for."""
_BESIDE = 0.35
"""Share of half a lock's width beside it on which its shadow lies."""
_SOFT = 0.3
"""Share of half a lock's width over which its border fades before nothing."""
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


@dataclass(frozen=True, eq=False)
class _Cloth:
    """What is seen at N places, so far: all float32 (N,), written from the back layer to the front.

    side    where it comes from, across the strands, face heights
    shade   log of the factor on its luminance
    hair    how much of it is hair
    edge    how much of that is left at the border of a lock that lies before nothing
    """

    side: Floats
    shade: Floats
    hair: Floats
    edge: Floats


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
    start          y above which nothing moves; waves grow over the next 0.3 face heights, large ones over more
    ruffle         0 where all locks swing nearly in step to 1 where each goes its own way, at its own pitch
    Locks lie in three layers, so that one passes in front of another instead of squeezing it. Near the outline of the
    face they swing less, over eyes, nose and mouth not at all.
    """
    if swing <= 0.0:
        return draft
    shape = draft.keep.shape
    at = draft.at.reshape(-1, 2)
    some = strands.near(at, swing + 0.05)
    some = some[at[some, 1] > start]
    if not len(some):
        return draft
    rng = np.random.default_rng([seed % 2**32, 11])
    ramp = smooth((at[some, 1] - np.float32(start)) / np.float32(max(_RISE, _SLOWLY * pitch)))
    hank = _take(strands, at[some], ramp * calm(draft, head).ravel()[some], swing, rng)
    width = float(np.clip(0.12 * pitch, 0.03, 0.065))
    cloth = _swing(hank, strands, at[some], _cut_locks(ruffle, rng), (pitch, swing, width), ruffle)
    moved, lit, kept = at.copy(), draft.shade.ravel().copy(), draft.keep.ravel().copy()
    moved[some] += cloth.side[:, None] * hank.across
    lit[some] += cloth.shade * (hank.ramp * np.float32(min(1.0, 7.0 * swing / pitch)))
    kept[some] *= 1.0 - np.minimum(1.0, 4.0 * hank.ramp) * (1.0 - cloth.edge)
    return replace(draft, at=moved.reshape(draft.at.shape), shade=lit.reshape(shape), keep=kept.reshape(shape))


def _take(strands: Strandwise, at: Floats, ramp: Floats, swing: float, rng: np.random.Generator) -> _Hank:
    mood = gaussian_blur(rng.standard_normal(strands.alpha.shape, dtype=np.float32), 0.13 / STEP)
    mood /= max(float(mood.std()), 1e-6)
    found = strands.look(np.dstack([strands.run, mood, hold(strands, swing)]), at)
    slope = np.maximum(np.hypot(found[:, 2], found[:, 3]), np.float32(0.4))
    across = np.asarray(found[:, 2:4] / slope[:, None], np.float32)
    return _Hank(found[:, 0], found[:, 1], across, slope, ramp * found[:, 5], found[:, 4])


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
) -> _Cloth:
    """What is seen at N places, laid from the back to the front."""
    pitch, swing, width = (np.float32(value) for value in size)
    lane = hank.strand / width + np.float32(0.35) * hank.mood * np.float32(0.4 + ruffle)
    base = np.float32(_TURN) / pitch * hank.along + np.float32(0.8 * ruffle) * hank.mood
    behind = base + np.float32(0.5 + 1.2 * ruffle) * hank.mood + locks.phase[0, 0]
    side = swing * np.float32(0.8) * hank.ramp * _bend(behind)
    shade = np.float32(_CREST * 0.7) * np.cos(behind) - np.float32(_BEHIND)
    hair = strands.hair_at(at + side[:, None] * hank.across)
    cloth = _Cloth(side, shade, hair, np.ones_like(side))
    for layer in (0, 1):
        _lay(cloth, hank, strands, at, locks, (lane, base, swing, width), layer)
    return cloth


def _bend(phase: Floats) -> Floats:
    """A wave (N,) in [-1, 1] whose crests are rounder than a sine's, as those of a curl seen from the side."""
    once = np.sin(phase)
    return np.asarray(once * (1.3 - 0.3 * once * once), np.float32)


def _lay(
    cloth: _Cloth,
    hank: _Hank,
    strands: Strandwise,
    at: Floats,
    locks: _Locks,
    drawn: tuple[Floats, Floats, np.float32, np.float32],
    layer: int,
) -> None:
    """Put the locks of one layer over the cloth, in place, and their shadow beside them.

    A lock never lies where it would show less hair than what is behind it.
    """
    lane, base, swing, width = drawn
    shadow = np.zeros_like(lane)
    low = 2 * np.floor((lane - layer) / 2) + layer
    # a lock is found wherever it can have swung to, not only over its own lane
    reach = _MOST * float(swing / width) + 1.0
    further = 2 * max(0, int(np.ceil(reach / 2 - 1.0)))
    for step in range(-further, further + 4, 2):
        some = np.flatnonzero(np.abs(lane - low - np.float32(step)) < reach * hank.slope + _BESIDE)
        place = low[some] + np.float32(step)
        index, mood = place.astype(np.intp) % _LOCKS, hank.mood[some]
        whim = locks.whim[layer].take(index) * mood
        phase = base[some] / locks.pitch[layer].take(index) + locks.phase[layer].take(index) + whim
        lively = np.clip(locks.swing[layer].take(index) * (1.0 + np.float32(0.25) * whim), 0.45, _MOST)
        off = swing * lively * hank.ramp[some] * _bend(phase)
        aside = np.abs(lane[some] + off * hank.slope[some] / width - place) / locks.width[layer].take(index)
        near = np.flatnonzero(aside < 1.0 + _BESIDE)
        off, phase, aside, near = off[near], phase[near], aside[near], some[near]
        hair = strands.hair_at(at[near] + off[:, None] * hank.across[near])
        inside = (aside < 1.0) & (hair >= np.minimum(cloth.hair[near], np.float32(0.9)) - np.float32(0.03))
        cast = (hair > 0.4) * np.minimum((1.0 + _BESIDE - aside) / _BESIDE, 1.0)
        shadow[near] = np.where(inside, 0.0, np.maximum(shadow[near], cast))
        _cover(cloth, near[inside], off[inside], phase[inside], aside[inside], hair[inside])
    cloth.shade[:] -= np.float32(_SHADOW) * shadow


def _cover(cloth: _Cloth, where: Places, off: Floats, phase: Floats, aside: Floats, hair: Floats) -> None:
    """Write one lock's places, M of the N, over what lies behind it. Its border is soft where nothing does."""
    soft = np.minimum((1.0 - aside) * np.float32(1 / _SOFT), 1.0)
    cloth.edge[where] = np.maximum(soft, np.minimum(2.0 * cloth.hair[where], cloth.edge[where]))
    cloth.side[where] = off
    cloth.shade[where] = np.float32(_CREST) * np.cos(phase) + np.float32(_ROUND) * (0.6 - aside * aside)
    cloth.hair[where] = hair
