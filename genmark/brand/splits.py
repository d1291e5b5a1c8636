"""Which posts are learnt from and which are kept back: by group, written down, and used again.

A shoot, a campaign or an account gives its pictures away: a model that saw one of them knows the others. So whole
groups go into a split, never a part of one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genmark import files
from genmark.brand.grouping import Ints, Key, crossing, fold, group_posts
from genmark.brand.posts import Post
from genmark.errors import ConfigError, nearest

SHARES: Mapping[str, float] = {"train": 0.55, "val": 0.13, "cal": 0.12, "test": 0.2}
"""What to learn from, to choose by, to calibrate on, and to test on once."""

STRICTEST: tuple[tuple[Key, ...], ...] = (("account", "campaign"), ("campaign",), ("account",), ())
FORMAT = "genmark-splits/1"

_KEYS: tuple[Key, ...] = ("account", "campaign")
_BE = ("is", "are")
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
    those are taken, groups that cross them are told in `notes`, a lone `val` is what is tested on, and what is lacking
    is cut off from train. Otherwise `keys` says what may not cross; None
    takes the strictest of account and campaign together, campaign, account, neither, that still gives each split its
    posts: a brand with one account cannot be split by account. What was given up is in `notes`.

    Deterministic: the same posts, shares and seed give the same splits. Raises ConfigError where some posts name a
    split and others do not, or where no split with these `keys` gives every brand to learn from and to test on.
    """
    if any(post.split for post in posts):
        return _given(posts, near, sha256, seed)
    printed = fingerprint(posts, sha256)
    brands = [post.brand for post in posts]
    tried = _tiers(posts) if keys is None else [tuple(keys)]
    for now in tried:
        names = tuple(_names(fold(group_posts(posts, near, now), brands, list(shares.values()), seed), shares))
        missing = _missing(brands, names, shares)
        if not missing or (now == () and keys is None):
            notes = (*_given_up(posts, now, keys), *missing, *_thin(brands, names, shares))
            return Splits(names, now, printed, notes, seed)
    raise ConfigError(f"the posts cannot be split by {' and '.join(tried[-1]) or 'near copies'}: {missing[0]}")


def fingerprint(posts: Sequence[Post], sha256: Sequence[str]) -> str:
    """SHA-256 over the posts, in any order: content, labels and groups, not where the folder lies; hexadecimal."""
    rows = sorted(_row(post, digest) for post, digest in zip(posts, sha256, strict=True))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def write_splits(
    path: Path, splits: Splits, posts: Sequence[Post], sha256: Sequence[str], sources: Sequence[Path] = ()
) -> None:
    """Write splits as JSON; `sources`, where the posts were read from, as seen from that file. Raises WriteError."""
    rows = {}
    for post, digest, name in zip(posts, sha256, splits.names, strict=True):
        rows[_row(post, digest)] = {"split": name, "brand": post.brand, "file": files.printable(post.path.name)}
    record = {
        "format": FORMAT,
        "fingerprint": splits.fingerprint,
        "seed": splits.seed,
        "grouped_by": splits.grouped_by,
        "notes": splits.notes,
        "sources": [Path(os.path.relpath(source, path.parent)).as_posix() for source in sources],
        "posts": rows,
    }
    files.write_text(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def read_sources(path: Path) -> tuple[Path, ...]:
    """Where the posts were read from when this file was written. Raises ConfigError where it is none of ours."""
    return tuple(path.parent / source for source in _record(path).get("sources", ()))


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


def _given(posts: Sequence[Post], near: Ints, sha256: Sequence[str], seed: int) -> Splits:
    """The splits that the data themselves name, what crosses them, and those that they lack cut off from train."""
    names, notes = _named(posts)
    alone = np.arange(len(posts))
    kinds: dict[str, Ints] = {"copies": near}
    kinds |= {f"{key}s": group_posts(posts, alone, (key,)) for key in _KEYS}
    crossed = {what: len(crossing(groups, names)) for what, groups in kinds.items()}
    told = "are in more than one of the splits that the data name"
    notes += [f"{count} groups of {what} {told}" for what, count in crossed.items() if count]
    lacking = [name for name in SHARES if name not in names]
    if lacking:
        taken = [place for place, name in enumerate(names) if name == "train"]
        some = [replace(posts[place], split="") for place in taken]
        shares = {name: SHARES[name] for name in ("train", *lacking)}
        inner = split_posts(some, near[taken], [sha256[place] for place in taken], shares, seed)
        for place, name in zip(taken, inner.names, strict=True):
            names[place] = name
        notes += [f"{' and '.join(lacking)} {_BE[len(lacking) > 1]} cut off from train", *inner.notes]
    whole = tuple(key for key in _tiers(posts)[0] if not crossing(group_posts(posts, near, (key,)), names))
    return Splits(tuple(names), ("given", *whole), fingerprint(posts, sha256), tuple(notes), seed)


def _named(posts: Sequence[Post]) -> tuple[list[str], list[str]]:
    """The split of each post as the data name it, and what to say of that; a lone `val` is what is tested on."""
    names = [post.split for post in posts]
    if "" in names:
        raise ConfigError(f"{names.count('')} of {len(posts)} posts name no split; let all of them name one, or none")
    strange = sorted(set(names) - SHARES.keys())
    if strange:
        told = f"{strange[0]!r}{nearest(strange[0], SHARES)}"
        raise ConfigError(f"no split is called {told}; there are {', '.join(SHARES)}; leave other posts out")
    if "train" not in names:
        raise ConfigError("no post is in the split 'train', so there is nothing to learn from")
    if "test" in names or "val" not in names:
        return names, []
    return ["test" if name == "val" else name for name in names], ["the data name no test split: val is tested on"]


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
