"""How well several ways of learning classes tell photos of clothes apart, at one picture size and one budget.

LP-FT (fine-tuning from a linear probe) beside: the probe alone, on the last layer and on all stages' statistics;
fine-tuning without a probe; scikit-learn on colour and edges; fastai's default `fine_tune` of the same weights.

DATA holds train/CLASS/*.jpg and val/CLASS/*.jpg; items.csv (file, sender) says whose photos belong together. What can
be chosen is chosen on a fifth of train's senders (`--choose`), never on val, which only the finished methods see. Each
run is kept in the folder `--out`, so that a stopped benchmark goes on, and parts of it may run side by side.

    pip install 'genmark[train]' scikit-learn scikit-image fastai
    OMP_NUM_THREADS=1 python benchmarks/brand_methods.py DATA --out FOLDER --choose
    OMP_NUM_THREADS=1 python benchmarks/brand_methods.py DATA --out FOLDER --seeds 1 2
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from genmark.brand.agreement import accuracy, compare, null_accuracy
from genmark.brand.backbones import Backbone, open_backbone
from genmark.brand.features import embed
from genmark.brand.pictures import View, hash_file, load_picture, normalise, stack, view_of
from genmark.brand.probe import Probe, choose_l2, fit_probe, grouped_folds
from genmark.files import write_text
from genmark.tensors import import_timm
from genmark.train.brand_tuning import Tuned, TuningRecipe, tune
from genmark.train.precision import flushed_denormals

ROOM = 1.25  # pictures to learn from are this much larger than what a network sees, so that crops stay sharp
PLAIN = TuningRecipe(stages=6, smoothing=0.1, patience=99)
CANDIDATES = {
    "gentle": {"body_rate": 3e-4, "head_rate": 3e-4},
    "brisk": {"body_rate": 1e-3, "head_rate": 1e-3},
}
OURS = "lp-ft"


@dataclass(frozen=True)
class Photos:
    """Files with their class numbers and senders; `names` are the classes."""

    paths: tuple[Path, ...]
    labels: np.ndarray
    senders: np.ndarray
    names: tuple[str, ...]

    def take(self, rows: np.ndarray) -> Photos:
        """Some of them."""
        return Photos(tuple(self.paths[row] for row in rows), self.labels[rows], self.senders[rows], self.names)


@dataclass(frozen=True)
class Task:
    """What a method gets; it answers with the class of each of `held`."""

    learn: Photos
    held: Photos
    size: int
    epochs: int
    seed: int
    folder: Path
    probes: Path
    rates: Mapping[str, float]


class Crops:
    """Photos in memory for `tune`: whole, or zoomed, turned and mirrored a little at random; colours stay."""

    def __init__(self, photos: Photos, backbone: Backbone) -> None:
        self.labels = torch.tensor(photos.labels)
        view = view_of(backbone)
        self.backbone = backbone
        self.whole = stack(load_picture(path, view) for path in photos.paths)
        roomy = replace(view, size=round(ROOM * view.size))
        self.roomy = stack(load_picture(path, roomy) for path in photos.paths)

    def cut(self, rows: Tensor, generator: torch.Generator | None) -> Tensor:
        """Normalised pictures (n, 3, S, S)."""
        if generator is None:
            return normalise(self.whole[rows], self.backbone)
        grid = F.affine_grid(_moves(len(rows), generator), [len(rows), 3, *self.whole.shape[2:]], align_corners=False)
        pictures = normalise(self.roomy[rows], self.backbone).contiguous()
        moved = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
        return moved.contiguous(memory_format=torch.channels_last)


def _moves(count: int, generator: torch.Generator) -> Tensor:
    """Affine maps (count, 2, 3): zoom up to 1.33, 10 degrees to either side, shift within the picture, mirror."""
    dice = torch.rand(5, count, generator=generator)
    zoom, angle = 0.75 + 0.25 * dice[0], math.radians(10) * (2 * dice[1] - 1)
    mirror = torch.where(dice[2] < 0.5, -1.0, 1.0)
    shift = (1 - zoom) * (2 * dice[3:] - 1)
    across = torch.stack((zoom * angle.cos() * mirror, -zoom * angle.sin(), shift[0]), 1)
    down = torch.stack((zoom * angle.sin() * mirror, zoom * angle.cos(), shift[1]), 1)
    return torch.stack((across, down), 1)


def read_photos(data: Path, split: str) -> Photos:
    """The photos of one split, by class and name; without items.csv every photo has a sender of its own."""
    table = data / "items.csv"
    rows = csv.DictReader(table.read_text().splitlines()) if table.is_file() else ()
    senders = {row["file"]: row["sender"] for row in rows}
    names = tuple(sorted(folder.name for folder in (data / "train").iterdir() if folder.is_dir()))
    paths = tuple(path for name in names for path in sorted((data / split / name).glob("*.jpg")))
    labels = np.array([names.index(path.parent.name) for path in paths], np.int64)
    files = [path.relative_to(data).as_posix() for path in paths]
    return Photos(paths, labels, np.array([senders.get(file, file) for file in files]), names)


def backbone_at(size: int, style: bool = False) -> Backbone:
    """EfficientNet-Lite0 from its package, looking at pictures of `size`."""
    return replace(open_backbone(reading="style" if style else "deep"), size=size)


def probe_of(task: Task, style: bool = False) -> tuple[Probe, Backbone]:
    """genmark's own probe, its strength chosen by folds of senders; kept, since several methods start from it."""
    backbone, learn = backbone_at(task.size, style), task.learn
    asked = f"{backbone.reading} {backbone.size} {[path.name for path in learn.paths]}"
    file = task.probes / f"{hash_file(asked.encode())[:16]}.npz"
    if not file.is_file():
        seen = embed(backbone, learn.paths).values
        l2, _ = choose_l2(seen, learn.labels, learn.senders.tolist(), learn.names)
        found = fit_probe(seen, learn.labels, learn.names, l2)
        print(f"l2 {l2}")
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, weight=found.weight, bias=found.bias, mean=found.mean, scale=found.scale)
    return Probe(**np.load(file)), backbone


