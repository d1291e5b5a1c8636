"""The table of nouns: ImageNet's classes under plain words, and what each says of the scene (numpy)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

import numpy as np

from genmark.insight import TagKind
from genmark.types import Floats

CLASSES = 1000


@dataclass(frozen=True)
class Noun:
    """A plain word for some of ImageNet's classes, or for other nouns.

    name     "dog"; the sign ~ and what follows it are not said
    korean   its Korean name
    kind     the kind of its tag
    word     the kind of word, as the captioner's list has it: "animal", "thing", "place" …
    parents  nouns that it is, too, the nearest first
    classes  numbers of its own ImageNet classes; none for a noun that is only said of others
    cues     what the scene may be -> how much a sure sight of it speaks for that, in [0, 1]
    """

    name: str
    korean: str
    kind: TagKind
    word: str
    parents: tuple[str, ...] = ()
    classes: tuple[int, ...] = ()
    cues: Mapping[str, float] = field(default_factory=dict)

    @property
    def spoken(self) -> str:
        """The name as people read it."""
        return self.name.partition("~")[0]


class NounTable:
    """All nouns and scenes.

    nouns   by name, in the table's order, without the classes that are never said
    scenes  by name: what cues speak for
    sums    float32 (1000, nouns): 1 where a class is that noun or a noun under it
    """

    def __init__(self, nouns: Sequence[Noun], scenes: Sequence[Noun]) -> None:
        self.nouns: Mapping[str, Noun] = MappingProxyType({noun.name: noun for noun in nouns if noun.name != "-"})
        self.scenes: Mapping[str, Noun] = MappingProxyType({scene.name: scene for scene in scenes})
        self.sums = self._count()

    def gather(self, shares: Floats) -> Floats:
        """Probabilities (N, nouns) of nouns from those of classes (N, 1000): a noun has all that is under it."""
        gathered: Floats = np.asarray(shares @ self.sums, np.float32)
        return np.clip(gathered, 0.0, 1.0)

    def guess_scenes(self, sure: Mapping[str, float]) -> dict[str, float]:
        """How sure each scene is, in [0, 1], from how sure its nouns are: any of them may be enough (noisy-or)."""
        doubts: dict[str, float] = {}
        for name, share in sure.items():
            for scene, weight in self.nouns[name].cues.items():
                doubts[scene] = doubts.get(scene, 1.0) * (1.0 - weight * share)
        return {scene: 1.0 - doubt for scene, doubt in doubts.items()}

    def _count(self) -> Floats:
        places = {name: place for place, name in enumerate(self.nouns)}
        sums = np.zeros((CLASSES, len(places)), np.float32)
        for noun in self.nouns.values():
            for name in (noun.name, *noun.parents):
                sums[list(noun.classes), places[name]] = 1.0
        return sums


@cache
def read_nouns() -> NounTable:
    """The table that ships, `nouns.txt`."""
    text = (files("genmark.perceive.tags") / "nouns.txt").read_text(encoding="utf-8")
    upper, _, lower = text.partition("[scenes]")
    return NounTable([_noun(row) for row in _rows(upper)], [_scene(row) for row in _rows(lower)])


def _rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split(" | ")]


def _noun(row: list[str]) -> Noun:
    name, korean, kind, word, parents, classes, cues = row
    return Noun(
        name,
        korean,
        cast(TagKind, kind),
        word,
        () if parents == "-" else tuple(parent.strip() for parent in parents.split(",")),
        tuple(number for part in classes.split() if part != "-" for number in _numbers(part)),
        {} if cues == "-" else dict(_cue(cue) for cue in cues.split(";")),
    )


def _scene(row: list[str]) -> Noun:
    name, korean, kind, word = row
    return Noun(name, korean, cast(TagKind, kind), word)


def _numbers(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def _cue(text: str) -> tuple[str, float]:
    scene, _, weight = text.strip().rpartition(" ")
    return scene, float(weight)
