"""How many logos and headlines `find_marks` finds, and how much else: `brand_marks.py BRANDS [--fit]`.

BRANDS is the folder of the synthetic brands pack (posts.csv with boxes). A mark is found where at least half of its box
is covered. With --fit, the weights are fitted anew on a third of the train posts and printed; the figures are those of
the val posts either way.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genmark.brand.frames import check_pixels
from genmark.brand.marks import LEAST, blobs_of, find_marks
from genmark.brand.probe import fit_probe
from genmark.photos import read
from genmark.types import Bools, Box, Pixels

Row = dict[str, str]


def boxes_of(row: Row, names: Sequence[str] = ("logo_box", "text_box")) -> tuple[Box, ...]:
    """The boxes that a row of posts.csv gives."""
    return tuple(Box(*map(float, row[name].split())) for name in names if row[name])


def posts_of(data: Path, split: str) -> list[Row]:
    """Rows of posts.csv."""
    with (data / "posts.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def inside(pixels: Pixels, boxes: Sequence[Box]) -> Bools:
    """Pixels that lie in any box, bool (H, W)."""
    check_pixels(pixels)
    where = np.zeros(pixels.shape[:2], np.bool_)
    for box in boxes:
        where[max(0, int(box.top)) : int(np.ceil(box.bottom)), max(0, int(box.left)) : int(np.ceil(box.right))] = True
    return where


def fit(data: Path) -> None:
    """Print weights fitted on every blob of every third train post: a mark where most of it lies in a box."""
    numbers, labels = [], []
    for row in posts_of(data, "train")[::3]:
        pixels = read(data / row["file"]).pixels
        truth = inside(pixels, boxes_of(row))
        for blob in blobs_of(pixels):
            where = inside(pixels, [blob.box])
            numbers.append(blob.numbers)
            labels.append(bool(truth[where].mean() > 0.5))
    probe = fit_probe(np.array(numbers, np.float32), np.array(labels, np.int64), ("other", "mark"), 1e-3)
    weight, bias = probe.plain()
    print(f"{len(labels)} blobs, {np.mean(labels):.1%} marks")
    print("WEIGHTS =", tuple(round(float(value), 2) for value in weight[1] - weight[0]))
    print("BIAS =", round(float(bias[1] - bias[0]), 2))


def measure(data: Path, split: str, least: float) -> None:
    """Print the share of logos and of headlines that are found, and what else is covered."""
    found: dict[str, list[bool]] = {"logo_box": [], "text_box": []}
    right = covered = pixels_in_all = 0
    for row in posts_of(data, split):
        pixels = read(data / row["file"]).pixels
        where = inside(pixels, find_marks(pixels, least))
        for name, hits in found.items():
            hits += [bool(where[inside(pixels, [box])].mean() >= 0.5) for box in boxes_of(row, [name])]
        right += int((where & inside(pixels, boxes_of(row))).sum())
        covered += int(where.sum())
        pixels_in_all += where.size
    shares = ", ".join(f"{name} {np.mean(hits):.0%} of {len(hits)}" for name, hits in found.items() if hits)
    share = right / max(1, covered)
    print(
        f"{split:14} from {least:+.1f}: {shares}; {share:.0%} of what is covered, {covered / pixels_in_all:.1%} in all"
    )


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true")
    asked = parser.parse_args()
    if asked.fit:
        fit(asked.data)
    for split in ("val", "control_val"):
        measure(asked.data, split, LEAST)


if __name__ == "__main__":
    main()