def by_probe(task: Task, style: bool = False) -> np.ndarray:
    """Frozen features and one logistic regression."""
    probe, backbone = probe_of(task, style)
    return probe.logits(embed(backbone, task.held.paths).values).argmax(1)


def by_tuning(task: Task, probed: bool) -> np.ndarray:
    """Fine-tuning, its head from the probe or from zero; as many epochs as the budget says, and the last network."""
    backbone = backbone_at(task.size)
    head = nn.Linear(backbone.dim, len(task.learn.names))
    weight, bias = probe_of(task)[0].plain() if probed else (np.zeros(head.weight.shape), np.zeros(head.bias.shape))
    head.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    recipe = PLAIN.model_copy(update={**task.rates, "epochs": task.epochs, "seed": task.seed})
    network = tune(
        Tuned(backbone.network, head), Crops(task.learn, backbone), None, recipe, task.folder, report=print
    ).network
    pictures = stack(load_picture(path, view_of(backbone)) for path in task.held.paths)
    with torch.inference_mode(), flushed_denormals():
        return np.concatenate([network(normalise(part, backbone)).argmax(1).numpy() for part in pictures.split(32)])


def by_colour_and_edges(task: Task, machine: bool) -> np.ndarray:
    """scikit-learn on a colour histogram and histograms of oriented gradients: logistic regression, or an SVM."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    last = SVC() if machine else LogisticRegression(max_iter=300)
    pipe = make_pipeline(StandardScaler(), last)
    strengths = [1.0, 3.0, 10.0] if machine else [1e-4, 1e-3, 1e-2]
    search = GridSearchCV(pipe, {f"{pipe.steps[-1][0]}__C": strengths}, cv=GroupKFold(3))
    seen, held = (np.stack([describe(path) for path in part.paths]) for part in (task.learn, task.held))
    search.fit(seen, task.learn.labels, groups=task.learn.senders)
    print(search.best_params_)
    return search.predict(held)


def describe(path: Path) -> np.ndarray:
    """8 x 4 x 4 bins of hue, saturation and value, square roots of their shares; HOG of the picture at 128 px."""
    from skimage.color import rgb2hsv
    from skimage.feature import hog

    photo = load_picture(path, View(128)) / 255.0
    bins = np.histogramdd(rgb2hsv(photo).reshape(-1, 3), bins=(8, 4, 4), range=((0, 1),) * 3)[0].ravel()
    edges = hog(photo, orientations=9, pixels_per_cell=(16, 16), cells_per_block=(2, 2), channel_axis=-1)
    return np.concatenate((np.sqrt(bins / bins.sum()), edges)).astype(np.float32)


def by_fastai(task: Task, method: str) -> np.ndarray:
    """fastai's defaults: an epoch with the body frozen, then `epochs` of all; pictures cropped or squeezed to size."""
    import_timm()  # makes torchvision importable beside a CPU-only torch
    from fastai.vision.all import (
        CategoryBlock,
        DataBlock,
        ImageBlock,
        IndexSplitter,
        Resize,
        aug_transforms,
        parent_label,
        set_seed,
        vision_learner,
    )

    set_seed(task.seed, reproducible=True)
    count = len(task.learn.paths)
    block = DataBlock(
        blocks=(ImageBlock, CategoryBlock(vocab=list(task.learn.names))),
        get_y=parent_label,
        splitter=IndexSplitter(range(count, count + len(task.held.paths))),  # fastai prints its scores, no more
        item_tfms=Resize(task.size, method=method),
        batch_tfms=aug_transforms(),
    )
    loaders = block.dataloaders([*task.learn.paths, *task.held.paths], num_workers=0)
    weights = {"file": str(_published(task.folder))}
    learner = vision_learner(loaders, "tf_efficientnet_lite0", pretrained_cfg_overlay=weights)
    with learner.no_bar(), flushed_denormals():
        learner.fine_tune(task.epochs)
        return learner.get_preds()[0].argmax(1).numpy()


