"""What a backend is: a callable. A function is one, so is a class that loads in `__init__`; a lambda is a test double.

Capabilities are attributes that a backend declares, never a list of names somewhere else. All are optional:

    licence     SPDX identifier of code and weights             ("Apache-2.0" if absent)
    commercial  may be used commercially                         (True if absent)
    weights     tuple of `genmark.types.Weights` that it loaded  (() if absent)
    version     text that changes whenever its results may       ("0" if absent)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from genmark.insight import Caption, Tag
from genmark.recipes import Style
from genmark.types import Photo, Regions, Restyled


class Parser(Protocol):
    def __call__(self, photo: Photo, face: int = 0, /) -> Regions:
        """Find the regions of a photo, at its size. `face` counts faces from the largest.

        Raises SubjectError where there is nothing to parse (no face, a hat over the hair, …).
        """


class Restyler(Protocol):
    def __call__(
        self, photo: Photo, regions: Regions, style: Style, seeds: Sequence[int], /
    ) -> Iterator[Photo | Restyled]:
        """Yield one photo per seed, in order, at the photo's size.

        The same seed gives the same picture, whatever the other seeds. The caller pastes: what it does outside the
        style's region does not matter. One that needs more than the region's matte (a longer cut) yields Restyled,
        which says which pixels; eyes and mouth stay the photo's own even then.
        """


class Captioner(Protocol):
    def __call__(self, photos: Sequence[Photo], /) -> Iterator[Caption]:
        """Yield one caption per photo, in order; an empty one where nothing was sure enough to be said.

        The same photo gets the same caption, whatever the others.
        """


class Tagger(Protocol):
    def __call__(self, photos: Sequence[Photo], /) -> Iterator[tuple[Tag, ...]]:
        """Yield the tags of each photo, in order, the surest first; () where nothing is sure."""


class Scorer(Protocol):
    def __call__(self, photos: Sequence[Photo], /) -> Sequence[float]:
        """Score each photo in [0, 1]; higher fits the brand better."""
