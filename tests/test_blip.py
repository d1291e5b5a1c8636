"""BLIP through transformers: tiny random networks, saved as a hub holds them. Published weights are not here."""

from __future__ import annotations

import json
import math
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from genmark.errors import ModelMissing, UsageError
from genmark.perceive.captions.blip import Blip
from genmark.perceive.captions.decoding import NUCLEUS, PAPER, Decoding, Nucleus
from genmark.perceive.captions.degenerate import fault_of
from genmark.perceive.platt import Curve
from genmark.types import Photo

SHORT = Decoding(longest=7, shortest=3, penalty=2.0, fresh=2)
CHANCE = replace(SHORT, beams=0, nucleus=1.0)
PHOTOS = tiny_models.photos(7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save_blip(tmp_path_factory.mktemp("hub") / "tiny-blip")


@pytest.fixture(scope="module")
def blip(folder: Path) -> Blip:
    return Blip(str(folder), decoding=SHORT, again=CHANCE)


def texts(blip: Blip, photos: list[Photo], prompt: str | None = None) -> list[str]:
    return [caption.text for caption in blip(photos, prompt)]


def test_most_photos_have_a_caption_with_a_confidence_and_its_source(blip: Blip) -> None:
    captions = list(blip(PHOTOS))
    said = [caption for caption in captions if not caption.abstained]
    assert len(captions) == len(PHOTOS)
    assert len(said) >= 4
    assert len({caption.text for caption in said}) > 1
    assert all(0.0 < caption.confidence < 1.0 for caption in said)
    assert {caption.source for caption in captions} == {"blip:tiny-blip"}
    assert all(not fault_of(caption.text) for caption in said)
    assert not blip.calibrated


@pytest.mark.parametrize("prompt", [None, "a picture of"])
def test_what_is_written_is_what_transformers_own_generate_writes(blip: Blip, prompt: str | None) -> None:
    network, tokenizer = blip.model.network, blip.model.processor.tokenizer
    asked = tokenizer([prompt] * len(PHOTOS), return_tensors="pt", return_token_type_ids=False) if prompt else {}
    with torch.inference_mode():
        ids = network.generate(
            blip.model.pictures(PHOTOS), num_beams=3, min_new_tokens=3, max_new_tokens=7, repetition_penalty=2.0,
            no_repeat_ngram_size=2, **asked,
        )  # fmt: skip
    theirs = [tokenizer.decode(row, skip_special_tokens=True).removeprefix("[DEC]").strip() for row in ids]
    assert [draft.text for draft in blip.drafts(PHOTOS, prompt)] == theirs


@pytest.mark.parametrize("decoding", [SHORT, CHANCE], ids=["beams", "nucleus"])
def test_a_photo_has_the_same_caption_whatever_the_batch(folder: Path, decoding: Decoding) -> None:
    together = Blip(str(folder), decoding=decoding, batch=7)
    alone = Blip(str(folder), decoding=decoding, batch=1)
    batches = Blip(str(folder), decoding=decoding, batch=3)
    whole, single, parts = list(together(PHOTOS)), list(alone(PHOTOS)), list(batches(PHOTOS[::-1]))[::-1]
    for one, other, third in zip(whole, single, parts, strict=True):
        assert one.text == other.text == third.text
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
        assert one.confidence == pytest.approx(third.confidence, abs=1e-5)


def test_chance_follows_the_seed(folder: Path) -> None:
    first, same, other = (Blip(str(folder), decoding=CHANCE, seed=seed) for seed in (1, 1, 2))
    assert texts(first, PHOTOS) == texts(same, PHOTOS)
    assert texts(first, PHOTOS) != texts(other, PHOTOS)


def test_nucleus_draws_as_often_as_the_probabilities_say_and_nothing_outside() -> None:
    shares = torch.tensor([0.5, 0.3, 0.15, 0.05])
    count = 4000
    drawn = Nucleus(range(count), 0.9)(torch.zeros(count, 1), shares.log().expand(count, -1)).argmax(-1)
    found = torch.bincount(drawn, minlength=4) / count
    assert found[3] == 0  # 0.5 + 0.3 + 0.15 reach 0.9 without it
    assert found[:3].tolist() == pytest.approx([0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95], abs=0.03)


def test_a_prompt_begins_the_sentence_and_a_lead_in_is_left_out(blip: Blip) -> None:
    plain, woman, picture = texts(blip, PHOTOS), texts(blip, PHOTOS, "a woman"), texts(blip, PHOTOS, "A picture of")
    assert all(text.startswith("a woman ") for text in woman if text)
    assert any(woman)
    assert any(picture)
    assert not any(text.startswith("a picture of") for text in picture)
    assert plain != picture


def test_the_confidence_is_the_geometric_mean_of_what_the_decoder_gives_each_token(blip: Blip) -> None:
    """Recomputed token by token, each from the words before it alone."""
    draft = next(blip.drafts(PHOTOS[:1]))
    network, tokenizer = blip.model.network, blip.model.processor.tokenizer
    ids = [5, *tokenizer(draft.text, add_special_tokens=False).input_ids]
    if len(ids) < 8:
        ids.append(3)
    with torch.inference_mode():
        seen = network.vision_model(pixel_values=blip.model.pictures(PHOTOS[:1]))[0]
        logs = [
            network.text_decoder(input_ids=torch.tensor([ids[:n]]), encoder_hidden_states=seen)
            .logits[0, -1].log_softmax(-1)[ids[n]].item()
            for n in range(1, len(ids))
        ]  # fmt: skip
    assert draft.score == pytest.approx(np.mean(logs), abs=1e-4)


def test_a_degenerate_caption_is_written_once_more_another_way_and_then_given_up(folder: Path) -> None:
    loops = Decoding(beams=1, shortest=7, longest=7)  # a random network goes round in loops
    first = [draft.text for draft in Blip(str(folder), decoding=loops).drafts(PHOTOS)]
    faulty = [bool(fault_of(text)) for text in first]
    assert sum(faulty) >= 3
    mended = texts(Blip(str(folder), decoding=loops, again=SHORT), PHOTOS)
    second = texts(Blip(str(folder), decoding=SHORT, again=SHORT), PHOTOS)
    assert mended == [two if bad else one for one, two, bad in zip(first, second, faulty, strict=True)]
    assert any(text for text, bad in zip(mended, faulty, strict=True) if bad)
    given_up = list(Blip(str(folder), decoding=loops, again=loops)(PHOTOS))
    assert [caption.abstained for caption in given_up] == faulty
    assert all(caption.confidence == 0.0 for caption in given_up if caption.abstained)


def test_by_default_a_second_try_is_of_the_other_kind(folder: Path) -> None:
    assert Blip(str(folder), decoding=PAPER).again.beams == 0
    assert Blip(str(folder), decoding=NUCLEUS).again.beams > 1


def test_a_calibration_turns_scores_into_probabilities(folder: Path) -> None:
    curve = Curve(0.7, 0.4)
    calibrated = Blip(str(folder), decoding=SHORT, confidence=curve)
    assert calibrated.calibrated
    for caption, draft in zip(calibrated(PHOTOS), calibrated.drafts(PHOTOS), strict=True):
        if caption.text == draft.text:
            assert caption.confidence == pytest.approx(1 / (1 + math.exp(-(0.7 * draft.score + 0.4))))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_says_nearly_the_same(folder: Path, blip: Blip, precision: str) -> None:
    half = Blip(str(folder), decoding=SHORT, precision=precision)  # type: ignore[arg-type]
    assert next(half.model.network.parameters()).dtype in (torch.bfloat16, torch.float16)
    pairs = list(zip(half.drafts(PHOTOS), blip.drafts(PHOTOS), strict=True))
    same = [(one.score, other.score) for one, other in pairs if one.text == other.text]
    assert len(same) >= 4
    assert all(one == pytest.approx(other, abs=0.1) for one, other in same)


def test_photos_of_odd_shapes_are_photos(blip: Blip) -> None:
    rng = np.random.default_rng(0)
    odd = [Photo(rng.integers(0, 256, shape, dtype=np.uint8)) for shape in [(3, 3, 3), (1, 90, 3), (200, 1, 3)]]
    assert len(list(blip(odd))) == 3
    assert list(blip([])) == []


@pytest.mark.parametrize("prompt", ["", "  ", "?!", "x" * 201])
def test_a_prompt_without_words_is_refused(blip: Blip, prompt: str) -> None:
    with pytest.raises(UsageError, match="some words"):
        list(blip(PHOTOS[:1], prompt))


def test_pickled_weights_are_read_as_tensors_and_give_the_same(folder: Path, tmp_path: Path, blip: Blip) -> None:
    pickled = tiny_models.save_blip(tmp_path / "old", safe=False)
    assert texts(Blip(str(pickled), decoding=SHORT, again=CHANCE), PHOTOS) == texts(blip, PHOTOS)


def test_a_pickle_that_would_run_something_runs_nothing(tmp_path: Path) -> None:
    bad = tiny_models.save_blip(tmp_path / "bad", safe=False)
    torch.save({"x": Trap(str(tmp_path / "ran"))}, bad / "pytorch_model.bin")
    with pytest.raises(UsageError, match="cannot be loaded"):
        Blip(str(bad))
    assert not (tmp_path / "ran").exists()


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.path, "w")


