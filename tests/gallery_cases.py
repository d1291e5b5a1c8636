"""Photos, variants and runs that the gallery's tests show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from skimage.data import astronaut

from genmark.gallery.album import Album, Entry, Run
from genmark.gallery.publication import add
from genmark.recipes import Dye, Style
from genmark.types import Mask, Photo, Weights
from genmark.variants import Proof, Variant

DAY = date(2026, 11, 21)
COPPER = Style("copper", "Copper", "카퍼", dye=Dye((42.0, 28.0, 34.0)))
PLATINUM = Style("platinum", "Platinum", "플래티넘", dye=Dye((86.0, 0.0, 8.0), bleach=3))
NAVY = Style("navy", "Navy", "네이비", dye=Dye((20.0, 2.0, -18.0), tip=(40.0, 0.0, -30.0), highlights=0.2))
BLEACH = ("Needs three rounds of bleaching.", "탈색 3회가 필요합니다.")
HOSTILE = "\"'><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>&amp;"


def eileen(name: str = "eileen") -> Photo:
    """NASA's portrait of Eileen Collins, public domain; head and shoulders, 240 x 300."""
    return Photo(np.ascontiguousarray(astronaut()[0:300, 100:340]), name)  # type: ignore[no-untyped-call]


def cap(photo: Photo) -> Mask:
    """An oval where the hair roughly is."""
    width, height = photo.size
    y, x = np.mgrid[0:height, 0:width]
    return Mask(((x / width - 0.52) / 0.3) ** 2 + ((y / height - 0.25) / 0.22) ** 2 < 1)


def variant(photo: Photo, style: Style = COPPER, seed: int = 0, **changes: Any) -> Variant:
    """The photo with its cap painted in the colour of blood oranges."""
    changed = cap(photo)
    pixels = photo.pixels.copy()
    pixels[changed.inside] = (230, 60, 20)
    proof, clock = Proof(0, 1.4, 0.97), {"restyle": 200.0, "total": 331.0}
    made = Variant(Photo(pixels, photo.name), style, seed, "drawn", changed, proof, clock)
    return replace(made, **changes)


def run(settings: Mapping[str, Any] | None = None) -> Run:
    weights = (Weights("face-parser", "3f2a9c0d" * 8, "Apache-2.0", {"epochs": 60}),)
    return Run(DAY, settings or {"styles": ["copper"]}, {"genmark": "0.1.0", "python": "3.11.2"}, weights)


def album(folder: Path, photo: Photo | None = None, **changes: Any) -> Album:
    return replace(Album(photo or eileen(), folder, run()), **changes)


def entries(of: Album) -> list[Entry]:
    """Three looks, in rank order, the second of them doubtful and with a note."""
    doubtful = Proof(4, 14.2, 0.3, (BLEACH,))
    photo = of.original
    return [
        add(of, variant(photo)),
        add(of, variant(photo, PLATINUM, 1, proof=doubtful)),
        add(of, variant(photo, NAVY, 0, fit=0.8)),
    ]
