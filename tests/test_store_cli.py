"""`genmark store`: made, filled, exported, emptied, from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from store_cases import picture

from genmark.audience.store.findings import gather
from genmark.audience.store.opening import open_store
from genmark.audience.store.vault import home
from genmark.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store's folder, named by the environment, and photos beside it."""
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef\n")
    monkeypatch.setenv("GENMARK_STORE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("GENMARK_STORE_FOLDER", str(tmp_path / "pictures"))
    monkeypatch.setenv("GENMARK_STORE_KEY_FILE", str(tmp_path / "key"))
    (tmp_path / "anna").mkdir()
    for seed in (1, 2):
        Image.fromarray(picture(seed).pixels).save(tmp_path / "anna" / f"kim-{seed}.png")
    (tmp_path / "anna" / "kim-3.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return tmp_path


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["store", *map(str, args)], catch_exceptions=False)


def added(folder: Path, customer: str = "K-1001") -> Result:
    terms = ["--source", "chat", "--for", "targeting", "--wording", "2026-02", "--days", 30]
    return run("add", folder / "anna", "--customer", customer, "--own", *terms, "--json")


def test_from_the_first_photo_to_the_last_trace(folder: Path) -> None:
    assert run("init").exit_code == 0
    result = added(folder)
    assert result.exit_code == 3  # one of the three is broken
    assert not any(word in result.output + result.stderr for word in ("anna", "kim", "K-1001"))
    assert "photo 3: " in result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    customer = lines[0]["customer"]
    with open_store(os.environ["GENMARK_STORE_URL"], folder / "pictures") as store:
        assert [one.photo.id for one in gather(store, customer)] == [line["id"] for line in lines]
        assert gather(store, customer)[0].photo.intake.consent.wording == "2026-02"
    assert run("export", "K-1001", "--own", "--out", folder / "out.zip").exit_code == 0
    with zipfile.ZipFile(folder / "out.zip") as packed:
        assert len(packed.namelist()) == 3
    assert json.loads(run("check", "--deep", "--json").stdout)["lost"] == []
    assert run("delete", customer).exit_code == 1  # nobody said yes
    told = run("delete", "K-1001", "--own", "--yes", "--record", folder / "record.json", "--json")
    assert json.loads(told.stdout) == json.loads((folder / "record.json").read_text())
    assert json.loads(told.stdout)["rows"]["photos"] == 2
    assert not (folder / "pictures" / home(customer)).exists()
    assert b"".join(path.read_bytes() for path in folder.glob("store.db*")).find(customer.encode()) < 0
    again = run("delete", "K-1001", "--own", "--yes")
    assert (again.exit_code, again.stderr) == (2, "genmark: the store knows no such customer\n")


def test_what_is_lost_is_told_and_ends_with_3(folder: Path) -> None:
    run("init")
    added(folder)
    next((folder / "pictures").rglob("photos/*.jpg")).unlink()
    result = run("check")
    assert result.exit_code == 3
    assert "1 pictures lost" in result.stdout


def test_retention_is_a_command(folder: Path) -> None:
    run("init")
    added(folder)
    result = run("retain", "--record", folder / "record.json")
    assert result.exit_code == 0
    assert result.stdout.startswith("removed: no rows; 0 files of 0 bytes\nverified: ")
    assert json.loads((folder / "record.json").read_text())["why"] == "retention"


@pytest.mark.parametrize("words", [["check"], ["upgrade"], ["retain"]])
def test_a_store_that_is_not_there_is_not_made_by_accident(folder: Path, words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "genmark store init" in result.stderr
    assert not (folder / "store.db").exists()


def test_mistakes_end_with_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("init").exit_code == 0
    assert run("upgrade").exit_code == 0
    (folder / "key").write_text("short")
    assert "at least 16 bytes" in run("check").stderr
    monkeypatch.delenv("GENMARK_STORE_KEY_FILE")
    assert "with your key" in run("delete", "K-1001", "--own", "--yes").stderr
    for url in ("mysql://root:secret@host/db", "nonsense", "sqlite://", "postgresql://me:secret@/x?host=/nowhere"):
        result = run("check", "--url", url)
        assert result.exit_code == 2
        assert "secret" not in result.output + result.stderr
        assert result.stderr.startswith("genmark: ")


def test_without_its_extra_the_command_says_what_to_install(folder: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['sqlalchemy', 'alembic']));"
        "from genmark.cli import main; main(['store', 'init'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "genmark: the store needs an extra: pip install 'genmark[store]'\n"
