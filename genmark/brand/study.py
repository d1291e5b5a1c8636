"""From features of posts to what is known of a brand: its heads, what they may promise, and who is a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genmark.brand.agreement import accuracy, null_accuracy
from genmark.brand.calibration import log_loss, null_ece, reliability
from genmark.brand.certify import Certified, certify, one_of_each
from genmark.brand.heads import Doubles, Heads, cool, fit_heads
from genmark.brand.material import Material
from genmark.brand.outliers import Outliers
from genmark.brand.probe import Probe
from genmark.brand.ranking import average_precision
from genmark.types import Bools

_PLACES = 6
"""Decimals of the scores that are kept."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a study found.

    heads      the classifier of brands and attributes, with its temperatures
    outliers   the index that tells strangers
    certified  by brand: from which probability on the likeliest one may be accepted; by attribute: from which on it may
               be said to be there
    precision  that was asked for
    scores     of the test split: plain numbers
    """

    heads: Heads
    outliers: Outliers
    certified: Mapping[str, Certified]
    precision: float
    scores: Mapping[str, float]


def study(material: Material, precision: float = 0.9, probe: Probe | None = None) -> Lesson:
    """Learn on train, cool on val, certify on cal, measure on test, which nothing else has looked at.

    precision   the share of accepted pictures that must be the brand's, for the promise of `Certified`
    probe       the heads of a network that was tuned, whose features these are; None: one is fitted here
    """
    train, val = material.at("train"), material.at("val")
    features, labels, marks = material.features, material.labels, material.marks
    strengths: tuple[float, ...] = ()
    held = None if probe is None else material.deep[val]  # tuned features of what was learnt from lie too close
    if probe is None:
        names = (material.brands, material.attributes)
        groups = material.groups[train].tolist()
        probe, strengths = fit_heads(features[train], labels[train], marks[train], groups, names)
    heads = cool(probe, features[val], labels[val], marks[val], len(material.brands))
    outliers = Outliers.fit(material.deep[train], groups=material.groups[train], held_out=held)
    scores = {f"l2_{place}": value for place, value in enumerate(strengths)} | measure(material, heads, outliers)
    return Lesson(heads, outliers, promise(material, heads, precision), precision, scores)


def promise(material: Material, heads: Heads, precision: float) -> dict[str, Certified]:
    """What may be promised of each brand and attribute, by one post of each group of the split `cal`."""
    cal = material.at("cal")
    alone = np.flatnonzero(cal)[one_of_each(material.groups[cal])]
    brands, attributes = heads.probabilities(material.features[alone])
    found: dict[str, Certified] = {}
    if material.brands:
        right = brands.argmax(axis=1) == material.labels[alone]
        found |= dict.fromkeys(material.brands, certify(brands.max(axis=1), right, precision))
    for name, shares, marks in zip(material.attributes, attributes.T, material.marks[alone].T, strict=True):
        found[name] = certify(shares, marks > 0.5, precision)
    return found


def measure(material: Material, heads: Heads, outliers: Outliers) -> dict[str, float]:
    """The test split's scores.

    accuracy, low, high   with its 95 % interval over groups; null: always the commonest brand
    ece, ece_null         calibration error, and the 95th percentile of a perfect model's at that size
    loss                  mean log loss, nats
    mean_average_precision, mean_average_precision_null   of the attributes, and of a coin
    average_precision/NAME   of each attribute that some test post shows
    strange               share of the test posts that are taken for strangers
    pictures              how many there are
    """
    test = material.at("test")
    brands, attributes = heads.probabilities(material.features[test])
    found = {"pictures": float(test.sum()), "strange": float(outliers.strange(material.deep[test]).mean())}
    if material.brands:
        labels = material.labels[test]
        right = accuracy(brands.argmax(axis=1) == labels, material.groups[test])
        found |= {
            "accuracy": right.value,
            "low": right.low,
            "high": right.high,
            "null": null_accuracy(material.labels[material.at("train")], labels),
            "ece": reliability(brands, labels).ece,
            "ece_null": null_ece(brands).high,
            "loss": log_loss(brands, labels),
        }
    found |= _rank_attributes(material, attributes, test)
    return {name: round(value, _PLACES) for name, value in found.items()}


def _rank_attributes(material: Material, shares: Doubles, test: Bools) -> dict[str, float]:
    marks = material.marks[test] > 0.5
    shown = [place for place in range(len(material.attributes)) if marks[:, place].any()]
    if not shown:
        return {}
    each = {place: average_precision(shares[:, place], marks[:, place]) for place in shown}
    return {
        "mean_average_precision": float(np.mean(list(each.values()))),
        "mean_average_precision_null": float(marks[:, shown].mean()),
        **{f"average_precision/{material.attributes[place]}": value for place, value in each.items()},
    }
