"""A study of features whose truth is known: what it learns, what it promises, and that it comes back from its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genmark.brand.archive import read_brand, write_brand
from genmark.brand.backbones import Backbone
from genmark.brand.calibration import soften
from genmark.brand.filing import file_of, heads_of, outliers_of
from genmark.brand.judging import judge
from genmark.brand.material import SPLITS, Material
from genmark.brand.study import study
from genmark.errors import UsageError

BRANDS = ("온드렐", "tarvane", "kessimo")


def material(apart: float, count: int = 1200, seed: int = 0) -> Material:
    """Campaigns of four posts, whose features lie `apart` deviations from those of other brands."""
    rng = np.random.default_rng(seed)
    campaign = np.arange(count) // 4
    labels = (campaign % len(BRANDS)).astype(np.int64)
    features = rng.normal(size=(count, 12)).astype(np.float32)
    features[np.arange(count), labels] += apart
    splits = np.array(SPLITS)[rng.choice(4, p=[0.5, 0.15, 0.2, 0.15], size=count // 4)][campaign]
    groups = np.array([f"campaign {number}" for number in campaign])
    return Material(features, features, labels, BRANDS, groups, splits)


def backbone() -> Backbone:
    part = torch.nn.Identity()
    mean = (0.5, 0.5, 0.5)
    return Backbone("tiny", "tiny.none", "mit", 12, 32, 1.0, "bilinear", mean, mean, part, part)


def test_brands_that_differ_are_told_with_a_promise() -> None:
    lesson = study(material(4.0))
    assert lesson.scores["accuracy"] > 0.93
    assert lesson.scores["low"] <= lesson.scores["accuracy"] <= lesson.scores["high"]
    assert lesson.scores["null"] < 0.5
    assert lesson.scores["strange"] < 0.15
    assert lesson.certified[BRANDS[0]].threshold is not None


def test_brands_that_do_not_differ_promise_nothing() -> None:
    lesson = study(material(0.0))
    assert lesson.scores["low"] < 0.45
    assert lesson.certified[BRANDS[0]].threshold is None
    assert lesson.scores["ece"] < 0.2


def test_strangers_are_told() -> None:
    lesson = study(material(4.0))
    far = np.random.default_rng(1).normal(size=(50, 12)).astype(np.float32)
    far[:, 6:] -= 6.0
    assert lesson.outliers.strange(far).mean() > 0.9


def test_a_lesson_comes_back_from_its_file(tmp_path: Path) -> None:
    data = material(3.0)
    lesson = study(data)
    write_brand(tmp_path / "acme.brand", file_of(lesson, data, backbone(), "ab12"))
    found = read_brand(tmp_path / "acme.brand")
    logits = lesson.heads.probe.logits(data.features)
    np.testing.assert_array_equal(heads_of(found).probe.logits(data.features), logits)
    np.testing.assert_array_equal(outliers_of(found).strange(data.deep), lesson.outliers.strange(data.deep))
    np.testing.assert_array_equal(soften(logits, found.temperature), soften(logits, lesson.heads.temperature))
    assert (found.brands, found.fingerprint, found.scores) == (BRANDS, "ab12", lesson.scores)


def test_posts_that_belong_together_stay_together() -> None:
    data = material(1.0, 80)
    splits = data.splits.copy()
    train = np.flatnonzero(splits == "train")
    splits[train[0]] = "test"
    with pytest.raises(UsageError, match="must stay together"):
        replace(data, splits=splits)
    with pytest.raises(UsageError, match="no post is in the split 'cal'"):
        replace(data, splits=np.where(data.splits == "cal", "val", data.splits))


def test_pictures_are_accepted_rejected_or_left_to_a_person() -> None:
    data = material(4.0)
    lesson = study(data)
    file = file_of(lesson, data, backbone(), "ab12")
    plain = np.zeros((1, 12), np.float32)
    one, other, stranger = plain.copy(), plain.copy(), plain - 9.0
    one[0, 0], other[0, 1] = 4.0, 4.0
    rows = np.concatenate([one, other, plain, stranger])
    found = judge(file, rows, rows, BRANDS[0])
    assert [row.decision for row in found] == ["accept", "reject", "review", "review"]
    assert [row.brand for row in found] == [BRANDS[0]] * 4
    assert all(abs(sum(row.probabilities.values()) - 1) < 1e-5 for row in found)
    assert found[0].fit > 0.8 > 0.2 > found[1].fit
    assert "unlike" in found[3].reasons[0]
    assert judge(file, rows, rows)[1].decision == "accept"
    with pytest.raises(UsageError, match="did you mean 'tarvane'"):
        judge(file, rows, rows, "tarvan")


def test_without_a_certified_threshold_everything_is_left_to_a_person() -> None:
    data = material(0.0)
    file = file_of(study(data), data, backbone(), "ab12")
    assert {row.decision for row in judge(file, data.features[:40], data.deep[:40])} == {"review"}
