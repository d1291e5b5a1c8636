"""manifest.json: every setting, version, weight hash and seed of one photo's previews, enough to make them again.

It names no absolute path, no user, no machine and nothing of the photo's EXIF.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
from PIL import features

import genmark
from genmark.gallery.album import Album, Entry
from genmark.gallery.front import front
from genmark.types import Photo, Regions

SCHEMA = 1
"""Goes up whenever a key changes its meaning or goes away."""

_PACKAGES = ("numpy", "pillow", "torch", "timm", "safetensors", "av")
_CODECS = ("libjpeg_turbo", "jpg", "zlib", "zlib_ng", "webp", "freetype2")
_PATH = re.compile(r"(?<![^\s\"'=(,;])(?:file://|~|[A-Za-z]:)?[/\\](?:[^\s\"',;)]*[/\\])?([^\s\"',;/\\)]+)")


def software() -> dict[str, str]:
    """Versions of everything that can change a pixel or a byte: genmark, Python, packages, codecs, system.

    Imports none of the packages; one that is not installed is left out.
    """
    found = {"genmark": genmark.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    codecs = {name: features.version(name) for name in _CODECS if features.check(name)}
    found |= {name: str(number) for name, number in codecs.items() if number}
    found |= {"system": platform.system(), "machine": platform.machine()}
    return found | {"implementation": platform.python_implementation()}


def manifest(album: Album, entries: Sequence[Entry]) -> dict[str, Any]:
    """The manifest of one album, plain values only; `entries` in rank order.

    `photo.sha256` is of the original's pixels: their uint8 bytes in rows, after `photo.size` was read.
    """
    run, original = album.run, album.original
    told = {
        "schema": SCHEMA,
        "made": run.made,
        "ai_generated": True,
        "software": run.software,
        "weights": [{"name": w.name, "sha256": w.sha256, "licence": w.licence} for w in run.weights],
        "settings": run.settings,
        "photo": {"name": PurePath(original.name).name, "size": original.size, "sha256": hash_of(original)},
        "regions": None if album.regions is None else _regions(album.regions),
        "picture_format": album.picture_format,
        "variants": _variants(entries),
    }
    plained: dict[str, Any] = plain(told)
    return plained


def hash_of(photo: Photo) -> str:
    """SHA-256 of a photo's pixels, in rows, as uint8."""
    return sha256(np.ascontiguousarray(photo.pixels).data).hexdigest()


def _regions(regions: Regions) -> dict[str, Any]:
    face = regions.face
    found = None if face is None else {"box": face.box, "pose": face.pose, "confidence": face.confidence}
    return {"kind": regions.kind, "confidence": regions.confidence, "palette": regions.palette, "face": found}


def _variants(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """In rank order; where there is a brand, with what was said of them and whether another look beats them."""
    on = front([entry.variant for entry in entries])
    return [
        _variant(entry, rank) | _opinion(entry, first)
        for rank, (entry, first) in enumerate(zip(entries, on, strict=True), 1)
    ]


def _opinion(entry: Entry, on_front: bool) -> dict[str, Any]:
    variant = entry.variant
    told = {} if variant.opinion is None else {"opinion": variant.opinion, "pareto_front": on_front}
    return told | ({"search": variant.search} if variant.search else {})


def _variant(entry: Entry, rank: int) -> dict[str, Any]:
    variant = entry.variant
    return {
        "rank": rank,
        "style": variant.style,
        "seed": variant.seed,
        "backend": variant.backend,
        "file": entry.file,
        "sha256": entry.sha256,
        "lossless": not entry.lossy,
        "clip": entry.clip,
        "mask": entry.mask,
        "mask_sha256": entry.mask_sha256,
        "changed_pixels": entry.changed,
        "kept_pixels": entry.kept,
        "proof": variant.proof,
        "fit": variant.fit,
        "milliseconds": variant.milliseconds,
    }


def plain(value: Any) -> Any:
    """A value as JSON can hold it: dataclasses and mappings become dicts, sequences lists, a path its last part.

    Numbers that are not finite become None, bytes their SHA-256. Text loses the folders of every absolute path in it.
    TypeError for anything else.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | np.floating):
        return float(value) if isfinite(value) else None
    if isinstance(value, str):
        return without_folders(value)
    return _plain_whole(value)


def _plain_whole(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {without_folders(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return [plain(one) for one in sorted(value)]
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, bytes):
        return [plain(one) for one in value]
    return _plain_atom(value)


def _plain_atom(value: Any) -> Any:
    if isinstance(value, np.integer | np.bool_):
        return value.item()
    if isinstance(value, PurePath):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    raise TypeError(f"a manifest cannot hold a {type(value).__name__}")


def without_folders(text: str) -> str:
    """Text whose absolute paths (POSIX, Windows, home, file URL) are cut down to their last part."""
    for kind in (PurePosixPath, PureWindowsPath):
        if kind(text).is_absolute():
            return kind(text).name
    return _PATH.sub(lambda found: found[1], text)
