"""A film as a few pictures: sampled frames, near-identical ones left out (PyAV, the extra `clip`).

FFmpeg opens what a file asks it to open, so it is told which container this is, by the file's own first bytes, and gets
nothing but that file: a playlist, a script or a list of other files is no film here. Nothing of a file's metadata but
its rotation is looked at, and none of it leaves: a frame is pixels and a name.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from genmark import files, guard
from genmark.errors import PhotoError, UsageError
from genmark.types import Photo, Pixels

Importer = Callable[[str], ModuleType]
"""What turns a module's name into the module: `importlib.import_module`, or a double that knows less."""
Thumb = NDArray[np.int16]

ALIKE_BITS = 6
"""How many of the 64 bits of dHash may differ between near-identical frames."""
ALIKE_COLOUR = 10.0
"""How far their 9 x 8 thumbnails may differ in the mean, of 255: blank walls of any colour have one hash."""

_HEAD = 64
_RATE = 25.0
_BT709, _BT601 = 1, 5
_UNKNOWN_SPACE = 2


@dataclass(frozen=True)
class FilmLimits:
    """The largest film that is taken: bytes of the file, seconds, pixels of a frame, pixels decoded in all.

    What a file says of itself is checked first, what it turns out to hold again while it is decoded.
    """

    file_bytes: int = 2_000_000_000
    seconds: float = 900.0
    pixels: int = 36_000_000
    decoded: int = 120_000_000_000


LIMITS = FilmLimits()


@dataclass(frozen=True)
class _Film:
    path: str | os.PathLike[str]
    name: str
    limits: FilmLimits

    def too_long(self) -> PhotoError:
        return PhotoError(
            f"{self.name} is longer than the {self.limits.seconds:g} seconds, or the {self.limits.decoded / 1e9:g} "
            "thousand million pixels in all, that are read; cut it or scale it down",
            "too_large",
        )

    def check_pixels(self, picture: Any) -> None:
        if picture.width * picture.height > self.limits.pixels:
            raise PhotoError(
                f"{self.name} has frames of {picture.width} x {picture.height} pixels, more than the "
                f"{self.limits.pixels / 1e6:g} megapixels that are read; scale it down",
                "too_large",
            )


def frames_of(
    path: str | os.PathLike[str],
    every: float = 2.0,
    most: int = 24,
    *,
    limits: FilmLimits = LIMITS,
    importer: Importer = import_module,
) -> Iterator[Photo]:
    """Sampled frames of a film, upright, 8-bit sRGB, named "holiday at 12.0 s"; one is held at a time.

    MP4, MOV, M4V, 3GP, WebM, MKV, AVI, recognised by content. A frame is looked at every `every` seconds of what is
    shown, whatever the frame rate, or less often where `most` frames would not reach the end; it is left out where it
    is nearly the last one again (dHash, Krawetz 2013, and colours). A film that is damaged midway gives what came
    before. Brighter-than-white films (HLG, PQ) come out pale.

    Raises, at once or at the first frame: PhotoError `unreadable`, `empty`, `not_a_photo` (no film, or one without
    pictures), `truncated` (nothing could be decoded), `too_large`; UsageError without PyAV, or for an `every` that is
    not above 0 or a `most` below 1.
    """
    if not 0.0 < every < float("inf") or most < 1:
        raise UsageError(f"frames are taken every so many seconds above 0, at least 1 of them, got {every} and {most}")
    av = _decoder(importer)
    name = _shown_name(path)
    _check_file(path, name, limits)
    return _sampled(av, _Film(path, name, limits), every, most)


def _decoder(importer: Importer) -> ModuleType:
    try:
        return importer("av")
    except ImportError as error:
        raise UsageError("films need an extra: pip install 'genmark[clip]'", "missing_extra") from error


def _shown_name(path: str | os.PathLike[str]) -> str:
    name = files.printable(unicodedata.normalize("NFC", PurePath(os.fspath(path).replace("\\", "/")).name))
    return name if name.strip(". ") else "film"


def _check_file(path: str | os.PathLike[str], name: str, limits: FilmLimits) -> None:
    """Refuse by size and kind before anything is read."""
    try:
        if not os.path.isfile(path):
            raise PhotoError(f"{name} is no file that is here; name the film itself", "unreadable")
        size = os.path.getsize(path)
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name} cannot be read; check that you may open it", "unreadable") from error
    if size > limits.file_bytes:
        raise PhotoError(f"{name} is larger than the {limits.file_bytes / 1e6:g} MB that are read; cut it", "too_large")


def _open_file(film: _Film) -> BinaryIO:
    try:
        return open(film.path, "rb")
    except OSError as error:
        raise PhotoError(f"{film.name} cannot be read; check that you may open it", "unreadable") from error


