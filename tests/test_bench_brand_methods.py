"""The comparison of methods, on classes that were drawn for it."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "brand_methods.py"
CLASSES = {"dots": (200, 40, 40), "lines": (40, 160, 60), "plain": (50, 70, 200)}


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = spec_from_file_location("brand_methods", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "brand_methods", module)  # dataclasses look their module up
        spec.loader.exec_module(module)
        yield module


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rows = tmp_path_factory.mktemp("drawn"), ["file,sender"]
    rng = np.random.default_rng(0)
    for split, count in (("train", 10), ("val", 4)):
        for name, colour in CLASSES.items():
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = np.clip(rng.normal(colour, 25, (48, 40, 3)), 0, 255).astype(np.uint8)
                pixels[:: {"dots": 6, "lines": 4, "plain": 48}[name], :: {"dots": 6}.get(name, 1)] = 255
                file = f"{split}/{name}/{number}.jpg"
                Image.fromarray(pixels).save(folder / file)
                rows.append(f"{file},{split}{number // 2}")
    (folder / "items.csv").write_text("\n".join(rows))
    return folder


def test_the_comparison_runs_is_kept_and_says_what_is_left_out(
    bench: Any, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(data), "--out", str(tmp_path), "--size", "32", "--epochs", "1"]
    words += ["--methods", "probe", "lp-ft", *(() if find_spec("fastai") else ("fastai",))]
    bench.main(words)
    said = capsys.readouterr().out
    assert find_spec("fastai") or "fastai is left out" in said
    assert "12 photos of 2 senders; always the commonest class: 0.333" in said
    table = json.loads((tmp_path / "table.json").read_text())
    probe, tuned = table["rows"]
    assert probe["method"] == "probe"
    assert probe["accuracy"][0] > 0.9
    assert tuned["method"] == "lp-ft"
    assert tuned["each"] == [tuned["accuracy"][0]]  # one step on 30 photos; where it starts from is tested below
    assert probe["ahead"][0] == pytest.approx(tuned["accuracy"][0] - probe["accuracy"][0])
    bench.main(words)
    assert "photos\n" not in capsys.readouterr().out  # nothing is learnt twice


def test_lp_ft_starts_where_its_probe_ends(bench: Any, data: Path, tmp_path: Path) -> None:
    learn, held = (bench.read_photos(data, split) for split in ("train", "val"))
    still = {"body_rate": 0.0, "head_rate": 0.0}
    task = bench.Task(learn, held, 32, 1, 1, tmp_path / "runs", tmp_path / "probes", still)
    assert np.array_equal(bench.by_tuning(task, probed=True), bench.by_probe(task))
    assert len(list((tmp_path / "probes").iterdir())) == 1  # it is the same probe
    other = replace(task, folder=tmp_path / "other")
    assert len(set(bench.by_tuning(other, probed=False))) == 1  # a head of zeros says one thing always


def test_what_is_chosen_is_chosen_without_val(bench: Any, data: Path, tmp_path: Path) -> None:
    learn = bench.read_photos(data, "train")
    seen = []

    def spy(task: Any) -> np.ndarray:
        seen.append(task)
        return task.held.labels if task.rates is bench.CANDIDATES["brisk"] else 0 * task.held.labels

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(bench.METHODS, "spy", bench.Method(spy))
        task = bench.Task(learn, None, 32, 4, 1, tmp_path, tmp_path, {})
        assert bench.choose(learn, task, "spy") == "brisk"
    for task in seen:
        assert task.epochs == 2
        assert not set(task.learn.senders) & set(task.held.senders)
        assert {*task.learn.paths, *task.held.paths} == set(learn.paths)


def test_balanced_accuracy_is_the_mean_recall(bench: Any, data: Path) -> None:
    held = bench.read_photos(data, "val")
    held = held.take(np.flatnonzero((held.labels != 0) | (np.arange(12) == 0)))  # one photo of the first class
    right = (held.labels != 1).astype(float)
    value, low, high = bench.balanced(right, held)
    assert value == pytest.approx(2 / 3)
    assert low <= value <= high
    assert bench.balanced(np.ones(9), held) == pytest.approx((1, 1, 1))


def test_random_views_move_pictures_and_keep_their_colours(bench: Any, data: Path) -> None:
    photos = bench.read_photos(data, "train")
    crops = bench.Crops(photos, bench.backbone_at(32))
    rows = torch.arange(len(photos.paths))
    plain, one, other = (
        crops.cut(rows, None if seed is None else torch.Generator().manual_seed(seed)) for seed in (None, 1, 2)
    )
    assert plain.shape == one.shape
    assert not torch.equal(one, other)
    last = rows[crops.labels == 2]
    assert (plain[last].mean((2, 3)) - one[last].mean((2, 3))).abs().max() < 0.2
    assert torch.equal(one, crops.cut(rows, torch.Generator().manual_seed(1)))


def test_the_weights_that_fastai_gets_are_the_package_s(bench: Any, tmp_path: Path) -> None:
    state = torch.load(bench._published(tmp_path), weights_only=True)
    own = bench.open_backbone().network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in own.items())
    assert len(own) >= 290


def test_colour_and_edges_tell_colours_and_directions(bench: Any, data: Path, tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    task = bench.Task(*(bench.read_photos(data, split) for split in ("train", "val")), 32, 1, 1, tmp_path, tmp_path, {})
    seen = bench.describe(task.learn.paths[0])
    assert seen.shape == (128 + 7 * 7 * 4 * 9,)
    assert np.square(seen[:128]).sum() == pytest.approx(1.0)
    pytest.importorskip("sklearn")
    assert (bench.by_colour_and_edges(replace(task), machine=False) == task.held.labels).mean() > 0.9
