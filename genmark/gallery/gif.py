"""A clip as GIF: one palette for all of it, a dither that stands still, only what changes, and the mark."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genmark.gallery.wipe import Wipe, beats
from genmark.marking import XMP
from genmark.types import Floats, Pixels

RATE = 12.5
"""Frames a second: 80 ms each, a whole number of the hundredths that GIF counts in."""

_CLEAR = 255
"""The palette's place that means "as before"."""

_GREYS = 8
"""Places kept for the mark's letters."""

_TRIES = 8
"""Colours that a dithered pixel is mixed of."""

_STRENGTH = 0.6
"""How far a mixture may go beyond the nearest colour; 1 is exact on average, less is calmer."""

_SAMPLE = 65_536
"""Pixels that the palette is found from."""

_WEIGHTS = np.array([6, 9, 5], np.int32)
"""How much red, green and blue count in brightness and in the distance of two colours."""


def encode(wipe: Wipe) -> bytes:
    """An endless GIF of the wipe there and back, marked as made with AI; the same bytes each time."""
    shown = beats(RATE, back=True)
    indexed = _Indexed(wipe)
    images = [Image.fromarray(indexed.at(beat.progress)).convert("P") for beat in shown]
    for image in images:
        image.putpalette(indexed.palette.tobytes())
    buffer = io.BytesIO()
    images[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=images[1:],
        palette=indexed.palette.tobytes(),
        transparency=_CLEAR,
        optimize=True,
        interlace=False,
        disposal=1,
        duration=[round(beat.frames * 1000 / RATE) for beat in shown],
        loop=0,
    )
    return marked(buffer.getvalue())


def marked(gif: bytes) -> bytes:
    """A GIF with the AI mark as its first extension: XMP specification part 3, 1.1.2.

    The packet lies bare in the file. Whoever walks GIF's blocks takes each of its bytes for a block's length and lands
    somewhere in the trailer, 255, 254 … 0, each of which leads to the end.
    """
    colours = 3 * 2 ** ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0
    head = 13 + colours
    trailer = bytes([1, *range(255, -1, -1), 0])
    return gif[:head] + b"\x21\xff\x0bXMP DataXMP" + XMP + trailer + gif[head:]


class _Indexed:
    """A wipe in the colours of one palette, uint8 (256, 3)."""

    def __init__(self, wipe: Wipe) -> None:
        self.wipe = wipe
        self.palette = _palette(wipe)
        self._nearest = _nearest(self.palette[:_CLEAR])
        self._order = (self.palette[:_CLEAR] * _WEIGHTS).sum(axis=1)
        self._threshold = _noise(*wipe.before.shape[:2])
        everywhere = np.ones(wipe.before.shape[:2], np.bool_)
        self._before = self._dithered(wipe.before, everywhere, np.zeros(everywhere.shape, np.uint8))
        self._after = self._dithered(wipe.after, wipe.changing, self._before)

    def at(self, progress: float) -> NDArray[np.uint8]:
        """Palette places, uint8 (H, W). What does not change between the pictures keeps its place in all of them."""
        if progress in (0, 1):
            return self._after if progress else self._before
        frame = self.wipe.at(progress)
        fresh = (frame != self.wipe.before).any(axis=2)
        arrived = ~(frame != self.wipe.after).any(axis=2)
        return self._dithered(frame, fresh & ~arrived, np.where(fresh, self._after, self._before))

    def _dithered(self, pixels: Pixels, where: NDArray[np.bool_], else_: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pattern dithering (Knoll, US 6606166, 1999) `where` it is asked for; a pixel depends on itself alone.

        Error diffusion would let a change on the left crawl through all that lies right of it, as a flicker.
        """
        wanted = pixels[where].astype(np.float32)
        error = np.zeros_like(wanted)
        tries = np.empty((_TRIES, len(wanted)), np.uint8)
        for each in tries:
            aim = np.clip(wanted + _STRENGTH * error, 0, 255).astype(np.int32) >> 2
            each[:] = self._nearest[aim[:, 0], aim[:, 1], aim[:, 2]]
            error += wanted - self.palette[each]
        rank = np.argsort(self._order[tries], axis=0, kind="stable")
        pick = np.take_along_axis(rank, (self._threshold[where] * _TRIES).astype(np.intp)[None], axis=0)
        chosen = else_.copy()
        chosen[where] = np.take_along_axis(tries, pick, axis=0)[0]
        return chosen


def _palette(wipe: Wipe) -> NDArray[np.uint8]:
    """256 colours: of both pictures together, greys for the mark, and the place of the transparent one."""
    pixels = np.concatenate([wipe.before.reshape(-1, 3), wipe.after[wipe.changing]])
    sample = pixels[:: max(1, len(pixels) // _SAMPLE)]
    count = _CLEAR - _GREYS
    image = Image.fromarray(sample[None])
    found = image.quantize(count, Image.Quantize.MEDIANCUT, kmeans=4).getpalette() or []
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(found) // 3] = np.array(found, np.uint8).reshape(-1, 3)[:count]
    palette[count:_CLEAR] = np.linspace(24, 255, _GREYS).round()[:, None]
    return palette


def _nearest(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The palette's nearest colour for each of 64 x 64 x 64, uint8; whole numbers, so that it is the same each time."""
    middles = 8 * np.arange(64, dtype=np.int32) + 3  # of four neighbouring values, doubled
    away = (middles[:, None, None] - 2 * palette.astype(np.int32)) ** 2 * _WEIGHTS
    red, green, blue = (np.ascontiguousarray(away[:, :, channel]) for channel in range(3))
    slabs = [(one + green[:, None] + blue[None, :]).argmin(axis=2) for one in red]
    return np.stack(slabs).astype(np.uint8)


def _noise(height: int, width: int) -> Floats:
    """Thresholds in [0, 1), float32 (H, W): interleaved gradient noise (Jimenez, SIGGRAPH 2014), even at any scale."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise: Floats = ((52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1)) % 1).astype(np.float32)
    return noise
