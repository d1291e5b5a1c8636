"""One attribute as read: a value or none, how sure, and how often such readings are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from genmark.types import check_shares


@dataclass(frozen=True)
class Reading:
    """An attribute.

    value       what was read, a word of `shares` or of a scale; None: abstained
    confidence  of a head: its calibrated probability. Of a measure: the chance that the word stays the same when the
                same photo is lit or compressed a little otherwise. In [0, 1]; 0 where nothing could be read
    reason      why it abstained, for a person to read; "" where it did not
    shares      probability of each answer, where a head gave it
    number      what was measured, in the unit that its docstring names; None where nothing was
    error_rate  how often such readings were wrong where they answered (heads) or changed with the photo's light and
                compression (measures), on people never trained on; None where that is not known
    """

    value: str | None
    confidence: float
    reason: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)
    number: float | None = None
    error_rate: float | None = None

    def __post_init__(self) -> None:
        check_shares(self, "confidence", "error_rate")
        if (self.value is None) != bool(self.reason):
            raise ValueError("a reading has either a value or a reason why it has none")
        object.__setattr__(self, "shares", MappingProxyType(dict(self.shares)))

    @property
    def abstained(self) -> bool:
        """Whether nothing was sure enough to be said."""
        return self.value is None

    def facts(self) -> dict[str, Any]:
        """Plain values for JSON, rounded to what means something."""
        return {
            "value": self.value,
            "confidence": round(self.confidence, 3),
            "reason": self.reason,
            "shares": {name: round(share, 3) for name, share in self.shares.items()},
            "number": None if self.number is None else round(self.number, 3),
            "error_rate": None if self.error_rate is None else round(self.error_rate, 3),
        }


def withheld(reason: str) -> Reading:
    """A reading that was not made."""
    return Reading(None, 0.0, reason)
