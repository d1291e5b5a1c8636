"""What every captioner and tagger with a network of others shares: it is opened once, and its scores are weighed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property

from genmark.errors import UsageError
from genmark.perceive.platt import Curve
from genmark.perceive.pretrained import Family, Precision, Pretrained, open_pretrained
from genmark.types import Photo, Weights


class Borrowed:
    """A network of others in use; a class says with `licence` what its presets are under.

    batch       photos that go through the network together
    confidence  from a score to a probability, fitted by `genmark.perceive.platt.fit_curve`; by default the preset's.
                Where neither is there, `raw` takes its place, and `calibrated` is False
    which, precision, device, allowed   as `genmark.perceive.pretrained.open_pretrained` has them

    Raises UsageError for a batch without a photo, and as `open_pretrained` does.
    """

    licence: str
    commercial = True
    version = "1"

    def __init__(
        self,
        family: Family,
        which: str,
        batch: int,
        precision: Precision,
        device: str | None,
        confidence: Curve | None,
        allowed: Collection[str],
        raw: Callable[[float], float] = math.exp,
    ) -> None:
        if batch < 1:
            raise UsageError(f"a batch holds at least one photo, not {batch}")
        self.model: Pretrained = open_pretrained(family, which, precision, device, allowed)
        preset = self.model.place.preset
        if confidence is None and preset is not None and preset.slope is not None:
            confidence = Curve(preset.slope, preset.intercept)
        self.batch, self.calibrated = batch, confidence is not None
        self._trust = confidence or raw
        self.licence = self.model.place.licence if preset is None else self.licence

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """The file that it was loaded from."""
        return self.model.weights()

    def _sure(self, score: float) -> float:
        """How sure a score is, in [0, 1]."""
        return min(max(self._trust(score), 0.0), 1.0)

    def _parts(self, photos: Sequence[Photo]) -> Iterator[Sequence[Photo]]:
        """Photos in batches."""
        return (photos[first : first + self.batch] for first in range(0, len(photos), self.batch))
