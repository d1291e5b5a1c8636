"""Pictures as a page holds them: small JPEGs without metadata."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from genmark import files, photos
from genmark.errors import PhotoError
from genmark.types import Floats, Pixels

_QUALITY = 72
# from cold to hot: nothing, deep violet, red, amber, pale yellow; as lightness rises it reads in grey too
_HEAT = np.array([(0, 0, 0), (66, 10, 104), (188, 55, 84), (249, 142, 9), (252, 255, 190)], np.float64)


@dataclass(frozen=True)
class Shot:
    """One picture on the page: the file's `name` as it can be shown, its `brand`, a `caption`, and JPEG bytes."""

    name: str
    brand: str
    caption: str = ""
    jpeg: bytes = field(default=b"", repr=False)
    heat: bytes = field(default=b"", repr=False)


def read_small(path: Path, side: int) -> Pixels | None:
    """A picture of which the longer side is `side` pixels or a little more; None where it cannot be read any more."""
    try:
        return photos.read_bytes(files.read_bytes(path), path.name, size_hint=(side, side)).pixels
    except PhotoError:
        return None


def thumbnails(paths: Sequence[Path], side: int) -> tuple[bytes, ...]:
    """JPEGs of pictures, the longer side at most `side` pixels; empty bytes where one cannot be read any more."""

    def one(path: Path) -> bytes:
        pixels = read_small(path, side)
        return b"" if pixels is None else to_jpeg(fit(pixels, side))

    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(one, paths))


def fit(pixels: Pixels, side: int) -> Pixels:
    """A picture made smaller, never larger, until its longer side is at most `side` pixels."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.Resampling.LANCZOS))


def to_jpeg(pixels: Pixels) -> bytes:
    """uint8 sRGB (H, W, 3) as a JPEG."""
    held = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(held, "JPEG", quality=_QUALITY, optimize=True)
    return held.getvalue()


def lay_heat(pixels: Pixels, heat: Floats) -> Pixels:
    """A picture, greyed, with heat in [0, 1] (any size) laid over it in colour: the hotter, the brighter."""
    height, width = pixels.shape[:2]
    spread = Image.fromarray(np.asarray(heat, np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    warm = np.clip(np.asarray(spread, np.float64), 0.0, 1.0)
    steps = np.linspace(0.0, 1.0, len(_HEAT))
    colours = np.stack([np.interp(warm, steps, _HEAT[:, channel]) for channel in range(3)], axis=2)
    grey = pixels.mean(axis=2, keepdims=True) * 0.75
    share = 0.25 + 0.5 * warm[..., None]
    return np.asarray(np.clip(grey * (1.0 - share) + colours * share, 0, 255).astype(np.uint8))
