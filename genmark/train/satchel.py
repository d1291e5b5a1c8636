"""A folder that holds all that one run needs: the code, the settings and a cut of the pack, to be taken to a GPU."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

from genmark.errors import ConfigError, UsageError

LARGEST = 30_000_000
"""Bytes that such a folder holds at most."""
_PARTS = (("images", ".jpg"), ("hair", ".png"), ("regions", ".png"))
_CODE = Path(__file__).resolve().parents[1]


def pack_satchel(data: Path, config: Path, out: Path, most: int = LARGEST) -> int:
    """Copy genmark, one settings file and as many portraits as fit into `most` bytes to the new folder `out`.

    The val split comes first, a quarter of the room at most, then train portraits, those whose labels are trusted most
    before the others. Returns how many portraits went in. Raises UsageError where `out` is there already, ConfigError
    where `data` holds no portraits pack or `most` leaves room for none.
    """
    if out.exists():
        raise UsageError(f"{out} is there already; name a folder that is not")
    pack = data / "portraits"
    if not (pack / "labels.csv").is_file():
        raise ConfigError(f"{data} holds no portraits pack: there is no portraits/labels.csv")
    half = out.with_name(f"{out.name}.part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        _copy_code(config, half)
        count = _copy_pack(pack, half / "data" / "portraits", most - weigh(half))
        os.replace(half, out)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return count


def weigh(folder: Path) -> int:
    """Bytes of all files under `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _copy_code(config: Path, out: Path) -> None:
    left = shutil.ignore_patterns("__pycache__", "samples", "face-*.safetensors")
    shutil.copytree(_CODE, out / "genmark", ignore=left)
    settings = out / "configs" / "train" / config.name
    settings.parent.mkdir(parents=True)
    shutil.copyfile(config, settings)


def _copy_pack(pack: Path, out: Path, room: int) -> int:
    with (pack / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shared = [path for path in pack.iterdir() if path.name in {"landmarks.npz", "README.md"}]
    room -= sum(path.stat().st_size for path in shared) + (pack / "labels.csv").stat().st_size
    chosen = _choose(pack, rows, room)
    if not chosen:
        raise ConfigError(f"{room} bytes are too few for a single portrait; ask for more with --most")
    for folder, suffix in _PARTS:
        (out / folder).mkdir(parents=True)
        for row in chosen:
            shutil.copyfile(pack / folder / f"{row['id']}{suffix}", out / folder / f"{row['id']}{suffix}")
    for path in shared:
        shutil.copyfile(path, out / path.name)
    with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return len(chosen)


def _choose(pack: Path, rows: list[dict[str, str]], room: int) -> list[dict[str, str]]:
    """Rows in the order of the table, val and train, whose files fit into `room` bytes."""
    taken: set[str] = set()
    for split, until in (("val", room / 4), ("train", room)):
        for row in sorted((row for row in rows if row["split"] == split), key=lambda row: -float(row["quality"])):
            size = sum((pack / folder / f"{row['id']}{suffix}").stat().st_size for folder, suffix in _PARTS)
            if size <= min(until, room):
                taken.add(row["id"])
                until, room = until - size, room - size
    return [row for row in rows if row["id"] in taken]
