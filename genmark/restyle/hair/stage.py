"""One customer in the chair: what every cut and perm of one photo shares, measured once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genmark.canvas import crop_slices, gaussian_blur
from genmark.errors import SubjectError
from genmark.perceive.features import find_features
from genmark.perceive.look import measure_lie
from genmark.restyle.hair.draft import Head, head_of
from genmark.restyle.hair.focus import Focus, measure_focus
from genmark.restyle.hair.moves.strandwise import Strandwise, follow_strands
from genmark.restyle.hair.slope import measure_slope
from genmark.restyle.hair.source import Source, lift
from genmark.restyle.hair.under import Under, clear
from genmark.types import Bools, Floats, Photo, Pose, Regions

Clear = Callable[[Photo, Regions], Under]
"""Portrait -> the person without that hair: `genmark.restyle.hair.under.clear`, or a `Clearer` that mends its fill."""
_ROOM = np.array([[-1.3, -1.35], [1.3, -1.35], [1.3, 2.1], [-1.3, 2.1]], np.float32)
"""Where hair may hang, in head coordinates."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A head, with and without its hair.

    head    where the face is
    under   the person as they would be without hair
    own     their own hair, or None where there is next to none
    pose    how the head is held
    slope   of the light, see `measure_slope`
    person  float32 (H, W): where hair casts a shadow: skin, clothes, the bare skull
    kept    bool (H, W): eyes, nose and mouth, which nothing may change
    fringe  share of the forehead that own hair covers, in [0, 1]
    swing   by which angle own strands swing, radians; None where that cannot be told
    fall    how far below the chin own hair hangs, face heights (negative: above it); None without hair
    box     rows and columns of the photo that new hair may reach
    """

    head: Head
    under: Under
    own: Source | None
    pose: Pose
    slope: tuple[float, float]
    person: Floats
    kept: Bools
    fringe: float
    swing: float | None
    fall: float | None
    box: tuple[slice, slice]

    @cached_property
    def strands(self) -> Strandwise:
        """Which way own hair runs. Raises ValueError where there is none."""
        if self.own is None:
            raise ValueError("there is no own hair to follow")
        return follow_strands(self.own)

    @cached_property
    def focus(self) -> Focus | None:
        """How fine own hair is in the photo; None where there is too little to tell."""
        return None if self.own is None else measure_focus(self.own.lab, self.own.alpha)


_BEYOND = 0.6
"""How much further hair is taken to hang that runs out of the picture at the bottom, face heights."""


def set_stage(photo: Photo, regions: Regions, clear: Clear = clear) -> Stage:
    """Measure a portrait for cuts and perms; `clear` takes its hair off.

    Raises SubjectError "no_face" where there is no face to align by.
    """
    if regions.face is None:
        raise SubjectError(f"{photo.name} has no face to fit hair to", "no_face")
    head, under = head_of(regions.face), clear(photo, regions)
    alpha = regions.mattes["hair"].alpha
    own = lift_own(photo, regions, head)
    flesh = _named(regions, "skin", "clothes").astype(np.float32)
    person = gaussian_blur(np.maximum(flesh, under.skull), 1.5)
    pose, slope = regions.face.pose, measure_slope(photo, regions)
    kept, (fringe, swing) = find_features(regions), measure_lie(photo, regions)
    room = _room(head, photo, under)
    return Stage(head, under, own, pose, slope, person, kept, fringe, swing, _fall(head, alpha), room)


def lift_own(photo: Photo, regions: Regions, head: Head) -> Source | None:
    """The hair of a portrait, or None where there is next to none."""
    enough = (regions.mattes["hair"].alpha > 0.5).sum() > 0.002 * head.frame.unit**2
    return lift(photo, regions) if enough else None


def _named(regions: Regions, *names: str) -> Bools:
    found = [regions.palette.index(name) for name in names if name in regions.palette]
    return np.isin(regions.index, found)


def _fall(head: Head, alpha: Floats) -> float | None:
    rows, columns = np.nonzero(alpha[::4, ::4] > 0.5)
    if len(rows) < 20:
        return None
    places = head.frame.to_head(np.stack([columns, rows], axis=1) * 4.0)
    runs_out = float((alpha[-3:] > 0.5).mean()) > 0.02
    return float(np.percentile(places[:, 1], 98)) - head.chin + (_BEYOND if runs_out else 0.0)


def _room(head: Head, photo: Photo, under: Under) -> tuple[slice, slice]:
    corners = head.frame.to_pixels(_ROOM)
    wide, high = photo.size
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, [wide - 1, high - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), [left + 1, top + 1], [wide, high]).astype(int)
    rows, columns = crop_slices(under.hidden)
    if rows.stop > rows.start:
        top, bottom = min(top, rows.start), max(bottom, rows.stop)
        left, right = min(left, columns.start), max(right, columns.stop)
    return slice(int(top), int(bottom)), slice(int(left), int(right))
