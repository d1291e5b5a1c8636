"""Does the audit find a planted shortcut, and what is a look worth without its logo?

`python benchmarks/brand_shortcuts.py BRANDS CLOTHING [--planted FILE] [--only planted|look]`: the folders of the
synthetic brands pack and of the clothing photos. Two models are audited on posts that neither has seen:

planted  EfficientNet-Lite0, all of it tuned on posts that only a logo tells apart (`logo_posts.py`: drawn with garments
         of the training split), audited on control_val. Its weights are kept in FILE and used again.
look     a linear probe on the style features of the same network as its makers left it, learnt on train,
         audited on val.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from logo_posts import LogoPosts
from safetensors.torch import load_file, save_file

from genmark.brand.agreement import null_accuracy
from genmark.brand.audit import Audit, Read, audit
from genmark.brand.backbones import Backbone, open_backbone
from genmark.brand.counterfactuals import Swap
from genmark.brand.features import embed
from genmark.brand.pictures import normalise, shrink, stack, view_of
from genmark.brand.probe import choose_l2, fit_probe
from genmark.brand.seen import Frames
from genmark.brand.shortcuts import frame_numbers
from genmark.photos import read as read_photo
from genmark.train.brand_tuning import Tuned, TuningRecipe, tune
from genmark.types import Box, Floats, Pixels

Row = dict[str, str]
NEAR = 112
"""The planted model learns from squares of so many pixels about a logo: easier than whole posts."""
RECIPE = TuningRecipe(
    stages=99, epochs=3, batch=32, head_rate=2e-3, body_rate=8e-4, layer_decay=0.9, decay=0.02, patience=3
)


def rows_of(data: Path, split: str) -> list[Row]:
    """Rows of posts.csv."""
    with (data / "posts.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def labels_of(rows: Sequence[Row], brands: Sequence[str]) -> np.ndarray:
    """Each row's brand, int64 (N,)."""
    return np.array([brands.index(row["brand"]) for row in rows], np.int64)


def kin_of(rows: Sequence[Row]) -> list[str]:
    """What belongs together: a campaign. In the control that column only repeats the brand, one campaign each, and its
    posts have no habits in common; there it is the photo that a post shows."""
    campaigns, brands = ({row[name] for row in rows} for name in ("campaign", "brand"))
    return [row["campaign" if len(campaigns) > len(brands) else "source_photos"] for row in rows]


def plant(data: Path, clothing: Path, brands: Sequence[str], kept: Path | None) -> tuple[Tuned, Backbone]:
    """The network that reads logos; trained unless `kept` holds it."""
    backbone = open_backbone()
    head = torch.nn.Linear(backbone.dim, len(brands))
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    network = Tuned(backbone.network.requires_grad_(True), head)
    if kept is not None and kept.is_file():
        network.load_state_dict(load_file(kept))
        return network.eval(), backbone
    photos = sorted((clothing / "train").rglob("*.jpg"))
    order = [photos[place] for place in np.random.default_rng(0).permutation(len(photos))]
    train = LogoPosts(data / "logos", brands, order[300:], 1920, backbone, NEAR)
    val = LogoPosts(data / "logos", brands, order[:300], 180, backbone, NEAR)
    with TemporaryDirectory() as folder:
        network = tune(network, train, val, RECIPE, Path(folder), lambda scores: print(scores, flush=True)).network
    if kept is not None:
        save_file({name: part.contiguous() for name, part in network.state_dict().items()}, kept)
    return network, backbone


def squares(pictures: Sequence[Pixels], backbone: Backbone) -> torch.Tensor:
    """Pictures as the backbone wants them."""
    view = view_of(backbone)
    return normalise(stack(shrink(pixels, view) for pixels in pictures), backbone)


def reader_of_logos(network: Tuned, backbone: Backbone) -> Read:
    """The strongest answer of any place of the last map: a logo is in one place, and the rest says nothing."""

    @torch.inference_mode()
    def read(pictures: Sequence[Pixels]) -> Floats:
        maps = network.backbone.forward_features(squares(pictures, backbone))  # type: ignore[operator]
        logits = network.head(maps.permute(0, 2, 3, 1))
        found: Floats = logits.amax((1, 2)).softmax(1).numpy()
        return found

    return read


