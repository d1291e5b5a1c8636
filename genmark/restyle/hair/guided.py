"""The same request, finer: which tone, roots, strands and ends please a scorer most, in a stated number of trials.

The cross-entropy method (Rubinstein 1999): after random tries, each generation is drawn around the best so far. What
was asked for is kept: the hair must measure within a stated distance of the asked colour, a cut or perm stays what it
is, and no other pixel changes. Who shows and who scores is passed in, so that a search is a pure function of a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genmark.colour import delta_e
from genmark.errors import UsageError
from genmark.recipes import Dye, Style
from genmark.types import Lab
from genmark.variants import Variant

Point = NDArray[np.float64]
"""(8,) in [-1, 1]: tone in L*, a*, b*; strength; roots; highlights, their lift; ends. All 0 is the style as asked."""

_TONE = (7.0, 6.0, 8.0)
"""How far the tone may be moved in L*, a* and b* before the limit cuts it short."""
_ELITE = 4
_FIRST = 0.4
"""Share of the trials that is random."""
_GENERATIONS = 3
_LEAST = 0.12
"""Deviation that a generation keeps in every direction."""
_SEAM = 0.05
"""How much more of an edge than the plain style may be seen."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One try: the style asked for, its `variant` with its fit, how far the hair is from the asked colour (CIEDE2000;
    None where no single colour was asked for), and whether the request is `kept`."""

    asked: Style
    variant: Variant
    delta_e: float | None
    kept: bool

    @property
    def fit(self) -> float:
        return self.variant.fit or 0.0


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found: all `trials` in their order, the plain styles' first, and the `best` that keeps the request
    (the first plain one where none does)."""

    trials: tuple[Trial, ...]
    best: Trial

    @property
    def plain(self) -> Trial:
        return self.trials[0]


Show = Callable[[Style], Variant]
"""Makes a style's variant, scored."""
Measure = Callable[[Style, Variant], float | None]
"""CIEDE2000 from the hair of a variant to the colour that a style asks for; None where it asks for no single one."""


def search(
    styles: Sequence[Style],
    show: Show,
    measure: Measure,
    *,
    trials: int = 24,
    seed: int = 0,
    limit: float = 5.0,
    guided: bool = True,
) -> Found:
    """Find the variant of a request with the highest fit.

    styles   what was asked for; of several (the cells of a grid) any will do, and all of them must have a dye
    limit    how far from the asked colour the hair may measure, CIEDE2000
    guided   False: all trials are random, which is what a search must beat

    Raises UsageError where there is no style, one without a dye, or fewer trials than styles.
    """
    if not styles or any(style.dye is None for style in styles):
        raise UsageError("a search moves colours, so it needs styles with a dye")
    if trials < len(styles):
        raise UsageError(f"{len(styles)} styles need at least as many trials, got {trials}")
    rng = np.random.default_rng(seed)
    done = [_Tried(n, np.zeros(8), _try(style, style, show, measure, limit, None)) for n, style in enumerate(styles)]
    while len(done) < trials:
        for which, point in _draw(done, len(styles), trials, rng, guided):
            made = vary(styles[which], point, limit)
            seam = done[which].trial.variant.proof.seam
            done.append(_Tried(which, point, _try(styles[which], made, show, measure, limit, seam)))
    kept = [one.trial for one in done if one.trial.kept]
    return Found(tuple(one.trial for one in done), max(kept, key=lambda one: one.fit, default=done[0].trial))


def vary(style: Style, point: Point, limit: float = 5.0) -> Style:
    """The style at a point: its colour at most `limit` (CIEDE2000) from the one asked for; roots, highlights and ends
    where it asks for none itself. At 0 it is the style as it is."""
    dye = style.dye
    if dye is None or not point.any():
        return style
    shift = _shortened(dye.lab, point[:3] * _TONE, limit)
    moved = replace(dye, lab=_moved(dye.lab, shift))
    if dye.cover == "all" and dye.share == 1.0:
        moved = replace(moved, strength=dye.strength * (1.0 - 0.25 * max(0.0, float(point[3]))))
        moved = _with_strands(moved, point[4:])
    told = (f"{style.english}, tuned", f"{style.korean} (조정)")
    return replace(style, name=f"{style.name}-tuned", english=told[0], korean=told[1], dye=moved)


def _with_strands(dye: Dye, point: Point) -> Dye:
    """Roots, highlights and ends, each where its number is above 0 and the customer asked for none."""
    roots, highlights, lift, ends = (float(value) for value in point)
    if roots > 0.0 and dye.root is None:
        dye = replace(dye, root=_moved(dye.lab, np.array([-16.0 * roots, 0.0, 0.0])), root_share=0.1 + 0.25 * roots)
    if highlights > 0.0 and dye.highlight_lab is None:
        paler = _moved(dye.lab, np.array([12.0 + 8.0 * lift, 0.0, 3.0 + 3.0 * lift]))
        dye = replace(dye, highlights=0.05 + 0.3 * highlights, highlight_lab=paler)
    if ends > 0.0 and dye.tip is None:
        dye = replace(dye, tip=_moved(dye.lab, np.array([14.0 * ends, 0.0, 2.0 * ends])), tip_start=0.6)
    return dye


def _moved(lab: Lab, shift: Point) -> Lab:
    lightness, a, b = (float(round(value, 2)) for value in np.array(lab) + shift)
    return min(max(lightness, 2.0), 97.0), a, b


def _shortened(lab: Lab, shift: Point, limit: float) -> Point:
    """The shift, as much shorter as the limit demands."""
    while float(delta_e(np.array(lab), np.array(_moved(lab, shift)))) > limit:
        shift = 0.85 * shift
    return shift


@dataclass(frozen=True, eq=False)
class _Tried:
    which: int
    point: Point
    trial: Trial


def _try(asked: Style, made: Style, show: Show, measure: Measure, limit: float, seam: float | None) -> Trial:
    variant = show(made)
    off = measure(asked, variant)
    sound = variant.proof.kept_max_diff == 0 and (seam is None or variant.proof.seam >= seam - _SEAM)
    return Trial(asked, variant, off, sound and (off is None or off <= limit))


def _draw(
    done: Sequence[_Tried], styles: int, trials: int, rng: np.random.Generator, guided: bool
) -> list[tuple[int, Point]]:
    """The next generation: random at first, then around the best so far."""
    first = trials if not guided else max(styles + 1, round(_FIRST * trials))
    left = trials - len(done)
    if len(done) < first:
        return [(int(rng.integers(styles)), rng.uniform(-1.0, 1.0, 8)) for _ in range(min(left, first - len(done)))]
    best = sorted(done, key=lambda one: (one.trial.kept, one.trial.fit), reverse=True)[:_ELITE]
    points = np.stack([one.point for one in best])
    centre, spread = points.mean(axis=0), np.maximum(points.std(axis=0), _LEAST)
    size = min(left, -(-(trials - first) // _GENERATIONS))
    drawn = np.clip(rng.normal(centre, spread, (size, 8)), -1.0, 1.0)
    return [(best[int(rng.integers(len(best)))].which, point) for point in drawn]
