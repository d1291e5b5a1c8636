"""A folder to train from elsewhere: it holds what a run reads, no more than asked, and the code runs from it alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_pack import write_pack

from genmark.errors import ConfigError, UsageError
from genmark.perceive.face import FaceParser
from genmark.photos import read
from genmark.train.portraits import read_portraits
from genmark.train.satchel import pack_satchel, weigh

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "train" / "hair_finish.toml"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    people = {}
    for name in ("side-part", "chestnut-bob"):
        photo = read(ROOT / "genmark" / "samples" / f"{name}.jpg")
        people[name] = (photo, FaceParser()(photo))
    write_pack(folder, people)
    return folder


def test_it_holds_code_settings_and_a_pack_that_can_be_read(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "satchel"
    assert pack_satchel(data, CONFIG, out) == 4
    assert weigh(out) <= 30_000_000
    assert len(read_portraits(out / "data" / "portraits", "train")) == 2
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, "-c", "import genmark; print(genmark.__file__)"],
        cwd=out,
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(ran.stdout.strip()).is_relative_to(out)


def test_what_does_not_fit_stays_behind(data: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    pack_satchel(data, CONFIG, whole)
    most = weigh(whole) - 1000
    assert 1 <= pack_satchel(data, CONFIG, tmp_path / "cut", most) < 4
    assert weigh(tmp_path / "cut") <= most


def test_it_is_made_whole_or_not_at_all(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too few"):
        pack_satchel(data, CONFIG, tmp_path / "tiny", 1000)
    with pytest.raises(ConfigError, match="no portraits pack"):
        pack_satchel(tmp_path, CONFIG, tmp_path / "none")
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="there already"):
        pack_satchel(data, CONFIG, tmp_path / "there")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]
