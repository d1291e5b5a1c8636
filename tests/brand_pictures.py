"""Posts of made-up brands, drawn: pale blue stripes or dark orange spots, in layouts of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 96
BRANDS = ("하늘", "ember")


def draw(brand: str, seed: int, busy: bool = True) -> Image.Image:
    """One post; a busy one has six figures, a calm one has one."""
    rng = np.random.default_rng([seed, len(brand)])
    pixels = np.zeros((SIDE, SIDE, 3), np.float32)
    pixels[:] = (205, 222, 240) if brand == "하늘" else (50, 30, 22)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for _ in range(6 if busy else 1):
        y, x, size = [*rng.integers(0, SIDE, 2).tolist(), int(rng.integers(5, 14))]
        spot = np.hypot(rows - y, columns - x) < size if brand == "ember" else np.abs(rows - y) < size / 4
        pixels[spot] = (240, 250, 255) if brand == "하늘" else (230, 120, 30)
    return Image.fromarray(np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8))


def write_posts(folder: Path, count: int, first: int = 0) -> Path:
    """A folder of `count` posts for each brand."""
    for brand in BRANDS:
        (folder / brand).mkdir(parents=True)
        for number in range(first, first + count):
            draw(brand, number).save(folder / brand / f"{number:03d}.jpg", quality=90)
    return folder


def write_table(folder: Path, count: int, columns: str) -> Path:
    """A CSV of `count` posts, half of each brand and half busy; `columns` are some of path, brand, busy, pale."""
    (folder / "p").mkdir(parents=True)
    rows = [columns]
    for number in range(count):
        brand, busy = BRANDS[number % 2], number // 2 % 2
        path = f"p/{number:03d}.jpg"
        draw(brand, number, bool(busy)).save(folder / path, quality=90)
        known = {"path": path, "brand": brand, "busy": str(busy), "pale": str(int(brand == "하늘"))}
        rows.append(",".join(known[name] for name in columns.split(",")))
    table = folder / "posts.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return table
