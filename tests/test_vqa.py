"""Questions to BLIP: tiny random networks. Published weights are not here."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_models
import torch

from genmark.errors import UsageError
from genmark.perceive.captions.decoding import Decoding
from genmark.perceive.captions.vqa import BlipVqa
from genmark.perceive.platt import Curve

PHOTOS = tiny_models.photos(6)
QUESTION = "what color is the car"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save_blip(tmp_path_factory.mktemp("hub") / "tiny-vqa", answers=True)


@pytest.fixture(scope="module")
def asked(folder: Path) -> BlipVqa:
    return BlipVqa(str(folder))


def test_answers_are_what_transformers_own_generate_writes(asked: BlipVqa) -> None:
    network, processor = asked.model.network, asked.model.processor
    ids = processor.tokenizer([QUESTION] * len(PHOTOS), return_tensors="pt").input_ids
    with torch.inference_mode():
        rows = network.generate(ids, asked.model.pictures(PHOTOS), num_beams=3, min_new_tokens=1, max_new_tokens=10)
    theirs = [processor.tokenizer.decode(row[1:], skip_special_tokens=True).strip() for row in rows]
    answers = asked.answer(PHOTOS, QUESTION)
    assert [answer.text for answer in answers] == theirs
    assert len(set(theirs)) > 1
    assert all(0.0 < answer.confidence < 1.0 for answer in answers)


def test_an_answer_depends_on_photo_and_question_and_not_on_the_batch(folder: Path, asked: BlipVqa) -> None:
    alone = BlipVqa(str(folder), batch=1).answer(PHOTOS, QUESTION)
    together = asked.answer(PHOTOS, QUESTION)
    assert [answer.text for answer in alone] == [answer.text for answer in together]
    for one, other in zip(alone, together, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
    other_question = asked.answer(PHOTOS, "is the dog big")
    assert [answer.confidence for answer in other_question] != [answer.confidence for answer in together]
    assert asked.answer([], QUESTION) == ()


def test_a_calibration_and_another_decoding_are_taken(folder: Path) -> None:
    told = BlipVqa(str(folder), decoding=Decoding(beams=1, shortest=1, longest=1), confidence=Curve(0.0, 0.0))
    answers = told.answer(PHOTOS, QUESTION)
    assert all(len(answer.text.split()) <= 1 for answer in answers)
    assert {answer.confidence for answer in answers if answer.text} == {0.5}


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "some words"),
        ("???", "some words"),
        ("is it " + "very " * 60 + "big", "some words"),
        ("이것은 무엇인가요", "English"),
        ("What RACE is she?", "race"),
        ("is this man muslim", "muslim"),
        ("what is his religion", "religio"),
        ("is he gay?", "gay"),
        ("is she pregnant", "pregnan"),
        ("종교가 무엇인가요", "종교"),
    ],
)
def test_some_questions_are_not_asked(asked: BlipVqa, question: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        asked.answer(PHOTOS[:1], question)


@pytest.mark.parametrize("question", ["is this a race car", "what is on the christmas tree", "how many people run?"])
def test_ordinary_questions_are(asked: BlipVqa, question: str) -> None:
    assert len(asked.answer(PHOTOS[:1], question)) == 1


def test_a_captioner_cannot_answer(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a BlipForQuestionAnswering"):
        BlipVqa(str(tiny_models.save_blip(tmp_path / "captions")))
