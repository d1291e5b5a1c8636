"""From features of posts to a brand's file: a probe, its temperature, what it may promise, whom it does not know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genmark.brand.agreement import accuracy, null_accuracy
from genmark.brand.archive import BrandFile
from genmark.brand.backbones import Backbone
from genmark.brand.backbones import fingerprint as fingerprint_of
from genmark.brand.calibration import fit_temperature, log_loss, null_ece, reliability, soften
from genmark.brand.certify import Certified, certify, one_of_each
from genmark.brand.outliers import Outliers
from genmark.brand.probe import Probe, choose_l2, fit_probe
from genmark.errors import UsageError
from genmark.types import Bools, Floats

Ints = NDArray[np.int64]
Words = NDArray[np.str_]

SPLITS = ("train", "val", "cal", "test")
"""Learnt from; the temperature's; certified on; measured on, once (`genmark.brand.splits`)."""
_PLACES = 6
"""Decimals of the scores that are kept."""


@dataclass(frozen=True, eq=False)
class Material:
    """N posts as a network sees them.

    features   float32 (N, D): what the probe reads
    deep       float32 (N, E): the last layer's features, by which strangers are told (a `StyleReader`'s miss them)
    labels     int64 (N,): places in `brands`
    brands     names of the classes
    groups     str (N,): what belongs together (account, campaign, copies), never in two splits
    splits     str (N,): each one of `SPLITS`
    """

    features: Floats
    deep: Floats
    labels: Ints
    brands: tuple[str, ...]
    groups: Words
    splits: Words

    def __post_init__(self) -> None:
        if any(len(part) != len(self.labels) for part in (self.features, self.deep, self.groups, self.splits)):
            raise ValueError("features, labels, groups and splits must be of one length")
        for name in SPLITS:
            if not self.at(name).any():
                raise UsageError(f"no post is in the split {name!r}; a study needs {', '.join(SPLITS)}")
        for name in SPLITS[1:]:
            both = sorted(set(self.groups[self.at("train")]) & set(self.groups[self.at(name)]))
            if both:
                raise UsageError(f"{both[0]} is in train and in {name}; what belongs together must stay together")

    def at(self, split: str) -> Bools:
        """Which posts are in a split, bool (N,)."""
        return np.asarray(self.splits == split)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a study found.

    probe        the classifier of brands, on standardised features
    temperature  its logits are divided by this
    outliers     the index that tells strangers
    certified    from which probability on the nearest brand may be accepted
    scores       of the test split, and of the temperature: plain numbers
    """

    probe: Probe
    temperature: float
    outliers: Outliers
    certified: Certified
    scores: dict[str, float]


def study(material: Material, precision: float = 0.9) -> Lesson:
    """Learn on train, cool on val, certify on cal, measure on test, which nothing else has looked at.

    precision   the share of accepted pictures that must be the brand's, for the promise of `Certified`
    """
    train, val, cal = (material.at(name) for name in SPLITS[:3])
    features, labels, groups = material.features, material.labels, material.groups
    l2, _ = choose_l2(features[train], labels[train], groups[train].tolist(), material.brands)
    probe = fit_probe(features[train], labels[train], material.brands, l2)
    temperature = fit_temperature(probe.logits(features[val]), labels[val])
    alone = np.flatnonzero(cal)[one_of_each(groups[cal])]
    sure = soften(probe.logits(features[alone]), temperature)
    certified = certify(sure.max(axis=1), sure.argmax(axis=1) == labels[alone], precision)
    outliers = Outliers.fit(material.deep[train], groups=groups[train])
    return Lesson(probe, temperature, outliers, certified, {"l2": l2} | measure(material, probe, temperature, outliers))


def measure(material: Material, probe: Probe, temperature: float, outliers: Outliers) -> dict[str, float]:
    """The test split's scores.

    accuracy, low, high   with its 95 % interval over groups; null: always the commonest brand
    ece, ece_null         calibration error, and the 95th percentile of a perfect model's at that size
    loss                  mean log loss, nats
    strange               share of the test posts that are taken for strangers
    """
    test = material.at("test")
    labels, groups = material.labels[test], material.groups[test]
    sure = soften(probe.logits(material.features[test]), temperature)
    right = accuracy(sure.argmax(axis=1) == labels, groups)
    found = {
        "accuracy": right.value,
        "low": right.low,
        "high": right.high,
        "null": null_accuracy(material.labels[material.at("train")], labels),
        "ece": reliability(sure, labels).ece,
        "ece_null": null_ece(sure).high,
        "loss": log_loss(sure, labels),
        "strange": float(outliers.strange(material.deep[test]).mean()),
        "pictures": float(len(labels)),
    }
    return {name: round(value, _PLACES) for name, value in found.items()}


def file_of(lesson: Lesson, material: Material, backbone: Backbone, fingerprint: str) -> BrandFile:
    """What a study found, as the file that travels; a threshold only where one is certified."""
    arrays = {f"head.{name}": getattr(lesson.probe, name) for name in ("weight", "bias", "mean", "scale")}
    arrays |= {"outliers.points": lesson.outliers.points, "outliers.reference": lesson.outliers.reference}
    threshold = lesson.certified.threshold
    return BrandFile(
        tensors={name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in arrays.items()},
        brands=material.brands,
        backbone=backbone.model,
        licence=backbone.licence,
        size=backbone.size,
        mean=backbone.mean,
        std=backbone.std,
        temperature=lesson.temperature,
        thresholds={} if threshold is None else dict.fromkeys(material.brands, threshold),
        fingerprint=fingerprint,
        settings={
            "reading": backbone.reading,
            "network": fingerprint_of(backbone.network),
            "neighbours": lesson.outliers.k,
            "limit": lesson.outliers.limit,
            "promised": lesson.outliers.promised,
            "precision": lesson.certified.precision,
        },
        scores=lesson.scores,
    )


def probe_of(brand: BrandFile) -> Probe:
    """The probe that a file holds."""
    weight, bias, mean, scale = (brand.tensors[f"head.{name}"].numpy() for name in ("weight", "bias", "mean", "scale"))
    return Probe(weight, bias, mean, scale)


def outliers_of(brand: BrandFile) -> Outliers:
    """The index of known pictures that a file holds."""
    points, reference = (brand.tensors[f"outliers.{name}"].numpy() for name in ("points", "reference"))
    settings = brand.settings
    return Outliers(points, reference, settings["neighbours"], settings["limit"], settings["promised"])
