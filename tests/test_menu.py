"""What can be asked for by name, and how the choices reach a machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from genmark.cli import main
from genmark.cli.menu import known_styles
from genmark.config import load_styles

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENMARK_DONORS", str(tmp_path / "donors"))
    return tmp_path / "donors"


def test_without_own_donors_the_menu_is_what_ships(shelf: Path) -> None:
    assert known_styles() == load_styles()


def test_a_salons_own_donor_is_a_style_that_can_be_asked_for(shelf: Path, tmp_path: Path) -> None:
    run = CliRunner()
    model = str(SAMPLES / "chestnut-bob.jpg")
    added = run.invoke(main, ["donor", "add", model, "--style", "our-bob", "--korean", "우리 단발"])
    assert added.exit_code == 0, added.output
    assert known_styles()["our-bob"].korean == "우리 단발"
    customer, out = str(SAMPLES / "short-blond.jpg"), str(tmp_path / "out")
    made = run.invoke(main, ["preview", customer, "--style", "우리 단발", "--out", out, "--json"])
    assert made.exit_code == 0, made.output
    record = json.loads(made.stdout.splitlines()[0])
    assert (record["style"], record["kept_max_diff"]) == ("our-bob", 0)
    assert record["measured"]["length"] in {"chin", "shoulder"}
    assert set(record["measured"]) >= {"length", "curl", "fringe", "colour"}


def test_a_grid_shows_each_choice_and_what_it_measured(shelf: Path, tmp_path: Path) -> None:
    customer, out = str(SAMPLES / "long-blond.jpg"), str(tmp_path / "out")
    asked = ["preview", customer, "--grid", "cut=short-bob", "perm=none,hippie", "dye=burgundy", "--out", out, "--json"]
    made = CliRunner().invoke(main, asked)
    assert made.exit_code == 0, made.output
    records = [json.loads(line) for line in made.stdout.splitlines()]
    assert [record["style"] for record in records] == [
        "short-bob-and-burgundy",
        "short-bob-and-hippie-perm-and-burgundy",
    ]
    assert all(record["measured"]["colour_name"] for record in records)


def test_a_style_that_a_photo_cannot_carry_is_said_and_the_others_are_shown(shelf: Path, tmp_path: Path) -> None:
    customer, out = str(SAMPLES / "short-crop.jpg"), str(tmp_path / "out")
    asked = ["preview", customer, "--style", "s-curl-perm,burgundy", "--out", out, "--json"]
    made = CliRunner().invoke(main, asked)
    assert made.exit_code == 0, made.output
    refused, shown = (json.loads(line) for line in made.stdout.splitlines())
    assert (refused["style"], refused["error"]["code"]) == ("s-curl-perm", "too_short")
    assert shown["style"] == "burgundy"


def test_a_photo_that_carries_no_style_at_all_is_bad_input(shelf: Path, tmp_path: Path) -> None:
    asked = ["preview", str(SAMPLES / "short-crop.jpg"), "--style", "s-curl-perm", "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(main, asked).exit_code == 3


def test_presets_tell_cuts_perms_and_dyes_apart(shelf: Path) -> None:
    told = [json.loads(line) for line in CliRunner().invoke(main, ["presets", "--json"]).stdout.splitlines()]
    styles = {record["style"]: record for record in told if "style" in record}
    assert styles["hush-cut"]["cut"]["donors"]
    assert styles["s-curl-perm"]["perm"]["pitch"] > 0
    assert styles["burgundy"]["cut"] is None
