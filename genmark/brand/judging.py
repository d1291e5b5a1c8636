"""How well pictures fit a brand, by its file: calibrated probabilities, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from genmark.brand.archive import BrandFile
from genmark.brand.calibration import soften
from genmark.brand.study import outliers_of, probe_of
from genmark.errors import UsageError, nearest
from genmark.types import Floats

Decision = Literal["accept", "review", "reject"]


@dataclass(frozen=True)
class Judgement:
    """What one picture is worth to a brand.

    brand          whose look it was held against: the one asked for, else the likeliest
    fit            calibrated probability of that brand, in [0, 1]
    probabilities  of each brand, adding up to 1
    ood            share of known posts that lie nearer to the others than this picture does, in [0, 1]; 1 is strange
    decision       accept, reject or review; only what the file certifies is accepted or rejected
    reasons        why, in sentences
    """

    brand: str
    fit: float
    probabilities: dict[str, float]
    ood: float
    decision: Decision
    reasons: tuple[str, ...]


def judge(file: BrandFile, features: Floats, deep: Floats, brand: str | None = None) -> tuple[Judgement, ...]:
    """Judge pictures by their features (N, D) and their last layer's (N, E), in their order.

    brand   the brand that they are meant for; None: each is held against its likeliest one
    Raises UsageError for a brand that the file does not know.
    """
    if brand is not None and brand not in file.brands:
        raise UsageError(f"the file knows no brand {brand!r}{nearest(brand, file.brands)}")
    sure = soften(probe_of(file).logits(features), file.temperature)
    percentiles, strange = outliers_of(file).place(deep)
    rows = zip(sure, percentiles.tolist(), strange.tolist(), strict=True)
    return tuple(_judge_one(file, np.asarray(row, np.float32), ood, odd, brand) for row, ood, odd in rows)


def _judge_one(file: BrandFile, sure: Floats, ood: float, strange: bool, brand: str | None) -> Judgement:
    likeliest = file.brands[int(sure.argmax())]
    meant = likeliest if brand is None else brand
    shares = {name: float(share) for name, share in zip(file.brands, sure, strict=True)}
    decision, reasons = _decide(file, shares, strange, meant, likeliest)
    return Judgement(meant, shares[meant], shares, ood, decision, reasons)


def _decide(
    file: BrandFile, shares: dict[str, float], strange: bool, meant: str, likeliest: str
) -> tuple[Decision, tuple[str, ...]]:
    """Accept what is surely the brand's, reject what is surely another's, and leave the rest to a person."""
    if strange:
        return "review", ("it is unlike all posts that were learnt from, so its probabilities mean little",)
    if likeliest not in file.thresholds:
        return "review", ("no threshold could be certified with the posts that there were; more are needed",)
    least = file.thresholds[likeliest]
    if shares[likeliest] < least:
        return "review", (
            f"{likeliest} is likeliest, but with {shares[likeliest]:.0%} below the certified {least:.0%}",
        )
    if likeliest == meant:
        return "accept", (f"{meant} with {shares[meant]:.0%}, above the certified {least:.0%}",)
    return "reject", (f"it looks like {likeliest} ({shares[likeliest]:.0%}), not like {meant} ({shares[meant]:.0%})",)
