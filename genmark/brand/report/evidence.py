"""What a report rests on: the posts that were gathered, and what the file's classifier says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genmark.brand.archive import BrandFile
from genmark.brand.calibration import Doubles, soften
from genmark.brand.gathering import Gathered
from genmark.brand.material import Ints, Words
from genmark.brand.probe import Probe
from genmark.errors import UsageError
from genmark.types import Bools


@dataclass(frozen=True, eq=False)
class Evidence:
    """N posts with what the classifier says of them.

    brands       names of the K classes; () where only attributes are known, and then no label means anything
    paths        of the pictures
    logits       float64 (N, K), not softened
    labels       int64 (N,), places in `brands`
    groups       (N,), splits (N,): as in the material
    temperature  the logits are divided by it
    """

    brands: tuple[str, ...]
    paths: tuple[Path, ...]
    logits: Doubles
    labels: Ints
    groups: NDArray[Any]
    splits: Words
    temperature: float

    def brand_of(self, place: int) -> str:
        """The brand that a post is labelled with; "" where there are none."""
        return self.brands[self.labels[place]] if self.brands else ""

    def at(self, split: str) -> Ints:
        """Places of the posts of a split, ascending."""
        return np.flatnonzero(self.splits == split).astype(np.int64)

    def shares(self, places: Ints | Bools, temperature: float | None = None) -> Doubles:
        """Probabilities of the brands for posts, float64 (n, K); with another temperature if one is given."""
        return soften(self.logits[places], self.temperature if temperature is None else temperature)


def find_evidence(file: BrandFile, gathered: Gathered) -> Evidence:
    """Ask the file's classifier about every post. Raises UsageError where they are of other brands or attributes."""
    seen = gathered.material
    for there, known in ((seen.brands, file.brands), (seen.attributes, file.attributes)):
        if tuple(there) != tuple(known):
            raise UsageError(
                f"the posts are of {_some(there)}, the file was learnt from {_some(known)}; "
                "give the folder or table that it was learnt from"
            )
    paths = tuple(post.path for post in gathered.posts)
    logits = np.asarray(probe_of_brands(file).logits(seen.features), np.float64)
    return Evidence(file.brands, paths, logits, seen.labels, seen.groups, seen.splits, file.temperature)


def probe_of_brands(file: BrandFile) -> Probe:
    """The rows of the file's probe that tell brands; attributes come after them."""
    weight, bias, mean, scale = (file.tensors[f"head.{name}"].numpy() for name in ("weight", "bias", "mean", "scale"))
    return Probe(weight[: len(file.brands)], bias[: len(file.brands)], mean, scale)


def _some(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
