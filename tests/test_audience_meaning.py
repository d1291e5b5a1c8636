"""Sentence encoders: the numbers that transformers gives, whatever the batch, and clear words where one is missing."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import torch
from sentence_models import save_tiny

from genmark.audience.meaning import Remembering, SentenceEncoder, open_embedder
from genmark.errors import ModelMissing, UsageError

TEXTS = ["a dog", "a dog on a mountain", "", "x", "강아지", "a dog", "word " * 200]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("encoder") / "tiny")


def test_rows_have_length_one_and_keep_the_order(tiny: Path) -> None:
    points = SentenceEncoder(tiny)(TEXTS)
    assert points.shape == (len(TEXTS), 16)
    assert points.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(points[0], points[5])
    assert np.abs(points[0] - points[1]).max() > 1e-3


def test_a_text_does_not_depend_on_its_neighbours(tiny: Path) -> None:
    encoder = SentenceEncoder(tiny)
    together = encoder(TEXTS)
    for row, text in zip(together, TEXTS, strict=True):
        np.testing.assert_allclose(encoder([text])[0], row, atol=1e-6)


def test_nothing_in_nothing_out(tiny: Path) -> None:
    assert SentenceEncoder(tiny)([]).shape == (0, 16)


@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is an extra")
@pytest.mark.slow
def test_the_forward_pass_is_that_of_transformers(tiny: Path) -> None:
    from genmark.tensors import mend_torchvision

    mend_torchvision()
    from transformers import BertConfig, BertModel

    reference = BertModel(BertConfig(**json.loads((tiny / "config.json").read_text())), add_pooling_layer=False).eval()
    from safetensors.torch import load_file

    reference.load_state_dict(load_file(tiny / "model.safetensors"))
    encoder = SentenceEncoder(tiny)
    ids = torch.tensor([encoder._tokenizer.encode("a dog on a mountain").ids])
    with torch.inference_mode():
        want = torch.nn.functional.normalize(reference(input_ids=ids).last_hidden_state.mean(dim=1), dim=1)
    np.testing.assert_allclose(encoder(["a dog on a mountain"])[0], want[0].numpy(), atol=1e-5)


def test_what_was_worked_out_once_is_remembered() -> None:
    asked: list[str] = []

    def embedder(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], np.float32).reshape(-1, 2)

    remembering = Remembering(embedder, limit=3)
    first = remembering(["a", "bb", "a"])
    np.testing.assert_array_equal(remembering(["bb", "a"]), first[[1, 0]])
    assert asked == ["a", "bb"]
    remembering(["ccc", "dddd"])
    assert remembering(["a"]).tolist() == [[1.0, 1.0]]
    assert asked == ["a", "bb", "ccc", "dddd", "a"]
    assert remembering([]).shape == (0, 2)


def test_a_missing_model_is_said_at_once_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: None)
    start = perf_counter()
    with pytest.raises(ModelMissing, match=r"hf download sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"):
        open_embedder("multilingual")
    assert perf_counter() - start < 1.0


def test_a_preset_is_opened_from_the_local_copy(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    kept = str(tiny / "model.safetensors")
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_: kept)
    opened = open_embedder("multilingual")
    assert opened.name == "multilingual"
    np.testing.assert_array_equal(opened(["강아지"]), SentenceEncoder(tiny)(["강아지"]))


def test_a_folder_is_an_encoder_and_a_wrong_name_names_the_nearest(tiny: Path) -> None:
    assert open_embedder(str(tiny))(["a"]).shape == (1, 16)
    with pytest.raises(UsageError, match=r"did you mean 'multilingual'"):
        open_embedder("multilingua")


@pytest.mark.parametrize("part", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_damaged_part_is_one_clear_error(tmp_path: Path, part: str) -> None:
    folder = save_tiny(tmp_path / "broken")
    (folder / part).write_bytes(b"\x00\x01 not it")
    with pytest.raises(UsageError, match="broken"):
        SentenceEncoder(folder)
    (folder / part).unlink()
    with pytest.raises(ModelMissing, match=part.replace(".", r"\.")):
        SentenceEncoder(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "roberta"}, "roberta"),
        ({"num_hidden_layers": 3}, "do not fit"),
        ({"hidden_size": "x"}, "damaged"),
    ],
)
def test_a_config_that_does_not_fit_is_one_clear_error(tmp_path: Path, change: dict[str, object], words: str) -> None:
    folder = save_tiny(tmp_path / "odd")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(UsageError, match=words):
        SentenceEncoder(folder)
