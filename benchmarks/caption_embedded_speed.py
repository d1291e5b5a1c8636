"""How many photos a second the embedded captioner describes: decoding, tags, faces, sentence; batched and singly.

    python benchmarks/caption_embedded_speed.py FOLDER [--count 200] [--threads 2]

FOLDER holds picture files. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import torch

from genmark import photos
from genmark.perceive.captions.embedded import EmbeddedCaptioner
from genmark.types import Photo

SIDE = (256, 256)
"""What JPEG files are decoded to at least; every network here sees less."""


def rate(work: Callable[[], object], count: int) -> dict[str, float]:
    """Photos a second by the clock, and by the processor time of all threads, which a busy machine does not change."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return {
        "per_second": round(count / (time.perf_counter() - clock), 2),
        "per_processor_second": round(count / (time.process_time() - processor), 2),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() in {".jpg", ".png", ".webp"})
    paths = list(islice(cycle(found), options.count))
    captioner = EmbeddedCaptioner()

    def read(part: list[Path]) -> list[Photo]:
        return [photos.read(path, size_hint=SIDE) for path in part]

    list(captioner(read(paths[:4])))
    one = max(1, options.count // 5)
    batched = rate(lambda: [list(captioner(read(paths[k : k + 32]))) for k in range(0, len(paths), 32)], len(paths))
    single = rate(lambda: [list(captioner(read([path]))) for path in paths[:one]], one)
    shown = read(paths[:64])
    parts = {
        "decode": rate(lambda: read(paths[:64]), 64),
        "tags": rate(lambda: list(captioner.tagger(shown)), 64),
        "sentence": rate(lambda: captioner.write([(tags, 0) for tags in captioner.tagger(shown[:1])] * 64), 64),
    }
    print(json.dumps({"threads": options.threads, "batched": batched, "one_by_one": single, "parts": parts}))


if __name__ == "__main__":
    main()
