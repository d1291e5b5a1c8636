"""`genmark preview --grid`: cells in order, each saying what it is made of, none of them twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import doubles
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from genmark.cli import main
from genmark.cli.group import BAD_INPUT
from genmark.colour import delta_e

SAMPLE = Path(__file__).resolve().parents[1] / "genmark" / "samples" / "chestnut-bob.jpg"


@pytest.fixture
def here(tmp_path: Path, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with the doubles installed and a drawn portrait in it."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(doubles.draw_portrait().pixels).save("anna.png")
    return tmp_path


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["preview", *map(str, args)])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_cells_that_hardly_differ_are_left_out_and_told_to_machines(here: Path) -> None:
    grid = ("--grid", "dye=ash-brown,ash-khaki,rose-gold,natural-brown,khaki-brown")
    told = lines(run("anna.png", "--parser", "drawn", "--json", *grid))
    shown = [one["style"] for one in told if "left_out" not in one]
    assert shown == ["ash-brown", "ash-khaki", "rose-gold", "natural-brown", "khaki-brown"]
    same = lines(run("anna.png", "--parser", "drawn", "--restyler", "negative", "--json", *grid, "--out", "same"))
    assert [one["style"] for one in same] == shown
    assert [one.get("left_out") for one in same] == [None, *[{"like": "ash-brown", "like_seed": 0, "delta_e": 0.0}] * 4]
    assert sorted(path.name for path in (here / "same" / "anna").glob("*-0.png")) == ["ash-brown-0.png"]


def test_people_are_told_which_and_in_favour_of_which(here: Path) -> None:
    done = run("anna.png", "--parser", "drawn", "--restyler", "negative", "--grid", "dye=ash-brown,rose-gold")
    assert done.exit_code == 0
    assert "anna.png: rose-gold is left out, because it hardly differs from ash-brown (ΔE 0.0)" in done.stderr


def test_styles_that_are_asked_for_by_name_are_always_shown(here: Path) -> None:
    asked = ("--parser", "drawn", "--restyler", "negative", "--json")
    told = lines(run("anna.png", *asked, "--style", "burgundy,mint", "--grid", "dye=rose-gold", "dye=mint"))
    assert [one["style"] for one in told if "left_out" not in one] == ["burgundy", "mint"]
    assert {one["style"]: one["left_out"]["like"] for one in told if "left_out" in one} == {"rose-gold": "burgundy"}
    assert all("left_out" not in one for one in lines(run("anna.png", *asked, "--out", "b", "--style", "olive,mint")))


def test_seeds_are_asked_for_by_number_and_shown(here: Path) -> None:
    asked = ("--parser", "drawn", "--restyler", "negative", "--seed", 4, "--seed", 2, "--json")
    told = lines(run("anna.png", *asked, "--grid", "dye=rose-gold,mint"))
    assert [(one["style"], one["seed"]) for one in told if "left_out" not in one] == [
        ("rose-gold", 4),
        ("rose-gold", 2),
    ]
    assert [(one["style"], one["seed"]) for one in told if "left_out" in one] == [("mint", 4), ("mint", 2)]


def test_a_photo_on_which_nothing_shows_is_said_so_and_gets_no_page(here: Path) -> None:
    Image.new("RGB", (64, 64)).save("flat.png")
    done = run("anna.png", "flat.png", "--parser", "drawn", "--grid", "dye=grey-coverage", "--json")
    assert done.exit_code == BAD_INPUT
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["left_out"]["like"] is None
    assert told[1]["error"]["code"] == "no_face"
    assert not (here / "genmark-previews" / "anna").exists()


def test_each_cell_says_what_it_is_made_of_and_what_it_measures(here: Path) -> None:
    grid = ("--grid", "cut=none,lob perm=none", "dye=rose-gold")
    cells = {one["style"]: one for one in lines(run(SAMPLE, "--json", *grid))}
    assert {name: one["cell"] for name, one in cells.items()} == {
        "rose-gold": {"cut": "none", "perm": "none", "dye": "rose-gold"},
        "lob-and-rose-gold": {"cut": "lob", "perm": "none", "dye": "rose-gold"},
    }
    for one in cells.values():
        assert {"length", "curl", "fringe", "colour"} <= one["measured"].keys()
    old, new = (one["measured"]["colour"] for one in cells.values())
    assert float(delta_e(old, new)) < 8  # one dye, on own hair and on a donor's
