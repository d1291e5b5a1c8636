"""Claim: memory stays flat over 20,000 pictures, whether their features are kept in a cache or not.

`python benchmarks/brand_memory.py PICTURES [--count 20000] [--cache]` makes that many files in a temporary folder from
the pictures there, a few bytes appended to each so that no two have the same hash, and streams them through a small
network with random weights: what grows would grow with any network. Prints what the process holds as it goes: resident
memory that is its own (`RssAnon`), which leaves out files that the system may forget at will.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch

from genmark.brand.backbones import Backbone, describe
from genmark.brand.features import ROWS, stream
from genmark.tensors import import_timm


def small_network() -> Backbone:
    """160 x 160 pixels, thirteen layers, 256 numbers."""
    torch.manual_seed(0)
    network = import_timm().create_model("test_efficientnet", pretrained=False, num_classes=0)
    return describe("small", "test_efficientnet", "mit", network)


def own_mb() -> float:
    """Memory of this process that is nobody else's, in megabytes (2**20 bytes); of Linux."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def copies(sources: list[Path], count: int, folder: Path) -> list[Path]:
    """`count` files that no hash takes for each other."""
    data = [path.read_bytes() for path in sources]
    made = []
    for number in range(count):
        made.append(folder / f"{number}.jpg")
        made[-1].write_bytes(data[number % len(data)] + number.to_bytes(4, "little"))
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--cache", action="store_true")
    asked = parser.parse_args()
    sources = sorted(asked.pictures.rglob("*.jpg"))[:500]
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        paths = copies(sources, asked.count, folder / "pictures")
        net, start, held, count = small_network(), perf_counter(), [], 0
        for number, block in enumerate(stream(net, paths, cache=folder / "cache" if asked.cache else None)):
            count += len(block.values)
            held.append(own_mb())
            if number % 8 == 7:
                print(f"{count:6d} pictures  {held[-1]:7.1f} MB  {count / (perf_counter() - start):6.0f} a second")
        warm = held[min(2000 // ROWS, len(held) - 1)]
        slope = np.polyfit(np.arange(len(held)) * ROWS / 1000, held, 1)[0]
        print(f"{count} pictures: {warm:.1f} MB after 2,000, {max(held):.1f} MB at most; {slope:+.2f} MB a thousand")


if __name__ == "__main__":
    main()
