"""What belongs together: posts of an account, of a campaign, and near copies. No split takes a part of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genmark.brand.hashes import find, join
from genmark.brand.posts import Post

Ints = NDArray[np.int64]
Key = Literal["account", "campaign"]


def group_posts(posts: Sequence[Post], near: Ints, keys: Sequence[Key]) -> Ints:
    """The group of each post, int64 (N,): what near copies (`hashes.near_copies`) and `keys` connect, transitively.

    An account is one account whichever brands it posts for. A campaign belongs to its brand, since two brands may both
    have a "summer". An empty cell connects nothing.
    """
    parents = list(range(len(posts)))
    first: dict[tuple[str, ...], int] = {}
    for place, post in enumerate(posts):
        marks: list[tuple[str, ...]] = [("near", str(int(near[place])))]
        if "account" in keys and post.account:
            marks.append(("account", post.account))
        if "campaign" in keys and post.campaign:
            marks.append(("campaign", post.brand, post.campaign))
        for mark in marks:
            join(parents, first.setdefault(mark, place), place)
    return np.array([find(parents, place) for place in range(len(posts))], np.int64)


def fold(groups: Ints, labels: Sequence[str], shares: Sequence[float], seed: int = 0) -> Ints:
    """A part for each of N items, int64 (N,) from 0: whole groups, the shares of each label as near as they can be.

    groups: int64 (N,). Largest groups first, each goes where it brings the counts of its labels, and of all labels
    together, nearest to what is wanted (least squares of the shares). For k folds give k equal shares.
    """
    members: dict[int, Counter[str | None]] = defaultdict(Counter)
    for group, label in zip(groups.tolist(), labels, strict=True):
        members[group].update([label, None])  # None: all labels together, so that many small ones fill each part too
    totals: Counter[str | None] = Counter([*labels, *[None] * len(labels)])
    short = {kind: count * np.array(shares) / sum(shares) for kind, count in totals.items()}
    ties = dict(zip(sorted(members), np.random.default_rng(seed).permutation(len(members)).tolist(), strict=True))
    parts = {}
    for group in sorted(members, key=lambda one: (-members[one].total(), ties[one])):
        counts = members[group].items()
        gain = sum(count * (2 * short[kind] - count) / totals[kind] for kind, count in counts)
        parts[group] = int(np.argmax(gain))
        for kind, count in counts:
            short[kind][parts[group]] -= count
    return np.array([parts[group] for group in groups.tolist()], np.int64)


def crossing(groups: Ints, names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """The groups that are in more than one split, as places in the list; () is what a test set needs."""
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(groups.tolist()):
        members[group].append(place)
    return tuple(tuple(places) for places in members.values() if len({names[place] for place in places}) > 1)