def reader_of_looks(data: Path, brands: Sequence[str]) -> Read:
    """A probe on style features, learnt on train."""
    rows = rows_of(data, "train")
    backbone = open_backbone(reading="style")
    features, labels = embed(backbone, [data / row["file"] for row in rows]).values, labels_of(rows, brands)
    l2, _ = choose_l2(features, labels, [row["campaign"] for row in rows], brands, (0.3, 0.1, 0.03))
    probe = fit_probe(features, labels, brands, l2)

    @torch.inference_mode()
    def read(pictures: Sequence[Pixels]) -> Floats:
        logits = torch.tensor(probe.logits(backbone.reader(squares(pictures, backbone)).numpy()))
        found: Floats = logits.softmax(1).numpy()
        return found

    return read


def swap_of(data: Path, split: str, audited: Sequence[Row], brands: Sequence[str]) -> Swap:
    """A folder of counterfactuals, each with its place among the audited posts."""
    places = {row["file"]: place for place, row in enumerate(audited)}
    rows = [row for row in rows_of(data, split) if row["pair"] in places]
    marks = [brands.index(row["logo_brand"]) if row["logo_brand"] else -1 for row in rows]
    paths = [data / row["file"] for row in rows]
    return Swap(split.split("val_")[1].replace("_", " "), paths, [places[row["pair"]] for row in rows], marks)


def ask(read: Read, data: Path, brands: Sequence[str], split: str, learnt: str, boxes: bool, every: int) -> Audit:
    """Audit a model on a split, with every counterfactual of it that the pack has."""
    rows, before = rows_of(data, split)[::every], rows_of(data, learnt)
    names = [f"{split}_logo_{change}" for change in ("removed", "added", "swapped")]
    there = {row["split"] for row in csv.DictReader((data / "posts.csv").open(encoding="utf-8", newline=""))}
    given = [
        tuple(Box(*map(float, row[name].split())) for name in ("logo_box", "text_box") if row[name]) for row in rows
    ]
    frames = np.array([frame_numbers(read_photo(data / row["file"]).pixels) for row in before], np.float32)
    return audit(
        read,
        [data / row["file"] for row in rows],
        labels_of(rows, brands),
        kin_of(rows),
        null_accuracy(labels_of(before, brands), labels_of(rows, brands)),
        boxes=given if boxes else None,
        frames=Frames(frames, labels_of(before, brands)),
        sources=[row["account"] for row in rows],
        known=sorted({row["account"] for row in before}),
        swaps=[swap_of(data, name, rows, brands) for name in names if name in there],
    )


def show(title: str, found: Audit) -> None:
    """Print an audit."""
    print(f"\n{title}\n")
    for row in found.rows:
        ends = f"{row.accuracy.low:6.1%} {row.accuracy.high:6.1%}"
        left = "      " if row.survives is None else f"{row.survives:6.1%}"
        print(f"{row.name:32} {row.accuracy.value:6.1%}  [{ends}]  survives {left}  n {row.pictures:3}  {row.sentence}")
    print(*(f"- {verdict}" for verdict in found.verdicts), sep="\n")
    print("shortcuts:", ", ".join(found.shortcuts) or "none", flush=True)


def main() -> None:
    """Plant, learn, audit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("brands", type=Path)
    parser.add_argument("clothing", type=Path)
    parser.add_argument("--planted", type=Path, help="keep the planted model's weights here, and use them again")
    parser.add_argument("--only", choices=("planted", "look"))
    parser.add_argument("--every", type=int, default=1, help="audit every so many-th post alone, to be quick")
    asked = parser.parse_args()
    data: Path = asked.brands
    brands = tuple(sorted({row["brand"] for row in rows_of(data, "train")}))
    if asked.only != "look":
        read = reader_of_logos(*plant(data, asked.clothing, brands, asked.planted))
        show(
            "planted, boxes given",
            ask(read, data, brands, "control_val", "control_train", boxes=True, every=asked.every),
        )
        show(
            "planted, boxes estimated",
            ask(read, data, brands, "control_val", "control_train", boxes=False, every=asked.every),
        )
    if asked.only != "planted":
        read = reader_of_looks(data, brands)
        show("look, boxes given", ask(read, data, brands, "val", "train", boxes=True, every=asked.every))
        show("look, boxes estimated", ask(read, data, brands, "val", "train", boxes=False, every=asked.every))


if __name__ == "__main__":
    main()
