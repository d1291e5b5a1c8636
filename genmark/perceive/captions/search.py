"""Looks for the best sentence that stays with what is given: beam search in which what was not seen cannot be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from genmark.perceive.captions.decoder import LONGEST, Writer
from genmark.perceive.captions.grammar import Grammar
from genmark.perceive.captions.vocabulary import START, STOP, Vocabulary
from genmark.types import Floats


@dataclass(frozen=True)
class Search:
    """How sentences are looked for.

    beams    sentences that are kept at a time
    reward   what the first mention of a tag that is sure adds to a sentence's log-probability; others add their share
    length   a sentence's score is divided by its number of tokens to this power (Wu et al. 2016)
    longest  tokens that it has at most
    """

    beams: int = 5
    reward: float = 16.0
    length: float = 0.3
    longest: int = 14


STANDARD = Search()


@dataclass(frozen=True)
class Asked:
    """What one sentence is about.

    tags     tokens with scores in [0, 1], as the network reads them; at least one
    allowed  tokens that may be written
    worth    tokens whose first mention is rewarded, with how much, in [0, 1]; each is written once at most
    """

    tags: tuple[tuple[str, float], ...]
    allowed: frozenset[str]
    worth: Mapping[str, float]


@dataclass(frozen=True)
class Found:
    """A sentence: its tokens, and the mean log-probability of one, in nats, of all that the network could say."""

    tokens: tuple[str, ...]
    likelihood: float


@dataclass
class _Beam:
    tokens: tuple[int, ...] = ()
    likelihood: float = 0.0
    total: float = 0.0  # with rewards
    said: frozenset[int] = field(default_factory=frozenset)


@torch.inference_mode()
def write_sentences(
    network: Writer, vocabulary: Vocabulary, asked: Sequence[Asked], search: Search, grammar: Grammar
) -> list[Found]:
    """The best sentence for each; the same whatever its neighbours, but for the last bits of floating point."""
    memory = network.begin(*_read(asked, vocabulary))
    rules = [_Rules(one, vocabulary, search, grammar) for one in asked]
    beams = [[_Beam()] for _ in asked]
    ended: list[list[_Beam]] = [[] for _ in asked]
    last = torch.tensor(vocabulary.encode([START] * len(asked)))
    for _ in range(min(search.longest, LONGEST - 1)):
        logits, memory = network.step(memory, last)
        logs = torch.log_softmax(logits.float(), 1).numpy()
        rows: list[int] = []
        first = 0
        for place, rule in enumerate(rules):
            held = beams[place]
            grown = rule.grow(held, logs[first : first + len(held)])
            ended[place] += [beam for _, beam in grown if beam.tokens[-1] == rule.stop]
            going = [(row, beam) for row, beam in grown if beam.tokens[-1] != rule.stop]
            rows += [first + row for row, _ in going]
            first += len(held)
            beams[place] = [beam for _, beam in going]
        if not rows:
            break
        memory = memory.pick(torch.tensor(rows))
        last = torch.tensor([beam.tokens[-1] for going in beams for beam in going])
    return [rule.best(done, going) for rule, done, going in zip(rules, ended, beams, strict=True)]


class _Rules:
    """What may follow, for one sentence."""

    def __init__(self, asked: Asked, vocabulary: Vocabulary, search: Search, grammar: Grammar) -> None:
        self.vocabulary, self.search, self.grammar = vocabulary, search, grammar
        self.stop, self.article = vocabulary.numbers[STOP], vocabulary.numbers["a"]
        self.worth = {vocabulary.numbers[token]: worth for token, worth in asked.worth.items()}
        self.nouns = frozenset(token for token in self.worth if grammar.nouns[token])
        self.closed = np.full(len(vocabulary.tokens), -np.inf, np.float32)
        self.closed[vocabulary.encode((*asked.allowed, STOP))] = 0.0

    def grow(self, beams: Sequence[_Beam], logs: Floats) -> list[tuple[int, _Beam]]:
        """The best beams that are one token longer, each with the row of the beam that it grew from."""
        grown = []
        for row, beam in enumerate(beams):
            before, last = ("", "", *(self.vocabulary.tokens[token] for token in beam.tokens[-2:]))[-2:]
            opened = any(self.grammar.introduces[token] for token in beam.tokens)
            fits = self.grammar.after(before, last, bool(beam.said), opened)
            totals = np.where(fits, logs[row] + self.closed, -np.inf)
            if fits[self.stop] and not self.nouns - beam.said:
                totals[np.arange(len(totals)) != self.stop] = -np.inf  # nothing is left that it could speak of
            for token, worth in self.worth.items():
                totals[token] += -np.inf if token in beam.said else self.search.reward * worth
            for token in np.argpartition(-totals, self.search.beams)[: self.search.beams].tolist():
                if np.isfinite(totals[token]) and not _circles(beam.tokens, token, self.article):
                    grown.append((row, self._longer(beam, token, float(logs[row, token]), float(totals[token]))))
        grown.sort(key=lambda pair: -self._score(pair[1]))
        return grown[: self.search.beams]

    def best(self, ended: Sequence[_Beam], going: Sequence[_Beam]) -> Found:
        """The best of the sentences that came to an end, or of those that did not where none did."""
        best = max(ended or going, key=self._score, default=_Beam())
        tokens = tuple(self.vocabulary.tokens[token] for token in best.tokens if token != self.stop)
        return Found(tokens if ended else (), best.likelihood / max(1, len(best.tokens)))

    def _longer(self, beam: _Beam, token: int, likelihood: float, total: float) -> _Beam:
        said = beam.said | {token} if token in self.worth else beam.said
        return _Beam((*beam.tokens, token), beam.likelihood + likelihood, beam.total + total, said)

    def _score(self, beam: _Beam) -> float:
        return beam.total / float(max(1, len(beam.tokens)) ** self.search.length)


def _circles(tokens: tuple[int, ...], token: int, article: int) -> bool:
    """Whether the token says the last one again, or ends two tokens, no article among them, that were said before."""
    if not tokens:
        return False
    return tokens[-1] == token or (token != article and (tokens[-1], token) in pairwise(tokens))


def _read(asked: Sequence[Asked], vocabulary: Vocabulary) -> tuple[Tensor, Tensor]:
    """Tags and scores (N, T), as the network was taught: the start sign first."""
    most = max(len(one.tags) for one in asked) + 1
    tags, scores = torch.zeros(len(asked), most, dtype=torch.long), torch.zeros(len(asked), most)
    for row, one in enumerate(asked):
        names = (START, *(name for name, _ in one.tags))
        tags[row, : len(names)] = torch.tensor(vocabulary.encode(names))
        scores[row, : len(names)] = torch.tensor([1.0, *(score for _, score in one.tags)])
    return tags, scores
