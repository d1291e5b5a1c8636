"""Pictures held against a brand's file: the network it was learnt with, and what it says of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from genmark.brand.archive import BrandFile
from genmark.brand.backbones import PRESETS, Backbone, Reading, fingerprint, open_backbone
from genmark.brand.features import Features, Runtime, stream
from genmark.brand.judging import Judgement, judge
from genmark.errors import UsageError
from genmark.types import Floats


def backbone_of(file: BrandFile, weights: Path | None = None) -> Backbone:
    """The network that a file's features come from. Raises UsageError where these are other weights."""
    names = {model: name for name, model in PRESETS.items()}
    reading: Reading = file.settings["reading"]
    backbone = open_backbone(names.get(file.backbone, file.backbone), weights, reading, allowed=(file.licence,))
    if fingerprint(backbone.network) != file.settings["network"]:
        raise UsageError(f"{file.backbone} has other weights here than those that this brand was learnt with")
    backbone.network.load_state_dict({**backbone.network.state_dict(), **file.tuned})
    return backbone


def score_pictures(
    file: BrandFile,
    backbone: Backbone,
    paths: Iterable[Path],
    brand: str | None = None,
    runtime: Runtime = "torch",
) -> Iterator[tuple[Features, tuple[Judgement, ...]]]:
    """What pictures are worth to a brand, block by block: one judgement for each that could be read (`Features.kept`,
    places among all paths). Memory does not grow with their number."""
    for seen in stream(backbone, paths, runtime=runtime):
        yield seen, judge(file, seen.values, deep_part(file, seen.values), brand)


def deep_part(file: BrandFile, features: Floats) -> Floats:
    """The last layer's part of features, by which a file tells strangers."""
    return features[:, : file.tensors["outliers.points"].shape[1]]
