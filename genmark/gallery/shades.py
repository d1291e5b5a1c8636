"""A dye as a person sees it on a swatch: root, colour and tips, with highlights as strands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genmark.colour import rgb_from_lab
from genmark.recipes import Dye
from genmark.types import Lab

_MELT = 0.25
"""Share of the swatch over which one colour melts into the next."""
_OWN: Lab = (22.0, 3.0, 5.0)
"""What stands for the customer's own hair where a dye leaves some of it: a dark brown."""


@dataclass(frozen=True)
class Stop:
    """A colour at a place along the hair: `at` in [0, 1] from root to tip, `rgb` uint8 sRGB."""

    at: float
    rgb: tuple[int, int, int]

    @property
    def hex(self) -> str:
        """The colour as HTML writes it: "#5a4a42"."""
        return "#" + "".join(f"{channel:02x}" for channel in self.rgb)


def stops(dye: Dye) -> list[Stop]:
    """The colours of a dye from root to tip; one stop if it is one colour."""
    if dye.cover == "ends":
        begin = min(1.0 - _MELT, dye.tip_start)
        return [Stop(0.0, rgb(_OWN)), Stop(begin, rgb(_OWN)), Stop(begin + _MELT, rgb(dye.lab))]
    if dye.share < 1.0:
        return [Stop(0.0, rgb(_OWN))]
    found: list[Stop] = []
    if dye.root is not None and dye.root_share > 0:
        found += [Stop(0.0, rgb(dye.root)), Stop(dye.root_share, rgb(dye.root))]
    first = min(1.0, dye.root_share + _MELT) if found else 0.0
    found.append(Stop(first, rgb(dye.lab)))
    if dye.tip is not None:
        begin = max(first, dye.tip_start)
        found += [Stop(begin, rgb(dye.lab)), Stop(min(1.0, begin + _MELT), rgb(dye.tip))]
    return found


def rgb(lab: Lab) -> tuple[int, int, int]:
    """uint8 sRGB of one CIELAB colour; what sRGB cannot show is clipped."""
    red, green, blue = rgb_from_lab(np.asarray(lab, dtype=np.float32)[None])[0].tolist()
    return red, green, blue


def highlight(dye: Dye) -> Stop | None:
    """The colour that is painted in streaks, or None where none is."""
    if dye.cover == "all" and dye.share < 1.0:
        return Stop(0.0, rgb(dye.lab))
    if dye.highlight_lab is None or dye.highlights <= 0:
        return None
    return Stop(0.0, rgb(dye.highlight_lab))
