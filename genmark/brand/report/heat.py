"""Sheets of heat maps: what the model saw in the test posts it told rightly, wrongly, in typical ones and odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from genmark.brand.backbones import Backbone, StyleReader
from genmark.brand.cam import grad_cam
from genmark.brand.material import Ints
from genmark.brand.pictures import normalise, shrink, stack, view_of
from genmark.brand.probe import Probe
from genmark.brand.report.evidence import Evidence
from genmark.brand.report.shots import Shot, fit, lay_heat, read_small, to_jpeg
from genmark.brand.style_cam import style_cam
from genmark.errors import UsageError
from genmark.files import printable
from genmark.types import Floats, Pixels

EACH, SIDE = 3, 150
"""Pictures of each kind, and pixels of their longer side."""
_BATCH = 8


@dataclass(frozen=True)
class Sheet:
    """Test posts of one brand: the surest that were told `right`, the surest `wrong` ones, those whose features are
    nearest to the brand's train posts (`typical`) and farthest from them (`odd`)."""

    brand: str
    right: tuple[Shot, ...]
    wrong: tuple[Shot, ...]
    typical: tuple[Shot, ...]
    odd: tuple[Shot, ...]


@dataclass(frozen=True)
class Sheets:
    """Sheets of the brands; without heat maps where the backbone has none, and `why`."""

    sheets: tuple[Sheet, ...]
    why: str = ""


def find_sheets(evidence: Evidence, deep: Floats, backbone: Backbone, probe: Probe, brands: Sequence[int]) -> Sheets:
    """Choose, draw and explain test posts; `deep` float32 (N, E) of all posts, `brands` the places to show."""
    chosen = {place: _choose(evidence, deep, place) for place in brands}
    wanted = sorted({post for kinds in chosen.values() for kind in kinds for post in kind})
    shots, why = _draw(evidence, wanted, backbone, probe)
    rows = (
        Sheet(evidence.brands[place], *(tuple(shots[post] for post in kind if post in shots) for kind in kinds))
        for place, kinds in chosen.items()
    )
    return Sheets(tuple(rows), why)


def _choose(evidence: Evidence, deep: Floats, brand: int) -> tuple[list[int], list[int], list[int], list[int]]:
    """Places of the brand's test posts: right, wrong, typical, odd."""
    test = evidence.at("test")
    own = test[evidence.labels[test] == brand]
    shares = evidence.shares(own)
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == brand
    order = np.argsort(-sure, kind="stable")
    near = np.argsort(-_likeness(evidence, deep, brand, own), kind="stable")
    return (
        own[order[right[order]]][:EACH].tolist(),
        own[order[~right[order]]][:EACH].tolist(),
        own[near][:EACH].tolist(),
        own[near[::-1]][: min(EACH, max(0, len(own) - EACH))].tolist(),
    )


def _likeness(evidence: Evidence, deep: Floats, brand: int, places: Ints) -> Floats:
    """Cosine of posts' features with the mean direction of the brand's train posts, float32 (n,)."""
    unit = deep / np.maximum(np.linalg.norm(deep, axis=1, keepdims=True), 1e-12)
    learnt = evidence.at("train")
    learnt = learnt[evidence.labels[learnt] == brand]
    middle = unit[learnt].mean(axis=0) if len(learnt) else unit.mean(axis=0)
    return np.asarray(unit[places] @ middle, np.float32)


def _draw(evidence: Evidence, places: list[int], backbone: Backbone, probe: Probe) -> tuple[dict[int, Shot], str]:
    """A shot of each post with its heat map, by place; and why there are no maps, if there are none."""
    view, shots, why = view_of(backbone), {}, ""
    for start in range(0, len(places), _BATCH):
        read = {place: read_small(evidence.paths[place], backbone.size) for place in places[start : start + _BATCH]}
        there = {place: pixels for place, pixels in read.items() if pixels is not None}
        answers = [int(evidence.logits[place].argmax()) for place in there]
        maps: Floats | None = None
        if there and not why:
            try:
                maps = explain(backbone, probe, [shrink(pixels, view) for pixels in there.values()], answers)
            except UsageError as error:
                why = str(error)
        for row, (place, pixels) in enumerate(there.items()):
            shots[place] = _shot(evidence, place, pixels, None if maps is None else maps[row])
    return shots, why


def explain(backbone: Backbone, probe: Probe, squares: Sequence[Pixels], classes: Sequence[int]) -> Floats:
    """Where each picture speaks for a class: float32 (n, S, S) in [0, 1]. UsageError where the backbone has no map."""
    weight, bias = (torch.tensor(part, dtype=torch.float32) for part in probe.plain())

    def logits(features: Tensor) -> Tensor:
        return features @ weight.T + bias

    pictures = normalise(stack(squares), backbone)
    if isinstance(backbone.reader, StyleReader):
        return style_cam(backbone.reader, pictures, classes, logits)
    if not hasattr(backbone.network, "forward_features"):
        raise UsageError(f"{backbone.name} has no map of the picture, so it cannot say where it looked")
    return grad_cam(backbone.network, pictures, classes, logits)


def _shot(evidence: Evidence, place: int, pixels: Pixels, heat: Floats | None) -> Shot:
    shares = evidence.shares(np.array([place], np.int64))[0]
    answer = int(shares.argmax())
    small = fit(pixels, SIDE)
    caption = f"{evidence.brands[answer]} {shares[answer]:.0%}"
    brand = evidence.brands[evidence.labels[place]]
    shot = Shot(printable(evidence.paths[place].name), brand, caption, to_jpeg(small))
    return shot if heat is None else replace(shot, heat=to_jpeg(lay_heat(small, heat)))
