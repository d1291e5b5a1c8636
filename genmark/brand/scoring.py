"""Pictures held against a brand's file: the network it was learnt with, and what it says of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genmark.brand.archive import BrandFile
from genmark.brand.backbones import PRESETS, Backbone, Reading, fingerprint, open_backbone
from genmark.brand.features import Features, embed
from genmark.brand.judging import Judgement, judge
from genmark.errors import UsageError

TUNED = "backbone."
"""What the names of tuned tensors begin with in a file."""


def backbone_of(file: BrandFile, weights: Path | None = None) -> Backbone:
    """The network that a file's features come from. Raises UsageError where these are other weights."""
    names = {model: name for name, model in PRESETS.items()}
    reading: Reading = file.settings["reading"]
    backbone = open_backbone(names.get(file.backbone, file.backbone), weights, reading, allowed=(file.licence,))
    if fingerprint(backbone.network) != file.settings["network"]:
        raise UsageError(f"{file.backbone} has other weights here than those that this brand was learnt with")
    tuned = {name.removeprefix(TUNED): part for name, part in file.tensors.items() if name.startswith(TUNED)}
    backbone.network.load_state_dict({**backbone.network.state_dict(), **tuned})
    return backbone


def score_pictures(
    file: BrandFile, backbone: Backbone, paths: Sequence[Path], brand: str | None = None
) -> tuple[Features, tuple[Judgement, ...]]:
    """What pictures are worth to a brand, one judgement for each that could be read (`Features.kept`)."""
    seen = embed(backbone, paths)
    deep = seen.values[:, : file.tensors["outliers.points"].shape[1]]
    return seen, judge(file, seen.values, deep, brand)
