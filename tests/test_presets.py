"""Networks that are known by name: pinned, free to use, and refused before anything is fetched where they are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import tiny_models

from genmark.errors import UsageError
from genmark.licences import FREE
from genmark.perceive import pretrained
from genmark.perceive.captions import blip, florence, vqa
from genmark.perceive.presets import Preset, presets, variants
from genmark.perceive.zero_shot import CLIP, SIGLIP

FAMILIES = (blip.FAMILY, vqa.FAMILY, florence.FAMILY, SIGLIP, CLIP)


def test_every_preset_is_pinned_free_and_of_a_family() -> None:
    homes = [(family.name, variant) for family in FAMILIES for variant in variants(family.name)]
    assert {f"{name}-{variant}" for name, variant in homes} == set(presets())
    for name, preset in presets().items():
        assert re.fullmatch(r"[\w-]+/[\w.-]+", preset.hub)
        assert re.fullmatch(r"[0-9a-f]{40}", preset.revision) or name == "florence-base", name
        assert preset.licence in FREE
        assert preset.parameters > 1e8
        assert preset.megabytes > 100
        assert all("(" in claim for claim in preset.claims), "a claim names its source"


def test_families_that_begin_alike_are_kept_apart() -> None:
    assert set(variants("blip")) == {"base", "large"}
    assert set(variants("blip-vqa")) == {"base"}
    assert variants("nobody") == {}


def test_classes_of_every_family_are_transformers_own() -> None:
    hub = tiny_models.transformers()
    for family in FAMILIES:
        assert hasattr(hub, family.network)
        assert hasattr(hub, family.processor)


def test_weights_not_for_business_are_refused_before_they_are_fetched_unless_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched: list[str] = []

    def fetch(name: str, revision: str | None, patterns: Sequence[str], needed: Sequence[str]) -> Path:
        fetched.append(name)
        return tmp_path

    closed = Preset(hub="some/model", revision="main", licence="cc-by-nc-4.0", parameters=1, megabytes=1)
    monkeypatch.setattr(pretrained, "variants", lambda family: {"base": closed})
    monkeypatch.setattr(pretrained, "find_folder", fetch)
    with pytest.raises(UsageError, match=r"not for commercial use.*cc-by-nc-4\.0"):
        blip.Blip("base")
    assert fetched == []
    assert pretrained.find_place(blip.FAMILY, "base", ["CC-BY-NC-4.0"]).licence == "cc-by-nc-4.0"
    assert fetched == ["some/model"]


def test_pickles_are_fetched_only_where_a_preset_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Sequence[str]] = {}

    def fetch(name: str, revision: str | None, patterns: Sequence[str], needed: Sequence[str]) -> Path:
        asked[name] = patterns
        assert set(needed) <= set(patterns)
        return tmp_path

    monkeypatch.setattr(pretrained, "find_folder", fetch)
    for family, which in ((blip.FAMILY, "base"), (blip.FAMILY, "large"), (SIGLIP, "some/body")):
        pretrained.find_place(family, which)
    pickled = [name for name, patterns in asked.items() if any("bin" in pattern for pattern in patterns)]
    assert pickled == ["Salesforce/blip-image-captioning-base"]
    assert not any(pattern.endswith(".py") for patterns in asked.values() for pattern in patterns)
