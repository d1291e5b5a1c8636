"""Claim: photos go through BLIP faster in batches than one by one, with the same captions.

The peer is the same captioner with a batch of one. Both write the captions of the same photos in turns in one process;
`--sizes` are the batches. The network has BLIP-base's architecture (247 million parameters) with random weights: how
long a pass takes does not depend on what the weights are, but how many tokens a sentence has does, so every sentence is
made to have exactly `--tokens` tokens, about what a caption of COCO has. Nothing is fetched, and nothing here says how
good a caption is. `--network` takes a smaller one of the same shape where the real size would take too long: "medium"
(256 wide, 4 layers, 192 pixels), or "tiny", to see that the benchmark itself works.

`python benchmarks/caption_speed.py [--photos 8] [--tokens 10] [--beams 3] [--sizes 1 4 8] [--rounds 3] [--precision
fp32] [--device cpu] [--network base]`
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from rounds import interleave, report

from genmark.perceive.captions.blip import Blip
from genmark.perceive.captions.decoding import Decoding
from genmark.tensors import mend_torchvision
from genmark.types import Photo

WORDS = 30_522
"""In BERT's vocabulary, which BLIP's is."""


SIZES = {"base": (384, 768, 12, 12), "medium": (192, 256, 4, 4), "tiny": (32, 32, 2, 2)}
"""Pixels a side, width, layers and heads of both halves; "base" is BLIP-base's."""


def save_blip(folder: Path, size: str) -> None:
    """A BLIP of a size with random weights."""
    mend_torchvision()
    import transformers

    transformers.utils.logging.disable_progress_bar()
    vocab = {word: place for place, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])}
    vocab |= {f"word{place}": place for place in range(len(vocab), WORDS)}
    side, width, layers, heads = SIZES[size]
    images = transformers.BlipImageProcessorPil(size={"height": side, "width": side})
    transformers.BlipProcessor(images, transformers.BertTokenizer(vocab=vocab)).save_pretrained(folder)
    both = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": layers}
    both["num_attention_heads"] = heads
    text = {"vocab_size": WORDS + 2, "bos_token_id": WORDS, "sep_token_id": 3, "eos_token_id": 3, "pad_token_id": 0}
    torch.manual_seed(0)
    config = transformers.BlipConfig(
        text_config={**text, **both, "encoder_hidden_size": width},
        vision_config={**both, "image_size": side, "patch_size": 16},
    )
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)


def photos(count: int) -> list[Photo]:
    """Photos of 640 x 480 pixels of coarse noise."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (count, 12, 16, 3), dtype=np.uint8)
    return [Photo(np.ascontiguousarray(tile.repeat(40, 0).repeat(40, 1))) for tile in tiles]


def describe(blip: Blip, shown: list[Photo]) -> Callable[[], list[str]]:
    """One run: the drafts of all photos. (What a random network writes would mostly be tried again as degenerate.)"""
    return lambda: [draft.text for draft in blip.drafts(shown)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("photos", 8), ("tokens", 10), ("beams", 3), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--precision", choices=["fp32", "fp16", "bf16"], default="fp32")
    parser.add_argument("--device")
    parser.add_argument("--network", choices=list(SIZES), default="base")
    asked = parser.parse_args()
    shown = photos(asked.photos)
    decoding = Decoding(beams=asked.beams, shortest=asked.tokens, longest=asked.tokens)
    with TemporaryDirectory() as folder:
        save_blip(Path(folder), asked.network)
        blip = Blip(folder, decoding=decoding, precision=asked.precision, device=asked.device)
    ways: dict[str, Callable[[], list[str]]] = {}
    for size in asked.sizes:
        name = "one by one" if size == 1 else f"batches of {size}"
        ways[name] = describe(share(blip, size), shown)
    first, *others = (way() for way in ways.values())
    same = sum(all(text == other[place] for other in others) for place, text in enumerate(first))
    times = interleave(ways, asked.rounds)
    network = sum(weight.numel() for weight in blip.model.network.parameters()) / 1e6
    threads = f"{torch.get_num_threads()} threads of {os.cpu_count()} cores, {blip.model.device}, {asked.precision}"
    report(f"{len(shown)} photos, {network:.0f} M parameters, random weights, {threads}", times, list(ways)[-1])
    for name, took in times.items():
        print(f"  {name:<58} {1000 * len(shown) / took.wall:9.2f} photos/s")
    print(f"  the same text for {same} of {len(shown)} photos in every batch size")
    sys.exit(0 if same == len(shown) else 1)


def share(blip: Blip, size: int) -> Blip:
    """The same loaded captioner with another batch."""
    other = copy.copy(blip)
    other.batch = size
    return other


if __name__ == "__main__":
    main()
