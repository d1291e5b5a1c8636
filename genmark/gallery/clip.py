"""A short clip from a photo to its preview and, as GIF, back: for social media, marked as made with AI."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from genmark import files
from genmark.errors import UsageError, nearest
from genmark.gallery import gif, movie
from genmark.gallery.views import WHOLE, Window
from genmark.gallery.wipe import Wipe, framed
from genmark.types import Photo

CLIPS = ("gif", "mp4")
"""Kinds of clips, and how their files' names end."""


def require(kind: str, importer: movie.Importer = import_module) -> None:
    """Make sure that clips of a kind can be written here, before anything is.

    Raises UsageError for a kind that is not in `CLIPS`, and where the extra that MP4 needs is missing.
    """
    if kind not in CLIPS:
        raise UsageError(f"no clip format {kind!r}{nearest(kind, CLIPS)}")
    if kind == "mp4":
        movie.encoder(importer)


def write_clip(
    before: Photo, after: Photo, path: Path, part: Window = WHOLE, importer: movie.Importer = import_module
) -> None:
    """Write a clip from `before` to `after` (of one size), by the path's suffix, atomically; `part` of them is shown.

    The photo stands, a soft edge wipes the preview over it, the preview stands; a GIF wipes back and starts again. At
    most 720 px long, sides even. Each frame with a generated pixel carries a visible mark, the file its XMP (see
    `genmark.marking`), and nothing else is written beside the pixels.

    Raises WriteError where the file cannot be written; UsageError as `require` does; ValueError for two sizes.
    """
    if before.size != after.size:
        raise ValueError(f"a clip needs one size, got {before.size} and {after.size}")
    require(path.suffix[1:], importer)
    wipe = Wipe(framed(before, part), framed(after, part))
    with files.atomically(path) as draft:
        if path.suffix == ".gif":
            draft.write_bytes(gif.encode(wipe))
        else:
            movie.write(wipe, draft, importer)
