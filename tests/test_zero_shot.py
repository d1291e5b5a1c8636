"""SigLIP and CLIP for any label: tiny random networks. Published weights are not here."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch

from genmark.errors import ConfigError, UsageError
from genmark.perceive.labels import Label, check_labels, default_folder, read_vocabulary
from genmark.perceive.platt import fit_curve
from genmark.perceive.zero_shot import Clip, Siglip

PHOTOS = tiny_models.photos(7)
LABELS = ["dog", "cat", "a red car", "mountain", Label("coffee", "a cup of coffee", "커피"), Label("산", kind="place")]
ENGLISH = LABELS[:5]


@pytest.fixture(scope="module")
def siglip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save_siglip(tmp_path_factory.mktemp("hub") / "tiny-siglip")


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save_clip(tmp_path_factory.mktemp("hub") / "tiny-clip")


@pytest.fixture
def siglip(siglip_folder: Path, tmp_path: Path) -> Siglip:
    return Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path / "cache")


def test_each_photo_gets_its_tags_the_surest_first(siglip: Siglip) -> None:
    rows = list(siglip(PHOTOS))
    assert len(rows) == len(PHOTOS)
    for tags in rows:
        assert [tag.score for tag in tags] == sorted((tag.score for tag in tags), reverse=True)
        assert {tag.name for tag in tags} == {"dog", "cat", "a red car", "mountain", "coffee", "산"}
        assert {tag.source for tag in tags} == {"zero-shot"}
    found = {tag.name: tag for tag in rows[0]}
    assert (found["산"].kind, found["산"].korean) == ("place", "")
    assert found["coffee"].korean == "커피"
    assert list(siglip([])) == []


def test_siglip_scores_are_its_own_sigmoid_of_the_mean_sentence(siglip: Siglip) -> None:
    """Against the network's forward, sentence by sentence, padded to 64 as it was trained."""
    network, processor = siglip.model.network, siglip.model.processor
    sentences = siglip.vocabulary.sentences(LABELS[4], korean=True)  # type: ignore[arg-type]
    assert sum("커피" in line for line in sentences) == 3
    assert sum("coffee" in line for line in sentences) == 3
    batch = processor.tokenizer(list(sentences), padding="max_length", max_length=64, return_tensors="pt")
    assert batch["input_ids"].shape == (6, 64)
    with torch.inference_mode():
        out = network(input_ids=batch["input_ids"], pixel_values=siglip.model.pictures(PHOTOS))
    mean = out.text_embeds.mean(0) / out.text_embeds.mean(0).norm()
    logits = (out.image_embeds @ mean) * network.logit_scale.exp() + network.logit_bias
    assert siglip.logits(PHOTOS)[:, 4] == pytest.approx(logits.numpy(), abs=1e-4)
    scores = {tag.name: tag.score for tag in next(siglip(PHOTOS[:1]))}
    assert scores["coffee"] == pytest.approx(torch.sigmoid(logits[0]).item(), abs=1e-5)


def test_a_label_scores_the_same_whatever_else_is_in_the_list_or_the_batch(
    siglip: Siglip, siglip_folder: Path, clip_folder: Path, tmp_path: Path
) -> None:
    alone = Siglip(str(siglip_folder), labels=["cat"], batch=1, cache=tmp_path / "a")
    assert alone.logits(PHOTOS)[:, 0] == pytest.approx(siglip.logits(PHOTOS)[:, 1], abs=1e-4)
    many, one = (
        Clip(str(clip_folder), labels=labels, batch=batch, cache=tmp_path / "c")
        for labels, batch in ((ENGLISH, 7), (["cat"], 2))
    )
    assert one.logits(PHOTOS)[:, 0] == pytest.approx(many.logits(PHOTOS)[:, 1], abs=1e-4)


def test_clip_weighs_a_label_against_the_background(clip_folder: Path, tmp_path: Path) -> None:
    clip = Clip(str(clip_folder), labels=["dog"], cache=tmp_path)
    network, tokenizer = clip.model.network, clip.model.processor.tokenizer
    lines = ["a photo of dog.", "this is a photo of dog.", "a picture with dog in it.", *clip.vocabulary.background]
    batch = tokenizer(lines, padding="max_length", max_length=77, return_tensors="pt")
    with torch.inference_mode():
        out = network(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"],
            pixel_values=clip.model.pictures(PHOTOS),
        )  # fmt: skip
    text = torch.cat([torch.nn.functional.normalize(out.text_embeds[:3].mean(0, keepdim=True)), out.text_embeds[3:]])
    shares = (out.image_embeds @ text.T * network.logit_scale.exp()).softmax(-1)[:, 0]
    assert [tags[0].score for tags in clip(PHOTOS)] == pytest.approx(shares.tolist(), abs=1e-4)


