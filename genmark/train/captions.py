"""What the captioner learns from: people's sentences about everyday pictures, as tokens, and what they claim."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genmark.errors import UsageError
from genmark.perceive.captions.lexicon import Lexicon

HELD = 10
"""Every HELD-th image, by its number, is held out."""


@dataclass(frozen=True, eq=False)
class Described:
    """One image as people described it.

    texts     their sentences, untouched
    read      tokens of those sentences that the lexicon can read whole and that are fit to learn from
    salience  of each thing that they claim, the share of the sentences that claim it, in (0, 1]
    """

    texts: tuple[str, ...]
    read: tuple[tuple[str, ...], ...]
    salience: Mapping[str, float]


def read_captions(pack: Path, lexicon: Lexicon, longest: int) -> tuple[list[Described], list[Described]]:
    """The images of a captions pack to learn from, and those held out. Sentences of more tokens are not learnt.

    Raises UsageError where the pack is not there.
    """
    path = pack / "captions.jsonl.gz"
    if not path.is_file():
        raise UsageError(f"{pack} holds no captions.jsonl.gz; name the folder that holds the captions pack with --data")
    texts: dict[int, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            texts.setdefault(int(row["image_id"]), []).append(row["caption"])
    train = [describe(lexicon, rows, longest) for number, rows in sorted(texts.items()) if number % HELD]
    held = [describe(lexicon, rows, longest) for number, rows in sorted(texts.items()) if not number % HELD]
    return train, held


def describe(lexicon: Lexicon, texts: Sequence[str], longest: int) -> Described:
    """Read all sentences about one image."""
    read = tuple(tokens for tokens in map(lexicon.read, texts) if tokens and _is_fit(tokens, longest))
    claimed = Counter(claim for text in texts for claim in lexicon.claims(lexicon.skim(text)))
    return Described(tuple(texts), read, {claim: count / len(texts) for claim, count in claimed.items()})


def _is_fit(tokens: tuple[str, ...], longest: int) -> bool:
    """Short enough, and without "a person and a person", which is what is left of "a man and a woman"."""
    return 3 <= len(tokens) <= longest and tokens.count("person") < 2
