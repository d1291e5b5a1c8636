"""Segments of real photos by the embedded captioner: garments on hangers and floors, whose department is known.

    python benchmarks/segment_photos.py CLOTHING/val

A photo of a shoe is right with "Shoes and bags", of other garments with "Clothing" (`configs/audiences/retail.toml`);
hats and baby bodies, of which a shop may say either, are left out. Photos have no people in them, so no guard is asked.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from genmark.audience.matching import Matcher
from genmark.audience.meaning import open_embedder
from genmark.audience.segments import load_segments
from genmark.brand.agreement import accuracy
from genmark.perceive.captions.embedded import EmbeddedCaptioner
from genmark.photos import read

LEFT_OUT = ("hat", "body")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    paths = [path for path in sorted(folder.glob("*/*.jpg")) if path.parent.name not in LEFT_OUT]
    captioner, matcher = EmbeddedCaptioner(), Matcher(load_segments("retail"), open_embedder())
    said, right = [], []
    for first in range(0, len(paths), 32):
        part = paths[first : first + 32]
        for path, insight in zip(part, captioner.describe([read(one) for one in part]), strict=True):
            found = matcher(insight.caption.text, insight.tags)
            said.append(not found.abstained)
            wanted = "shoes-bags" if path.parent.name == "shoes" else "clothing"
            right.append(not found.abstained and found.matches[0].id == wanted)
    answers, hits = np.array(said), np.array(right)
    share = accuracy(hits[answers])
    print(f"{len(paths)} photos; a segment is said of {answers.mean():.1%}")
    print(f"the first is right in {share.value:.1%} of those ({share.low:.1%} to {share.high:.1%})")


if __name__ == "__main__":
    main()
