"""Train the captioner: from what people's sentences claim of a picture, write such a sentence.

There are no pictures. What the tags of a picture will be is imagined: what the sentence claims, some of what the others
claim of the same picture, a little that is not there, each with a score that follows how many people mention it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from genmark.config import Table
from genmark.errors import UsageError
from genmark.files import write_bytes
from genmark.perceive.captions.decoder import LONGEST, Shape, Writer
from genmark.perceive.captions.lexicon import NOUNS, SLOTS, Lexicon, read_lexicon
from genmark.perceive.captions.vocabulary import START, STOP, Vocabulary, blank, build
from genmark.tensors import load_weights, pack_weights, quick_precision
from genmark.train.captions import Described, read_captions
from genmark.train.loop import Progress, Recipe, Scores, keep_best

Text = tuple[str, ...]
NOTHING = -100
ROUND = 8
TESTS = 384
_STANDS = "sitting seated standing lying laying parked perched resting placed displayed hanging hung mounted"
_WHERE = "on in at near next by under behind beside atop along against inside outside over with around among between"
POSTURES, PLACED = frozenset(_STANDS.split()), frozenset(_WHERE.split())
"""Postures, and what must follow one that may be left out."""


class CaptionerRecipe(Recipe):
    """Settings of one run; the shipped ones are in `configs/train/captioner.toml`."""

    steps: int = 1500
    batch: int = 96
    rate: float = 1.2e-3
    evaluate_every: int = 150
    width: int = 192
    heads: int = 6
    depth: int = 4
    dropout: float = 0.2
    least: int = 15  # times that a word must have been met to be written
    others: float = 0.35  # share of what others claim of a picture that joins the tags
    noise: float = 0.3  # chance of a tag of another picture
    drop: float = 0.05  # share of a sentence's own claims that are kept from it; they are not asked for, either
    quiet: float = 0.5  # chance that a sentence goes without postures and looks
    short: float = 0.3  # chance that it ends before one of its places
    blank: float = 0.25  # chance that a noun becomes a blank
    smoothing: float = 0.05


class CaptionerSettings(Table):
    """The settings file of the captioner: the folder of data packs and the recipe."""

    data: Path = Path("../shared/data")
    pack: str = "captions"
    recipe: CaptionerRecipe = CaptionerRecipe()


@dataclass(frozen=True)
class Example:
    """One lesson: tags with scores, the sentence, and the claims in it that are not asked for."""

    tags: tuple[tuple[str, float], ...]
    text: Text
    unasked: frozenset[str] = frozenset()


class Lessons:
    """Draws lessons from described images; the same step of the same seed gives the same ones."""

    def __init__(self, images: Sequence[Described], lexicon: Lexicon, recipe: CaptionerRecipe) -> None:
        self.images = [image for image in images if image.read]
        self.lexicon, self.recipe = lexicon, recipe
        self._round: tuple[tuple[int, int], list[Example], list[int]] | None = None

    def draw(self, step: int, count: int) -> list[Example]:
        """`count` lessons of sentences about as long: `ROUND` steps share what is drawn, sorted by length, so that
        little of a batch is padding."""
        number, place = divmod(step, ROUND)
        if self._round is None or self._round[0] != (number, count):
            rng = np.random.default_rng((self.recipe.seed, number))
            drawn = sorted((self._draw(rng) for _ in range(count * ROUND)), key=lambda example: len(example.text))
            self._round = (number, count), drawn, rng.permutation(ROUND).tolist()
        first = self._round[2][place] * count
        return self._round[1][first : first + count]

    def draw_all(self, count: int) -> list[Example]:
        """`count` lessons of any length, always the same ones."""
        rng = np.random.default_rng(self.recipe.seed)
        return [self._draw(rng) for _ in range(count)]

    def _draw(self, rng: np.random.Generator) -> Example:
        image = self.images[rng.integers(len(self.images))]
        text = self._shorten(self._quieten(image.read[rng.integers(len(image.read))], rng), rng)
        own = self.lexicon.claims(text)
        unasked = frozenset(claim for claim in own if rng.random() < self.recipe.drop)
        others = [claim for claim in image.salience if claim not in own and rng.random() < self.recipe.others]
        tags = [(claim, _score(image.salience[claim], rng)) for claim in (*own, *others) if claim not in unasked]
        tags += self._noise(rng, {*own, *others})
        rng.shuffle(tags)
        return self._leave_blank(Example(tuple(tags[:16]), text, unasked | {c for c, _ in tags[16:]}), rng)

    def _quieten(self, text: Text, rng: np.random.Generator) -> Text:
        """Half the time, the sentence without its postures ("a dog sitting on a bed") and without its looks ("a brown
        dog"): a tagger cannot tell most of them, and the sentence must then do without."""
        if rng.random() >= self.recipe.quiet:
            return text
        kinds = [self.lexicon.words[token].kind for token in text]
        follows = [*text[1:], ""]
        kept = [not (token in POSTURES and after in PLACED) for token, after in zip(text, follows, strict=True)]
        for place in range(len(text) - 2, -1, -1):
            noun_next = kinds[place + 1] in NOUNS or (kinds[place + 1] == "say" and not kept[place + 1])
            kept[place] = kept[place] and not (kinds[place] == "say" and noun_next)
        return tuple(token for token, keep in zip(text, kept, strict=True) if keep)

    def _shorten(self, text: Text, rng: np.random.Generator) -> Text:
        """Now and then, the sentence up to one of its places ("a dog on a bed" of "… next to a lamp"): often little is
        sure of a photo, while people say all that they see."""
        nouns = [self.lexicon.words[token].kind in NOUNS for token in text]
        ends = [place for place in range(2, len(text)) if nouns[place - 1] and text[place] in PLACED]
        if not ends or rng.random() >= self.recipe.short:
            return text
        return text[: ends[rng.integers(len(ends))]]

    def _noise(self, rng: np.random.Generator, there: set[str]) -> list[tuple[str, float]]:
        if rng.random() >= self.recipe.noise:
            return []
        other = [claim for claim in self.images[rng.integers(len(self.images))].salience if claim not in there]
        return [(other[rng.integers(len(other))], float(rng.uniform(0.02, 0.35)))] if other else []

    def _leave_blank(self, example: Example, rng: np.random.Generator) -> Example:
        """Put a blank for one noun of the sentence, in its tags too, so that any noun of its kind may be set there."""
        words = self.lexicon.words
        nouns = [t for t, _ in example.tags if words[t].kind in SLOTS and not words[t].several and t in example.text]
        if not nouns or rng.random() >= self.recipe.blank:
            return example
        noun = nouns[rng.integers(len(nouns))]
        hole = blank(words[noun].kind)
        tags = tuple((hole if token == noun else token, score) for token, score in example.tags)
        return Example(tags, tuple(hole if token == noun else token for token in example.text), example.unasked)


def _score(salience: float, rng: np.random.Generator) -> float:
    """A score as a tagger might give it: about as high as the thing is plain to see."""
    return float(np.clip(salience + rng.normal(0, 0.2), 0.05, 1.0))


def collate(examples: Sequence[Example], vocabulary: Vocabulary, lexicon: Lexicon) -> tuple[Tensor, ...]:
    """Tags and scores (N, T), tokens and what follows each of them (N, L), `NOTHING` where that is not asked for."""
    most = max(len(example.tags) for example in examples) + 1
    long = max(len(example.text) for example in examples) + 1
    tags, scores = torch.zeros(len(examples), most, dtype=torch.long), torch.zeros(len(examples), most)
    tokens, wanted = (torch.zeros(len(examples), long, dtype=torch.long) for _ in range(2))
    wanted += NOTHING
    for row, example in enumerate(examples):
        names = (START, *(name for name, _ in example.tags))
        tags[row, : len(names)] = torch.tensor(vocabulary.encode(names))
        scores[row, : len(names)] = torch.tensor([1.0, *(score for _, score in example.tags)])
        numbers = vocabulary.encode((START, *example.text, STOP))
        tokens[row, : len(numbers) - 1] = torch.tensor(numbers[:-1])
        asked = [NOTHING if _claimed(token, lexicon) & example.unasked else 0 for token in example.text]
        follows = [n if a == 0 else NOTHING for n, a in zip(numbers[1:], (*asked, 0), strict=True)]
        wanted[row, : len(follows)] = torch.tensor(follows)
    return tags, scores, tokens, wanted


def _claimed(token: str, lexicon: Lexicon) -> set[str]:
    return set(lexicon.claims((token,)))


def train_captioner(settings: CaptionerSettings, out: Path, resume: bool, report: Callable[[Scores], None]) -> Path:
    """Train into the folder `out`, or go on there, and return the file of the best weights.

    Raises UsageError where `out` holds a run already and `resume` is not asked for, or the pack is not there.
    """
    if not resume and (out / "last.pt").is_file():
        raise UsageError(f"{out} holds a run already; go on from it with --resume, or name another folder with --out")
    recipe, lexicon = settings.recipe, read_lexicon()
    images, held = read_captions(settings.data / settings.pack, lexicon, LONGEST - 2)
    vocabulary = build(lexicon, [text for image in images for text in image.read], recipe.least)
    torch.manual_seed(recipe.seed)
    shape = Shape(recipe.width, recipe.heads, recipe.depth, recipe.dropout)
    progress = Progress(Writer(vocabulary, shape), recipe)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "last.pt").is_file():
        progress.load(out / "last.pt")
    lessons = Lessons(images, lexicon, recipe)
    test = collate(Lessons(held, lexicon, recipe).draw_all(TESTS), vocabulary, lexicon)
    _go(
        progress, recipe, lambda step: collate(lessons.draw(step, recipe.batch), vocabulary, lexicon), test, out, report
    )
    return _finish(progress.network, vocabulary, shape, out / "best.safetensors")


