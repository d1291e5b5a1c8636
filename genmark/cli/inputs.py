"""The photos that a command was asked for: files and folders to a list of files, each with a folder name of its own."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from genmark.errors import PhotoError

SUFFIXES = frozenset(
    [".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"]
)
LONGEST = 100
"""Bytes of a stem that are kept: file systems stop at 255, and a style's name and a suffix are to follow."""


@dataclass(frozen=True)
class Input:
    """One photo to be worked on.

    path   as it was given, or the given folder joined with what lies below it
    stem   what its files are named after: the file's stem, made different where two would be the same
    error  why there is nothing to read, for a folder without pictures
    """

    path: str
    stem: str
    error: PhotoError | None = None


def find_photos(paths: Sequence[str], skip: str | None = None) -> list[Input]:
    """The files among `paths` as they are, and the pictures in and below its folders, sorted; none twice.

    Hidden files and folders are passed over, and so is the folder `skip`, where results go.
    """
    found: dict[str, PhotoError | None] = {}
    for path in paths:
        if not os.path.isdir(path):
            found[path] = None
            continue
        below = list(_pictures_below(path, skip))
        empty = PhotoError(f"the folder {os.path.basename(os.path.abspath(path))!r} holds no pictures", "empty")
        found.update(dict.fromkeys(below) if below else {path: empty})
    stems = name_stems(found)
    return [Input(path, stems[path], error) for path, error in found.items()]


def _pictures_below(folder: str, skip: str | None) -> Iterator[str]:
    avoid = os.path.realpath(skip) if skip is not None else None
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(os.path.join(parent, name)) != avoid
        )
        for name in sorted(files):
            if not name.startswith(".") and PurePath(name).suffix.lower() in SUFFIXES:
                yield os.path.join(parent, name)


def name_stems(paths: Iterable[str]) -> dict[str, str]:
    """A name for each path: its stem for the first that has it, `stem-1a2b3c4d` for the others.

    The suffix is a hash of the path, so it does not depend on how many others there are. Stems that differ only in
    case or in Unicode composition count as one: some file systems cannot tell them apart.
    """
    taken: set[str] = set()
    names: dict[str, str] = {}
    for path in paths:
        stem = _clean_stem(path)
        if _key(stem) in taken:
            stem = f"{stem}-{_digest(path)}"
        taken.add(_key(stem))
        names[path] = stem
    return names


def _clean_stem(path: str) -> str:
    stem = Path(path).stem.strip(". ")
    stem = "".join("_" if unicodedata.category(c)[0] == "C" else c for c in stem)
    raw = stem.encode()
    if len(raw) > LONGEST:
        stem = f"{raw[: LONGEST - 9].decode(errors='ignore')}-{_digest(path)}"
    return stem or "photo"


def _key(stem: str) -> str:
    return unicodedata.normalize("NFC", stem).casefold()


def _digest(path: str) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
