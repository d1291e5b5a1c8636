"""Own hair back: lifted off, harmed and put back, how near is the picture to the photo, mended and unmended?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import numpy as np

from genmark.canvas import crop_slices
from genmark.evaluate.crops import resize
from genmark.types import Bools, Floats, Pixels


class Pair(Protocol):
    """A composite uint8 (h, w, 3), the photo that it should be, and bool (h, w): where it was made."""

    @property
    def pixels(self) -> Pixels: ...
    @property
    def truth(self) -> Pixels: ...
    @property
    def may(self) -> Bools: ...


P = TypeVar("P", bound=Pair)
Compare = Callable[[list[Pixels], list[Pixels]], Floats]


def measure_returns(
    pairs: Iterable[P], mends: dict[str, Callable[[P], Pixels]], compare: Compare | None = None, side: int = 224
) -> dict[str, dict[str, float]]:
    """Means over pairs for each way of mending, "unmended" among them.

    psnr      decibels over the pixels that may differ, higher is nearer; capped at 60
    distance  `compare` (LPIPS-style) of the squares around these pixels at `side` pixels, lower is nearer
    """
    ways: dict[str, Callable[[P], Pixels]] = {"unmended": lambda pair: pair.pixels, **mends}
    psnr: dict[str, list[float]] = {name: [] for name in ways}
    crops: dict[str, list[Pixels]] = {name: [] for name in ways}
    truths: list[Pixels] = []
    for pair in pairs:
        box = crop_slices(pair.may, margin=8)
        truths.append(resize(pair.truth[box], side))
        for name, mend in ways.items():
            mended = mend(pair)
            psnr[name].append(find_psnr(mended, pair.truth, pair.may))
            crops[name].append(resize(mended[box], side))
    found = {name: {"psnr": float(np.mean(values))} for name, values in psnr.items()}
    if compare is not None:
        for name in ways:
            found[name]["distance"] = float(compare(crops[name], truths).mean())
    return found


def find_psnr(one: Pixels, other: Pixels, where: Bools) -> float:
    """Peak signal-to-noise ratio in dB of uint8 pictures inside `where` (H, W), at most 60."""
    apart = one[where].astype(np.float64) - other[where]
    error = float(np.mean(apart**2)) if apart.size else 0.0
    return min(60.0, float(10 * np.log10(255.0**2 / max(error, 1e-9))))
