"""From a folder or table of posts to a brand's file: read, hash, split, look, study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from genmark.brand.archive import BrandFile
from genmark.brand.backbones import PRESETS, Backbone, Reading, fingerprint, open_backbone
from genmark.brand.features import Features, embed
from genmark.brand.hashes import hash_pictures, near_copies
from genmark.brand.judging import Judgement, judge
from genmark.brand.posts import Post, cautions
from genmark.brand.splits import Key, Splits, group_posts, split_posts
from genmark.brand.study import Material, file_of, study
from genmark.errors import UsageError

Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Course:
    """What a run leaves: the brand's file, the posts that could be used with their splits and hashes."""

    file: BrandFile
    posts: tuple[Post, ...]
    splits: Splits
    sha256: tuple[str, ...]


def take_course(
    posts: Sequence[Post],
    backbone: Backbone,
    tell: Tell,
    precision: float = 0.9,
    seed: int = 0,
    cache: Path | None = None,
) -> Course:
    """Learn brands from posts; `tell` hears what was left out, given up or should be known.

    Raises ConfigError or UsageError where the posts are too few to learn, calibrate and test on.
    """
    for caution in (*cautions(posts), *((backbone.caution,) if backbone.caution else ())):
        tell(caution)
    hashes = hash_pictures([post.path for post in posts])
    for place, reason in sorted(hashes.broken.items()):
        tell(f"{posts[place].path.name} is left out: {reason}")
    good = [place for place in range(len(posts)) if place not in hashes.broken]
    kept, sha256 = tuple(posts[place] for place in good), tuple(hashes.sha256[place] for place in good)
    near = near_copies(hashes)[good]
    splits = split_posts(kept, near, sha256, seed=seed)
    for note in splits.notes:
        tell(note)
    seen = embed(backbone, [post.path for post in kept], cache=cache)
    if seen.refused:
        path, error = seen.refused[0]
        raise UsageError(f"{path.name} could be read at first and then not: {error}")
    keys = [key for key in get_args(Key) if key in splits.grouped_by]
    groups = np.array([str(group) for group in group_posts(kept, near, keys)])
    brands = tuple(sorted({post.brand for post in kept}))
    labels = np.array([brands.index(post.brand) for post in kept], np.int64)
    deep = seen.values[:, : deep_width(backbone)]
    material = Material(seen.values, deep, labels, brands, groups, np.array(splits.names))
    file = file_of(study(material, precision), material, backbone, splits.fingerprint)
    return Course(file, kept, splits, sha256)


def deep_width(backbone: Backbone) -> int:
    """How many of a feature's numbers are the last layer's; they come first."""
    if backbone.reading == "deep":
        return backbone.dim
    with torch.inference_mode():
        return int(backbone.network(torch.zeros(1, 3, backbone.size, backbone.size)).shape[1])


def backbone_of(file: BrandFile, weights: Path | None = None) -> Backbone:
    """The network that a file's features come from. Raises UsageError where these are other weights."""
    names = {model: name for name, model in PRESETS.items()}
    reading: Reading = file.settings["reading"]
    backbone = open_backbone(names.get(file.backbone, file.backbone), weights, reading)
    if fingerprint(backbone.network) != file.settings["network"]:
        raise UsageError(f"{file.backbone} has other weights here than those that this brand was learnt with")
    return backbone


def score_pictures(
    file: BrandFile, backbone: Backbone, paths: Sequence[Path], brand: str | None = None
) -> tuple[Features, tuple[Judgement, ...]]:
    """What pictures are worth to a brand, one judgement for each that could be read (`Features.kept`)."""
    seen = embed(backbone, paths)
    deep = seen.values[:, : file.tensors["outliers.points"].shape[1]]
    return seen, judge(file, seen.values, deep, brand)
