"""How much goes on in a picture: edges, detail, complexity. Pure functions of luma, float32 (H, W) in [0, 1]."""

from __future__ import annotations

import numpy as np

from genmark.brand.frames import jpeg
from genmark.brand.tones import entropy
from genmark.canvas import box_blur
from genmark.types import Bools, Floats, Pixels

EDGE = 0.05
"""Step of luma for each pixel from which a place is an edge: 13 of 255 levels."""
_FAINT = 0.02
_AROUND = 8
_QUALITY = 75
_SLOWEST, _FASTEST, _BINS = 8 / 512, 128 / 512, 24


def gradient(light: Floats) -> Floats:
    """Size of the luma gradient for each pixel, float32 (H, W), 0 and up, by Sobel's operator (1968)."""
    padded = np.pad(light, 1, mode="edge")
    down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return np.asarray(np.hypot(down[:, 2:] - down[:, :-2], across[2:] - across[:-2]) / 8, np.float32)


def edge_density(slopes: Floats) -> float:
    """Share of pixels on an edge: Sobel gradient of at least `EDGE`, in [0, 1]. slopes: of `gradient`."""
    return float((slopes >= EDGE).mean())


def empty(slopes: Floats) -> Bools:
    """Where nothing happens, bool (H, W): within 8 pixels, fewer than 2 % of pixels have a gradient of 0.02 or more."""
    return np.asarray(box_blur((slopes >= _FAINT).astype(np.float32), _AROUND) < 0.02)


def luma_entropy(light: Floats) -> float:
    """Shannon entropy of luma in 256 levels, in bits, [0, 8] (Shannon 1948)."""
    return entropy(np.rint(light * 255).astype(np.intp), 256)


def jpeg_bits(pixels: Pixels) -> float:
    """Bits for each pixel that a fixed encoder needs (baseline JPEG, quality 75, 4:2:0), 0 and up, about 0.2 to 4.

    Compressed size as visual complexity: Machado et al., "Computerized measures of visual complexity", Acta
    Psychologica 2015.
    """
    return 24.0 * len(jpeg(pixels, _QUALITY)) / pixels.size


def fourier_slope(light: Floats) -> float | None:
    """Slope of log amplitude over log spatial frequency, 8 to 128 cycles along 512 pixels; about -1 for scenes of
    nature, 0 for white noise, under -1.5 for soft pictures. None where nothing varies.

    The amplitude spectrum of images: Tolhurst, Tadmor, Chao 1992; as a measure of pictures people make: Redies,
    Hasenstein, Denzler 2007. The mean is taken out and a Hann window laid over, so that borders are no edges.
    """
    window = np.outer(np.hanning(light.shape[0]), np.hanning(light.shape[1]))
    wave = np.abs(np.fft.rfft2((light - light.mean(dtype=np.float64)) * window))
    pace = np.hypot(np.fft.fftfreq(light.shape[0])[:, None], np.fft.rfftfreq(light.shape[1])[None])
    edges = np.geomspace(_SLOWEST, _FASTEST, _BINS + 1)
    ring = np.digitize(pace.ravel(), edges) - 1
    inside = (ring >= 0) & (ring < _BINS)
    counts = np.bincount(ring[inside], minlength=_BINS)
    sums = np.bincount(ring[inside], wave.ravel()[inside], minlength=_BINS)
    there = (counts > 0) & (sums > 1e-6 * counts)
    if there.sum() < 2:
        return None
    height = np.log(sums[there] / counts[there])
    place = np.log(np.sqrt(edges[1:] * edges[:-1]))[there]
    return float(np.polyfit(place, height, 1)[0])


def sharpness(light: Floats) -> float:
    """log10(1 + variance of the Laplacian of luma in 8-bit levels), 0 and up: under 1.5 blurred, 2 to 3 sharp, over 4
    noise (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000)."""
    padded = np.pad(light * np.float32(255), 1, mode="edge")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return float(np.log10(1.0 + (around - 4 * padded[1:-1, 1:-1]).var(dtype=np.float64)))
