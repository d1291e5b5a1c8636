"""The embedded captioner: a sentence about a photo that says only what its tags are sure of, offline."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from genmark.insight import Caption, Insight, Tag
from genmark.perceive.captions.decoder import Shape, Writer
from genmark.perceive.captions.degenerate import fault_of
from genmark.perceive.captions.grammar import Grammar
from genmark.perceive.captions.lexicon import NOUNS, Lexicon, read_lexicon, speak
from genmark.perceive.captions.search import STANDARD, Found, Search, write_sentences
from genmark.perceive.captions.topics import MOST, Topics, choose_topics
from genmark.perceive.captions.vocabulary import recall
from genmark.perceive.tags.embedded import EmbeddedTagger, Sight
from genmark.perceive.tags.nouns import read_nouns
from genmark.tensors import load_weights, read_record, shipped_weights
from genmark.types import Photo

LEAST = 0.2
"""A caption that is less sure than this is not given."""


class EmbeddedCaptioner:
    """Photos to captions: the "embedded" captioner.

    A noun is written only where a tag of the photo says so with a probability of at least a half, a deed or a look
    likewise; how things stand to each other ("on", "next to") is what is usual, not what was seen. People are "a
    person", counted where their faces are found. No gender, age or occupation is ever written.

    weights  a file that `genmark train captioner` wrote; the shipped one by default
    tagger   what looks at photos
    batch    sentences that are written together

    Raises ModelMissing where weights are not there.
    """

    licence = "Apache-2.0"
    commercial = True
    version = "1"
    name = "embedded"

    def __init__(
        self,
        weights: Path | str | None = None,
        tagger: EmbeddedTagger | None = None,
        search: Search = STANDARD,
        batch: int = 32,
    ) -> None:
        path = Path(weights or shipped_weights("captioner"))
        record = read_record(path).record
        self.vocabulary = recall(record["vocabulary"])
        self.network = Writer(self.vocabulary, Shape(**record["shape"]))
        self.tagger = tagger or EmbeddedTagger()
        self.weights = (load_weights(self.network, path), *self.tagger.weights)
        self.lexicon: Lexicon = read_lexicon()
        self.grammar = Grammar(self.vocabulary, self.lexicon)
        self.search, self.batch = search, batch

    def __call__(self, photos: Sequence[Photo], /) -> Iterator[Caption]:
        """A caption for each photo, in order; "" with confidence 0 where nothing is sure enough."""
        return (insight.caption for insight in self.describe(photos))

    def describe(self, photos: Sequence[Photo]) -> Iterator[Insight]:
        """Caption, tags and the number of faces of each photo, in order, at the price of the caption alone."""
        for first in range(0, len(photos), self.batch):
            part = photos[first : first + self.batch]
            sights = list(self.tagger.see(part))
            captions = self.write([(sight.tags, len(sight.people.heights)) for sight in sights])
            for photo, sight, caption in zip(part, sights, captions, strict=True):
                yield _insight(photo, sight, caption)

    def write(self, given: Sequence[tuple[Sequence[Tag], int | None]]) -> list[Caption]:
        """A caption for each photo's tags and number of faces (None where nobody counted): the text side alone."""
        captions = [Caption("", 0.0)] * len(given)
        left = list(range(len(given)))
        for most in (MOST, 1):  # where no sentence holds all that is sure, the surest alone
            chosen = {place: self._choose(*given[place], most) for place in left}
            topics = {place: topic for place, topic in chosen.items() if topic is not None}
            asked = [topic.asked for topic in topics.values()]
            found = write_sentences(self.network, self.vocabulary, asked, self.search, self.grammar) if asked else []
            for (place, topic), sentence in zip(topics.items(), found, strict=True):
                captions[place] = self._caption(topic, sentence)
            left = [place for place in topics if captions[place].abstained]
        return captions

    def _choose(self, tags: Sequence[Tag], people: int | None, most: int) -> Topics | None:
        return choose_topics(tags, people, self.lexicon, self.vocabulary, read_nouns(), most)

    def _caption(self, topics: Topics, found: Found) -> Caption:
        text = speak(topics.fill(found.tokens))
        said = [token for token in dict.fromkeys(found.tokens) if token in topics.sure]
        nouns = [token for token in said if self.vocabulary.kinds[self.vocabulary.numbers[token]] in NOUNS]
        confidence = trust([topics.sure[token] for token in nouns], found.likelihood)
        if fault_of(text) or confidence < LEAST:
            return Caption("", 0.0)
        mentions = tuple(token.partition("~")[0].replace("_", " ") for token in topics.fill(said))
        return Caption(text, confidence, mentions)


def trust(scores: Sequence[float], likelihood: float) -> float:
    """How sure a caption is: the probability that all it names is there, were its tags independent, and less where
    its words do not go together: below a mean log-probability of -3 a token, by its fourth root."""
    if not scores:
        return 0.0
    return round(min(1.0, math.prod(scores) * min(1.0, math.exp((likelihood + 3.0) / 4))), 4)


def _insight(photo: Photo, sight: Sight, caption: Caption) -> Insight:
    colours = [tag.name for tag in sight.tags if tag.kind == "colour"]
    return Insight(
        photo.name, caption, sight.tags, len(sight.people.heights), facts={"size": photo.size, "colours": colours}
    )
