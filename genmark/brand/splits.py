"""Which posts are learnt from and which are kept back: by group, written down, and used again.

A shoot, a campaign or an account gives its pictures away: a model that saw one of them knows the others. So whole
groups go into a split, never a part of one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from genmark import files
from genmark.brand.hashes import find, join
from genmark.brand.posts import Post
from genmark.errors import ConfigError

Ints = NDArray[np.int64]
Key = Literal["account", "campaign"]

SHARES: Mapping[str, float] = {"train": 0.6, "val": 0.15, "cal": 0.1, "test": 0.15}
"""What to learn from, to choose by, to calibrate on, and to test on once."""

STRICTEST: tuple[tuple[Key, ...], ...] = (("account", "campaign"), ("campaign",), ("account",), ())
FORMAT = "genmark-splits/1"

_ENOUGH = 20
"""A brand with so many pictures must be in every split; a smaller one that is not is only noted."""


@dataclass(frozen=True)
class Splits:
    """Where each of N posts goes.

    names        the split of each post, in the posts' order
    grouped_by   what never crosses a split, beside near copies: "account", "campaign"; "given" where the data say it
    fingerprint  SHA-256 of the posts: their files, labels and groups; other data have another one
    notes        sentences on what could not be had, for the report
    seed         what decided ties
    """

    names: tuple[str, ...]
    grouped_by: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...] = ()
    seed: int = 0

    def places(self, name: str) -> Ints:
        """The places of the posts in one split, int64, ascending."""
        return np.array([place for place, split in enumerate(self.names) if split == name], np.int64)


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


def split_posts(
    posts: Sequence[Post],
    near: Ints,
    sha256: Sequence[str],
    shares: Mapping[str, float] = SHARES,
    seed: int = 0,
    keys: Sequence[Key] | None = None,
) -> Splits:
    """Share posts out over the splits of `shares`, group by group, so that brands are as even in each as groups allow.

    near: int64 (N,), from `hashes.near_copies`; sha256: of each file. Where the posts name their splits themselves,
    those are taken, and groups that cross them are told in `notes`. Otherwise `keys` says what may not cross; None
    takes the strictest of account and campaign together, campaign, account, neither, that still gives each split its
    posts: a brand with one account cannot be split by account. What was given up is in `notes`.

    Deterministic: the same posts, shares and seed give the same splits. Raises ConfigError where some posts name a
    split and others do not, or where no split with these `keys` gives every brand to learn from and to test on.
    """
    printed = fingerprint(posts, sha256)
    if any(post.split for post in posts):
        return _given(posts, near, printed)
    brands = [post.brand for post in posts]
    tried = _tiers(posts) if keys is None else [tuple(keys)]
    for now in tried:
        names = tuple(_names(fold(group_posts(posts, near, now), brands, list(shares.values()), seed), shares))
        missing = _missing(brands, names, shares)
        if not missing or (now == () and keys is None):
            notes = (*_given_up(posts, now, keys), *missing, *_thin(brands, names, shares))
            return Splits(names, now, printed, notes, seed)
    raise ConfigError(f"the posts cannot be split by {' and '.join(tried[-1]) or 'near copies'}: {missing[0]}")


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


def fingerprint(posts: Sequence[Post], sha256: Sequence[str]) -> str:
    """SHA-256 over the posts, in any order: content, labels and groups, not where the folder lies; hexadecimal."""
    rows = sorted(_row(post, digest) for post, digest in zip(posts, sha256, strict=True))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def write_splits(path: Path, splits: Splits, posts: Sequence[Post], sha256: Sequence[str]) -> None:
    """Write splits as JSON, with no path of this machine in it; raises WriteError."""
    rows = {}
    for post, digest, name in zip(posts, sha256, splits.names, strict=True):
        rows[_row(post, digest)] = {"split": name, "brand": post.brand, "file": files.printable(post.path.name)}
    record = {
        "format": FORMAT,
        "fingerprint": splits.fingerprint,
        "seed": splits.seed,
        "grouped_by": splits.grouped_by,
        "notes": splits.notes,
        "posts": rows,
    }
    files.write_text(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def read_splits(path: Path, posts: Sequence[Post], sha256: Sequence[str]) -> Splits:
    """Read the splits that `write_splits` wrote for these posts, in the posts' order, which may be another now.

    Raises ConfigError where the file is none of ours, and where the posts are not those that it was written for: then
    it says what came, went or was labelled anew, since a set that is split afresh would let test posts be learnt from.
    """
    record = _record(path)
    rows = [_row(post, digest) for post, digest in zip(posts, sha256, strict=True)]
    written: dict[str, dict[str, str]] = record["posts"]
    new = [post.path.name for post, row in zip(posts, rows, strict=True) if row not in written]
    gone = [written[row]["file"] for row in written.keys() - set(rows)]
    if new or gone or record["fingerprint"] != fingerprint(posts, sha256):
        both = ((new, "new"), (gone, "gone"))
        changes = [f"{len(names)} {what} (such as {min(names)!r})" for names, what in both if names]
        raise ConfigError(
            f"{files.printable(path.name)} was written for other posts: {', '.join(changes) or 'copies came or went'}; "
            "a post that was relabelled is gone and new. Remove the file to split again, then train and test anew"
        )
    names = tuple(written[row]["split"] for row in rows)
    return Splits(names, tuple(record["grouped_by"]), record["fingerprint"], tuple(record["notes"]), record["seed"])


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{files.printable(path.name)} cannot be read as splits ({error})") from error
    fields = {"format", "fingerprint", "seed", "grouped_by", "notes", "posts"}
    if not isinstance(record, dict) or record.get("format") != FORMAT or fields - record.keys():
        raise ConfigError(f"{files.printable(path.name)} holds no splits of genmark ({FORMAT})")
    return record


def _row(post: Post, digest: str) -> str:
    """What a post is, wherever it lies, in 32 hexadecimal digits."""
    known = [digest, post.brand, post.attributes, post.account, post.campaign, post.split]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]


def _tiers(posts: Sequence[Post]) -> list[tuple[Key, ...]]:
    """What to group by, the strictest first, of the columns that the posts have."""
    there = {"account": any(post.account for post in posts), "campaign": any(post.campaign for post in posts)}
    return list(dict.fromkeys(tuple(key for key in keys if there[key]) for keys in STRICTEST))


def _names(parts: Ints, shares: Mapping[str, float]) -> list[str]:
    order = list(shares)
    return [order[part] for part in parts.tolist()]


def _given(posts: Sequence[Post], near: Ints, printed: str) -> Splits:
    """The splits that the data themselves name, and what crosses them."""
    without = sum(not post.split for post in posts)
    if without:
        raise ConfigError(f"{without} of {len(posts)} posts name no split; let all of them name one, or none")
    names = tuple(post.split for post in posts)
    alone = np.arange(len(posts))
    kinds = {
        "copies": near,
        "accounts": group_posts(posts, alone, ("account",)),
        "campaigns": group_posts(posts, alone, ("campaign",)),
    }
    crossed = {what: len(crossing(groups, names)) for what, groups in kinds.items()}
    told = "are in more than one of the splits that the data name"
    notes = [f"{count} groups of {what} {told}" for what, count in crossed.items() if count]
    return Splits(names, ("given",), printed, tuple(notes))


def _missing(brands: Sequence[str], names: Sequence[str], shares: Mapping[str, float]) -> list[str]:
    """What makes splits useless: a split with less than half its posts, a brand of enough pictures not in each."""
    sizes, cells = Counter(names), Counter(zip(brands, names, strict=True))
    small = [name for name in shares if sizes[name] < 0.5 * shares[name] / sum(shares.values()) * len(names)]
    absent = [b for b, count in Counter(brands).items() if count >= _ENOUGH and not all(cells[b, n] for n in shares)]
    found = [f"{name!r} has {sizes[name]} of {len(names)} posts" for name in small]
    return found + _lacking("brands", absent)


def _thin(brands: Sequence[str], names: Sequence[str], shares: Mapping[str, float]) -> list[str]:
    """Brands too small to be everywhere, told."""
    cells = Counter(zip(brands, names, strict=True))
    absent = [b for b, count in Counter(brands).items() if count < _ENOUGH and not all(cells[b, n] for n in shares)]
    return _lacking("small brands", absent)


def _lacking(what: str, absent: Sequence[str]) -> list[str]:
    return [f"{len(absent)} {what} are not in every split, such as {min(absent)!r}"] if absent else []


def _given_up(posts: Sequence[Post], now: Sequence[Key], keys: Sequence[Key] | None) -> list[str]:
    """Which of account and campaign the posts have, and may yet be in two splits."""
    if keys is not None:
        return []
    lost = [key for key in _tiers(posts)[0] if key not in now]
    return [f"the same {key} may be in two splits: the posts have too few of them to share out" for key in lost]
