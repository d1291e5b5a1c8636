"""An album, written: each variant as it arrives, then page, contact sheet and manifest, then a page of many photos."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from genmark import photos
from genmark.errors import WriteError
from genmark.files import printable, write_bytes, write_text
from genmark.gallery.album import FORMATS, MANIFEST, ORIGINAL, PAGE, SHEET, Album, Cover, Entry, mask_of, stem_of
from genmark.gallery.card import card, pdf
from genmark.gallery.clip import write_clip
from genmark.gallery.manifest import manifest
from genmark.gallery.page import as_jpeg, index, page
from genmark.gallery.sheet import sheet
from genmark.gallery.views import SMALL, VIEW, WHOLE, Window, mask_view, view
from genmark.variants import Variant

JPEG_QUALITY = 95
"""Of pictures that are asked for as JPEG; PNG and WebP are written losslessly."""


def add(album: Album, variant: Variant) -> Entry:
    """Write a variant's picture, mask and proof card into the album's folder; keep what the page needs of it.

    The files are called by style and seed: `ash-brown-0.png`, `ash-brown-0.mask.png`, `ash-brown-0.card.png` and
    `.pdf`, and `ash-brown-0.gif` or `.mp4` where the album asks for clips. What lies there of the same style and seed
    is replaced. Each file is whole or not there at all.

    Raises WriteError where the folder cannot be written; UsageError where clips are of no known kind or lack their
    extra; ValueError if the variant is not of the original's size.
    """
    if variant.photo.size != album.original.size:
        raise ValueError(f"the variant is {variant.photo.size}, the original {album.original.size}")
    _make(album.folder)
    entry = _write_pictures(album, variant)
    drawn = card(album.shown, entry, album.run)
    photos.write(drawn, album.folder / entry.card_png)
    title = (variant.style.english, variant.style.korean)
    write_bytes(album.folder / entry.card_pdf, pdf(drawn, title, album.run.made))
    return replace(entry, variant=_shown(entry.variant, WHOLE, SMALL))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"the folder {printable(str(folder))} cannot be made ({error.strerror})") from error


def _write_pictures(album: Album, variant: Variant) -> Entry:
    stem = stem_of(variant)
    picture, mask = album.folder / f"{stem}.{FORMATS[album.picture_format]}", album.folder / mask_of(stem)
    photos.write(variant.photo, picture, quality=JPEG_QUALITY if picture.suffix == ".jpg" else 100)
    photos.write_mask(variant.changed, mask)
    shown = _shown(variant, album.window, VIEW)
    clip = f"{stem}.{album.clip}" if album.clip else None
    if clip:
        write_clip(album.original, variant.photo, album.folder / clip, album.window)
    kept = int((~variant.changed.inside).sum())
    changed = variant.changed.inside.size - kept
    return Entry(shown, as_jpeg(shown.photo), stem, picture.name, _digest(picture), _digest(mask), changed, kept, clip)


def _shown(variant: Variant, part: Window, longest: int) -> Variant:
    photo, changed = view(variant.photo, part, longest), mask_view(variant.changed, part, longest)
    return replace(variant, photo=photo, changed=changed)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def finish(album: Album, entries: Sequence[Entry], *, up: str | None = None) -> Cover:
    """Write page, contact sheet, manifest and the original's pixels (without its metadata); return the album's cover.

    `entries` are in rank order; of two with the same files (one style and seed twice) the first keeps its place.
    `up` is the relative path of a page of many photos ("../index.html"), or None.

    Raises WriteError where the folder cannot be written; ValueError without an entry.
    """
    if not entries:
        raise ValueError("an album needs at least one entry")
    places: dict[str, Entry] = {}
    for entry in entries:
        places.setdefault(entry.stem, entry)
    shown = list(places.values())
    photos.write(album.original, album.folder / ORIGINAL, generated=False)
    photos.write(sheet(album.shown, shown, album.run.made), album.folder / SHEET)
    record = json.dumps(manifest(album, shown), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(album.folder / MANIFEST, record + "\n")
    write_text(album.folder / PAGE, page(album, shown, up=up))
    best = shown[0].variant.photo
    dyes = tuple(entry.variant.style.dye for entry in shown)
    return Cover(album.original.name, album.folder / PAGE, as_jpeg(best), best.size, dyes)


def link(covers: Sequence[Cover], folder: Path, made: date) -> Path:
    """Write the page of many photos, `index.html` in `folder`, above the albums' folders; return its path.

    Raises WriteError where the folder cannot be written; ValueError where an album is not below `folder`.
    """
    links = [cover.page.relative_to(folder).as_posix() for cover in covers]
    write_text(folder / PAGE, index(covers, links, made))
    return folder / PAGE