def _go(
    progress: Progress,
    recipe: CaptionerRecipe,
    batch: Callable[[int], tuple[Tensor, ...]],
    test: tuple[Tensor, ...],
    out: Path,
    report: Callable[[Scores], None],
) -> None:
    losses: list[float] = []
    began = time.monotonic()
    for step in range(progress.step, recipe.steps):
        progress.network.train()
        loss = _loss(progress.network, batch(step), recipe.smoothing)
        progress.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(progress.network.parameters(), 1.0)
        progress.optimizer.step()
        progress.schedule.step()
        progress.average.update(progress.network)
        progress.step = step + 1
        losses.append(float(loss.detach()))
        if progress.step % recipe.evaluate_every == 0 or progress.step == recipe.steps:
            scores = {"step": progress.step, "loss": sum(losses) / len(losses), "seconds": time.monotonic() - began}
            scores |= evaluate(progress.average.network, test)
            losses.clear()
            keep_best(progress, scores, "likelihood", out)
            report(scores)


def _loss(network: torch.nn.Module, batch: tuple[Tensor, ...], smoothing: float = 0.0) -> Tensor:
    tags, scores, tokens, wanted = batch
    with quick_precision():
        logits = network(tags, scores, tokens)
    return F.cross_entropy(
        logits.float().flatten(0, 1), wanted.flatten(), ignore_index=NOTHING, label_smoothing=smoothing
    )


@torch.inference_mode()
def evaluate(network: torch.nn.Module, test: tuple[Tensor, ...]) -> Scores:
    """`likelihood` of a token of held-out sentences: the geometric mean of the probability that it is given."""
    return {"likelihood": math.exp(-float(_loss(network.eval(), test)))}


def _finish(network: torch.nn.Module, vocabulary: Vocabulary, shape: Shape, best: Path) -> Path:
    """Write the best weights again, with the vocabulary and the shape that they need."""
    record = load_weights(network, best)
    facts: dict[str, Any] = {**record.record, "vocabulary": vocabulary.facts(), "shape": vars(shape)}
    write_bytes(best, pack_weights(network.state_dict(), record.licence, facts))
    return best