def copy(folder: Path, goal: Path) -> Path:
    return Path(shutil.copytree(folder, goal))


def test_a_folder_that_holds_no_blip_is_refused_with_a_reason(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"config\.json"):
        Blip(str(tmp_path / "empty"))
    with pytest.raises(UsageError, match=r"kind 'siglip'.*needs blip"):
        Blip(str(tiny_models.save_siglip(tmp_path / "siglip")))
    with pytest.raises(UsageError, match=r"holds a BlipForQuestionAnswering.*needs a BlipForConditional"):
        Blip(str(tiny_models.save_blip(tmp_path / "answers", answers=True)))
    partial = copy(folder, tmp_path / "partial")
    tensors = load_file(partial / "model.safetensors")
    save_file({name: t for name, t in tensors.items() if "layer.1." not in name}, partial / "model.safetensors")
    with pytest.raises(UsageError, match=r"tensors are not there, such as text_decoder"):
        Blip(str(partial))
    mute = copy(folder, tmp_path / "mute")
    for name in ("processor_config.json", "tokenizer.json", "tokenizer_config.json"):
        (mute / name).unlink()
    with pytest.raises(UsageError, match="no BlipProcessor"):
        Blip(str(mute))
    bare = copy(folder, tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    with pytest.raises(UsageError, match="cannot be loaded"):
        Blip(str(bare))


@pytest.mark.parametrize("keep", [0, 7, 100, 20_000])
def test_weights_that_are_cut_off_are_refused(folder: Path, tmp_path: Path, keep: int) -> None:
    cut = copy(folder, tmp_path / "cut")
    whole = (cut / "model.safetensors").read_bytes()
    assert len(whole) > keep
    (cut / "model.safetensors").write_bytes(whole[:keep])
    with pytest.raises(UsageError, match="cannot be loaded"):
        Blip(str(cut))


def test_settings_of_another_size_are_refused(folder: Path, tmp_path: Path) -> None:
    other = copy(folder, tmp_path / "other")
    settings = json.loads((other / "config.json").read_text())
    settings["text_config"]["vocab_size"] += 1
    (other / "config.json").write_text(json.dumps(settings))
    with pytest.raises(UsageError, match="cannot be loaded"):
        Blip(str(other))


def test_bad_options_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="at least one photo"):
        Blip(str(folder), batch=0)
    with pytest.raises(UsageError, match="no precision 'fp8'"):
        Blip(str(folder), precision="fp8")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no device"):
        Blip(str(folder), device="warp")


def test_a_model_that_is_not_here_is_missing_within_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", "https://nobody.invalid")
    began = time.monotonic()
    with pytest.raises(ModelMissing, match="hf download Salesforce/blip-image-captioning-large --revision 2227ac3"):
        Blip("large")
    assert time.monotonic() - began < 1.5  # a second, and what a busy machine takes for a sentence
    with pytest.raises(ModelMissing, match="hf download some/body"):
        Blip("some/body")
    with pytest.raises(ModelMissing, match="no folder 'gone'"):
        Blip(str(tmp_path / "gone"))
    with pytest.raises(UsageError, match="did you mean 'large'"):
        Blip("lage")


def test_the_file_that_was_loaded_is_named_by_its_hash(blip: Blip) -> None:
    (weights,) = blip.weights
    assert weights.name == "tiny-blip"
    assert len(weights.sha256) == 64
    assert weights.licence == blip.licence == "unknown"
