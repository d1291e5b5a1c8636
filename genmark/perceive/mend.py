"""Landmarks put right: what a network gets wrong about faces in the same way each time, taken back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genmark.perceive import landmarks
from genmark.perceive.pose import head_frame
from genmark.types import Floats

SHAPE = (2 * landmarks.COUNT + 2, 2 * landmarks.COUNT)
"""Of the coefficients: one row for each coordinate as found, then the mean error, then the mean face as found."""


def fit_mend(found: NDArray[np.floating], truth: NDArray[np.floating], ridge: float = 3e-5) -> Floats:
    """Ridge regression (Hoerl & Kennard 1970) from N faces as found (N, COUNT, 2) to how far the truth lies from them,
    both in head coordinates of what was found; float32 of `SHAPE`, for `mend`."""
    frames = [head_frame(np.asarray(face, np.float32)) for face in found]
    seen = np.stack([frame.to_head(face).ravel() for frame, face in zip(frames, found, strict=True)]).astype(np.float64)
    true = np.stack([frame.to_head(face).ravel() for frame, face in zip(frames, truth, strict=True)]).astype(np.float64)
    off = true - seen
    middle, usual = seen.mean(axis=0), off.mean(axis=0)
    centred = seen - middle
    spread = centred.T @ centred / len(seen) + ridge * np.eye(len(middle))
    slopes = np.linalg.solve(spread, centred.T @ (off - usual) / len(seen))
    return np.vstack([slopes, usual, middle]).astype(np.float32)


def mend(points: Floats, coefficients: Floats) -> Floats:
    """Landmarks (COUNT, 2) in pixels, put right by what `fit_mend` returned; zeros change nothing."""
    frame = head_frame(points)
    seen = frame.to_head(points).ravel()
    slopes, usual, middle = coefficients[:-2], coefficients[-2], coefficients[-1]
    if not middle.any():
        return points
    return frame.to_pixels((seen + usual + (seen - middle) @ slopes).reshape(-1, 2))
