"""Heads of a face's attributes: fitted, certified and counted on made-up rows whose answers are known."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from genmark.colour import lab_from_rgb
from genmark.errors import ConfigError
from genmark.train.person_heads import (
    ANSWERS,
    by_group,
    fit_guard,
    fit_head,
    fit_norms,
    given,
    group_rows,
    hat_errors,
    train_heads,
)
from genmark.train.person_table import Rows, gather, relit
from genmark.types import Photo

TOLD = Path(__file__).resolve().parents[1] / "configs" / "train" / "person_told.csv"
NAMES = ("tone", "redness")


def rows(count: int = 240, clear: float = 3.0, seed: int = 0, shift: float = 0.0) -> Rows:
    """People whose age, expression, glasses and make-up show in a feature each, `clear` deviations apart."""
    rng = np.random.default_rng(seed)
    told = {name: tuple(answers[k] for k in rng.integers(0, len(answers), count)) for name, answers in ANSWERS.items()}
    told["age"] = tuple("teen" if word == "young" and k % 5 == 0 else word for k, word in enumerate(told["age"]))
    features = rng.normal(size=(count, 12)).astype(np.float32)
    for place, (name, answers) in enumerate(ANSWERS.items()):
        codes = np.array([answers.index("young" if word == "teen" else word) for word in told[name]])
        features[:, 2 * place] += clear * (codes == 0)
        features[:, 2 * place + 1] += clear * (codes == 2)
    hats = np.where(np.arange(count) % 7 == 0, 0.5, 0.0)
    return Rows(
        ids=tuple(f"{k:04d}" for k in range(count)),
        splits=tuple("val" if k % 4 == 0 else "train" for k in range(count)),
        groups=tuple(f"g{k}" for k in range(count)),
        words=tuple("sex=female" if k % 3 == 0 else "hat=man" if k % 3 == 1 else "" for k in range(count)),
        features=features,
        numbers=np.stack([np.linspace(-40, 70, count) + shift, np.linspace(0, 1, count) + shift], 1),
        names=NAMES,
        chins=np.linspace(0.5, 0.6, count),
        hats=hats,
        told={**told, "hat": tuple("hat" if share else "" for share in hats)},
    )


def test_a_clear_head_answers_and_is_right_as_often_as_promised() -> None:
    head = fit_head(rows(600, clear=5.0), "glasses")
    assert set(head.about["thresholds"]) == set(ANSWERS["glasses"])
    assert head.about["answered"] > 0.8
    assert head.about["error_rate"] < 0.1
    counted = head.about["val"]["none"]
    assert counted["wrong"] <= counted["said"] <= counted["labelled"] + counted["wrong"]


def test_a_head_without_anything_to_see_does_not_answer() -> None:
    head = fit_head(rows(clear=0.0), "glasses")
    assert head.about["thresholds"] == {}
    assert head.about["error_rate"] is None
    assert not given(head.val, ANSWERS["glasses"], {}).any()


def test_the_guard_keeps_its_recall_and_counts_false_alarms() -> None:
    people = rows(600, clear=4.0)
    guard = fit_guard(people, fit_head(people, "age"))
    caught = guard["train young"][0] + guard["train teen"][0]
    assert caught >= 0.98 * (guard["train young"][1] + guard["train teen"][1])
    assert guard["val adult"][0] < guard["val adult"][1]
    hidden = fit_guard(rows(600, clear=0.0), fit_head(rows(600, clear=0.0), "age"))
    assert hidden["val adult"][0] > 0.8 * hidden["val adult"][1]  # what cannot be told is held back


def test_norms_know_their_noise_and_how_often_words_change() -> None:
    people = rows(200)
    still = fit_norms(people, [people])
    assert still["redness"]["flips"] == 0.0
    assert still["redness"]["noise"] == pytest.approx(0.02 * 0.8, abs=1e-3)  # never none at all
    assert still["redness"]["low"] == pytest.approx(0.1, abs=0.02)
    moved = fit_norms(people, [rows(200, shift=0.5), rows(200, shift=-0.5)])
    assert moved["redness"]["noise"] == pytest.approx(0.5, abs=0.01)


def test_groups_are_counted_apart() -> None:
    people = rows(300)
    fitted = {name: fit_head(people, name) for name in ANSWERS}
    report = by_group(people, fitted, group_rows(people))
    assert report["age"]["searched as a woman"][0] == 100
    assert report["age"]["searched as a man"][0] == 100
    people_of, said, wrong = report["glasses"]["lit skin brown or deep (below 10)"]
    assert wrong <= said <= people_of


def test_hats_are_counted_by_what_was_said() -> None:
    people = rows(140)
    assert hat_errors(people) == {"hat": 0.0, "none": 0.0}


def test_training_gives_every_tensor_and_number_that_the_heads_need() -> None:
    people = rows(200)
    tensors, record = train_heads(people, [people], "f" * 64)
    assert set(tensors) == {f"{name}.{part}" for name in ANSWERS for part in ("weight", "bias")}
    assert tensors["age.weight"].shape == (3, 12)
    assert {"encoder", "heads", "guard", "norms", "groups", "hat"} <= set(record)


def test_light_changes_a_photo_as_it_says() -> None:
    grey = Photo(np.full((8, 8, 3), 128, np.uint8))
    assert lab_from_rgb(relit(grey, "warm").pixels)[0, 0, 2] > 3
    assert lab_from_rgb(relit(grey, "cool").pixels)[0, 0, 2] < -3
    assert relit(grey, "dim").pixels.max() < 128
    assert relit(grey, "jpeg").pixels.shape == (8, 8, 3)
    assert relit(grey, "") is grey


def test_labels_told_by_eye_name_only_known_answers() -> None:
    with TOLD.open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == len({row["id"] for row in table}) == 934
    for name, answers in ANSWERS.items():
        assert {row[name] for row in table} <= {*answers, "teen"}
    assert {row["lips"] for row in table} == {row["eyes"] for row in table} == {"bare", "colour"}


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing"):
        gather(tmp_path, TOLD, lambda photo: None, lambda photo, face: None)  # type: ignore[arg-type,return-value]
