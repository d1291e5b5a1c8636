"""Which looks nothing else beats: the Pareto front of brand fit, request kept and edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genmark.variants import Variant


def front(variants: Sequence[Variant]) -> list[bool]:
    """Which variants no other one is at least as good as in all of fit, request and seam, and better in one.

    The fit is the independent judge's where all have one. The request is the distance to the asked colour; a style
    that asks for no single colour has none to miss. One that changed a pixel which had to stay is never on the front,
    and without fits nothing is.
    """
    if any(variant.fit is None for variant in variants):
        return [False] * len(variants)
    judged = all(variant.opinion is not None and variant.opinion.judge is not None for variant in variants)
    points = np.array([_place(variant, judged) for variant in variants]).reshape(-1, 3)
    clean = np.array([variant.proof.kept_max_diff == 0 for variant in variants], bool)
    no_worse = (points[:, None] >= points[None]).all(axis=2) & clean[:, None]
    better = (points[:, None] > points[None]).any(axis=2)
    on: list[bool] = (clean & ~(no_worse & better).any(axis=0)).tolist()
    return on


def _place(variant: Variant, judged: bool) -> tuple[float, float, float]:
    """Fit, request and seam; more is better."""
    opinion, proof = variant.opinion, variant.proof
    fit = opinion.judge if judged and opinion is not None else variant.fit
    return fit or 0.0, -(proof.delta_e or 0.0), proof.seam
