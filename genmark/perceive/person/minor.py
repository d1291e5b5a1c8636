"""The guard: may a face in a photo be a minor's? Built to be wrong on the safe side."""

from __future__ import annotations

from dataclasses import dataclass

from genmark.perceive.landmarks import places
from genmark.perceive.person.crop import LEAST, face_pixels
from genmark.perceive.person.heads import Heads
from genmark.perceive.pose import head_frame
from genmark.types import Face, Floats, Photo, Regions

TURNED = 40.0
"""Degrees of yaw or pitch beyond which a face is not judged."""


@dataclass(frozen=True)
class Minor:
    """possible: whether the face may be a minor's. young: how likely it looks under about 25, in [0, 1], or None where
    the face could not be judged. reason: why it counts as possible; "" where it does not."""

    possible: bool
    young: float | None
    reason: str


def may_be_minor(photo: Photo, regions: Regions, heads: Heads, features: Floats | None = None) -> Minor:
    """Whether the parsed face may be a minor's, so that nothing about beauty or persons may be targeted.

    The rule is that of a till that sells alcohol, "challenge 25": whoever looks under about 25, or cannot be judged
    (too small, turned away, or of a child's proportions), counts as a possible minor. The pack that it learnt from
    holds no children, so its recall is known on young-looking adults and late teenagers only (the card says how much).

    It needs no consent, because it only ever withholds: its answer takes away and is never a reason to show something,
    and nothing about the face is stored. `features` are the face's where they are known already.
    """
    face = regions.face
    if face is None:
        return Minor(True, None, "no face could be judged")
    unclear = _unclear(face, heads.chin_from)
    if unclear:
        return Minor(True, None, unclear)
    seen = features if features is not None else heads.features(photo, face)
    young = heads.heads["age"].shares(seen)["young"]
    if young >= heads.young_from:
        return Minor(True, young, "looks as if under 25")
    return Minor(False, young, "")


def _unclear(face: Face, chin_from: float) -> str:
    """Why a face cannot be judged at all; "" where it can."""
    if face_pixels(face) < LEAST:
        return f"the face is less than {LEAST:.0f} pixels high"
    if max(abs(face.pose.yaw), abs(face.pose.pitch)) > TURNED:
        return "the face is turned away"
    if chin_below_eyes(face) < chin_from:
        return "the eyes lie low in the face, as a child's do"
    return ""


def chin_below_eyes(face: Face) -> float:
    """How far the chin is below the eyes, in face heights: faces grow downwards (Todd, Mark, Shaw & Pittenger 1980)."""
    frame = head_frame(face.landmarks)
    return float(frame.to_head(face.landmarks[places(152)])[0, 1])
