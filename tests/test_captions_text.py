"""The words of the embedded captioner: its list, its grammar, its search, and how it is judged."""

from __future__ import annotations

import math

import pytest
import torch

from genmark.evaluate.captions import fill_template, judge, make_cases
from genmark.evaluate.cider import cider_d, count_grams
from genmark.insight import Tag
from genmark.perceive.captions.decoder import Shape, Writer
from genmark.perceive.captions.grammar import Grammar
from genmark.perceive.captions.lexicon import NOUNS, read_lexicon, speak
from genmark.perceive.captions.search import Search, write_sentences
from genmark.perceive.captions.topics import choose_topics
from genmark.perceive.captions.vocabulary import Vocabulary, build, recall
from genmark.perceive.tags.nouns import read_nouns
from genmark.train.captioner import CaptionerRecipe, Lessons, collate
from genmark.train.captions import describe

LEXICON = read_lexicon()
TEXTS = (
    "A dog sitting on a brown couch next to a lamp.",
    "A puppy on the sofa.",
    "A man with his dog near a mountain.",
    "There is a photo of some snow on a street.",
    "A group of people with a picture of two dogs.",
)


def vocabulary(known: tuple[str, ...] = ()) -> Vocabulary:
    return build(LEXICON, [*(LEXICON.read(text) or () for text in TEXTS), known], 1)


def writer(words: Vocabulary) -> Writer:
    torch.manual_seed(0)
    return Writer(words, Shape(32, 2, 1, 0.0)).eval()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A Puppy on the sofa.", ("a", "dog", "on", "the", "couch")),
        ("an elderly man, his stop light", ("a", "old", "person", "their", "traffic_light")),
        ("two women", ("two", "people")),
        ("a quokka", None),
        ("he sits", None),
    ],
)
def test_a_sentence_is_read_as_tokens_or_not_at_all(text: str, tokens: tuple[str, ...] | None) -> None:
    assert LEXICON.read(text) == tokens


def test_no_word_for_gender_or_origin_can_be_written() -> None:
    spoken = {speak((token,)).lower().strip(".") for token in LEXICON.words}
    assert not spoken & {"man", "woman", "boy", "girl", "men", "women", "he", "she", "his", "her", "asian", "american"}


def test_claims_are_what_is_there_each_once() -> None:
    tokens = LEXICON.read("A dog sitting on a couch with two dogs and a dog")
    assert tokens is not None
    assert LEXICON.claims(tokens) == ("dog", "sit", "couch", "two", "dogs")


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (("a", "orange~fruit", "and", "a", "stop_sign"), "An orange and a stop sign."),
        (("a", "unicycle"), "A unicycle."),
        (("a", "umbrella"), "An umbrella."),
        (("a", "animal"), "An animal."),
        (("a", "utensil"), "A utensil."),
        ((), ""),
    ],
)
def test_a_sentence_is_spoken(tokens: tuple[str, ...], text: str) -> None:
    assert speak(tokens) == text


def test_a_vocabulary_is_recalled() -> None:
    words = vocabulary()
    assert recall(words.facts()) == words
    assert "dog" in words.known
    assert "zebra" not in words.known


def test_one_step_at_a_time_gives_what_the_whole_sentence_gives() -> None:
    words = vocabulary()
    network = writer(words)
    tags = torch.tensor([words.encode(("<start>", "dog", "couch")), [1, 5, 0]])
    scores, tokens = torch.rand(2, 3), torch.tensor([words.encode(("<start>", "a", "dog"))] * 2)
    whole = network(tags, scores, tokens)
    memory = network.begin(tags, scores)
    for place in range(3):
        logits, memory = network.step(memory, tokens[:, place])
        assert torch.allclose(logits, whole[:, place], atol=1e-5)


