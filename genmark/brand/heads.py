"""The last layer of a brand model: logits of the brands, then of the attributes, from one feature.

Brands exclude each other, so they share a softmax and one temperature; attributes do not, so each has its own sigmoid
and its own temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genmark.brand.calibration import fit_temperature, soften
from genmark.brand.probe import Labels, Probe, choose_l2, fit_probe
from genmark.types import Floats

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Heads:
    """Probabilities of K brands and A attributes, either of which may be none.

    probe         K + A rows, the brands' first
    brands        K
    temperature   the brands' logits are divided by it
    temperatures  float64 (A,), the attributes' logits by these
    """

    probe: Probe
    brands: int
    temperature: float
    temperatures: Doubles

    def probabilities(self, features: Floats) -> tuple[Doubles, Doubles]:
        """Of brands, (N, K), each row adding up to 1, and of attributes, (N, A), for features (N, D)."""
        logits = self.probe.logits(features)
        brands, attributes = logits[:, : self.brands], logits[:, self.brands :]
        return soften(brands, self.temperature) if self.brands else brands.astype(np.float64), _sigmoid(
            attributes / self.temperatures
        )


def fit_heads(
    features: Floats, labels: Ints, marks: Floats, groups: Sequence[str], names: tuple[Sequence[str], Sequence[str]]
) -> tuple[Probe, tuple[float, ...]]:
    """A probe for brands, one for attributes, or both as one; and the strength of each, chosen on grouped folds.

    features (N, D); labels int64 (N,), of which nothing is read without brands; marks float32 (N, A) of 0 and 1;
    names  of the brands, then of the attributes; one of the two may be empty
    Raises UsageError as `fit_probe` does.
    """
    found, strengths = [], []
    wanted: tuple[Labels, Labels] = (labels, marks)
    for targets, classes in zip(wanted, names, strict=True):
        if len(classes):
            l2, _ = choose_l2(features, targets, groups, classes)
            found.append(fit_probe(features, targets, classes, l2))
            strengths.append(l2)
    weight, bias = (np.concatenate([getattr(probe, part) for probe in found]) for part in ("weight", "bias"))
    return replace(found[0], weight=weight, bias=bias), tuple(strengths)


def cool(probe: Probe, features: Floats, labels: Ints, marks: Floats, brands: int) -> Heads:
    """The heads with the temperatures that suit pictures which they were not learnt from."""
    logits = probe.logits(features)
    temperature = fit_temperature(logits[:, :brands], labels) if brands else 1.0
    pairs = (np.stack([np.zeros_like(column), column], 1) for column in logits[:, brands:].T)
    truths = marks.astype(np.int64).T
    each = [fit_temperature(pair, truth) for pair, truth in zip(pairs, truths, strict=True)]
    return Heads(probe, brands, temperature, np.array(each, np.float64))


def _sigmoid(logits: Floats | Doubles) -> Doubles:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * logits.astype(np.float64)))
