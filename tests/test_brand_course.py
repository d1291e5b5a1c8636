"""Tuning from a probe: what was learnt is in the file, and the network comes back from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from brand_pictures import write_posts

from genmark.brand.archive import read_brand, write_brand
from genmark.brand.backbones import fingerprint, open_backbone
from genmark.brand.features import embed
from genmark.brand.filing import file_of, heads_of
from genmark.brand.gathering import find_posts, gather, look_at
from genmark.brand.probe import Probe
from genmark.brand.scoring import backbone_of
from genmark.brand.study import study
from genmark.train.brand_course import labels_of, tune_backbone
from genmark.train.brand_pictures import crop
from genmark.train.brand_tuning import TuningRecipe


def silent(sentence: str) -> None:
    """Nobody listens."""


def test_a_tuned_network_comes_back_from_its_file(tmp_path: Path) -> None:
    backbone = open_backbone(reading="style")
    untouched = fingerprint(backbone.network)
    gathered = gather(find_posts(write_posts(tmp_path / "posts", 40)), backbone, silent)
    lesson = study(gathered.material)
    old = lesson.heads.probe
    blank = Probe(0 * old.weight, 0 * old.bias, 0 * old.mean, 1 + 0 * old.scale)
    lesson = replace(lesson, heads=replace(lesson.heads, probe=blank))  # a probe that leaves tuning something to learn
    told: list[dict[str, float]] = []
    recipe = TuningRecipe(stages=1, epochs=2, batch=16, head_rate=1e-3, body_rate=1e-3)
    tuning, outcome = tune_backbone(gathered, lesson, backbone, recipe, tmp_path / "run", told.append)
    assert tuning is not None
    assert outcome.best < outcome.probe == pytest.approx(np.log(2))
    assert len(told) == 2
    assert fingerprint(backbone.network) == untouched != fingerprint(tuning.backbone.network)
    assert 0 < len(tuning.changed) < len(backbone.network.state_dict()) / 3

    material = look_at(gathered.posts, gathered.splits, gathered.near, tuning.backbone, silent)
    found = study(material, probe=tuning.probe)
    assert found.scores["accuracy"] > 0.8
    file = file_of(found, material, backbone, "ab12", tuned=tuning.changed, settings={"network": untouched})
    write_brand(tmp_path / "x.brand", file)
    again = read_brand(tmp_path / "x.brand")
    paths = [post.path for post in gathered.posts[:8]]
    seen = embed(backbone_of(again), paths).values
    np.testing.assert_array_equal(seen, material.features[:8])
    np.testing.assert_array_equal(heads_of(again).probabilities(seen)[0], found.heads.probabilities(seen)[0])


def test_labels_are_classes_or_shares_of_classes_and_attributes(tmp_path: Path) -> None:
    backbone = open_backbone()
    material = gather(find_posts(write_posts(tmp_path / "posts", 30)), backbone, silent).material
    assert torch.equal(labels_of(material), torch.from_numpy(material.labels))
    marks = (np.arange(len(material.labels)) % 2).astype(np.float32)[:, None]
    both = labels_of(replace(material, attributes=("busy",), marks=marks))
    assert torch.equal(both[:, :2].argmax(1), torch.from_numpy(material.labels))
    assert torch.equal(both[:, 2], torch.from_numpy(marks[:, 0]))
    alone = labels_of(replace(material, brands=(), attributes=("busy",), marks=marks))
    assert torch.equal(alone, torch.from_numpy(marks))


def test_crops_keep_the_size_and_the_colours() -> None:
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 0.2 + torch.tensor(
        [0.1, 0.4, 0.7]
    ).view(1, 3, 1, 1)
    made = [crop(picture, torch.Generator().manual_seed(seed)) for seed in range(20)]
    assert {tuple(one.shape) for one in made} == {(1, 3, 64, 64)}
    assert max(float((one.mean((2, 3)) - picture.mean((2, 3))).abs().max()) for one in made) < 0.01
    assert not torch.equal(made[0], made[1])
    assert torch.equal(made[3], crop(picture, torch.Generator().manual_seed(3)))
