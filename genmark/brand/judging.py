"""How well pictures fit a brand, by its file: calibrated probabilities, and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genmark.brand.archive import BrandFile
from genmark.brand.filing import heads_of, outliers_of
from genmark.brand.heads import Doubles
from genmark.errors import UsageError, nearest
from genmark.types import Floats

Decision = Literal["accept", "review", "reject"]

_STRANGE = "it is unlike all posts that were learnt from, so its probabilities mean little"


@dataclass(frozen=True)
class Judgement:
    """What one picture is worth to a brand.

    brand          whose look it was held against: the one asked for, else the likeliest; None where the file knows none
    fit            calibrated probability of that brand, in [0, 1]; None without a brand
    probabilities  of each brand, adding up to 1
    attributes     calibrated probability of each attribute, in [0, 1]
    ood            share of known posts that lie nearer to the others than this picture does, in [0, 1]; 1 is strange
    decision       accept, reject or review; only what the file certifies is accepted or rejected
    reasons        why, in sentences
    """

    brand: str | None
    fit: float | None
    probabilities: dict[str, float]
    attributes: dict[str, float]
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
    brands, attributes = heads_of(file).probabilities(features)
    percentiles, strange = outliers_of(file).place(deep)
    rows = zip(brands, attributes, percentiles.tolist(), strange.tolist(), strict=True)
    return tuple(
        _judge_one(file, _named(file.brands, shares), _named(file.attributes, marks), ood, odd, brand)
        for shares, marks, ood, odd in rows
    )


def _named(names: tuple[str, ...], shares: Doubles) -> dict[str, float]:
    return dict(zip(names, shares.tolist(), strict=True))


def _judge_one(
    file: BrandFile, shares: dict[str, float], marks: dict[str, float], ood: float, strange: bool, brand: str | None
) -> Judgement:
    if not shares:
        told = _STRANGE if strange else "the file knows attributes and no brand, so there is no fit to decide on"
        return Judgement(None, None, shares, marks, ood, "review", (told,))
    likeliest = max(shares, key=shares.__getitem__)
    meant = likeliest if brand is None else brand
    decision, reason = _decide(file, shares, strange, meant, likeliest)
    return Judgement(meant, shares[meant], shares, marks, ood, decision, (reason,))


def _decide(
    file: BrandFile, shares: dict[str, float], strange: bool, meant: str, likeliest: str
) -> tuple[Decision, str]:
    """Accept what is surely the brand's, reject what is surely another's, and leave the rest to a person."""
    if strange:
        return "review", _STRANGE
    if likeliest not in file.thresholds:
        return "review", "no threshold could be certified with the posts that there were; more are needed"
    least = file.thresholds[likeliest]
    if shares[likeliest] < least:
        return "review", f"{likeliest} is likeliest, but with {shares[likeliest]:.0%} below the certified {least:.0%}"
    if likeliest == meant:
        return "accept", f"{meant} with {shares[meant]:.0%}, above the certified {least:.0%}"
    return "reject", f"it looks like {likeliest} ({shares[likeliest]:.0%}), not like {meant} ({shares[meant]:.0%})"
