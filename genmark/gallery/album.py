"""The nouns of the gallery: a run, a photo's album, an entry in it, and its cover."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from genmark.errors import UsageError, nearest
from genmark.gallery.views import Window, view, window
from genmark.recipes import Dye
from genmark.types import Photo, Regions, Weights
from genmark.variants import Variant

FORMATS: Mapping[str, str] = MappingProxyType({"png": "png", "jpeg": "jpg", "jpg": "jpg", "webp": "webp"})
"""Picture formats that previews can be written in, and how their files' names end."""

PAGE, MANIFEST, SHEET, ORIGINAL = "index.html", "manifest.json", "contact-sheet.jpg", "original.png"
"""Names of the files of an album besides those of its entries."""


@dataclass(frozen=True)
class Run:
    """What all photos of one run have in common; it goes into every manifest and onto every card.

    made      the day of the run
    settings  everything that was asked for: plain values, mappings, sequences, dataclasses
    software  versions by name, see `genmark.gallery.manifest.software`
    weights   the models that took part
    """

    made: date
    settings: Mapping[str, Any]
    software: Mapping[str, str]
    weights: tuple[Weights, ...] = ()


@dataclass(frozen=True, eq=False)
class Album:
    """A photo, what was found in it, and the folder (made if absent) that its previews go to.

    With `clip`, "gif" or "mp4", each preview also gets a clip from before to after (see `genmark.gallery.clip`).

    Raises UsageError for a `picture_format` that is not in `FORMATS`.
    """

    original: Photo
    folder: Path
    run: Run
    regions: Regions | None = None
    picture_format: str = "png"
    clip: str | None = None

    def __post_init__(self) -> None:
        if self.picture_format not in FORMATS:
            raise UsageError(f"no picture format {self.picture_format!r}{nearest(self.picture_format, FORMATS)}")

    @cached_property
    def window(self) -> Window:
        """The part of the photo that page, cards and sheet show."""
        return window(self.original, self.regions)

    @cached_property
    def shown(self) -> Photo:
        """That part of the original, at most 1024 px long."""
        return view(self.original, self.window)


@dataclass(frozen=True, eq=False)
class Entry:
    """A variant that lies on disk, light enough (about 1.5 MB) to keep a hundred of.

    variant  the variant, but its photo and mask are the part that is shown, and small: at most 640 px long
    picture  the part that is shown as the page shows it: a JPEG, at most 1024 px long
    stem     how the names of all its files begin: "ash-brown-0"
    file     name of its picture within the album's folder
    sha256, mask_sha256    of the picture's file and the mask's
    changed, kept    how many pixels of the full picture were allowed to change, and how many had to stay
    clip     name of its clip within the folder, or None where none was asked for
    """

    variant: Variant
    picture: bytes
    stem: str
    file: str
    sha256: str
    mask_sha256: str
    changed: int
    kept: int
    clip: str | None = None

    @property
    def lossy(self) -> bool:
        """Whether the picture's file is not, bit for bit, the picture that was proven."""
        return self.file.endswith(".jpg")

    @property
    def mask(self) -> str:
        return mask_of(self.stem)

    @property
    def card_png(self) -> str:
        return f"{self.stem}.card.png"

    @property
    def card_pdf(self) -> str:
        return f"{self.stem}.card.pdf"


@dataclass(frozen=True, eq=False)
class Cover:
    """What a page of many photos shows of one.

    name    the photo's
    page    path of its own page
    picture its best preview: a JPEG, at most 640 px long
    size    the JPEG's (width, height)
    shades  the dye of each of its looks, in rank order; None for a look without
    """

    name: str
    page: Path
    picture: bytes
    size: tuple[int, int]
    shades: tuple[Dye | None, ...]


def stem_of(variant: Variant) -> str:
    """How the names of a variant's files begin: its style's name and its seed, "ash-brown-0".

    Letters, digits, "-" and "_" stay; everything else in the style's name becomes one "-".
    """
    safe = re.sub(r"[^\w-]+", "-", variant.style.name).strip("-")
    return f"{safe or 'style'}-{variant.seed}"


def mask_of(stem: str) -> str:
    """The name of the mask's file: "ash-brown-0.mask.png"."""
    return f"{stem}.mask.png"
