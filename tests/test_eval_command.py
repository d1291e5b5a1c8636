"""`genmark eval hair` as people call it, on a small pack of sample people, and on photos from elsewhere."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from drawn_heads import head
from PIL import Image
from shared_data import ROOT, pack
from small_pack import write_pack

from genmark.cli import main
from genmark.cli.eval_hair import METHODS, make_salon
from genmark.errors import SubjectError
from genmark.evaluate.people import read_strangers
from genmark.evaluate.report import write_table
from genmark.perceive.face import FaceParser
from genmark.photos import read
from genmark.restyle.hair.finish_network import FinishNetwork
from genmark.restyle.hair.under_network import UnderNetwork
from genmark.tensors import pack_weights
from genmark.types import Photo, Regions

SAMPLES = Path(__file__).resolve().parents[1] / "genmark" / "samples"
NAMES = ("chestnut-bob", "side-part")


@cache
def parsed(name: str) -> tuple[Photo, Regions]:
    photo = read(SAMPLES / f"{name}.jpg")
    return photo, FaceParser()(photo)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of packs, weights that change nothing, and three portraits from elsewhere, one without a face."""
    write_pack(tmp_path, {name: parsed(name) for name in NAMES})
    for name, network in (("finish", FinishNetwork()), ("under", UnderNetwork())):
        (tmp_path / f"{name}.safetensors").write_bytes(pack_weights(network.state_dict(), "none", {}))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("dark-curls", "long-blond"):
        shutil.copy(SAMPLES / f"{name}.jpg", elsewhere)
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(elsewhere / "wall.png")
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["eval", "hair", "--data", str(folder), "--real", "4", *words])


def judge(folder: Path, *words: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Records of each result, and the report."""
    done = run(folder, "--each", "1", "--style", "bob-cut", "--json", *words)
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return records[:-1], records[-1]


@pytest.mark.slow
def test_all_methods_are_judged_on_the_pack_on_photos_from_elsewhere_and_on_own_hair(folder: Path) -> None:
    pytest.importorskip("cv2", reason="OpenCV comes with the eval extra")
    named = [word for name in METHODS for word in ("--method", name)]
    weights = [f"--{name}={folder / f'{name}.safetensors'}" for name in ("finish", "under")]
    out = folder / "report"
    records, report = judge(
        folder, *named, *weights, "--photos", str(folder / "elsewhere"), "--returns", "2", "--out", str(out)
    )
    assert [r["from"] for r in records] == ["pack"] * 12 + ["outside"] * 12
    assert {r["photo"] for r in records[12:]} == {"dark-curls", "long-blond"}
    assert (report["outside"]["unusable"], report["outside"]["in_pack"]) == ({"no_face": 1}, [])
    for part in (report, report["outside"]):
        assert list(part["methods"]) == list(METHODS)
        assert (part["people"], part["compared"]) == (2, 2)
        for method in part["methods"].values():
            assert (method["kept"], method["features"], method["lost"]) == (0, 0, 0)
        plain, finished = part["methods"]["unfinished"], part["methods"]["finished"]
        assert {**plain, "milliseconds": 0} == {**finished, "milliseconds": 0}, "fresh weights change nothing"
    crude, clean = (report["outside"]["methods"][name]["leftover"] for name in ("paste", "unfinished"))
    assert crude > 0.5 > 10 * clean
    assert report["returns"]["pairs"] == 2
    assert report["returns"]["finished"]["psnr"] == pytest.approx(report["returns"]["unmended"]["psnr"])
    assert json.loads((out / "report.json").read_text()) == report
    text = (out / "report.md").read_text()
    assert text.index("2 people") < text.index("## Photos from outside the pack") < text.index("## Own hair")
    assert "Photos that cannot be restyled: no_face 1." in text
    assert {f"{sheet}.jpg" for m in METHODS for sheet in (m, f"outside-{m}")} == {p.name for p in out.glob("*.jpg")}


def test_photos_from_elsewhere_can_be_judged_alone(folder: Path) -> None:
    (folder / "elsewhere" / "dark-curls.jpg").unlink()
    shutil.copy(folder / "elsewhere" / "long-blond.jpg", folder / "portraits" / "images")
    records, report = judge(folder, "--limit", "0", "--photos", str(folder / "elsewhere"), "--method", "unfinished")
    assert [(r["from"], r["method"], r["photo"]) for r in records] == [("outside", "unfinished", "long-blond")]
    assert (report["people"], report["outside"]["people"]) == (0, 1)
    assert report["outside"]["in_pack"] == ["long-blond"]
    assert "Not from outside, but pictures of the pack: long-blond." in write_table(report)


def test_what_is_missing_is_said_at_once(folder: Path) -> None:
    (folder / "empty").mkdir()
    nothing = run(folder, "--limit", "0", "--photos", str(folder / "empty"))
    assert nothing.exit_code == 3
    assert "holds no pictures" in nothing.output
    lost = run(folder, "--finish", str(folder / "nowhere.safetensors"))
    assert lost.exit_code == 2
    assert "nowhere.safetensors" in lost.output


def test_weights_go_where_their_methods_are(folder: Path) -> None:
    finish, under = (str(folder / f"{name}.safetensors") for name in ("finish", "under"))
    held = {
        (name, given): [weights.name for weights in make_salon(name, finish, under if given else None).weights]
        for name, given in (("unfinished", True), ("cleared", True), ("finished", True), ("finished", False))
    }
    assert held == {
        ("unfinished", True): [],
        ("cleared", True): ["under"],
        ("finished", True): ["under", "finish"],
        ("finished", False): ["finish"],
    }


def test_strangers_are_known_by_name_and_the_unusable_are_counted(tmp_path: Path) -> None:
    photo, regions = head(fall=0.4)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(photo.pixels).save(tmp_path / name / "anna.png")
    (tmp_path / "notes.jpg").write_text("no picture")
    Image.fromarray(np.zeros((50, 50, 3), np.uint8)).save(tmp_path / "wall.png")

    def parser(one: Photo, face: int = 0, /) -> Regions:
        if one.size != photo.size:
            raise SubjectError("no face", "no_face")
        return regions

    files = {"anna": "a/anna.png", "anna-2": "b/anna.png", "notes": "notes.jpg", "wall": "wall.png"}
    people, unusable = read_strangers({name: str(tmp_path / path) for name, path in files.items()}, parser)
    assert [person.photo.name for person in people] == ["anna", "anna-2"]
    assert unusable == {"not_a_photo": 1, "no_face": 1}
    assert people[0].look.length is not None


@pytest.mark.slow
def test_the_command_judges_portraits(tmp_path: Path) -> None:
    pack("portraits")
    words = ["--limit", "3", "--each", "1", "--real", "6", "--method", "unfinished", "--style", "bob-cut"]
    done = run(ROOT, *words, "--json", "--out", str(tmp_path / "report"))
    assert done.exit_code == 0, done.output
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records[-1]["methods"]["unfinished"]["made"] == len(records) - 1 > 0
    assert records[-1]["methods"]["unfinished"]["kept"] == 0
    assert (tmp_path / "report" / "unfinished.jpg").is_file()
