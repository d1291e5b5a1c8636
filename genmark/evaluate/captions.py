"""How well the embedded captioner writes: what it makes of nouns that people name, against what others wrote.

There are captions but no pictures, so this judges the text side alone: two people's captions of a held-out image give
the nouns, the others' are the references. A template over the same nouns stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genmark.evaluate.cider import cider_d
from genmark.insight import Tag
from genmark.perceive.captions.lexicon import NOUNS, Lexicon
from genmark.train.captions import Described

GIVEN = 2
"""Captions of an image that give the nouns; the others are references."""
DRAWS = 1000


@dataclass(frozen=True, eq=False)
class Case:
    """One image: the nouns that are given, surest first, what others wrote of it, and all nouns that anyone named."""

    tags: tuple[Tag, ...]
    references: tuple[str, ...]
    nouns: frozenset[str]


@dataclass(frozen=True)
class Score:
    """What a way to write captions reaches; each number with its 95 % interval over images, as (mean, low, high).

    cider      CIDEr-D against the other people's captions, gender left out of these
    precision  of the nouns that it mentions, the share that some person names of the same image
    recall     of the nouns that at least two of the references name, the share that it mentions
    distinct   share of its sentences that it writes once only
    abstained  share of images that it says nothing of
    """

    cider: tuple[float, float, float]
    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    distinct: float
    abstained: float


Writer = Callable[[Sequence[Sequence[Tag]]], Sequence[str]]


def make_cases(images: Sequence[Described], lexicon: Lexicon) -> list[Case]:
    """A case for every image that has captions enough and nouns in the first two of them."""
    cases = []
    for image in images:
        given, others = image.texts[:GIVEN], image.texts[GIVEN:]
        named = [_nouns(text, lexicon) for text in given]
        counts = {noun: sum(noun in nouns for nouns in named) for nouns in named for noun in nouns}
        tags = [Tag(noun.partition("~")[0].replace("_", " "), 0.75 + 0.2 * (n > 1)) for noun, n in counts.items()]
        if tags and others:
            everyone = frozenset(noun for text in image.texts for noun in _nouns(text, lexicon))
            neutral = tuple(_neutral(text, lexicon) for text in others)
            cases.append(Case(tuple(sorted(tags, key=lambda tag: (-tag.score, tag.name))), neutral, everyone))
    return cases


def judge(cases: Sequence[Case], writers: Mapping[str, Writer], lexicon: Lexicon, seed: int = 0) -> dict[str, Score]:
    """Every way to write, on the same cases."""
    scored = {}
    for name, write in writers.items():
        texts = list(write([case.tags for case in cases]))
        cider = cider_d(texts, [case.references for case in cases])
        mentions = [_nouns(text, lexicon) for text in texts]
        precision = [_share(said, case.nouns) for said, case in zip(mentions, cases, strict=True)]
        recall = [_share(_agreed(case, lexicon), said) for said, case in zip(mentions, cases, strict=True)]
        scored[name] = Score(
            _mean(cider, seed),
            _mean(precision, seed),
            _mean(recall, seed),
            sum(texts.count(text) == 1 for text in texts) / len(texts),
            sum(not text for text in texts) / len(texts),
        )
    return scored


def fill_template(rows: Sequence[Sequence[Tag]]) -> list[str]:
    """The baseline: "A photo of a dog, a couch and a lamp." of the five surest nouns."""
    return [_template([f"a {tag.name}" for tag in row[:5]]) for row in rows]


def _template(names: Sequence[str]) -> str:
    listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    return f"A photo of {listed}."


def _nouns(text: str, lexicon: Lexicon) -> frozenset[str]:
    """Nouns by concept: "dog" for "dogs"."""
    words = (lexicon.words[token] for token in lexicon.skim(text))
    return frozenset(word.concept for word in words if word.kind in NOUNS)


def _agreed(case: Case, lexicon: Lexicon) -> frozenset[str]:
    named = [_nouns(text, lexicon) for text in case.references]
    return frozenset(noun for nouns in named for noun in nouns if sum(noun in other for other in named) > 1)


def _neutral(text: str, lexicon: Lexicon) -> str:
    """A caption without gender and roles: "a person" for "a man" and "a surfer"; all else as it was written."""
    people = {"person": "person", "people": "people"}
    words = (lexicon.surfaces.get(word, word) for word in text.lower().split())
    return " ".join(people.get(token, word) for token, word in zip(words, text.lower().split(), strict=True))


def _share(part: frozenset[str], whole: frozenset[str]) -> float:
    """The share of `part` that is in `whole`; not a number where there is none."""
    return len(part & whole) / len(part) if part else float("nan")


def _mean(values: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Mean and 95 % interval by drawing images again (Efron 1979); what is not a number is left out."""
    known = np.array([value for value in values if value == value])
    rng = np.random.default_rng(seed)
    means = known[rng.integers(len(known), size=(DRAWS, len(known)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    return float(known.mean()), low, high