def _published(folder: Path) -> Path:
    """The package's weights as a file that timm reads; the classifier of ImageNet, which nobody asks for, is zero."""
    state = open_backbone().network.state_dict()
    whole = import_timm().create_model("tf_efficientnet_lite0").state_dict()
    folder.mkdir(parents=True, exist_ok=True)
    torch.save({name: state.get(name, torch.zeros_like(value)) for name, value in whole.items()}, folder / "weights.pt")
    return folder / "weights.pt"


@dataclass(frozen=True)
class Method:
    """A way of learning; `needs` is a package that it cannot do without, `seeded` whether chance has a part in it."""

    learn: Callable[[Task], np.ndarray]
    needs: str = ""
    seeded: bool = False


METHODS = {
    "probe": Method(by_probe),
    "probe, all stages": Method(lambda task: by_probe(task, style=True)),
    "fine-tuned": Method(lambda task: by_tuning(task, probed=False), "accelerate", True),
    OURS: Method(lambda task: by_tuning(task, probed=True), "accelerate", True),
    "sklearn, logistic": Method(lambda task: by_colour_and_edges(task, machine=False), "sklearn"),
    "sklearn, SVM": Method(lambda task: by_colour_and_edges(task, machine=True), "sklearn"),
    "fastai": Method(lambda task: by_fastai(task, "crop"), "fastai", True),
    "fastai, squeezed": Method(lambda task: by_fastai(task, "squish"), "fastai", True),
}


def run(name: str, task: Task) -> dict[str, Any]:
    """One method with one seed: its answers on `held`, and how long it took; from the folder where that is known."""
    file = task.folder / "answers.json"
    if not file.is_file():
        print(f"{name}, seed {task.seed}: {len(task.learn.paths)} photos", flush=True)
        task.folder.mkdir(parents=True, exist_ok=True)
        wall, cores = perf_counter(), process_time()
        answers = METHODS[name].learn(task)
        took = {"wall": perf_counter() - wall, "cores": process_time() - cores}
        write_text(file, json.dumps({"answers": answers.tolist(), **took}))
    return json.loads(file.read_text())


def balanced(right: np.ndarray, photos: Photos, draws: int = 1000) -> tuple[float, float, float]:
    """The mean of the classes' recalls, and its 95 % interval over senders drawn with replacement."""
    one = np.eye(len(photos.names))[photos.labels]
    senders, place = np.unique(photos.senders, return_inverse=True)
    hits, counts = (np.zeros((len(senders), len(photos.names))) for _ in range(2))
    np.add.at(hits, place, one * right[:, None])
    np.add.at(counts, place, one)
    drawn = np.random.default_rng(0).integers(0, len(senders), (draws, len(senders)))
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        recalls = hits[drawn].sum(1) / counts[drawn].sum(1)
        low, high = np.quantile(np.nanmean(recalls, 1), (0.025, 0.975))
        return float(np.nanmean(hits.sum(0) / counts.sum(0))), float(low), float(high)


