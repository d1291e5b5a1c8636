"""All that a report says, found without a word of HTML."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.brand.archive import BrandFile
from genmark.brand.audit import Audit
from genmark.brand.backbones import Backbone
from genmark.brand.gathering import Gathered, Tell
from genmark.brand.report.attribute_claims import claims_of_attributes
from genmark.brand.report.attributes import Attributes, find_attributes
from genmark.brand.report.card import Card, find_card
from genmark.brand.report.claims import Claim, Headline, few_groups, find_headline, unknown_kin
from genmark.brand.report.curves import Curves, curves
from genmark.brand.report.evidence import Evidence, find_evidence, probe_of_brands
from genmark.brand.report.heat import Sheets, find_sheets
from genmark.brand.report.landscape import Landscape, find_landscape
from genmark.brand.report.profile import Profile, find_profiles
from genmark.brand.report.scores import Scores, score_brands
from genmark.brand.report.trust import Trust, find_trust

SHOWN = 12
"""Brands with curves, sheets and profiles of their own; of more, those with most posts."""


@dataclass(frozen=True)
class Origin:
    """Where the numbers come from: the network, its licence, features, the splits' fingerprint, certified precision."""

    backbone: str
    licence: str
    reading: str
    tuned: bool
    fingerprint: str
    precision: float


@dataclass(frozen=True, eq=False)
class Findings:
    """What one page says; `shown` are the places in `brands` that get curves, sheets and profiles.

    Of a file that knows attributes only, what is about brands is None or empty, of one without them, `attributes`.
    `claims` say what may be claimed of both, and what not.
    """

    brands: tuple[str, ...]
    shown: tuple[int, ...]
    origin: Origin
    claims: tuple[Claim, ...]
    headline: Headline | None
    card: Card
    scores: Scores | None
    curves: dict[str, Curves]
    trust: Trust | None
    attributes: Attributes | None
    sheets: Sheets
    profiles: tuple[Profile, ...]
    landscape: Landscape | None
    audit: Audit | None


def find_findings(
    file: BrandFile, gathered: Gathered, backbone: Backbone, audit: Audit | None = None, tell: Tell = lambda _: None
) -> Findings:
    """Find what a report says of a brand file and the posts that it was learnt from; `tell` hears each step.

    Everything is measured on the test split, thresholds on cal, looks on train; the same input gives the same
    findings. Raises UsageError where the posts are of other brands or attributes than the file.
    """
    evidence = find_evidence(file, gathered)
    seen, shown = gathered.material, _shown(evidence)
    precision, known = float(file.settings.get("precision", 0.9)), _kin_known(gathered)
    tell("counting posts, copies and doubtful labels")
    card = find_card(file, gathered, evidence)
    scores = _score(evidence) if evidence.brands else None
    headline = None
    if scores is not None:
        proven = None if audit is None else audit.shortcuts
        headline = find_headline(evidence, scores.brands, precision, known, proven)
    tell("drawing heat maps")
    sheets = find_sheets(evidence, seen.deep, backbone, probe_of_brands(file), shown)
    tell("measuring looks")
    profiles = find_profiles(evidence, shown)
    attributes = find_attributes(file, gathered, evidence, shown, precision)
    tell("laying out the map")
    return Findings(
        brands=evidence.brands,
        shown=shown,
        origin=_origin(file, precision),
        claims=_claims(headline, attributes, known),
        headline=headline,
        card=card,
        scores=scores,
        curves=_curves(evidence, shown),
        trust=find_trust(evidence) if evidence.brands else None,
        attributes=attributes,
        sheets=sheets,
        profiles=profiles,
        landscape=find_landscape(evidence, seen.features),
        audit=audit,
    )


def _claims(headline: Headline | None, attributes: Attributes | None, known: bool) -> tuple[Claim, ...]:
    """Of brands, then of attributes; what holds for both is said once."""
    of_brands = () if headline is None else headline.claims
    if attributes is None:
        return of_brands
    common = (*unknown_kin(known), *few_groups(attributes.groups)) if headline is None else ()
    return (*of_brands, *claims_of_attributes(attributes), *common)


def _kin_known(gathered: Gathered) -> bool:
    kept = set(gathered.splits.grouped_by)
    if "given" in kept:  # the data's own splits: what crosses them is told in their notes
        return any(post.account or post.campaign for post in gathered.posts)
    return bool({"account", "campaign"} & kept)


def _shown(evidence: Evidence) -> tuple[int, ...]:
    """The brands with most posts, in their order."""
    if not evidence.brands:
        return ()
    counts = np.bincount(evidence.labels, minlength=len(evidence.brands))
    return tuple(sorted(np.argsort(-counts, kind="stable")[:SHOWN].tolist()))


def _score(evidence: Evidence) -> Scores:
    test = evidence.at("test")
    answers = evidence.logits[test].argmax(axis=1).astype(np.int64)
    return score_brands(evidence.labels[test], answers, evidence.groups[test], evidence.brands)


def _curves(evidence: Evidence, shown: tuple[int, ...]) -> dict[str, Curves]:
    """One brand against the rest, by its probability, where test holds both."""
    if not shown:
        return {}
    test = evidence.at("test")
    shares = evidence.shares(test)
    found = {evidence.brands[place]: curves(shares[:, place], evidence.labels[test] == place) for place in shown}
    return {brand: one for brand, one in found.items() if one is not None}


def _origin(file: BrandFile, precision: float) -> Origin:
    tuned = any(name.startswith("backbone.") for name in file.tensors)
    reading = str(file.settings.get("reading", ""))
    return Origin(file.backbone, file.licence, reading, tuned, file.fingerprint, precision)
