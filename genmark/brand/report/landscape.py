"""All posts on one map, and the groups that they fall into without a look at their labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from genmark.brand.calibration import Doubles
from genmark.brand.material import Ints
from genmark.brand.report.card import shoot
from genmark.brand.report.clusters import agree, cluster, purity
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.shots import Shot, thumbnails
from genmark.brand.report.tsne import lay_out, principal
from genmark.files import printable
from genmark.types import Bools, Floats

MOST = 1500
"""Posts on the map; of more, a seeded sample."""
_SIDE, _TYPICAL = 56, 6
_THUMBS = 800  # beyond these the page would grow too large


@dataclass(frozen=True)
class Spot:
    """One post on the map: x and y in [0, 1], its brand's place, its file, and a small JPEG, perhaps."""

    x: float
    y: float
    brand: int
    name: str
    jpeg: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Cluster:
    """One group: its size, how many posts of each brand it holds, and its most typical posts."""

    size: int
    brands: dict[str, int]
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Landscape:
    """The map and the clusters of `shown` of `posts` posts.

    silhouettes  by number of clusters; the best was taken
    agreement    adjusted mutual information of clusters and brands: 0 chance, 1 the same; None where none are known
    purity       share of posts of their cluster's commonest brand; null: of the commonest brand of all
    """

    posts: int
    shown: int
    spots: tuple[Spot, ...]
    clusters: tuple[Cluster, ...]
    silhouettes: dict[int, float]
    agreement: float | None
    purity: float | None
    null: float | None


def find_landscape(evidence: Evidence, features: Floats, most: int = MOST) -> Landscape | None:
    """Lay the posts out and group them by `features` float32 (N, D); None for fewer than 4 posts."""
    count = len(features)
    if count < 4:
        return None
    dice = np.random.default_rng(0)
    chosen = np.sort(dice.choice(count, most, replace=False)) if count > most else np.arange(count)
    points, labels = principal(features[chosen]), evidence.labels[chosen]
    found = cluster(points)
    rows = tuple(
        _cluster(evidence, chosen, found.found == place, np.square(points - centre).sum(axis=1))
        for place, centre in enumerate(found.centres)
    )
    known: tuple[float | None, float | None, float | None] = (None, None, None)
    if evidence.brands:
        known = agree(found.found, labels), purity(found.found, labels), float(np.bincount(labels).max() / len(labels))
    spots = _spots(evidence, chosen, lay_out(points))
    return Landscape(count, len(chosen), spots, rows, found.silhouettes, *known)


def _spots(evidence: Evidence, chosen: Ints, spots: Doubles) -> tuple[Spot, ...]:
    paths = [evidence.paths[place] for place in chosen.tolist()]
    # the first ones of a shuffled order: thumbnails lie all over the map
    lucky = set(np.random.default_rng(1).permutation(len(paths))[:_THUMBS].tolist())
    pictured = [row for row in range(len(paths)) if row in lucky]
    jpegs = dict(zip(pictured, thumbnails([paths[row] for row in pictured], _SIDE), strict=True))
    return tuple(
        Spot(float(x), float(y), int(evidence.labels[place]), printable(path.name), jpegs.get(row, b""))
        for row, (place, path, (x, y)) in enumerate(zip(chosen.tolist(), paths, spots.tolist(), strict=True))
    )


def _cluster(evidence: Evidence, chosen: Ints, inside: Bools, far: Doubles) -> Cluster:
    own = chosen[inside]
    counts = np.bincount(evidence.labels[own], minlength=len(evidence.brands))
    order = np.argsort(-counts, kind="stable")
    makeup = {
        evidence.brands[place]: int(counts[place]) for place in order.tolist() if counts[place] and evidence.brands
    }
    return Cluster(len(own), makeup, shoot(evidence, own[np.argsort(far[inside], kind="stable")[:_TYPICAL]]))
