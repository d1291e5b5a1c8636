"""What a study learns from: posts as a network sees them, with their labels and splits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genmark.errors import ConfigError, UsageError
from genmark.types import Bools, Floats

Ints = NDArray[np.int64]
Words = NDArray[np.str_]

SPLITS = ("train", "val", "cal", "test")
"""Learnt from; the temperature's; certified on; measured on, once (`genmark.brand.splits`)."""


def _none() -> Floats:
    return np.zeros((0, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Material:
    """N posts as a network sees them.

    features    float32 (N, D): what the probe reads
    deep        float32 (N, E): the last layer's features, by which strangers are told (a `StyleReader`'s miss them)
    labels      int64 (N,): places in `brands`; without brands nobody reads them
    brands      names of the classes; () where only attributes are learnt
    groups      str (N,): what belongs together (account, campaign, copies), never in two splits
    splits      str (N,): each one of `SPLITS`
    attributes  names of perceptual attributes; () where there are none
    marks       float32 (N, A): 1 where a post shows an attribute, else 0
    """

    features: Floats
    deep: Floats
    labels: Ints
    brands: tuple[str, ...]
    groups: Words
    splits: Words
    attributes: tuple[str, ...] = ()
    marks: Floats = field(default_factory=_none)

    def __post_init__(self) -> None:
        if not self.attributes:
            object.__setattr__(self, "marks", np.zeros((len(self.labels), 0), np.float32))
        parts = (self.features, self.deep, self.groups, self.splits, self.marks)
        if any(len(part) != len(self.labels) for part in parts):
            raise ValueError("features, labels, groups, splits and marks must be of one length")
        both = sorted(set(self.brands) & set(self.attributes))
        if both:
            raise ConfigError(f"{both[0]!r} is a brand and an attribute; rename one of them")
        for name in SPLITS:
            if not self.at(name).any():
                raise UsageError(f"no post is in the split {name!r}; a study needs {', '.join(SPLITS)}")
        for name in SPLITS[1:]:
            crossed = sorted(set(self.groups[self.at("train")]) & set(self.groups[self.at(name)]))
            if crossed:
                raise UsageError(f"{crossed[0]} is in train and in {name}; what belongs together must stay together")

    def at(self, split: str) -> Bools:
        """Which posts are in a split, bool (N,)."""
        return np.asarray(self.splits == split)
