"""Own hair back: lifted off, harmed and put back, how near is the picture to the photo, mended and unmended?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from genmark.canvas import crop_slices
from genmark.evaluate.crops import resize
from genmark.evaluate.kid import Estimate
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
Numbers = NDArray[np.floating]


def measure_returns(
    pairs: Iterable[P], mends: Mapping[str, Callable[[P], Pixels]], compare: Compare | None = None, side: int = 224
) -> dict[str, Any]:
    """How many `pairs`, and by name the means over them for each way of mending, "unmended" among them.

    psnr      decibels over the pixels that may differ, higher is nearer; capped at 60
    distance  `compare` (LPIPS-style) of what lies around these pixels, squeezed to `side` x `side`; lower is nearer
    psnr_change, distance_change   what mending does to either, with its 95 % interval over pairs
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
    if not truths:
        return {"pairs": 0}
    measures: dict[str, dict[str, Numbers]] = {"psnr": {name: np.array(values) for name, values in psnr.items()}}
    if compare is not None:
        measures["distance"] = {name: compare(crops[name], truths) for name in ways}
    return {"pairs": len(truths)} | {name: _tell(name, measures) for name in ways}


def _tell(name: str, measures: Mapping[str, Mapping[str, Numbers]]) -> dict[str, Any]:
    found: dict[str, Any] = {measure: float(values[name].mean()) for measure, values in measures.items()}
    if name != "unmended":
        changes = {measure: values[name] - values["unmended"] for measure, values in measures.items()}
        found |= {f"{measure}_change": asdict(_estimate(change)) for measure, change in changes.items()}
    return found


def _estimate(values: Numbers) -> Estimate:
    mean = float(values.mean())
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("inf")
    return Estimate(mean, mean - half, mean + half)


def find_psnr(one: Pixels, other: Pixels, where: Bools) -> float:
    """Peak signal-to-noise ratio in dB of uint8 pictures inside `where` (H, W), at most 60."""
    apart = one[where].astype(np.float64) - other[where]
    error = float(np.mean(apart**2)) if apart.size else 0.0
    return min(60.0, float(10 * np.log10(255.0**2 / max(error, 1e-9))))
