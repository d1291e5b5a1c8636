"""Which donor: the styles in the order in which they are wanted, and of each the head that is held most alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from genmark.errors import SubjectError, UsageError, nearest
from genmark.restyle.hair.donors import Donor, load, mirrored
from genmark.restyle.hair.source import Source
from genmark.types import Pose

YAW, PITCH = 18.0, 28.0
"""Furthest apart that two heads may be turned and nodded, degrees: beyond, hair sits beside the head, or like a cap."""
_NOD = 0.7
"""What a degree of pitch counts, in degrees of yaw."""
_LIGHT = 1.5
"""What a difference in light of 1 (log luminance per face height) counts, in degrees."""
_FLIP = 1.0
"""What mirroring costs, in degrees: the parting changes its side."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A donor, as it is or mirrored, for one head; `yaw` and `pitch` are how many degrees apart the heads are held, and
    `cost` is what choices of one style are ranked by."""

    donor: Donor
    flip: bool
    yaw: float
    pitch: float
    cost: float

    @property
    def fits(self) -> bool:
        """Whether the heads are held alike enough."""
        return self.yaw <= YAW and self.pitch <= PITCH

    def load(self) -> Source:
        """The donor's hair, mirrored where that fits better."""
        source = load(self.donor)
        return mirrored(source) if self.flip else source


def rank(
    donors: Iterable[Donor], styles: Sequence[str], pose: Pose, slope: tuple[float, float] = (0.0, 0.0)
) -> tuple[Choice, ...]:
    """Every donor of `styles`, the better side of each, best first: heads that are held alike enough before others,
    then the styles in their order, then pose, then light (`slope`: `genmark.restyle.hair.slope`)."""
    order = {style: place for place, style in enumerate(dict.fromkeys(styles))}
    found = [
        min((_choice(donor, flip, pose, slope) for flip in (False, True)), key=lambda choice: choice.cost)
        for donor in donors
        if donor.style in order
    ]
    return tuple(sorted(found, key=lambda c: (not c.fits, order[c.donor.style], c.cost, c.donor.id)))


def choose(
    donors: Sequence[Donor], styles: Sequence[str], pose: Pose, slope: tuple[float, float] = (0.0, 0.0)
) -> Source:
    """The hair to wear: the best of `rank`.

    Raises UsageError where no donor wears any of `styles`, SubjectError "pose" where the head is held too differently
    from all who do.
    """
    ranked = rank(donors, styles, pose, slope)
    if not ranked:
        asked = ", ".join(map(repr, styles))
        raise UsageError(f"no donor wears {asked}{nearest(styles[0] if styles else '', {d.style for d in donors})}")
    best = ranked[0]
    if not best.fits:
        turned = best.yaw > YAW
        far = f"turned {best.yaw:.0f} degrees" if turned else f"nodded {best.pitch:.0f} degrees"
        asked = " or ".join(repr(style) for style in styles)
        raise SubjectError(
            f"the head is {far} away from the nearest donor of {asked}, and more than {YAW if turned else PITCH:.0f} "
            "does not look right; use a photo that faces the camera more",
            "pose",
        )
    return best.load()


def _choice(donor: Donor, flip: bool, pose: Pose, slope: tuple[float, float]) -> Choice:
    side = -1.0 if flip else 1.0
    yaw, pitch = abs(side * donor.pose.yaw - pose.yaw), abs(donor.pose.pitch - pose.pitch)
    there = np.clip([side * donor.slope[0], donor.slope[1]], -1.2, 1.2)
    light = float(np.abs(there - np.clip(slope, -1.2, 1.2)).sum())
    cost = float(np.hypot(yaw, _NOD * pitch)) + _LIGHT * light + _FLIP * flip
    return Choice(donor, flip, yaw, pitch, cost)
