"""Own hair lifted off, harmed and put back, as the finish's training does it; and the finish as what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from genmark.errors import SubjectError
from genmark.restyle.hair.finish import Finisher
from genmark.train.hair_pairs import Example, make_pair
from genmark.train.portraits import Portraits, person_of
from genmark.types import Pixels


def draw_pairs(data: Portraits, count: int, seed: int = 0) -> Iterator[Example]:
    """One example of each of `count` portraits, spread evenly over a split; those without hair to lift are left out."""
    for k in np.unique(np.linspace(0, len(data) - 1, min(count, len(data))).round().astype(int)).tolist():
        rng = np.random.default_rng([seed, k])
        photo, regions = person_of(data, k)
        _, other = person_of(data, (k + int(rng.integers(1, len(data)))) % len(data))
        try:
            made = make_pair(photo, regions, other, rng)
        except SubjectError:
            continue
        if made is not None and made.may.any():
            yield made


def mend_by(finisher: Finisher) -> Callable[[Example], Pixels]:
    """The finish as a way of mending."""
    return lambda made: finisher.mend(made.pixels, made.alpha, made.old, made.may, made.unit)
