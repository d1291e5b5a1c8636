"""Every error genmark raises on purpose, each with a code for machines and one sentence for people.

GenmarkError
├── UsageError      the caller asked for something that does not exist   (exit 2)
│   └── ConfigError a file of settings is wrong
├── PhotoError      this file is not a photo that can be used            (exit 3)
├── SubjectError    the photo is fine, its subject is not                (exit 3)
├── WriteError      a result cannot be written where it should go        (exit 2)
└── ModelMissing    weights are not on this machine                      (exit 4)
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

PhotoCode = Literal["unreadable", "unsupported", "empty", "truncated", "too_large", "not_a_photo"]
SubjectCode = Literal[
    "no_face", "hat", "bald", "no_such_face", "pose", "too_short", "too_long", "fringe", "curly", "hair_hidden"
]


class GenmarkError(Exception):
    """Base of all errors that genmark raises on purpose.

    `code` is one lower-case word for machines; `str(error)` is one sentence that says what is wrong
    and what would work.
    """

    code: str = "error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class UsageError(GenmarkError):
    """The caller asked for a style, backend or option that does not exist."""

    code = "usage"


class ConfigError(UsageError):
    """A settings file has an unknown key or a value out of range."""

    code = "config"


class PhotoError(GenmarkError):
    """A file cannot be used as a photo; `code` is a `PhotoCode`."""

    def __init__(self, message: str, code: PhotoCode) -> None:
        super().__init__(message, code)


class SubjectError(GenmarkError):
    """A photo was read, but what it shows cannot be restyled; `code` is a `SubjectCode`."""

    def __init__(self, message: str, code: SubjectCode) -> None:
        super().__init__(message, code)


class WriteError(GenmarkError):
    """A file cannot be written: no such folder, no permission, no room; nothing half-written is left behind."""

    code = "unwritable"


class ModelMissing(GenmarkError):  # noqa: N818  the name says what is the matter
    """Weights that a backend needs are not on this machine; the message names the command that fetches them."""

    code = "missing_model"


def nearest(name: str, known: Iterable[str], limit: int = 3) -> str:
    """Say which known names are closest to `name`: `"; did you mean 'bob', 'lob'?"`, or list what there is."""
    known = sorted(known)
    close = get_close_matches(name.casefold(), known, n=limit, cutoff=0.5)
    if close:
        return "; did you mean " + ", ".join(repr(k) for k in close) + "?"
    return "; there are " + ", ".join(repr(k) for k in known) if known else ""