def tabulate(runs: Mapping[str, Sequence[Mapping[str, Any]]], held: Photos) -> list[dict[str, Any]]:
    """A row for each method: scores of the mean over its seeds, and how far LP-FT is ahead on the same photos."""
    right = {name: np.mean([np.array(run["answers"]) == held.labels for run in of], 0) for name, of in runs.items()}
    rows = []
    for name, hits in right.items():
        whole, even = accuracy(hits, held.senders), balanced(hits, held)
        row = {"method": name, "seeds": len(runs[name]), "accuracy": [whole.value, whole.low, whole.high]}
        row |= {"balanced": even, "each": [float(np.mean(run["answers"] == held.labels)) for run in runs[name]]}
        row |= {unit: float(np.mean([run[unit] for run in runs[name]])) for unit in ("wall", "cores")}
        if OURS in right and name != OURS:
            ahead = compare(right[OURS], hits, held.senders)
            row["ahead"] = [ahead.gain, ahead.low, ahead.high, ahead.p]
        rows.append(row)
    return rows


def show(rows: Sequence[Mapping[str, Any]], held: Photos, null: float) -> None:
    """Print the table, as Markdown, and what it comes to."""
    print(f"\n{len(held.paths)} photos of {len(set(held.senders))} senders; always the commonest class: {null:.3f}\n")
    print(f"| method | accuracy | balanced accuracy | {OURS} ahead by | p | each seed | seconds: wall, cores |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        cells = [row["method"], _span(row["accuracy"], ".3f"), _span(row["balanced"], ".3f")]
        cells += [_span(row["ahead"][:3], "+.3f"), f"{row['ahead'][3]:.4f}"] if "ahead" in row else ["", ""]
        cells += [", ".join(f"{value:.3f}" for value in row["each"]), f"{row['wall']:.0f}, {row['cores']:.0f}"]
        print("| " + " | ".join(cells) + " |")
    beside = [row for row in rows if "ahead" in row]
    close = [row["method"] for row in beside if row["ahead"][1] <= 0]
    if beside:
        print(f"\n{OURS} is not clearly ahead of: {', '.join(close)}" if close else f"\n{OURS} is clearly ahead of all")


def _span(three: Sequence[float], form: str) -> str:
    return f"{three[0]:{form}} ({three[1]:{form}} to {three[2]:{form}})"


def choose(learn: Photos, task: Task, method: str) -> str:
    """The rates with the most right answers on a fifth of train's senders, learnt on the others in half the epochs."""
    fold = grouped_folds(learn.senders.tolist(), 5) == 0
    kept, held = learn.take(np.flatnonzero(~fold)), learn.take(np.flatnonzero(fold))
    found = {}
    for name, rates in CANDIDATES.items():
        folder = task.folder / "choice" / method / name
        trial = replace(task, learn=kept, held=held, rates=rates, folder=folder, epochs=max(1, task.epochs // 2))
        answers = run(method, trial)["answers"]
        found[name] = float(np.mean(np.array(answers) == held.labels))
    print(f"{method}: {found}")
    return max(found, key=lambda name: found[name])


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="a folder: runs are kept here, and table.json")
    parser.add_argument("--size", type=int, default=128, help="pixels a side that every network sees")
    parser.add_argument("--epochs", type=int, default=4, help="of fine-tuning; fastai puts its frozen one before")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--choose", action="store_true", help="choose the rates first, on a part of train")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    asked = arguments(words)
    learn, held = (read_photos(asked.data, split) for split in ("train", "val"))
    task = Task(
        learn, held, asked.size, asked.epochs, asked.seeds[0], asked.out, asked.out / "probes", CANDIDATES["gentle"]
    )
    tuned = [name for name in asked.methods if name in (OURS, "fine-tuned")]
    chosen = {name: choose(learn, task, name) for name in tuned} if asked.choose else {}
    runs: dict[str, list[dict[str, Any]]] = {}
    for name in asked.methods:
        method = METHODS[name]
        if method.needs and not find_spec(method.needs):
            print(f"{name} is left out: {method.needs} is not installed; the head of this file says how")
            continue
        rates = chosen.get(name, "gentle")
        for seed in asked.seeds if method.seeded else asked.seeds[:1]:
            folder = asked.out / name.replace(", ", "-") / rates / str(seed)
            trial = replace(task, seed=seed, rates=CANDIDATES[rates], folder=folder)
            runs.setdefault(name, []).append(run(name, trial))
    rows = tabulate(runs, held)
    show(rows, held, null_accuracy(learn.labels, held.labels))
    settings = {"size": asked.size, "epochs": asked.epochs, "seeds": asked.seeds, "rates": chosen}
    write_text(asked.out / "table.json", json.dumps({**settings, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
