"""What can be counted of results without judges: what stayed, what was met, edges, seams, times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genmark.evaluate.outcomes import Outcome

GONE = 0.03
"""Old hair that may be left, as a share of what had to go."""


def count_up(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """One method's results in plain values.

    lost               results in which no face was found any more; their wishes are not told
    kept, features     the greatest difference of any result where nothing may change
    leftover           mean share of old hair left; `leftover_gone`: share of results with at most 3 % of it
    wishes             by name: asked, told (could be measured), met (share of those told)
    edge               medians of results and photos; `edge_off`: median of |log(result / own photo)|
    seam               medians of results and photos
    milliseconds       median over people of the quickest result: what is done once a photo is left out of it where
                       someone has two
    """
    left = [outcome.leftover for outcome in outcomes if outcome.leftover is not None]
    edges = [(o.edge, o.own_edge) for o in outcomes if o.edge is not None and o.own_edge is not None]
    seams = [(o.seam, o.own_seam) for o in outcomes if o.seam is not None and o.own_seam is not None]
    logs = [abs(float(np.log(max(made, 1e-3) / max(own, 1e-3)))) for made, own in edges]
    return {
        "lost": sum(outcome.look is None for outcome in outcomes),
        "kept": max((outcome.kept for outcome in outcomes), default=None),
        "features": max((outcome.features for outcome in outcomes), default=None),
        "leftover": float(np.mean(left)) if left else None,
        "leftover_gone": float(np.mean([share <= GONE for share in left])) if left else None,
        "wishes": count_wishes(outcomes),
        "edge": _medians(edges),
        "edge_off": float(np.median(logs)) if logs else None,
        "seam": _medians(seams),
        "milliseconds": _time(outcomes),
    }


def _medians(pairs: Sequence[tuple[float, float]]) -> dict[str, float] | None:
    if not pairs:
        return None
    made, own = np.median(pairs, axis=0).tolist()
    return {"made": made, "photo": own}


def _time(outcomes: Sequence[Outcome]) -> float | None:
    quickest: dict[str, float] = {}
    for outcome in outcomes:
        quickest[outcome.person] = min(outcome.milliseconds, quickest.get(outcome.person, outcome.milliseconds))
    return float(np.median(list(quickest.values()))) if quickest else None


def count_wishes(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float | int | None]]:
    """By name: how often it was asked, how often the result could be told, and the share of these that met it."""
    found: dict[str, dict[str, float | int | None]] = {}
    for name in ("length", "curl", "fringe", "colour"):
        answers = [outcome.wishes[name] for outcome in outcomes if name in outcome.wishes]
        told = [answer for answer in answers if answer is not None]
        if answers:
            found[name] = {"asked": len(answers), "told": len(told), "met": float(np.mean(told)) if told else None}
    return found
