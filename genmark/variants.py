"""What comes out: one preview with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from genmark.recipes import Style
from genmark.types import Mask, Photo, check_shares


@dataclass(frozen=True)
class Proof:
    """What was measured on a finished variant, so that nobody has to take our word.

    kept_max_diff  largest absolute difference of any channel, 0 to 255, over the pixels that had to stay
    delta_e        CIEDE2000 from the changed region's median colour to the colour asked for; None if none was asked
    seam           how invisible the edge of the change is, in [0, 1]; 1 is no edge that the photo did not have
    notes          short facts that a person should read, as (English, Korean) pairs: what bleaching it takes, …
    """

    kept_max_diff: int
    delta_e: float | None
    seam: float
    notes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_shares(self, "seam")


@dataclass(frozen=True)
class Opinion:
    """What a brand's file says of a variant beside its fit.

    brand       whose look it was held against
    decision    "accept", "review" or "reject"
    reasons     why, as (English, Korean) pairs
    departs     how its look departs from the brand's, as such a pair, or None where that is not known
    like        the brand's own posts that are most like it, by their files
    judge       the fit that an independent scorer gives, which chose nothing, in [0, 1]; None where there is none
    """

    brand: str
    decision: str
    reasons: tuple[tuple[str, str], ...] = ()
    departs: tuple[str, str] | None = None
    like: tuple[str, ...] = ()
    judge: float | None = None

    def __post_init__(self) -> None:
        check_shares(self, "judge")


@dataclass(frozen=True, eq=False)
class Variant:
    """One preview: the picture, the choice that made it, and its proof.

    photo         the finished picture, at the size of the original
    style         what was asked for
    seed          the seed of its randomness
    backend       the restyler's registered name
    changed       every pixel that was allowed to change
    proof         what was measured
    milliseconds  time by step: "parse", "restyle", "paste", "prove" …, and "total"
    fit           brand fit in [0, 1], or None without a brand
    measured      what the hair in the finished picture is, of a new shape: length, curl, fringe, colour … ({} else)
    opinion       what the brand's file says of it, or None without a brand
    search        how it was searched for: trials, limit, what else was found … ({} where it was asked for as it is)
    """

    photo: Photo
    style: Style
    seed: int
    backend: str
    changed: Mask
    proof: Proof
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    fit: float | None = None
    measured: Mapping[str, object] = field(default_factory=dict)
    opinion: Opinion | None = None
    search: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_shares(self, "fit")
        if self.changed.inside.shape != self.photo.pixels.shape[:2]:
            raise ValueError("Variant.changed must have the photo's size")
        for name in ("milliseconds", "measured", "search"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
