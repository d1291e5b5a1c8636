"""Make `previews.jpg`, the sheet in README: shipped sample people, who never existed, in shipped shades."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

import genmark

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "genmark" / "samples"
PEOPLE = ("chestnut-bob", "side-part", "long-blond", "short-with-glasses", "dark-curls")
SHADES = ("ash-brown", "rose-gold", "blue-black", "burgundy", "platinum")
TILE = 260


def main() -> None:
    rows = []
    for person in PEOPLE:
        photo = genmark.read(SAMPLES / f"{person}.jpg")
        pictures = [photo, *(variant.photo for variant in genmark.preview(photo, SHADES))]
        tiles = [Image.fromarray(p.pixels).resize((TILE, TILE), Image.Resampling.LANCZOS) for p in pictures]
        rows.append(np.hstack([np.asarray(tile) for tile in tiles]))
    genmark.write(genmark.Photo(np.vstack(rows), "previews"), HERE / "previews.jpg", quality=86)


if __name__ == "__main__":
    main()
