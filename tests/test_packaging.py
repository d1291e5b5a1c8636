"""The wheel holds everything: installed into an empty folder it previews a shipped portrait."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

import genmark

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, REPO]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_configs_weights_samples_and_fonts_travel_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    carried = [path for folder in ("weights", "samples", "donors", "gallery/fonts", "gallery/templates")
               for path in (REPO / "genmark" / folder).rglob("*") if path.is_file()]  # fmt: skip
    assert {path.relative_to(REPO).as_posix() for path in carried} <= names
    configs = [path.relative_to(REPO) for path in (REPO / "configs").rglob("*.toml")]
    assert {f"genmark/{path.as_posix()}" for path in configs} <= names
    assert "genmark/py.typed" in names
    assert {name.split("/")[0] for name in names} == {"genmark", f"genmark-{genmark.__version__}.dist-info"}


@pytest.mark.slow
def test_the_wheel_names_its_licence_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (name,) = [name for name in packed.namelist() if name.endswith("METADATA")]
        metadata = BytesParser().parsebytes(packed.read(name))
        assert any(name.endswith("licenses/LICENSE") for name in packed.namelist())
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Version"] == genmark.__version__


@pytest.mark.slow
def test_installed_in_an_empty_folder_it_previews_a_shipped_portrait(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", site, wheel]
    subprocess.run(install, check=True, capture_output=True)
    sample = sorted((site / "genmark/samples").glob("*.jpg"))[0]
    command = [site / "bin/genmark", "preview", sample, "--style", "ash-brown", "--style", "rose-gold", "--json"]
    home = {"HOME": str(empty), "XDG_CACHE_HOME": str(empty / "cache"), "HF_HUB_OFFLINE": "1"}
    env = {**os.environ, **home, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=empty, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["style"] for row in rows] == ["ash-brown", "rose-gold"]
    assert all(row["kept_max_diff"] == 0 for row in rows)
    assert all((empty / row["file"]).is_file() and (empty / row["mask"]).is_file() for row in rows)
    assert (empty / "genmark-previews/index.html").is_file()
    where = [sys.executable, "-c", "import genmark; print(genmark.__file__)"]
    found = subprocess.run(where, cwd=empty, env=env, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(site)


def command_of(mark: str) -> list[str]:
    """The lines of the code block that follows a mark in README."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    block = re.search(rf"^<!-- {mark} -->\n```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    return block[1].splitlines()


@pytest.mark.parametrize("mark", ["preview", "test"])
def test_readmes_two_commands_are_one_line_each_and_need_no_tool_but_python(mark: str) -> None:
    (line,) = command_of(mark)
    assert line.startswith("python3 -m venv ")
    steps = [step.split()[0] for step in line.split(" && ")]
    assert all(step == "python3" or step.startswith(".venv") for step in steps)
    assert "-c constraints.txt" in line


def test_readmes_first_command_shows_several_styles_of_a_shipped_portrait() -> None:
    words = command_of("preview")[0].split()
    (sample,) = [word for word in words if word.startswith("genmark/samples/")]
    assert (REPO / sample).is_file()
    styles = [after for word, after in itertools.pairwise(words) if word == "--style"]
    assert len(styles) >= 4
    assert set(styles) <= set(genmark.load_styles(None))


def test_every_tested_version_is_pinned_exactly_and_by_name_alone() -> None:
    pins = [line for line in (REPO / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in pins)
    named = {line.split("==")[0].lower().replace("_", "-") for line in pins}
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *project["optional-dependencies"]["test"],
        *project["optional-dependencies"]["dev"],
    ]
    asked = {re.split(r"[<>=\[ ;]", need)[0].lower() for need in needed} - {"genmark"}
    assert asked <= named


def test_the_ci_script_runs_what_readme_says() -> None:
    script = (REPO / ".ci/run").read_text(encoding="utf-8")
    assert "$(command_of test)" in script
    assert "$(command_of preview)" in script
    assert os.access(REPO / ".ci/run", os.X_OK)
