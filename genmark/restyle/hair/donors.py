"""Donors: hair of other people, ready to be worn. Those that ship with genmark, and a salon's own beside them.

A folder of donors holds `donors.csv` (one row a donor), `landmarks.npz` (the faces that are not there) and one
cut-out a donor, `ID.webp`. `genmark/donors/README.md` describes the columns.
"""

from __future__ import annotations

import csv
import os
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from genmark.colour import lab_from_rgb
from genmark.errors import ConfigError
from genmark.perceive.landmarks import COUNT, MIRROR
from genmark.photos import read_cutout
from genmark.recipes import Cut, Style
from genmark.restyle.hair.source import Source
from genmark.types import Floats, Lab, Pose

SHIPPED = Path(__file__).resolve().parents[2] / "donors"
"""The folder of the donors that ship with genmark."""
TABLE, POINTS = "donors.csv", "landmarks.npz"
WORDS = ("id", "style", "english", "korean", "worn_by", "length", "curl", "fringe", "parting")
_NUMBERS = ("hair_L", "hair_a", "hair_b", "light_dx", "light_dy", "yaw", "pitch", "roll")
COLUMNS = (*WORDS, *_NUMBERS, "runs_out", "portrait", "generator", "notes")
"""Columns of `donors.csv`."""
_KEPT = 8
"""Cut-outs that stay decoded: about 3 MB each."""


@dataclass(frozen=True, eq=False)
class Donor:
    """One donor's record; the picture itself is read by `load`.

    id        the name of its file, without suffix
    style     what recipes ask for: "long-straight"; `english` and `korean` are for people
    worn_by   how salons list it, not a rule: "women", "men" or "any"
    length, curl, fringe, parting   by eye; `parting` is a side of the picture. "" where nobody said
    lab       median CIELAB (D65) of the opaque hair, as lit
    slope     change of log luminance of the skin per face height, to the right and downwards
    pose      of the head
    runs_out  whether the hair goes out of its picture at the bottom
    notes     what to know about it
    file      its cut-out
    points    float32 (COUNT, 2): landmarks of the face in pixels of the cut-out; may lie outside
    """

    id: str
    style: str
    english: str
    korean: str
    worn_by: str
    length: str
    curl: str
    fringe: str
    parting: str
    lab: Lab
    slope: tuple[float, float]
    pose: Pose
    runs_out: bool
    notes: str
    file: Path
    points: Floats


def own_folder() -> Path:
    """Where a salon keeps its own donors: $GENMARK_DONORS, else in the user's data folder of this platform."""
    if given := os.environ.get("GENMARK_DONORS"):
        return Path(given).expanduser()
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    else:
        home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "genmark" / "donors"


def read_donors(folder: Path | None = None) -> tuple[Donor, ...]:
    """Records of the donors that ship, and then of those in `folder` (a salon's own); no picture is opened.

    A folder that does not exist, or that nothing was added to yet, holds none. Raises ConfigError where its table
    cannot be understood.
    """
    own = () if folder is None else read_folder(folder)
    return _shipped() + own


@lru_cache(maxsize=1)
def _shipped() -> tuple[Donor, ...]:
    return read_folder(SHIPPED)


def read_folder(folder: Path) -> tuple[Donor, ...]:
    """Records of the donors in one folder, in the order of its table. See `read_donors`."""
    if not (folder / TABLE).is_file():
        return ()
    try:
        with (folder / POINTS).open("rb") as packed, np.load(packed, allow_pickle=False) as stored:
            points = dict(zip(stored["ids"].tolist(), stored["points"].astype(np.float32), strict=True))
        with (folder / TABLE).open(encoding="utf-8", newline="") as file:
            return tuple(_donor(row, points, folder) for row in csv.DictReader(file))
    except (KeyError, ValueError, TypeError, EOFError, OSError, zipfile.BadZipFile, csv.Error) as error:
        raise ConfigError(
            f"the donors in {folder} cannot be read ({error!r}); remove the folder to begin anew"
        ) from error


def _donor(row: Mapping[str, str], points: Mapping[str, Floats], folder: Path) -> Donor:
    """A row of the table as a record; KeyError or ValueError where a column is missing or no number."""
    number = {name: float(row[name]) for name in _NUMBERS}
    where = points[row["id"]]
    if where.shape != (COUNT, 2) or Path(row["id"]).name != row["id"]:
        raise ValueError(f"donor {row['id']!r} needs {COUNT} points and a plain name")
    words = {name: row[name] for name in WORDS}
    return Donor(
        **words,
        lab=(number["hair_L"], number["hair_a"], number["hair_b"]),
        slope=(number["light_dx"], number["light_dy"]),
        pose=Pose(number["yaw"], number["pitch"], number["roll"]),
        runs_out=row["runs_out"] == "1",
        notes=row["notes"],
        file=folder / f"{row['id']}.webp",
        points=where,
    )


def load(donor: Donor) -> Source:
    """A donor's hair as a source; the last few stay in memory. Raises PhotoError where its file is lost or damaged."""
    stamp = donor.file.stat().st_mtime_ns if donor.file.is_file() else 0
    lab, alpha = _pixels(donor.file, stamp)
    return Source(lab, alpha, donor.points, donor.pose, donor.slope, "donor", donor.id)


@lru_cache(maxsize=_KEPT)
def _pixels(file: Path, stamp: int) -> tuple[Floats, Floats]:
    """CIELAB and alpha of a cut-out; read-only, because callers share them. `stamp` tells a file from its successor."""
    photo, matte = read_cutout(file)
    lab = lab_from_rgb(photo.pixels)
    lab.flags.writeable = False
    return lab, matte.alpha


def style_of(donor: Donor) -> Style:
    """The cut that a donor wears, as a style to ask for."""
    english, korean = donor.english or donor.style, donor.korean or donor.english or donor.style
    return Style(donor.style, english, korean, cut=Cut(donors=(donor.style,)))


def mirrored(source: Source) -> Source:
    """The same hair as in a looking-glass: picture, landmarks, pose and light. Twice, it is what it was."""
    last = source.alpha.shape[1] - 1
    points = source.points[MIRROR] * np.array([-1, 1], np.float32) + np.array([last, 0], np.float32)
    return replace(
        source,
        lab=np.ascontiguousarray(source.lab[:, ::-1]),
        alpha=np.ascontiguousarray(source.alpha[:, ::-1]),
        points=points,
        pose=Pose(-source.pose.yaw, source.pose.pitch, -source.pose.roll),
        slope=(-source.slope[0], source.slope[1]),
    )