def test_an_empty_place_among_tags_changes_nothing() -> None:
    words = vocabulary()
    network = writer(words)
    tokens = torch.tensor([words.encode(("<start>", "a"))])
    short = network(torch.tensor([[1, 9]]), torch.tensor([[1.0, 0.5]]), tokens)
    long = network(torch.tensor([[1, 9, 0]]), torch.tensor([[1.0, 0.5, 0.9]]), tokens)
    assert torch.allclose(short, long, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_an_untaught_network_still_says_only_what_is_given(seed: int) -> None:
    words = vocabulary(("snow", "lamp", "mountain", "street", "photo", "is", "are"))
    torch.manual_seed(seed)
    network = Writer(words, Shape(32, 2, 1, 0.0)).eval()
    tags = [Tag("dog", 0.9), Tag("street", 0.8, "place"), Tag("leopard cub", 0.99), Tag("red", 0.99, "colour")]
    topics = choose_topics(tags, 0, LEXICON, words, read_nouns())
    assert topics is not None
    found = write_sentences(network, words, [topics.asked] * 2, Search(), Grammar(words, LEXICON))
    assert found[0] == found[1]
    assert set(LEXICON.claims(found[0].tokens)) & NOUNS_KNOWN <= {"dog", "street", "photo", "picture"}
    assert "dog" in found[0].tokens


NOUNS_KNOWN = {token for token, word in LEXICON.words.items() if word.kind in NOUNS}


def test_a_noun_without_a_word_goes_into_a_blank() -> None:
    topics = choose_topics([Tag("jellyfish", 0.9)], 0, LEXICON, vocabulary(), read_nouns())
    assert topics is not None
    assert topics.fill(("a", "<animal>")) == ("a", "jellyfish")


def test_nothing_sure_is_no_topic() -> None:
    assert choose_topics([Tag("dog", 0.4)], 0, LEXICON, vocabulary(), read_nouns()) is None
    assert choose_topics([Tag("desk work", 0.9, "work")], 0, LEXICON, vocabulary(), read_nouns()) is None


@pytest.mark.parametrize(("people", "said"), [(None, "person"), (1, "person"), (2, "two"), (5, "group")])
def test_people_are_as_many_as_were_counted(people: int | None, said: str) -> None:
    words = vocabulary()
    topics = choose_topics([Tag("person", 0.9)], people, LEXICON, words, read_nouns())
    assert topics is not None
    assert said in topics.sure


def test_grammar_keeps_articles() -> None:
    words = vocabulary(("snow", "furniture"))
    grammar = Grammar(words, LEXICON)
    after_a = grammar.after("", "a", False, False)
    assert after_a[words.numbers["dog"]]
    assert not after_a[words.numbers["snow"]]
    assert not after_a[words.numbers["on"]]
    assert not grammar.after("on", "a", True, False)[words.numbers["dog"]]
    assert grammar.after("a", "dog", True, False)[grammar.stop]
    assert not grammar.after("dog", "on", True, False)[grammar.stop]


def test_cider_of_the_only_reference_is_ten_and_of_another_picture_is_none() -> None:
    references = [["a dog on a couch"], ["red bus in street"]]
    assert cider_d(["a dog on a couch", "seven whales swim now"], references) == pytest.approx([10.0, 0.0])


def test_cider_of_one_word_by_hand() -> None:
    # 2 pictures; "dog" and "cat" have idf ln 2; the candidate "dog" against "dog cat": n = 1 alone counts, cosine
    # ln2 * ln2 / (ln2 * sqrt(2) ln2) = 1 / sqrt(2), over 4 sizes, one word shorter: exp(-1 / 72)
    value = cider_d(["dog", "bus"], [["dog cat"], ["bus"]])[0]
    assert value == pytest.approx(10 / 4 / math.sqrt(2) * math.exp(-1 / 72))


def test_cider_clips_what_is_said_too_often() -> None:
    # "dog dog" against "dog": clipped to 1 * 1 / (2 * 1), one word longer
    value = cider_d(["dog dog", "bus"], [["dog"], ["bus"]])[0]
    assert value == pytest.approx(10 / 4 * 0.5 * math.exp(-1 / 72))
    assert count_grams("a dog, a Dog")[("a", "dog")] == 2


def test_every_candidate_needs_a_reference() -> None:
    with pytest.raises(ValueError, match="at least one reference"):
        cider_d(["a"], [[]])


def test_a_writer_that_makes_things_up_is_seen() -> None:
    image = describe(LEXICON, ["A dog on a couch.", "A dog.", "The dog is on a sofa.", "A puppy on a couch."], 18)
    cases = make_cases([image, image], LEXICON)
    scores = judge(cases, {"honest": fill_template, "liar": lambda rows: ["A pizza on a couch."] * len(rows)}, LEXICON)
    assert scores["honest"].precision[0] == 1.0
    assert scores["liar"].precision[0] == 0.5
    assert scores["liar"].recall[0] == 0.5


def test_lessons_are_the_same_for_the_same_step_and_ask_for_what_is_given() -> None:
    image = describe(LEXICON, list(TEXTS), 18)
    recipe = CaptionerRecipe(drop=0.0)
    first, again = (Lessons([image], LEXICON, recipe).draw(3, 8) for _ in range(2))
    assert first == again
    assert first != Lessons([image], LEXICON, recipe).draw(4, 8)
    for example in first:
        assert set(LEXICON.claims(example.text)) <= {name for name, _ in example.tags}
    tags, scores, tokens, wanted = collate(first, vocabulary(), LEXICON)
    assert tags.shape == scores.shape
    assert tokens.shape == wanted.shape
