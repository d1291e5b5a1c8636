"""Posts made ready for a study: read, rid of broken ones and of copies that would leak, split, looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
import torch

from genmark.brand.backbones import Backbone
from genmark.brand.features import embed
from genmark.brand.grouping import Ints, Key, group_posts
from genmark.brand.hashes import Hashes, hash_pictures, near_copies
from genmark.brand.material import SPLITS, Material
from genmark.brand.posts import Post, cautions, read_posts
from genmark.brand.splits import Splits, read_splits, split_posts
from genmark.errors import ConfigError, UsageError, nearest
from genmark.types import Floats

Tell = Callable[[str], None]

_LEAST = 5
"""Pictures with an attribute, and without it, that there must be to learn from."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """Posts that can be studied, and what was found on the way; all in the order of `posts`.

    posts     those that could be read and that no kept-back post is a copy of
    splits    where each of them goes
    sha256    of each file, hexadecimal
    near      int64 (N,): the group of copies that each belongs to (`hashes.near_copies`)
    broken    files that could not be read, and why
    material  what a network sees in them
    """

    posts: tuple[Post, ...]
    splits: Splits
    sha256: tuple[str, ...]
    near: Ints
    broken: tuple[tuple[Path, str], ...]
    material: Material


def find_posts(data: Path, val: Path | None = None) -> tuple[Post, ...]:
    """The posts of `data`; with `val`, those of `data` to learn from and those of `val` to test on.

    Raises ConfigError as `read_posts` does, where `val` has a brand that `data` has not, and where `data` names splits
    of its own beside a `val`.
    """
    posts = read_posts(data)
    if val is None:
        return posts
    if any(post.split for post in posts):
        raise ConfigError(f"{data.name} names its splits itself, so it goes without a folder of its own to test on")
    held, brands = read_posts(val), {post.brand for post in posts}
    for post in held:
        if post.brand not in brands:
            told = f"{post.brand!r}, which {data.name} has not{nearest(post.brand, brands)}"
            raise ConfigError(f"{val.name} has the brand {told}")
    return (*(replace(post, split="train") for post in posts), *(replace(post, split="test") for post in held))


def gather(
    posts: Sequence[Post],
    backbone: Backbone,
    tell: Tell,
    *,
    seed: int = 0,
    written: Path | None = None,
    cache: Path | None = None,
) -> Gathered:
    """Make posts ready; `tell` hears what was left out, given up or should be known.

    seed     of the splits
    written  a file of splits: taken where it exists (`read_splits`), so that a test post stays one
    cache    a folder for features
    Raises ConfigError or UsageError where the posts are too few to learn, calibrate and test on.
    """
    for caution in (*cautions(posts), *((backbone.caution,) if backbone.caution else ())):
        tell(caution)
    hashes = hash_pictures([post.path for post in posts])
    for place, reason in sorted(hashes.broken.items()):
        tell(f"{posts[place].path.name} is left out: {reason}")
    copies = near_copies(hashes)
    good = [place for place in range(len(posts)) if place not in hashes.broken]
    good = _without_leaks(posts, copies, good, tell)
    kept, sha256, near = tuple(posts[place] for place in good), _picked(hashes, good), copies[good]
    again = written is not None and written.is_file()
    splits = read_splits(written, kept, sha256) if again and written else split_posts(kept, near, sha256, seed=seed)
    for note in splits.notes:
        tell(note)
    material = look_at(kept, splits, near, backbone, tell, cache)
    broken = tuple((posts[place].path, reason) for place, reason in sorted(hashes.broken.items()))
    return Gathered(kept, splits, sha256, near, broken, material)


def look_at(
    posts: Sequence[Post], splits: Splits, near: Ints, backbone: Backbone, tell: Tell, cache: Path | None = None
) -> Material:
    """What a backbone sees in posts that can all be read. Raises UsageError where one cannot be any more."""
    seen = embed(backbone, [post.path for post in posts], cache=cache)
    if seen.refused:
        path, error = seen.refused[0]
        raise UsageError(f"{path.name} could be read at first and then not: {error}")
    keys = [key for key in get_args(Key) if key in splits.grouped_by]
    groups = np.array([str(group) for group in group_posts(posts, near, keys)])
    brands = tuple(sorted({post.brand for post in posts} - {""}))
    labels = np.array([brands.index(post.brand) if brands else 0 for post in posts], np.int64)
    deep = seen.values[:, : deep_width(backbone)]
    names, marks = mark(posts, splits.names, tell)
    return Material(seen.values, deep, labels, brands, groups, np.array(splits.names), names, marks)


def mark(posts: Sequence[Post], splits: Sequence[str], tell: Tell) -> tuple[tuple[str, ...], Floats]:
    """The attributes that can be learnt, and which posts show them, float32 (N, A).

    One that too few posts show, or lack, in train, or all posts of another split agree on, is left out and told.
    """
    names = sorted({name for post in posts for name in post.attributes})
    marks = np.array([[name in post.attributes for name in names] for post in posts], np.float32)
    marks, where, fit = marks.reshape(len(posts), len(names)), np.array(splits), []
    for place, name in enumerate(names):
        shown = [(marks[where == split, place], _LEAST if split == "train" else 1) for split in SPLITS]
        if all(least <= column.sum() <= len(column) - least for column, least in shown):
            fit.append(place)
        else:
            tell(f"the attribute {name!r} is left out: too few posts show it, or lack it, to learn it and to test it")
    return tuple(names[place] for place in fit), marks[:, fit]


def deep_width(backbone: Backbone) -> int:
    """How many of a feature's numbers are the last layer's; they come first."""
    if backbone.reading == "deep":
        return backbone.dim
    with torch.inference_mode():
        return int(backbone.network(torch.zeros(1, 3, backbone.size, backbone.size)).shape[1])


def _without_leaks(posts: Sequence[Post], copies: Ints, good: list[int], tell: Tell) -> list[int]:
    """Where the data name the splits, a post is left out that is a copy of one that is kept back further."""
    if not all(post.split in SPLITS for post in posts):
        return good
    furthest: dict[int, int] = {}
    for place in good:
        group, rank = int(copies[place]), SPLITS.index(posts[place].split)
        furthest[group] = max(furthest.get(group, 0), rank)
    kept = [place for place in good if SPLITS.index(posts[place].split) == furthest[int(copies[place])]]
    if len(kept) < len(good):
        tell(f"{len(good) - len(kept)} posts are left out: they are copies of posts that are tested on")
    return kept


def _picked(hashes: Hashes, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(hashes.sha256[place] for place in places)