def _container(head: bytes, name: str) -> str:
    """FFmpeg's name of the container that these first bytes begin."""
    if not head:
        raise PhotoError(f"{name} is an empty file (0 bytes); copy the film again", "empty")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    raise PhotoError(f"{name} is no film that is read here; choose an MP4, MOV, WebM, MKV or AVI file", "not_a_photo")


def _sampled(av: ModuleType, film: _Film, every: float, most: int) -> Iterator[Photo]:
    told = 0
    with _open_file(film) as file:
        kind = _container(file.read(_HEAD), film.name)
        file.seek(0)
        options = {"max_pixels": str(film.limits.pixels)}  # for frames that grow midway
        with _one_error(av, film.name, lambda: told > 0), av.open(file, format=kind, options=options) as opened:
            for at, frame in _changes(_moments(film, opened, every, most)):
                told += 1
                yield Photo(_upright(frame), f"{PurePath(film.name).stem} at {at:.1f} s")
                if told == most:
                    return
    if not told:
        raise PhotoError(f"{film.name} holds no frame that can be decoded; copy or export it again", "truncated")


def _changes(moments: Iterator[tuple[float, Any]]) -> Iterator[tuple[float, Any]]:
    """The frames that differ from the last one that was told."""
    last: Thumb | None = None
    for at, frame in moments:
        thumb = _thumb(frame)
        if last is None or not _alike(last, thumb):
            last = thumb
            yield at, frame


@contextmanager
def _one_error(av: ModuleType, name: str, enough: Callable[[], bool]) -> Iterator[None]:
    """Whatever a decoder raises becomes one PhotoError, or the end of the film where something came before it."""
    try:
        yield
    except MemoryError as error:
        raise PhotoError(f"{name} needs more memory than there is; scale it down", "too_large") from error
    except (av.FFmpegError, *guard.LEAKS) as error:
        if not enough():
            raise PhotoError(
                f"{name} is a film that is cut off, damaged or of a rare variety; copy it again, or save it as MP4",
                "truncated",
            ) from error


def _stream(film: _Film, opened: Any) -> Any:
    """The first stream of moving pictures; a song's cover is none."""
    moving = [one for one in opened.streams.video if not _is_cover(one)]
    if not moving:
        raise PhotoError(f"{film.name} holds no moving pictures", "not_a_photo")
    film.check_pixels(moving[0].codec_context)
    if _seconds(opened, moving[0]) > film.limits.seconds:
        raise film.too_long()
    return moving[0]


def _is_cover(stream: Any) -> bool:
    cover = getattr(type(stream.disposition), "attached_pic", None)
    return cover is not None and bool(stream.disposition & cover)


def _seconds(opened: Any, stream: Any) -> float:
    """How long it says it is; 0 where it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(opened.duration or 0) / 1e6


def _moments(film: _Film, opened: Any, every: float, most: int) -> Iterator[tuple[float, Any]]:
    """The first frame at or after each moment that is looked at, with when it is shown, in seconds from the first."""
    stream = _stream(film, opened)
    stream.thread_type = "AUTO"
    step = max(every, _seconds(opened, stream) / most)
    rate = float(stream.average_rate or _RATE)
    start, goal, decoded = None, 0.0, 0
    for place, frame in enumerate(opened.decode(stream)):
        told = place / rate if frame.time is None else frame.time
        start = told if start is None else start
        at = max(0.0, told - start)
        decoded += frame.width * frame.height
        if at > film.limits.seconds or decoded > film.limits.decoded:
            raise film.too_long()
        if at >= goal - 1e-6:
            film.check_pixels(frame)
            yield at, frame
            goal = (at // step + 1.0) * step


def _thumb(frame: Any) -> Thumb:
    """A frame shrunk to 9 x 8 sRGB colours, int16 (8, 9, 3)."""
    small: NDArray[np.uint8] = _in_rgb(frame, 9, 8)
    return small.astype(np.int16)


def _alike(one: Thumb, other: Thumb) -> bool:
    bits = [np.diff(thumb.sum(axis=2), axis=1) > 0 for thumb in (one, other)]
    return int((bits[0] != bits[1]).sum()) <= ALIKE_BITS and float(np.abs(one - other).mean()) <= ALIKE_COLOUR


def _upright(frame: Any) -> Pixels:
    """The frame turned as its display matrix says, to the nearest quarter; uint8 (H, W, 3)."""
    pixels = _in_rgb(frame, frame.width, frame.height)
    return np.ascontiguousarray(np.rot90(pixels, round(getattr(frame, "rotation", 0) / 90) % 4))


def _in_rgb(frame: Any, width: int, height: int) -> NDArray[np.uint8]:
    """In the colours that the frame names, or else those that its size makes likely, as players do."""
    named = int(frame.colorspace)
    space = named if named not in (0, _UNKNOWN_SPACE) else _BT709 if frame.height >= 720 else _BT601
    shown = frame.reformat(width, height, "rgb24", src_colorspace=space, interpolation="AREA")
    pixels: NDArray[np.uint8] = shown.to_ndarray()
    return pixels
