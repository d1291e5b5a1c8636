"""`genmark caption` and `genmark target`: photos in, a line each out, the bad ones told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from skimage import data as skimage_data

from genmark.cli import main
from genmark.perceive.person.guard import Guard, Spared
from genmark.perceive.person.heads import Heads
from genmark.registry import load
from genmark.types import Photo

SAMPLES = Path(__file__).parents[1] / "genmark" / "samples"
CONSENT = """
purpose = "hair care advice at the chair"
given_on = 2026-11-20
wording = "You may look at my hair to recommend products."
by = "form 3"
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A cat, a landscape without anybody, and a file that is no photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(skimage_data.chelsea()).save(folder / "cat.jpg")
    rows = np.linspace(0, 255, 240)[:, None, None]
    Image.fromarray(np.broadcast_to(255 - rows, (240, 320, 3)).astype(np.uint8)).save(folder / "haze.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def rows(ran: Result) -> dict[str, dict[str, Any]]:
    return {Path(row["path"]).stem: row for row in map(json.loads, ran.stdout.splitlines())}


def test_each_photo_gets_a_line_and_a_bad_one_says_why(photos: Path) -> None:
    ran = run("caption", photos, "--json")
    assert ran.exit_code == 3
    told = rows(ran)
    assert told["broken"]["error"]["code"] == "not_a_photo"
    assert "cat" in told["cat"]["caption"].lower()
    assert 0.5 < told["cat"]["confidence"] <= 1.0
    assert {"cat", "고양이"} <= {tag[key] for tag in told["cat"]["tags"] for key in ("name", "korean")}
    assert (told["haze"]["caption"], told["haze"]["confidence"]) == ("", 0.0)


def test_segments_have_evidence_and_what_is_not_sure_is_not_said(photos: Path) -> None:
    told = rows(run("target", photos, "--audience", "retail", "--offers", "retail.csv", "--meaning", "words", "--json"))
    assert set(told) == {"broken", "cat", "haze"}
    cat = told["cat"]
    assert {"path", "caption", "confidence", "tags", "segments", "offers", "abstained"} <= set(cat)
    assert cat["segments"][0]["id"] == "pet-supplies"
    assert all(one["evidence"] and 0 < one["score"] <= 1 for one in cat["segments"])
    assert cat["offers"][0]["line"].count("cat") == 1
    assert told["haze"]["abstained"]
    assert told["haze"]["segments"] == told["haze"]["offers"] == []


@pytest.mark.parametrize(
    ("text", "first", "reason"),
    [
        ("a dog running on a mountain trail", {"dogs", "hiking"}, ""),
        ("강아지가 산길을 달린다", {"dogs", "hiking"}, ""),
        ("a passport on a table", set(), "sensitive: identity"),
        ("a child's face, smiling", set(), "minor"),
    ],
)
def test_a_given_text_is_the_caption(photos: Path, text: str, first: set[str], reason: str) -> None:
    row = rows(run("target", photos / "haze.png", "--text", text, "--meaning", "words", "--json"))["haze"]
    assert (row["caption"], row["confidence"]) == (text, 1.0)
    assert {one["id"] for one in row["segments"][:2]} == first
    assert (row["reason"], row["abstained"]) == (reason, bool(reason))


def test_nothing_about_looks_is_said_where_somebody_may_be_under_age() -> None:
    guard = Guard(load("parsers", "embedded"), Heads())
    nobody = Photo(np.full((64, 64, 3), 128, np.uint8))
    assert guard(nobody, 0) == Spared()
    assert guard(nobody, None) == Spared()
    young = rows(
        run("target", SAMPLES / "grey-bob.jpg", "--text", "lipstick and mascara", "--meaning", "words", "--json")
    )
    old = rows(
        run("target", SAMPLES / "grey-beard.jpg", "--text", "lipstick and mascara", "--meaning", "words", "--json")
    )
    assert (young["grey-bob"]["segments"], young["grey-bob"]["reason"]) == ([], "minor")
    assert old["grey-beard"]["segments"][0]["id"] == "makeup"


def test_a_face_is_described_with_consent_alone(tmp_path: Path) -> None:
    sample = SAMPLES / "long-blond.jpg"
    assert "person" not in rows(run("caption", sample, "--json"))["long-blond"]
    (tmp_path / "consent.toml").write_text(CONSENT, encoding="utf-8")
    person = rows(run("caption", sample, "--consent", tmp_path / "consent.toml", "--json"))["long-blond"]["person"]
    assert person["consent"]["by"] == "form 3"
    assert person["attributes"]["glasses"]["value"] == "none"
    (tmp_path / "consent.toml").write_text(CONSENT.replace("wording", "words"), encoding="utf-8")
    ran = run("caption", sample, "--consent", tmp_path / "consent.toml")
    assert ran.exit_code == 2
    assert "unknown key 'words'" in ran.output


def test_offers_for_segments_that_there_are_not_are_refused(photos: Path) -> None:
    ran = run("target", photos, "--offers", "retail.csv", "--meaning", "words")
    assert ran.exit_code == 2
    assert "for the segment 'pet-supplies', which is unknown" in ran.output
