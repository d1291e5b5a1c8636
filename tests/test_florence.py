"""Florence-2 through transformers' own classes: a tiny random network. Published weights are not here."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_models
import torch

from genmark.errors import UsageError
from genmark.perceive.captions.florence import Florence, parse_boxes
from genmark.perceive.platt import Curve
from genmark.types import Box

PHOTOS = tiny_models.photos(5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.save_florence(tmp_path_factory.mktemp("hub") / "tiny-florence")


@pytest.fixture(scope="module")
def florence(folder: Path) -> Florence:
    return Florence(str(folder))


def test_a_question_is_put_as_florences_own_processor_puts_it(florence: Florence) -> None:
    processor = florence.model.processor
    picture = torch.zeros(3, 64, 64)
    for task in ("<CAPTION>", "<DETAILED_CAPTION>", "<MORE_DETAILED_CAPTION>", "<OD>", "<OCR>"):
        theirs = processor(text=task, images=picture, return_tensors="pt", do_rescale=False)["input_ids"]
        assert torch.equal(florence._prompt(task), theirs)


@pytest.mark.parametrize("detail", ["short", "detailed"])
def test_captions_are_the_same_whatever_the_batch(folder: Path, detail: str) -> None:
    one, four = (Florence(str(folder), detail=detail, batch=batch) for batch in (1, 4))  # type: ignore[arg-type]
    alone, together = list(one(PHOTOS)), list(four(PHOTOS))
    assert len(together) == len(PHOTOS)
    assert any(caption.text for caption in together) or detail != "short"
    assert [word.text for word in one.read(PHOTOS)] == [word.text for word in four.read(PHOTOS)]
    for single, shared in zip(alone, together, strict=True):
        assert single.text == shared.text
        assert single.confidence == pytest.approx(shared.confidence, abs=1e-5)
        assert single.source == "florence:tiny-florence"
        assert single.abstained == (single.confidence == 0.0)


def test_each_photo_is_read_and_its_reading_has_a_confidence(florence: Florence) -> None:
    words = list(florence.read(PHOTOS))
    assert len(words) == len(PHOTOS)
    assert any(word.text for word in words)
    assert all(0.0 < word.confidence < 1.0 for word in words if word.text)
    assert all("<pad>" not in word.text and "</s>" not in word.text for word in words)


def test_objects_are_asked_for_and_have_boxes_in_the_photo(tmp_path: Path) -> None:
    florence = Florence(str(tiny_models.save_florence(tmp_path / "places", seed=0, talks=False)))
    found = list(florence.objects(PHOTOS))
    assert len(found) == len(PHOTOS)
    assert sum(map(len, found)) >= 3
    for objects in found:
        for thing in objects:
            assert 0.0 <= thing.box.left < thing.box.right <= 40.0
            assert 0.0 <= thing.box.top < thing.box.bottom <= 30.0


def test_boxes_are_thousandths_of_the_picture() -> None:
    text = "car<loc_0><loc_499><loc_999><loc_999>small dog <loc_99><loc_0><loc_199><loc_49><loc_5><loc_5><loc_6><loc_6>"
    assert list(parse_boxes(text, (2000, 1000))) == [
        ("car", Box(1.0, 499.5, 1999.0, 999.5)),
        ("small dog", Box(199.0, 0.5, 399.0, 49.5)),
        ("small dog", Box(11.0, 5.5, 13.0, 6.5)),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "a dog", "dog<loc_1><loc_2><loc_3>", "<loc_1><loc_2><loc_3><loc_4>", "dog<loc_5><loc_5><loc_5><loc_9>",
     "dog<loc_9><loc_1><loc_5><loc_9>", "dog<loc_1><loc_1><loc_5000><loc_9>"],
)  # fmt: skip
def test_what_is_no_box_is_left_out(text: str) -> None:
    assert list(parse_boxes(text, (100, 100))) == []


def test_a_calibration_is_taken(folder: Path) -> None:
    told = Florence(str(folder), confidence=Curve(0.0, 0.0))
    assert told.calibrated
    assert {word.confidence for word in told.read(PHOTOS) if word.text} == {0.5}


def test_what_is_no_florence_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="needs florence2"):
        Florence(str(tiny_models.save_clip(tmp_path / "clip")))
    with pytest.raises(UsageError, match="did you mean 'detailed'"):
        Florence(str(folder), detail="detail")  # type: ignore[arg-type]
