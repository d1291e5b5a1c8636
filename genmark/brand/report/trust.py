"""How far probabilities can be believed: calibration before and after, and from where on a precision is promised."""

from __future__ import annotations

from dataclasses import dataclass

from genmark.brand.calibration import NullEce, Reliability, brier, log_loss, null_ece, reliability
from genmark.brand.certify import Certified, certify, fewest, one_of_each
from genmark.brand.material import Ints
from genmark.brand.report.evidence import Evidence

TARGETS = (0.8, 0.9, 0.95, 0.99)
"""Precisions that are looked up, each certified for itself."""


@dataclass(frozen=True, eq=False)
class Belief:
    """Test probabilities at one temperature: reliability, the ECE that a perfect model shows at that size, Brier score
    in [0, 2], log loss in nats."""

    temperature: float
    reliability: Reliability
    null: NullEce
    brier: float
    loss: float


@dataclass(frozen=True)
class Threshold:
    """One precision: what calibration posts certify, and what test posts then showed, which decided nothing.

    fewest         independent posts without a mistake that it takes at least
    test_passes    test posts at or above the threshold; test_right, of those
    """

    certified: Certified
    fewest: int
    test_passes: int = 0
    test_right: int = 0


@dataclass(frozen=True, eq=False)
class Trust:
    """`before` and `after` the temperature; `thresholds`; `independent` calibration posts, one of each group."""

    before: Belief
    after: Belief
    thresholds: tuple[Threshold, ...]
    calibration_posts: int
    independent: int


def find_trust(evidence: Evidence, targets: tuple[float, ...] = TARGETS) -> Trust:
    """Measure calibration on test; certify thresholds on cal, one post of each group, and never on test."""
    cal = evidence.at("cal")
    alone = cal[one_of_each(evidence.groups[cal])]
    return Trust(
        _believe(evidence, 1.0),
        _believe(evidence, evidence.temperature),
        tuple(_threshold(evidence, alone, target) for target in targets),
        len(cal),
        len(alone),
    )


def _believe(evidence: Evidence, temperature: float) -> Belief:
    test = evidence.at("test")
    shares, labels = evidence.shares(test, temperature), evidence.labels[test]
    return Belief(
        temperature, reliability(shares, labels), null_ece(shares), brier(shares, labels), log_loss(shares, labels)
    )


def _threshold(evidence: Evidence, alone: Ints, target: float) -> Threshold:
    sure = evidence.shares(alone)
    found = certify(sure.max(axis=1), sure.argmax(axis=1) == evidence.labels[alone], target)
    test = evidence.at("test")
    shares = evidence.shares(test)
    passes = found.passes(shares.max(axis=1))
    right = passes & (shares.argmax(axis=1) == evidence.labels[test])
    return Threshold(found, fewest(target, 1.0 - found.level), int(passes.sum()), int(right.sum()))
