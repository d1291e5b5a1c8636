"""Claim: pictures are scored at least twice as fast as by timm's own loop, decoding included, for the same answers.

The peer is what timm's inference.py does: PIL opens the file, timm's transform for the network's data configuration, a
DataLoader with batches of 32, the network in eval mode in float32. Ours is `genmark.brand.features.stream`. Both in
turns in one process, over the same files; of the ratios of the rounds the median with its 95 % interval.

`python benchmarks/brand_speed.py PICTURES [--large] [--workers 2] [--rounds 7]`; --large makes twelve-megapixel JPEGs
of the first pictures in a temporary folder and times those. With `--onnx`, ONNX Runtime, too, which needs the extra
`onnx`; it counts only where it agrees.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from genmark.brand.backbones import Backbone, open_backbone
from genmark.brand.features import embed
from genmark.brand.pictures import load_picture, normalise, stack, view_of
from genmark.tensors import import_timm


class Files(Dataset[Tensor]):
    """timm's own pictures."""

    def __init__(self, paths: Sequence[Path], transform: Callable[[Image.Image], Tensor]) -> None:
        self.paths, self.transform = paths, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: int) -> Tensor:
        return self.transform(Image.open(self.paths[place]).convert("RGB"))


def stock_loop(backbone: Backbone, paths: Sequence[Path], workers: int) -> Callable[[], np.ndarray]:
    """timm's loop with the same weights and the same reading, laid out as timm lays it out."""
    data = import_timm().data
    transform = data.create_transform(**data.resolve_model_data_config(backbone.network), is_training=False)
    fresh = open_backbone(backbone.name, reading=backbone.reading).reader.to(memory_format=torch.contiguous_format)

    def run() -> np.ndarray:
        loader = DataLoader(Files(paths, transform), batch_size=32, num_workers=workers)
        with torch.inference_mode():
            return torch.cat([fresh(batch) for batch in loader]).numpy()

    return run


def enlarge(paths: Sequence[Path], folder: Path) -> list[Path]:
    """The same pictures as JPEGs of 4000 x 3000 pixels."""
    made = []
    for place, path in enumerate(paths):
        made.append(folder / f"{place}.jpg")
        Image.open(path).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC).save(made[-1], quality=90)
    return made


def ratios(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way in each round, the order turned about; a warm-up before."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        names = list(ways) if turn % 2 else list(ways)[::-1]
        for name in names:
            start = perf_counter()
            ways[name]()
            if turn:
                took[name].append(perf_counter() - start)
    return took


def tell(took: dict[str, list[float]], count: int) -> None:
    """Pictures a second, and how many times the stock loop's that is: median and bootstrap interval over rounds."""
    rng = np.random.default_rng(0)
    for name, seconds in took.items():
        times = np.array(took["stock"]) / np.array(seconds)
        draws = np.median(rng.choice(times, (4000, len(times))), axis=1)
        low, high = np.quantile(draws, (0.025, 0.975))
        rate = count / float(np.median(seconds))
        print(f"  {name:<8} {rate:7.1f} pictures/s  {np.median(times):5.2f} x stock ({low:.2f} to {high:.2f})")


def agreement(ours: np.ndarray, other: np.ndarray, classes: int = 16) -> tuple[float, float]:
    """The largest change of a probability, and the share of the same answers, under probes that are drawn at random."""
    scale = ours.std(0) + 1e-6
    weight = np.random.default_rng(0).normal(size=(ours.shape[1], classes)) * 3 / np.sqrt(ours.shape[1])
    one, two = (torch.tensor((x - ours.mean(0)) / scale @ weight).softmax(1).numpy() for x in (ours, other))
    return float(np.abs(one - two).max()), float((one.argmax(1) == two.argmax(1)).mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--count", type=int, default=96)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--onnx", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--readings", nargs="*", default=["deep", "style"])
    asked = parser.parse_args()
    found = sorted(path for path in asked.pictures.rglob("*") if path.suffix in (".jpg", ".png"))
    paths = found[:: max(1, len(found) // asked.count)][: asked.count]
    with TemporaryDirectory() as folder:
        paths = enlarge(paths, Path(folder)) if asked.large else paths
        for reading in asked.readings:
            backbone = open_backbone(reading=reading)
            ways: dict[str, Callable[[], object]] = {
                "stock": stock_loop(backbone, paths, asked.workers),
                "ours": lambda backbone=backbone: embed(backbone, paths).values,
            }
            if asked.onnx:
                ways["onnx"] = lambda backbone=backbone: embed(backbone, paths, runtime="onnx").values
            load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
            print(f"{reading}: {len(paths)} files, {torch.get_num_threads()} threads, load average {load}")
            ours = embed(backbone, paths).values
            with torch.inference_mode():  # the same pixels through the network as it is
                squares = [normalise(stack([load_picture(path, view_of(backbone))]), backbone) for path in paths]
                plain = torch.cat([backbone.reader(square) for square in squares]).numpy()
            others = {"ours": ours} | ({"onnx": ways["onnx"]()} if asked.onnx else {})
            for name, values in others.items():
                change, same = agreement(plain, values)
                print(f"  {name}: a probability changes by at most {change:.1e}, {same:.1%} of answers are the same")
            tell(ratios(ways, asked.rounds), len(paths))


if __name__ == "__main__":
    main()
