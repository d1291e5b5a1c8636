"""The posts behind a study: how many, how even, what is broken, what is there twice, which labels are in doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genmark.brand.archive import BrandFile
from genmark.brand.calibration import fit_temperature, soften
from genmark.brand.gathering import Gathered
from genmark.brand.hashes import across, exact_copies
from genmark.brand.material import Ints
from genmark.brand.posts import cautions
from genmark.brand.probe import cross_logits
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.shots import Shot, thumbnails
from genmark.brand.suspects import Suspects, find_suspects, null_counts
from genmark.files import printable

SIDE = 120
MOST = 12
"""Pictures that are shown of one kind; the counts are of all."""
_CLASSES = 1000  # confident learning holds a table of all pairs of classes
_L2 = 0.1  # the middle of what is tried, for a file that does not say which strength it took


@dataclass(frozen=True)
class BrandCount:
    """One brand's posts by split, and in how many accounts, campaigns and groups they are."""

    brand: str
    posts: int
    splits: dict[str, int]
    accounts: int
    campaigns: int
    groups: int


@dataclass(frozen=True)
class Copies:
    """Posts that are there more than once: groups, and how many posts are in them; `across` brands, with pictures."""

    exact_groups: int
    exact_posts: int
    near_groups: int
    near_posts: int
    across_groups: int
    across: tuple[tuple[Shot, ...], ...]


@dataclass(frozen=True)
class Doubt:
    """Labels to look at again.

    count, share   how many suspects there are, and the estimated share of wrong labels
    null           how many there would be if all labels were right: 5th, 50th and 95th percentile
    shots          the surest
    """

    count: int
    share: float
    null: tuple[int, int, int]
    shots: tuple[Shot, ...]

    @property
    def beyond_chance(self) -> bool:
        """Whether there are more suspects than right labels would make."""
        return self.count > self.null[2]


@dataclass(frozen=True)
class Card:
    """The data card; `broken` are (file, why), `notes` what a reader should know."""

    posts: int
    brands: tuple[BrandCount, ...]
    imbalance: float
    splits: dict[str, int]
    grouped_by: tuple[str, ...]
    broken_count: int
    broken: tuple[tuple[str, str], ...]
    copies: Copies
    doubt: Doubt | None
    notes: tuple[str, ...]


def find_card(file: BrandFile, gathered: Gathered, evidence: Evidence) -> Card:
    """Count the posts, and look for what is there twice or labelled wrongly."""
    posts = gathered.posts
    counts = np.bincount(evidence.labels, minlength=len(evidence.brands))
    broken = tuple((_name(path), reason) for path, reason in gathered.broken)
    tuned = any(name.startswith("backbone.") for name in file.tensors)
    told = "features were tuned on the train posts, so wrong labels among those are partly learnt, and fewer are found"
    return Card(
        posts=len(posts),
        brands=tuple(_count(gathered, evidence, place) for place in range(len(evidence.brands))),
        imbalance=float(counts.max() / max(int(counts.min()), 1)),
        splits=dict(Counter(evidence.splits.tolist())),
        grouped_by=tuple(gathered.splits.grouped_by),
        broken_count=len(broken),
        broken=broken[:MOST],
        copies=_copies(gathered, evidence),
        doubt=_doubt(file, gathered, evidence),
        notes=(*cautions(posts), *gathered.splits.notes, *((told,) if tuned else ())),
    )


def _count(gathered: Gathered, evidence: Evidence, place: int) -> BrandCount:
    own = np.flatnonzero(evidence.labels == place).tolist()
    posts = [gathered.posts[one] for one in own]
    return BrandCount(
        evidence.brands[place],
        len(own),
        dict(Counter(str(evidence.splits[one]) for one in own)),
        len({post.account for post in posts if post.account}),
        len({post.campaign for post in posts if post.campaign}),
        len({str(evidence.groups[one]) for one in own}),
    )


def _copies(gathered: Gathered, evidence: Evidence) -> Copies:
    exact = exact_copies(gathered.sha256)
    sizes = np.array(list(Counter(gathered.near.tolist()).values()), np.int64)
    brands = [evidence.brand_of(place) for place in range(len(evidence.labels))]
    crossing = across(gathered.near, brands)
    shown = tuple(shoot(evidence, np.array(group[:4], np.int64)) for group in crossing[:MOST])
    several = sizes[sizes > 1]
    return Copies(len(exact), sum(map(len, exact)), len(several), int(several.sum()), len(crossing), shown)


def _doubt(file: BrandFile, gathered: Gathered, evidence: Evidence) -> Doubt | None:
    """Suspects by models that never saw a post's group; None without two groups to part, for too many brands or
    for none."""
    if (
        not 0 < len(evidence.brands) <= _CLASSES
        or len(np.unique(evidence.groups)) < 2
        or len(np.unique(evidence.labels)) < len(evidence.brands)
    ):
        return None
    l2 = next((value for name, value in file.scores.items() if name.startswith("l2")), _L2)
    groups = [str(group) for group in evidence.groups]
    logits = cross_logits(gathered.material.features, evidence.labels, groups, evidence.brands, l2)
    shares = soften(logits, fit_temperature(logits, evidence.labels))
    found = find_suspects(shares, evidence.labels)
    null = np.percentile(null_counts(shares), (5, 50, 95)).round().astype(int).tolist()
    return Doubt(len(found.labels), found.noise, (null[0], null[1], null[2]), _suspects(evidence, found))


def _suspects(evidence: Evidence, found: Suspects) -> tuple[Shot, ...]:
    first = found.labels[:MOST]
    captions = [f"{evidence.brands[one.suggested]}? (+{one.margin:.2f})" for one in first]
    return shoot(evidence, np.array([one.place for one in first], np.int64), captions)


def shoot(evidence: Evidence, places: Ints, captions: list[str] | None = None) -> tuple[Shot, ...]:
    """Pictures of posts, small, with captions."""
    paths = [evidence.paths[place] for place in places.tolist()]
    said = captions if captions is not None else [""] * len(paths)
    rows = zip(places.tolist(), paths, said, thumbnails(paths, SIDE), strict=True)
    return tuple(Shot(_name(path), evidence.brand_of(place), word, jpeg) for place, path, word, jpeg in rows)


def _name(path: Path) -> str:
    return printable(path.name)
