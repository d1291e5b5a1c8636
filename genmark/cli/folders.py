"""Where a photo's results go: a folder of its own, also when another photo of that name was here before."""

from __future__ import annotations

import json
from pathlib import Path

from genmark.gallery.manifest import hash_of
from genmark.types import Photo


def folder_for(photo: Photo, out: Path, stem: str, record: str) -> Path:
    """`out/stem`; or, where that holds the results of another photo, `out/stem-1a2b3c4d` by the photo's pixels.

    One customer's pictures never lie among another's, and the same photo comes back to its folder. `record` is the
    JSON file that says whose results lie in a folder, as `photo.sha256`.
    """
    digest = hash_of(photo)
    folder = out / stem
    return folder if _owner(folder / record) in (None, digest) else out / f"{stem}-{digest[:8]}"


def _owner(record: Path) -> str | None:
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        return str(told["photo"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
