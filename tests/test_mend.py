"""Landmarks put right: a constant and a linear error are taken back, and zeros change nothing."""

from __future__ import annotations

import numpy as np

from genmark.perceive import landmarks
from genmark.perceive.mend import SHAPE, fit_mend, mend


def faces(count: int, seed: int) -> np.ndarray:
    """Faces of one kind, (count, COUNT, 2): a grid of points each stretched, moved and sized its own way."""
    rng = np.random.default_rng(seed)
    plain = np.random.default_rng(0).uniform(-1, 1, (landmarks.COUNT, 2))
    plain[landmarks.places(*landmarks.EYE_RIGHT)] = [-0.4, -0.2]
    plain[landmarks.places(*landmarks.EYE_LEFT)] = [0.4, -0.2]
    plain[landmarks.places(10, 152)] = [[0, -1], [0, 1]]
    shape = plain * (1 + 0.1 * rng.standard_normal((count, 1, 2)))
    return (100 * rng.uniform(0.5, 2, (count, 1, 1)) * shape + rng.uniform(200, 400, (count, 1, 2))).astype(np.float32)


def test_errors_that_are_the_same_each_time_are_taken_back_on_faces_not_seen() -> None:
    truth = faces(200, 1)
    middle = truth.mean(axis=1, keepdims=True)
    found = (middle + 0.94 * (truth - middle)).astype(np.float32)
    coefficients = fit_mend(found[:150], truth[:150])
    assert coefficients.shape == SHAPE
    before = np.abs(found[150:] - truth[150:]).mean()
    after = np.mean([np.abs(mend(f, coefficients) - t).mean() for f, t in zip(found[150:], truth[150:], strict=True)])
    assert after < 0.1 * before


def test_what_cannot_be_foretold_is_not_made_worse() -> None:
    truth = faces(400, 2)
    found = (truth + np.random.default_rng(3).normal(0, 2.0, truth.shape)).astype(np.float32)
    coefficients = fit_mend(found[:300], truth[:300], ridge=1e-2)
    before = np.abs(found[300:] - truth[300:]).mean()
    after = np.mean([np.abs(mend(f, coefficients) - t).mean() for f, t in zip(found[300:], truth[300:], strict=True)])
    assert after < 1.05 * before


def test_without_coefficients_points_stay() -> None:
    (face,) = faces(1, 4)
    np.testing.assert_array_equal(mend(face, np.zeros(SHAPE, np.float32)), face)


def test_half_precision_is_enough() -> None:
    truth = faces(200, 5)
    found = (truth.mean(axis=1, keepdims=True) * 0.05 + 0.95 * truth).astype(np.float32)
    exact = fit_mend(found, truth)
    coarse = exact.astype(np.float16).astype(np.float32)
    apart = np.abs(mend(found[0], exact) - mend(found[0], coarse)).max()
    assert apart < 0.01 * np.ptp(found[0])