def test_a_calibration_spreads_the_scores_and_least_leaves_some_out(siglip_folder: Path, tmp_path: Path) -> None:
    plain = Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path)
    logits = plain.logits(PHOTOS).ravel()
    curve = fit_curve(logits.tolist(), (logits > np.median(logits)).tolist())
    told = Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path, confidence=curve, least=0.5)
    assert told.calibrated
    assert not plain.calibrated
    kept = [tag.score for tags in told(PHOTOS) for tag in tags]
    assert len(kept) == pytest.approx(len(logits) / 2, abs=3)
    assert min(kept) >= 0.5


def test_embeddings_of_labels_are_kept_and_read_again(siglip_folder: Path, tmp_path: Path) -> None:
    first = Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(LABELS) + len(first.vocabulary.background)
    before = {path: path.stat().st_mtime_ns for path in files}
    again = Siglip(str(siglip_folder), labels=[*LABELS, "beach"], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == len(files) + 1, "only what is new is read"
    assert {path: path.stat().st_mtime_ns for path in files} == before
    assert (again.logits(PHOTOS)[:, :6] == first.logits(PHOTOS)).all()
    np.save(files[0], np.zeros(3))
    files[1].write_bytes(b"\x93NUMPY cut off")
    mended = Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path)
    assert mended.logits(PHOTOS) == pytest.approx(first.logits(PHOTOS), abs=1e-5)


def test_another_network_does_not_read_what_was_kept(siglip_folder: Path, tmp_path: Path) -> None:
    other = tiny_models.save_siglip(tmp_path / "tiny-siglip", seed=1)
    cache = tmp_path / "cache"
    one = Siglip(str(siglip_folder), labels=["dog"], cache=cache).logits(PHOTOS)
    count = len(list(cache.iterdir()))
    two = Siglip(str(other), labels=["dog"], cache=cache).logits(PHOTOS)
    assert len(list(cache.iterdir())) == 2 * count
    assert abs(one - two).max() > 1e-3


def test_a_folder_that_cannot_be_written_costs_time_only(siglip_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    tagger = Siglip(str(siglip_folder), labels=["dog"], cache=tmp_path / "file" / "cache")
    assert len(list(tagger(PHOTOS))) == len(PHOTOS)


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "genmark" / "labels"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert os.fspath(default_folder()).startswith(os.path.expanduser("~"))


def test_korean_labels_are_asked_in_korean_and_english_ones_in_english() -> None:
    vocabulary = read_vocabulary()
    dog, mountain = check_labels(["dog", "산"])
    assert vocabulary.sentences(dog, korean=True)[0] == "a photo of dog."
    assert all("산" in line for line in vocabulary.sentences(mountain, korean=True))
    shipped = vocabulary.labels[0]
    assert vocabulary.sentences(shipped, korean=False) == vocabulary.sentences(shipped, korean=True)[:3]


def test_a_korean_label_is_not_given_to_clip(clip_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'산' is Korean.*add an English"):
        Clip(str(clip_folder), labels=["dog", "산"], cache=tmp_path)


def test_shipped_labels_are_many_named_in_both_languages_and_ask_nothing_sensitive() -> None:
    labels = read_vocabulary().labels
    assert len(labels) >= 60
    assert all(label.korean and label.english for label in labels)
    assert {label.kind for label in labels} >= {"object", "place", "activity", "work", "style", "light", "composition"}


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "1 to 5000"),
        (["dog", "dog"], "twice"),
        (["  "], "some words"),
        (["x" * 101], "some words"),
        (["a muslim woman"], "muslim"),
        (["dog", "동성애자"], "동성애"),
        ([Label("person", "a disabled person")], "disabled"),
        ([Label("dog", kind="objekt")], "did you mean 'object'"),  # type: ignore[arg-type]
    ],
)
def test_labels_that_cannot_be_looked_for_are_refused(labels: list[str | Label], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        check_labels(labels)


@pytest.mark.parametrize("label", ["race car", "christmas tree", "running people", "black dress", "white wall", "암벽"])
def test_ordinary_labels_are_not(label: str) -> None:
    assert check_labels([label])[0].name == label


def test_a_file_of_labels_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('labels = [{name = "espresso"}]\nenglish = ["{}"]\n', encoding="utf-8")
    vocabulary = read_vocabulary(file)
    assert vocabulary.sentences(vocabulary.labels[0], korean=True) == ("espresso",)
    file.write_text('labels = [{nmae = "espresso"}]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'name'"):
        read_vocabulary(file)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_near(siglip: Siglip, siglip_folder: Path, tmp_path: Path, precision: str) -> None:
    half = Siglip(str(siglip_folder), labels=LABELS, cache=tmp_path, precision=precision)  # type: ignore[arg-type]
    assert half.logits(PHOTOS) == pytest.approx(siglip.logits(PHOTOS), abs=0.2)


def test_the_other_family_is_refused(siglip_folder: Path, clip_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs siglip"):
        Siglip(str(clip_folder), cache=tmp_path)
    with pytest.raises(UsageError, match="needs clip"):
        Clip(str(siglip_folder), cache=tmp_path)
