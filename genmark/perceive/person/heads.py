"""Small heads on the face parser's own features: what measuring cannot tell.

The features are those of the encoder that parses heads (EfficientNet-Lite0, trained on faces): channel means and
deviations of its two deepest stages (Huang & Belongie 2017), and the face's shape by its landmarks. On the portraits
pack's train people they tell more of a face than ImageNet's features do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from genmark.errors import UsageError
from genmark.perceive.landmarks import COUNT
from genmark.perceive.networks import HeadParser
from genmark.perceive.person.crop import face_crop
from genmark.perceive.person.readings import Reading
from genmark.perceive.pose import describe_shape
from genmark.tensors import load_weights, read_record, scale, shipped_weights, to_floats
from genmark.types import Face, Floats, Photo

STAGES = (3, 4)
"""The encoder's stages that are read: strides 16 and 32, 112 and 320 channels."""
WIDTH = 2 * (112 + 320) + 2 * COUNT
"""Numbers in a face's features."""


@dataclass(frozen=True, eq=False)
class Head:
    """A linear map from features to answers.

    answers      their names
    weight       float32 (K, D); bias float32 (K,)
    temperature  that makes its softmax calibrated (Guo et al. 2017)
    thresholds   the least probability at which it gives each answer, certified on the train split; one that is not
                 here is never given
    error_rate   share of its answers that were wrong on the val split
    """

    answers: tuple[str, ...]
    weight: Floats
    bias: Floats
    temperature: float
    thresholds: Mapping[str, float]
    error_rate: float | None

    def shares(self, features: Floats) -> dict[str, float]:
        """Probability of each answer for features (D,)."""
        logits = (self.weight @ features + self.bias).astype(np.float64) / self.temperature
        powers = np.exp(logits - logits.max())
        return dict(zip(self.answers, (powers / powers.sum()).tolist(), strict=True))

    def read(self, features: Floats) -> Reading:
        """The likeliest answer, or None where it is not likely enough."""
        shares = self.shares(features)
        best = max(shares, key=lambda name: shares[name])
        if shares[best] < self.thresholds.get(best, 2.0):
            return Reading(None, shares[best], "not sure enough", shares, error_rate=self.error_rate)
        return Reading(best, shares[best], "", shares, error_rate=self.error_rate)


class FaceFeatures:
    """Faces to features float32 (D,) with the encoder of the shipped (or the given) face parser's weights."""

    def __init__(self, weights: Path | None = None) -> None:
        network = HeadParser()
        self.weights = load_weights(network, weights or shipped_weights("face-parser"))
        self.encoder: nn.Module = network.encoder

    @torch.inference_mode()
    def __call__(self, photo: Photo, face: Face) -> Floats:
        """What the encoder makes of the upright face, then its landmarks without place, size and roll."""
        picture = torch.tensor(face_crop(photo, face)).permute(2, 0, 1)[None].float() / 255
        stages = self.encoder(scale(picture))
        deep = torch.cat([_summary(stages[place]) for place in STAGES], 1)[0]
        return np.concatenate([to_floats(deep), describe_shape(face.landmarks)[:-1].astype(np.float32)])


class Heads:
    """All heads of a weights file, with the norms of measures that travel in its record."""

    def __init__(self, features: FaceFeatures | None = None, weights: Path | None = None) -> None:
        path = weights or shipped_weights("person-heads")
        self.weights = read_record(path)
        self.features = features or FaceFeatures()
        wanted = self.weights.record.get("encoder")
        if wanted != self.features.weights.sha256:
            raise UsageError(
                f"{path.name} was trained on another face parser's features; train it again: genmark train person"
            )
        told: Mapping[str, Any] = self.weights.record["heads"]
        layers = nn.ModuleDict({name: nn.Linear(WIDTH, len(about["answers"])) for name, about in told.items()})
        load_weights(layers, path)
        self.heads = {name: _head(layers[name], about) for name, about in told.items()}
        self.young_from = float(self.weights.record["guard"]["from"])
        self.chin_from = float(self.weights.record["guard"]["chin"])
        self.norms: Mapping[str, Mapping[str, float]] = self.weights.record["norms"]

    def read(self, name: str, features: Floats) -> Reading:
        """One head's reading of a face's `FaceFeatures`."""
        return self.heads[name].read(features)


def _head(layer: nn.Module, about: Mapping[str, Any]) -> Head:
    return Head(
        answers=tuple(about["answers"]),
        weight=to_floats(cast(Tensor, layer.weight)),
        bias=to_floats(cast(Tensor, layer.bias)),
        temperature=float(about["temperature"]),
        thresholds=about["thresholds"],
        error_rate=about["error_rate"],
    )


def _summary(stage: Tensor) -> Tensor:
    """Channel means and deviations (N, 2 C) of a stage (N, C, h, w)."""
    return torch.cat([stage.mean((2, 3)), stage.flatten(2).std(2, correction=0)], 1)
