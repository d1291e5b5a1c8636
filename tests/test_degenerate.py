"""What counts as no caption, and what must not."""

from __future__ import annotations

import pytest

from genmark.perceive.captions.degenerate import fault_of

FINE = [
    "a dog running on a mountain",
    "two dogs and two cats",
    "a man and a woman and a child and a dog",
    "an arafat scarf on a table",
    "a very very tall tower",
    "a close up of a plate of food with a fork and a glass of wine on a table",
    "a girl in a giraffe costume",
    "coffee cup",
]


@pytest.mark.parametrize("text", FINE)
def test_sentences_that_people_say_are_fine(text: str) -> None:
    assert fault_of(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" ... !", "empty"),
        ("a bald bald bald bald", "repeats"),
        ("a man with a bald bald head", "repeats"),
        ("a dog and a dog and a dog and", "repeats"),
        ("in the city in the city", "repeats"),
        ("red blue red green red blue red green red blue green blue", "repeats"),
        ("dogs eating blue dogs blue eating blue dogs eating", "repeats"),
        ("arafed image of a woman in a red dress", "artefact"),
        ("there is an Araffe sitting on a couch", "artefact"),
        ("araffes in a field", "artefact"),
        ("a dog ##ing [unused12]", "artefact"),
        ("a [PAD] dog", "artefact"),
        ("dog", "short"),
        ("a of the", "short"),
        ("it is", "short"),
    ],
)
def test_what_a_lost_captioner_says_is_found(text: str, fault: str) -> None:
    assert fault_of(text) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a picture of", "echo"),
        ("a picture of a picture of a dog", "echo"),
        ("A picture of.", "echo"),
        ("a picture of a dog on a beach", ""),
        ("a dog on a beach", ""),
        ("a picture of dog", "short"),
        ("a picture of a woman looking at a picture", ""),
    ],
)
def test_a_prompt_is_not_an_answer(text: str, fault: str) -> None:
    assert fault_of(text, "A picture of") == fault


def test_one_word_to_begin_with_may_come_again() -> None:
    assert fault_of("a dog on a beach", "a") == ""
