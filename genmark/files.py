"""Files, whole or not at all: read with a limit, written atomically."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genmark.errors import PhotoError, WriteError

FILE_BYTES = 100_000_000
"""The largest upload that is read, in bytes, unless the caller says otherwise."""


def read_bytes(path: str | os.PathLike[str], limit: int = FILE_BYTES) -> bytes:
    """Read an upload: a regular file of 1 to `limit` bytes.

    Raises PhotoError `unreadable` (missing, a folder, a pipe, no permission), `empty` or `too_large`.
    """
    name = printable(os.path.basename(os.fspath(path)) or os.fspath(path))
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever, a device would never end
            raise PhotoError(f"{name} is a folder or a device, not a file; name the photo itself", "unreadable")
        if status.st_size > limit:
            raise too_large(name, limit)
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "not a path"
        raise PhotoError(
            f"{name} cannot be read ({reason}); check that the file exists and that you may open it", "unreadable"
        ) from error
    if len(data) > limit:
        raise too_large(name, limit)
    if not data:
        raise PhotoError(f"{name} is an empty file (0 bytes); copy or export the photo again", "empty")
    return data


def too_large(name: str, limit: int) -> PhotoError:
    """The error for a file of more than `limit` bytes."""
    return PhotoError(
        f"{name} is larger than the {limit / 1e6:g} MB that are read; save it smaller, as a JPEG", "too_large"
    )


def printable(text: str) -> str:
    """A file name as it can be shown anywhere: undecodable bytes and control characters become U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


@contextmanager
def atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file as a whole: fill the yielded path, and it takes the place of `path` when the block ends well.

    The yielded path is a hidden neighbour with the same suffix. When the block raises, it is removed and whatever
    `path` was before stays as it was. An OSError inside the block (no folder, no permission, no room) becomes a
    WriteError. Atomic against crashes of the program; it does not fsync, so not against loss of power.
    """
    goal = Path(path)
    if not goal.name or "\0" in goal.name:
        raise WriteError(f"{str(goal)!r} does not name a file; give a folder and a file name")
    draft = goal.with_name(f".genmark-{secrets.token_hex(8)}{goal.suffix}")
    try:
        try:
            yield draft
            draft.replace(goal)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(
            f"{printable(str(goal))} cannot be written ({error.strerror or error}); "
            "choose a folder that exists, that you may write to and that has room"
        ) from error


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` atomically; raises WriteError."""
    with atomically(path) as draft:
        draft.write_bytes(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `path` atomically as UTF-8 with the line ends it has; raises WriteError."""
    write_bytes(path, text.encode("utf-8"))
