"""How well portraits are read: the whole parser, from finding the face to the matte at the photo's own size."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from genmark.errors import SubjectError
from genmark.perceive import landmarks
from genmark.protocols import Parser
from genmark.train.portraits import Portraits, person_of
from genmark.types import Regions

Scores = dict[str, float]


def measure_faces(parser: Parser, data: Portraits, each: Callable[[str, Scores], None] | None = None) -> Scores:
    """Means over labelled portraits; `each` is told every portrait's own scores.

    hair          IoU of alpha > 0.5 with the pack's matte > 0.5, portraits with more than 0.5 % of hair
    matte         mean absolute difference of the mattes
    skin … hat    IoU of the regions, over the portraits that have them
    landmarks     mean distance, share of the distance between the eyes
    yaw, pitch, roll   mean absolute difference in degrees
    missed        share of portraits in which no face was found; they count as 0 in `hair` and nowhere else
    milliseconds  median time of one portrait
    """
    sums: dict[str, list[float]] = {}
    for k in range(len(data)):
        photo, _ = person_of(data, k)
        began = perf_counter()
        try:
            regions = parser(photo)
        except SubjectError:
            scores: Scores = {"missed": 1.0, "hair": 0.0}
        else:
            scores = {"missed": 0.0, "milliseconds": 1000 * (perf_counter() - began)} | _compare(regions, data, k)
        for name, value in scores.items():
            sums.setdefault(name, []).append(value)
        if each is not None:
            each(data.ids[k], scores)
    centre = {name: np.median if name == "milliseconds" else np.mean for name in sums}
    return {name: float(centre[name](values)) for name, values in sums.items()} | {"hair_median": _median(sums["hair"])}


def _median(values: list[float]) -> float:
    return float(np.median(values))


def _compare(regions: Regions, data: Portraits, k: int) -> Scores:
    width, height = (int(v) for v in data.sizes[k])
    truth = data.mattes[k, :height, :width].numpy().astype(np.float32) / 255
    index = data.index[k, :height, :width].numpy()
    alpha = regions.mattes["hair"].alpha
    scores = {"matte": float(np.abs(alpha - truth).mean())}
    if (truth > 0.5).mean() > 0.005:
        scores["hair"] = iou(alpha > 0.5, truth > 0.5)
    for place, name in enumerate(regions.palette):
        if name != "hair" and (index == place).sum() > 60:
            scores[name] = iou(regions.index == place, index == place)
    if regions.face is not None:
        points = data.points[k].numpy()
        apart = np.linalg.norm(regions.face.landmarks - points, axis=1).mean()
        scores["landmarks"] = float(apart) / landmarks.eye_distance(points)
        for place, angle in enumerate(("yaw", "pitch", "roll")):
            scores[angle] = abs(getattr(regions.face.pose, angle) - float(data.poses[k, place]))
    return scores


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks; 1 where both are empty."""
    either = int((a | b).sum())
    return float((a & b).sum() / either) if either else 1.0
