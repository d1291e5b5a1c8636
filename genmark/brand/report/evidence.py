"""What a report rests on: the posts that were gathered, and what the file's classifier says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genmark.brand.archive import BrandFile
from genmark.brand.calibration import Doubles, soften
from genmark.brand.posts import Post
from genmark.brand.probe import Probe
from genmark.errors import UsageError
from genmark.types import Bools, Floats

Ints = NDArray[np.int64]
Words = NDArray[np.str_]


class Seen(Protocol):
    """N posts as a network sees them: what a report reads of `Material`."""

    @property
    def features(self) -> Floats:
        """float32 (N, D): what the probe reads."""

    @property
    def deep(self) -> Floats:
        """float32 (N, E): the last layer's."""

    @property
    def labels(self) -> Ints:
        """int64 (N,): places among the brands."""

    @property
    def brands(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of attributes."""

    @property
    def marks(self) -> Floats:
        """float32 (N, A): 1 where a post shows an attribute."""

    @property
    def groups(self) -> Words:
        """str (N,): what belongs together."""

    @property
    def splits(self) -> Words:
        """str (N,): train, val, cal or test."""


class Notes(Protocol):
    """What a report reads of `Splits`."""

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """What never crosses a split, beside near copies."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what could not be had."""


class Gathered(Protocol):
    """The posts that could be read, in one order, with what was found about them."""

    @property
    def posts(self) -> tuple[Post, ...]:
        """N posts."""

    @property
    def splits(self) -> Notes:
        """How they were split."""

    @property
    def sha256(self) -> tuple[str, ...]:
        """Of each post's file."""

    @property
    def near(self) -> Ints:
        """int64 (N,): groups of near copies."""

    @property
    def broken(self) -> tuple[tuple[Path, str], ...]:
        """Files that could not be read, and why."""

    @property
    def material(self) -> Seen:
        """The posts as a network sees them."""


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
