"""A clip as MP4: H.264 by PyAV, which is an extra, stripped of everything but the mark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from genmark.errors import UsageError
from genmark.gallery.wipe import Wipe, beats
from genmark.marking import XMP
from genmark.types import Pixels

RATE = 24
"""Frames a second."""

Importer = Callable[[str], ModuleType]
"""What turns a module's name into the module: `importlib.import_module`, or a double that knows less."""

_ENCODER = "libx264"
_Y, _U, _V = (11966, 40254, 4064), (-6596, -22189, 28785), (28785, -26145, -2640)
"""BT.709 in its limited range: shares of red, green and blue, in 65,536ths."""

_XMP_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac")
_OPTIONS = {
    "crf": "19",
    "preset": "slow",
    "maxrate": "2M",  # 3.6 s of noise are under 1 MB
    "bufsize": "2M",
    "threads": "1",  # more, and the bytes depend on the machine
    "x264-params": "no-mbtree=1",  # its sums of floats gave other bytes in 5 of 84 runs; without it in none of 110
}


def encoder(importer: Importer = import_module) -> ModuleType:
    """PyAV with an encoder for H.264. Raises UsageError "missing_extra" where there is none."""
    try:
        av = importer("av")
        av.Codec(_ENCODER, "w")
    except ImportError as error:
        raise UsageError(
            "clips as MP4 need an extra: pip install 'genmark[clip]', or ask for a GIF", "missing_extra"
        ) from error
    except ValueError as error:  # PyAV's UnknownCodecError: built without it
        raise UsageError(
            f"this build of PyAV has no {_ENCODER}; install the one of pip install 'genmark[clip]', or ask for a GIF",
            "missing_extra",
        ) from error
    return av


def write(wipe: Wipe, path: Path, importer: Importer = import_module) -> None:
    """Write the wipe, there and not back, as MP4: H.264, yuv420p in BT.709, 24 frames a second, marked as made with AI.

    Raises UsageError as `encoder` does, OSError where the file cannot be written; use it inside `files.atomically`.
    """
    av = encoder(importer)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        for packet in _packets(av, _stream(av, container, wipe), wipe):
            container.mux(packet)
    with path.open("ab") as file:
        file.write(box())


def box() -> bytes:
    """The AI mark as an MP4 box: XMP specification part 3, 1.3.3 (MPEG-4), the last in the file so that none moves."""
    content = _XMP_BOX.bytes + XMP
    return (8 + len(content)).to_bytes(4, "big") + b"uuid" + content


def _stream(av: ModuleType, container: Any, wipe: Wipe) -> Any:
    stream = container.add_stream(_ENCODER, rate=RATE, options=dict(_OPTIONS))
    stream.height, stream.width = wipe.before.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, RATE)
    context.flags |= av.codec.context.Flags.bitexact
    context.colorspace, context.color_primaries, context.color_trc, context.color_range = 1, 1, 1, 1
    return stream


def _packets(av: ModuleType, stream: Any, wipe: Wipe) -> Iterator[Any]:
    """What the encoder says, without its letter about itself (H.264's unit 6, with all of x264's settings)."""
    bare = av.BitStreamFilterContext("filter_units=remove_types=6", stream)
    for frame in chain(_frames(av, wipe), [None]):  # None: that was all
        for encoded in stream.encode(frame):
            base = encoded.time_base  # which PyAV 14 forgets in the filter
            for packet in bare.filter(encoded):
                packet.time_base = base
                yield packet
    yield from bare.filter(None)


def _frames(av: ModuleType, wipe: Wipe) -> Iterator[Any]:
    number = 0
    for beat in beats(RATE, back=False):
        planes = _planes(wipe.at(beat.progress))
        for _ in range(beat.frames):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            number += 1
            yield frame


def _planes(pixels: Pixels) -> NDArray[np.uint8]:
    """sRGB, uint8 (H, W, 3), sides even, as yuv420p in BT.709's limited range: uint8 (3 H / 2, W), Y above U and V.

    Here and not in FFmpeg, whose converter takes BT.601 unless told otherwise, and tells it otherwise in each version.
    """
    height, width = pixels.shape[:2]
    fours = pixels.reshape(height // 2, 2, width // 2, 2, 3).sum(axis=(1, 3), dtype=np.int32)
    planes = [_weighed(pixels, _Y, 16, 16), _weighed(fours, _U, 128, 18), _weighed(fours, _V, 128, 18)]
    return np.concatenate([plane.ravel() for plane in planes]).reshape(height * 3 // 2, width)


def _weighed(colours: NDArray[Any], weights: tuple[int, int, int], zero: int, bits: int) -> NDArray[np.uint8]:
    """A plane of colours times weights; whole numbers, because sums of floats depend on where in memory they lie."""
    red, green, blue = (colours[..., channel].astype(np.int32) * weight for channel, weight in enumerate(weights))
    summed = (red + green + blue + (zero << bits) + (1 << (bits - 1))) >> bits
    return summed.astype(np.uint8)
