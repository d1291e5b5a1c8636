"""The shortcut audit of a file's classifier on the test posts that it was reported on."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from genmark.brand.agreement import null_accuracy
from genmark.brand.archive import BrandFile
from genmark.brand.audit import Audit, Read, audit, load
from genmark.brand.backbones import Backbone
from genmark.brand.calibration import soften
from genmark.brand.fit import embed_photos
from genmark.brand.folding import quick_reader
from genmark.brand.gathering import Gathered
from genmark.brand.material import Ints
from genmark.brand.report.evidence import Evidence, probe_of_brands
from genmark.brand.seen import Frames
from genmark.brand.shortcuts import frame_numbers
from genmark.types import Floats, Photo, Pixels

MOST = 500
"""Test posts that are audited, and train posts whose frames are looked at; of more, a seeded sample."""


def audit_posts(file: BrandFile, gathered: Gathered, evidence: Evidence, backbone: Backbone) -> Audit:
    """Audit the classifier on test posts. Raises PhotoError for one that cannot be read any more."""
    test, train = _sample(evidence.at("test")), _sample(evidence.at("train"))
    accounts = [post.account for post in gathered.posts]
    named = all(accounts)
    return audit(
        reading(file, backbone),
        [evidence.paths[place] for place in test.tolist()],
        evidence.labels[test],
        evidence.groups[test],
        null_accuracy(evidence.labels[train], evidence.labels[test]),
        frames=Frames(_frames([evidence.paths[place] for place in train.tolist()]), evidence.labels[train]),
        sources=[accounts[place] for place in test.tolist()] if named else None,
        known=sorted({accounts[place] for place in evidence.at("train").tolist()}) if named else (),
    )


def reading(file: BrandFile, backbone: Backbone) -> Read:
    """What turns pictures of any size into the file's probabilities of its brands."""
    probe, quick = probe_of_brands(file), quick_reader(backbone)

    def read(pictures: Sequence[Pixels]) -> Floats:
        features = embed_photos(backbone, [Photo(pixels) for pixels in pictures], quick)
        return soften(probe.logits(features), file.temperature).astype(np.float32)

    return read


def _frames(paths: Sequence[Path]) -> Floats:
    with ThreadPoolExecutor(2) as pool:
        return np.array(list(pool.map(lambda path: frame_numbers(load(path)), paths)), np.float32)


def _sample(places: Ints) -> Ints:
    if len(places) <= MOST:
        return places
    return np.sort(np.random.default_rng(0).choice(places, MOST, replace=False))
