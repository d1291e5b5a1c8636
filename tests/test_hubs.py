"""Models of a hub: the copy here comes first, a broken-off one does not count, and a missing one is missing at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from huggingface_hub import constants

from genmark import hubs
from genmark.errors import ModelMissing

PATTERNS = ("*.json", "*.safetensors")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's client, and no way to the hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", "https://nobody.invalid")
    return tmp_path


def keep(cache: Path, *names: str) -> Path:
    """A copy as the client leaves it."""
    place = cache / "models--some--model"
    snapshot = place / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    for name in names:
        (snapshot / name).write_text("{}")
    return snapshot


def test_a_missing_model_is_missing_within_a_second_and_the_command_is_named(cache: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ModelMissing) as said:
        hubs.find_folder("some/model", "refs/pr/7", PATTERNS)
    assert time.monotonic() - began < 1.5  # a second, and what a busy machine takes for a sentence
    command = 'hf download some/model --revision refs/pr/7 --include "*.json" --include "*.safetensors"'
    assert command in str(said.value)


def test_the_copy_on_this_machine_is_taken(cache: Path) -> None:
    kept = keep(cache, "config.json", "model.safetensors")
    assert hubs.find_folder("some/model", None, PATTERNS, ("*.safetensors",)).samefile(kept)


def test_a_copy_without_its_weights_does_not_count(cache: Path) -> None:
    keep(cache, "config.json")
    with pytest.raises(ModelMissing, match="hf download some/model"):
        hubs.find_folder("some/model", None, PATTERNS, ("*.safetensors",))


def test_a_hub_that_is_switched_off_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "reachable", lambda address: True)
    assert hubs.hub_can_answer()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert not hubs.hub_can_answer()
