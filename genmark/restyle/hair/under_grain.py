"""Grain for invented places, after the photo's own: random-phase noise with the spectrum of a visible patch."""

from __future__ import annotations

import numpy as np

from genmark.types import Bools, Floats, Pixels

_TILE = 128
_PATCH = 16
_COARSEST = 3.0
"""Waves per patch below which it is shading, not grain."""


def grain_like(pixels: Pixels, known: Bools, most: float, seed: int = 0) -> Floats:
    """A seamless tile of grain, float32 (128, 128), in 8-bit luma, with the spectrum of the visible parts' own.

    Averaged over patches of 16 pixels that lie wholly in `known` (H, W); phases are drawn anew (Galerne, Gousseau,
    Morel 2011, "Random phase textures"). The quietest third of the patches counts, so that pores and weave do, but
    edges do not; `most` is the largest standard deviation that is believed. Zeros where no patch is visible.
    """
    patches = _patches(pixels, known)
    if not len(patches):
        return np.zeros((_TILE, _TILE), np.float32)
    window = np.outer(np.hanning(_PATCH), np.hanning(_PATCH))
    waves = np.fft.fftfreq(_PATCH) * _PATCH
    fine = np.clip(np.hypot(waves[:, None], waves[None]) - _COARSEST, 0, 1)
    spectra = np.abs(np.fft.fft2(patches * window)) ** 2 / np.mean(window**2) * fine
    quiet = np.argsort(spectra.sum(axis=(1, 2)))[: max(1, len(spectra) // 3)]
    power = np.fft.fftshift(spectra[quiet].mean(axis=0))
    places = np.linspace(0, _PATCH, _TILE, endpoint=False)
    first = np.floor(places).astype(int)
    over = places - first
    for axis in (0, 1):
        low, high = np.take(power, first, axis=axis), np.take(power, (first + 1) % _PATCH, axis=axis)
        share = over.reshape([-1 if n == axis else 1 for n in (0, 1)])
        power = low + (high - low) * share
    noise = np.fft.fft2(np.random.default_rng(seed).standard_normal((_TILE, _TILE)))
    made = np.fft.ifft2(noise * np.sqrt(np.fft.ifftshift(power)) / _PATCH).real
    return np.asarray(made * min(1.0, most / max(float(made.std()), 1e-6)), np.float32)


def _patches(pixels: Pixels, known: Bools) -> Floats:
    """Up to about 100 visible patches, (N, 16, 16) luma less its mean."""
    high, wide = (n // _PATCH * _PATCH for n in known.shape)
    cut = known[:high, :wide].reshape(high // _PATCH, _PATCH, wide // _PATCH, _PATCH)
    rows, columns = np.nonzero(cut.all(axis=(1, 3)))
    if not len(rows):
        return np.zeros((0, _PATCH, _PATCH), np.float32)
    luma = pixels[:high, :wide, 1].reshape(high // _PATCH, _PATCH, wide // _PATCH, _PATCH)
    found = luma[rows, :, columns].astype(np.float32)
    few = found[:: max(1, len(found) // 96)]
    return np.asarray(few - few.mean(axis=(1, 2), keepdims=True), np.float32)
