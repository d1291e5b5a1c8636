"""What stands between Pillow and bytes that nobody vouches for: its errors, its warnings, and files made to waste time.

Pillow bounds memory, but not patience: a file of a few megabytes can be built of a million one-byte records, of
scans that all cover the whole picture, or of one-pixel tiles. Such files are refused before they are decoded.
"""

from __future__ import annotations

import io
import logging
import os
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

LEAKS = (
    OSError,  # and Pillow's UnidentifiedImageError
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,  # and NotImplementedError
    BufferError,
    SystemError,
    struct.error,
    zlib.error,
)
"""What Pillow and its plugins are known to raise on damaged files, or may: their code asserts and indexes."""

READS = 400_000
PIECES = 300_000
SCANNED_PIXELS = 3_200_000_000
_FLAT_TAG_TYPES = (1, 2, 6, 7)  # bytes, text: read as one piece, whatever their count
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class EndlessError(Exception):
    """A file would take far longer to read than its picture is worth."""


class Source(io.BytesIO):
    """The bytes of a file, which may be asked for pieces `READS` times in all.

    Every decoder of Pillow that loops in Python calls `read` in that loop, so this bounds them all.
    """

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > READS:
            raise EndlessError
        return super().read(size)


def check_scans(data: bytes, pixels: int) -> None:
    """Raise EndlessError where a JPEG of `pixels` pixels has more scans than any camera writes (about 10 is usual).

    Each scan of a progressive JPEG costs a pass over the whole picture, and may be a few bytes long.
    """
    place, scans = 2, 0
    for _ in range(PIECES):
        marker = _JPEG_MARKER.search(data, place)
        if marker is None or data[marker.end() - 1] == 0xD9:
            return
        scans += data[marker.end() - 1] == 0xDA
        if scans * pixels > SCANNED_PIXELS:
            raise EndlessError
        place = marker.end() + max(2, int.from_bytes(data[marker.end() : marker.end() + 2], "big"))
    raise EndlessError


def check_tags(data: bytes) -> None:
    """Raise EndlessError where a TIFF's first directory lists more pieces than any picture has; struct.error if cut."""
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    start = struct.unpack_from(order + ("Q" if big else "L"), data, 8 if big else 4)[0]
    count = struct.unpack_from(order + ("Q" if big else "H"), data, start)[0]
    entry = struct.Struct(order + ("HHQ8x" if big else "HHL4x"))
    for place in range(min(count, PIECES)):
        _, kind, length = entry.unpack_from(data, start + (8 if big else 2) + place * entry.size)
        if length > PIECES and kind not in _FLAT_TAG_TYPES:
            raise EndlessError


class Shared:
    """A context that belongs to the whole process, entered by the first thread that needs it and left by the last.

    Two threads that each saved and restored such a state (Python's warning filters, a file descriptor) would leave it
    wrong when they overlap.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[None]]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._inside = 0
        self._context: AbstractContextManager[None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._context = self._make()
                self._context.__enter__()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._context is not None:
                self._context.__exit__(None, None, None)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Ignore what Pillow warns and logs about; warnings from elsewhere still show."""
    log, nowhere = logging.getLogger("PIL"), logging.NullHandler()
    log.addHandler(nowhere)  # with no handler at all, Python prints errors on standard error
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)(\.|$)")
            yield
    finally:
        log.removeHandler(nowhere)


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Send file descriptor 2 nowhere: libtiff, inside Pillow, prints what it finds wrong straight to it."""
    try:
        kept = os.dup(2)
    except OSError:  # a daemon's standard error is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


QUIET = Shared(_no_warnings)
MUTE = Shared(_no_stderr)
