"""Whose hair a cut is shown with: the customer's own, a donor's, or that of a reference photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genmark.errors import SubjectError
from genmark.recipes import Cut, Perm, Style
from genmark.restyle.hair.arrange import find_share
from genmark.restyle.hair.choice import PITCH, YAW, choose
from genmark.restyle.hair.donors import Donor, mirrored
from genmark.restyle.hair.source import Source
from genmark.restyle.hair.stage import Stage
from genmark.restyle.hair.tone import suit
from genmark.types import Pose

REFERENCE = "reference"
"""What a recipe calls the hair of a reference photo among its donors."""
_RISEN = 0.2
"""Face heights over which waves grow until they are seen."""
_NECK = 0.45
"""How far below the eyes hair may hang that is faded at the sides, face heights."""
_OPEN = 0.3
"""Most of the forehead that hair may cover which is parted on the other side."""
_SEEN = 0.3
"""Least share of a perm's waves that shows on hair that waves already."""
_ENDS = 0.35
"""Least that hair must hang below the eyes to have ends that turn, or lengths to straighten."""


@dataclass(frozen=True, eq=False)
class Wardrobe:
    """All hair that can be worn: donors, and that of a `reference` photo if there is one."""

    donors: Sequence[Donor]
    reference: Source | None = None

    def find(self, name: str, stage: Stage, style: Style) -> Source:
        """Own hair where `style` keeps it and it is long enough, else the best other, in own colour and light.

        name   of the customer's photo, for errors: SubjectError "bald", "too_short", "too_long", "fringe", "curly"
        or "pose"
        """
        if style.cut is None or _long_enough(stage, style.cut):
            own = _own(name, stage, style)
            return own if style.cut is None or not style.cut.swapped else _swap(name, stage, own)
        if not style.cut.donors:
            raise SubjectError(f"the hair in {name} is too short for {style.english}", "too_short")
        return suit(self._other(name, stage, style.cut), stage.head, stage.own, stage.slope)

    def find_front(self, stage: Stage, style: Style) -> Source | None:
        """The donor whose fringe `style` wears in front, in own colour and light; None where it wears none."""
        if style.cut is None or not style.cut.front:
            return None
        return suit(choose(self.donors, style.cut.front, stage.pose, stage.slope), stage.head, stage.own, stage.slope)

    def _other(self, name: str, stage: Stage, cut: Cut) -> Source:
        if REFERENCE in cut.donors and self.reference is not None:
            return turn_to(self.reference, stage.pose, name)
        return choose(self.donors, cut.donors, stage.pose, stage.slope)


def turn_to(reference: Source, pose: Pose, name: str) -> Source:
    """A reference's hair, mirrored where that fits `pose` better. SubjectError "pose" where neither side fits."""
    sides = (reference, mirrored(reference))
    best = min(sides, key=lambda side: abs(side.pose.yaw - pose.yaw))
    yaw, pitch = abs(best.pose.yaw - pose.yaw), abs(best.pose.pitch - pose.pitch)
    if yaw > YAW or pitch > PITCH:
        far = f"turned {yaw:.0f}" if yaw > YAW else f"nodded {pitch:.0f}"
        raise SubjectError(
            f"the head in {name} is {far} degrees away from the one in {reference.name}, and more than "
            f"{YAW if yaw > YAW else PITCH:.0f} does not look right; use photos that are taken from the same side",
            "pose",
        )
    return best


def _own(name: str, stage: Stage, style: Style) -> Source:
    if stage.own is None:
        raise SubjectError(f"{name} shows too little hair for a perm; ask for a cut", "bald")
    if style.cut is not None and style.cut.taper > 0.0 and _below(stage) > _NECK:
        raise SubjectError(f"the hair in {name} is too long for {style.english}; ask for a short cut", "too_long")
    if style.cut is None and style.perm is not None and _below(stage) < _needed(style.perm):
        raise SubjectError(f"the hair in {name} is too short for {style.english}; add a cut", "too_short")
    if style.cut is None and style.perm is not None and find_share(style.perm, stage.swing) < _SEEN:
        raise SubjectError(
            f"the hair in {name} waves as much as a {style.english} already; straighten it, or ask for a cut", "curly"
        )
    return stage.own


def _swap(name: str, stage: Stage, own: Source) -> Source:
    """Own hair parted on the other side: as in a looking-glass, in the light as it falls."""
    if abs(stage.pose.yaw) > YAW / 2:
        raise SubjectError(
            f"the head in {name} is turned too far for its hair to be parted on the other side; use a photo from the "
            "front",
            "pose",
        )
    if stage.fringe > _OPEN:
        raise SubjectError(f"the fringe in {name} hides the parting; comb it back for the photo", "fringe")
    return suit(replace(mirrored(own), kind="reference"), stage.head, own, stage.slope)


def _long_enough(stage: Stage, cut: Cut) -> bool:
    return cut.own is not None and stage.own is not None and stage.fall is not None and stage.fall >= cut.own


def _below(stage: Stage) -> float:
    """How far below the eyes own hair hangs, face heights."""
    return stage.head.chin + stage.fall if stage.fall is not None else -1.0


def _needed(perm: Perm) -> float:
    """How far below the eyes hair must hang for a perm to show: half a wave below where waves begin, ends to turn."""
    waves = perm.start + max(0.5 * perm.pitch, _RISEN) if perm.swing > 0.0 else -1.0
    return max(waves, _ENDS if perm.turn != 0.0 else -1.0, _ENDS if perm.straight > 0.0 else -1.0)
