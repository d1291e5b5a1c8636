"""Make README's sheets from sample people, who never existed: `previews.jpg` (shades), `cuts.jpg` (cuts, perms)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import genmark

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "genmark" / "samples"
SHADES = ("ash-brown", "rose-gold", "blue-black", "burgundy", "platinum")
DYED = ("chestnut-bob", "side-part", "long-blond", "short-with-glasses", "dark-curls")
CUTS = ("pixie-cut", "short-bob", "see-through-bob", "long-waves", "dandy-cut", "parted-perm", "regent-cut", "afro")
CUT = (
    "chestnut-bob",
    "short-with-glasses",
    "grey-bob",
    "long-blond",
    "dark-updo",
    "grey-beard",
    "blond-quiff",
    "side-part",
)


def sheet(people: Sequence[str], styles: Sequence[str], tile: int, name: str) -> None:
    """People down, styles across, the photo first."""
    rows = []
    for person in people:
        photo = genmark.read(SAMPLES / f"{person}.jpg")
        pictures = [photo, *(variant.photo for variant in genmark.preview(photo, styles))]
        tiles = [Image.fromarray(p.pixels).resize((tile, tile), Image.Resampling.LANCZOS) for p in pictures]
        rows.append(np.hstack([np.asarray(tile) for tile in tiles]))
    genmark.write(genmark.Photo(np.vstack(rows), name), HERE / f"{name}.jpg", quality=86)


if __name__ == "__main__":
    sheet(DYED, SHADES, 260, "previews")
    sheet(CUT, CUTS, 180, "cuts")
