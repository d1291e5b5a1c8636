"""How sure the embedded tagger may be: curves from a noun's log-odds to its probability, fitted on labelled pictures.

Two packs are at hand: real photos of garments, and renders of furnished rooms. That is little; the nouns of other kinds
take the curve of both together, in which every other noun that was seen on a garment's photo counts as wrong.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from genmark.errors import UsageError
from genmark.perceive.platt import Curve, fit_curve
from genmark.perceive.tags.embedded import soften
from genmark.perceive.tags.nouns import NounTable
from genmark.photos import read
from genmark.types import Floats, Photo

SEEN = 0.02
"""Nouns that the network gives less are left out: almost all are wrong, and nobody would say them."""
VISIBLE = 200
"""Pixels of a render that a piece of furniture covers at least to count as seen."""

GARMENTS = MappingProxyType(
    {
        "blazer": "suit coat",
        "body": "bib swimsuit pyjamas shirt",
        "dress": "dress",
        "hat": "hat",
        "hoodie": "sweater",
        "longsleeve": "sweater shirt",
        "outerwear": "coat sweater vest",
        "pants": "jeans",
        "polo": "shirt",
        "shirt": "shirt",
        "shoes": "shoe",
        "shorts": "swimsuit jeans",
        "skirt": "skirt",
        "t-shirt": "shirt",
        "top": "shirt swimsuit vest",
        "undershirt": "shirt vest swimsuit",
    }
)
"""What the tagger may rightly call each label of the clothing pack, besides "clothing"."""
FURNITURE = MappingProxyType(
    {
        "sofa": "couch",
        "chair": "chair",
        "table": "table desk",
        "bed": "bed",
        "storage": "cabinet bookcase",
        "lamp": "lamp",
        "rug": "rug",
        "tv": "television",
    }
)
"""The same of the rooms pack, besides "furniture"."""

Reader = Callable[[Sequence[Photo]], Floats]


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture file and the nouns that are right of it."""

    path: Path
    nouns: frozenset[str]


def read_garments(pack: Path, split: str, count: int, seed: int = 0) -> list[Labelled]:
    """`count` photos of the clothing pack, drawn by chance. Raises UsageError where the pack is not there."""
    _check(pack / "items.csv")
    with (pack / "items.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [
        Labelled(pack / rows[k]["file"], frozenset(("clothing", *GARMENTS[rows[k]["label"]].split())))
        for k in np.random.default_rng(seed).permutation(len(rows))[:count]
    ]


def read_rooms(pack: Path, split: str, count: int, seed: int = 0) -> list[Labelled]:
    """`count` renders of the rooms pack, one of each room. Raises UsageError where the pack is not there."""
    _check(pack / split)
    paths = sorted((pack / split).glob("*.json"))
    picked = [paths[k] for k in np.random.default_rng(seed).permutation(len(paths))[:count]]
    return [Labelled(path.with_name(f"{path.stem}_a.jpg"), _furniture(path)) for path in picked]


def _furniture(path: Path) -> frozenset[str]:
    pieces = json.loads(path.read_text(encoding="utf-8"))["views"][0]["furniture"]
    seen = {piece["class"] for piece in pieces if piece["visible_px"] >= VISIBLE}
    nouns = {noun for kind in seen & set(FURNITURE) for noun in FURNITURE[kind].split()}
    return frozenset(nouns | ({"furniture"} if nouns else set()))


def _check(path: Path) -> None:
    if not path.exists():
        raise UsageError(f"{path} is not there; name the folder that holds the packs with --data")


@dataclass(frozen=True)
class Guess:
    """A noun that the tagger saw in a picture: its kind of word, its log-odds, and whether it is right."""

    word: str
    odds: float
    right: bool


def gather_guesses(labelled: Sequence[Labelled], reader: Reader, table: NounTable) -> Iterator[Guess]:
    """Every noun that is seen at all, in each picture."""
    for first in range(0, len(labelled), 32):
        part = labelled[first : first + 32]
        gathered = table.gather(soften(reader([read(one.path, size_hint=(256, 256)) for one in part])))
        for one, shares in zip(part, gathered, strict=True):
            for noun, share in zip(table.nouns.values(), shares.tolist(), strict=True):
                if share >= SEEN:
                    share = min(share, 1 - 1e-6)
                    yield Guess(noun.word, float(np.log(share / (1 - share))), noun.name in one.nouns)


def fit_from_packs(data: Path, reader: Reader, table: NounTable, garments: int = 240, rooms: int = 120) -> str:
    """The curves as the JSON that ships, from `garments` photos and `rooms` renders of the packs' train splits.

    Raises UsageError where a pack is not there.
    """
    worn = list(gather_guesses(read_garments(data / "clothing", "train", garments), reader, table))
    inside = list(gather_guesses(read_rooms(data / "rooms", "train", rooms), reader, table))
    curves = fit_tag_curves(worn, inside)
    rounded = {kind: {name: round(value, 4) for name, value in vars(curve).items()} for kind, curve in curves.items()}
    return json.dumps(rounded, indent=2) + "\n"


def fit_tag_curves(garments: Sequence[Guess], rooms: Sequence[Guess]) -> dict[str, Curve]:
    """A curve for garments, one for furniture, and "" for all others.

    The intercept is at most 0: a garment is likelier on a photo from a pack of garments than on any photo, and what
    that pack adds to its odds holds nowhere else.
    """
    own = {
        "garment": [guess for guess in garments if guess.word == "garment"],
        "furniture": [guess for guess in rooms if guess.word == "furniture"],
        "": [*garments, *(guess for guess in rooms if guess.word == "furniture")],
    }
    fitted = {
        kind: fit_curve([guess.odds for guess in held], [guess.right for guess in held]) for kind, held in own.items()
    }
    return {kind: replace(curve, intercept=min(curve.intercept, 0.0)) for kind, curve in fitted.items()}
