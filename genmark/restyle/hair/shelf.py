"""A salon's own donors: put on a shelf, a folder of the user's in the format of the donors that ship, and taken away.

What lies there is personal: the cut-out hair of a person and the points of their face.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from genmark.canvas import shrink
from genmark.colour import rgb_from_lab
from genmark.errors import SubjectError, UsageError, WriteError, nearest
from genmark.files import write_bytes, write_text
from genmark.perceive.pose import head_frame
from genmark.photos import write_cutout
from genmark.restyle.hair.donors import COLUMNS, POINTS, TABLE, WORDS, Donor, read_donors, read_folder
from genmark.restyle.hair.source import Source, lift
from genmark.types import Matte, Photo, Regions

LARGEST = 600.0
"""Face height in pixels beyond which a donor is kept smaller than its photo."""
_CUT = 0.1
"""Width of hair at the top border of a photo, in face heights, from which on its crown is missing."""


@dataclass(frozen=True)
class Label:
    """What a person says of a donor: see `genmark.restyle.hair.donors.Donor`. "" where nobody said.

    Raises UsageError where `style` is no name: lower-case letters, digits and hyphens.
    """

    style: str
    english: str = ""
    korean: str = ""
    worn_by: str = "any"
    length: str = ""
    curl: str = ""
    fringe: str = ""
    parting: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.style):
            raise UsageError(
                f"a style's name is lower-case letters, digits and hyphens, as in 'long-bob', not {self.style!r}"
            )


def add_donor(folder: Path, photo: Photo, regions: Regions, label: Label) -> Donor:
    """Cut the hair out of `photo` and put it on the shelf in `folder`.

    The picture holds hair and nothing else of the photo, no metadata; the id comes from the photo, so that one that was
    added before is replaced. Whole or not at all. Raises SubjectError "bald", "no_face" or "hair_hidden" (the crown is
    out of the picture), WriteError, ConfigError where the shelf cannot be read.
    """
    _check_crown(photo, regions)
    source = _smaller(lift(photo, regions, "donor"))
    name = f"own-{hashlib.sha256(photo.pixels.tobytes() + source.points.tobytes()).hexdigest()[:8]}"
    donor = Donor(
        **asdict(label),
        id=name,
        lab=_colour(source),
        slope=source.slope,
        pose=source.pose,
        runs_out=bool((regions.mattes["hair"].alpha[-3:] > 0.35).any()),
        file=folder / f"{name}.webp",
        points=source.points,
    )
    _put(folder, donor, source)
    return donor


def remove_donor(folder: Path, name: str) -> None:
    """Delete a donor of the salon's own: picture, face points and record.

    Raises UsageError where there is no such donor or it ships with genmark, WriteError where it cannot be deleted.
    """
    own = read_folder(folder)
    if name not in {donor.id for donor in own}:
        if name in {donor.id for donor in read_donors()}:
            raise UsageError(f"donor {name!r} ships with genmark and stays; only your own can be removed")
        raise UsageError(f"no donor of your own is called {name!r}{nearest(name, [donor.id for donor in own])}")
    rest = [donor for donor in own if donor.id != name]
    # the picture first: what is left if the machine stops here is a row that can be removed again
    _delete(folder / f"{name}.webp")
    if rest:
        _write_table(folder, rest)
        _write_points(folder, rest)
    else:
        _delete(folder / TABLE)
        _delete(folder / POINTS)


def _put(folder: Path, donor: Donor, source: Source) -> None:
    before = [known for known in read_folder(folder) if known.id != donor.id]
    _make(folder)
    with ExitStack() as undo:
        if not donor.file.exists():
            undo.callback(donor.file.unlink, missing_ok=True)
        write_cutout(Photo(rgb_from_lab(source.lab), donor.id), Matte(source.alpha), donor.file)
        undo.callback(_restore_points, folder)
        _write_points(folder, [*before, donor])
        _write_table(folder, [*before, donor])  # the row makes the donor: without it, the rest is taken back
        undo.pop_all()


def _restore_points(folder: Path) -> None:
    """Points of nobody but those in the table, which was not written."""
    known = read_folder(folder)
    if known:
        _write_points(folder, known)
    else:
        _delete(folder / POINTS)


def _write_points(folder: Path, donors: Sequence[Donor]) -> None:
    buffer = io.BytesIO()
    ids, points = np.array([donor.id for donor in donors]), np.stack([donor.points for donor in donors])
    np.savez_compressed(buffer, ids=ids, points=points)
    write_bytes(folder / POINTS, buffer.getvalue())


def _write_table(folder: Path, donors: Sequence[Donor]) -> None:
    buffer = io.StringIO()
    table = csv.DictWriter(buffer, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(record(donor) for donor in donors)
    write_text(folder / TABLE, buffer.getvalue())


def record(donor: Donor) -> dict[str, str | float | int]:
    """A donor as a row of the table; colours and angles to a tenth."""
    lightness, a, b = donor.lab
    right, down = donor.slope
    return {
        **{name: getattr(donor, name) for name in WORDS},
        "notes": donor.notes,
        **{"hair_L": round(lightness, 1), "hair_a": round(a, 1), "hair_b": round(b, 1)},
        **{"light_dx": round(right, 2), "light_dy": round(down, 2)},
        **{angle: round(getattr(donor.pose, angle), 1) for angle in ("yaw", "pitch", "roll")},
        "runs_out": int(donor.runs_out),
    }


def _check_crown(photo: Photo, regions: Regions) -> None:
    top = regions.mattes["hair"].alpha[:2].max(axis=0) > 0.5
    unit = head_frame(regions.face.landmarks).unit if regions.face is not None else 1.0
    if top.sum() > _CUT * unit:
        raise SubjectError(
            f"the hair in {photo.name} is cut off at the top; use a photo with room above", "hair_hidden"
        )


def _smaller(source: Source) -> Source:
    """The same hair with a face of at most `LARGEST` pixels."""
    step = int(np.ceil(head_frame(source.points).unit / LARGEST))
    if step <= 1:
        return source
    lab, alpha = shrink(source.lab, step), shrink(source.alpha[..., None], step)[..., 0]
    points = (source.points + np.float32(0.5)) / np.float32(step) - np.float32(0.5)
    return replace(source, lab=lab, alpha=np.clip(alpha, 0.0, 1.0), points=points)


def _colour(source: Source) -> tuple[float, float, float]:
    """Median CIELAB of the opaque hair."""
    sure = source.alpha >= min(0.9, float(source.alpha.max()))
    lightness, a, b = np.median(source.lab[sure], axis=0).tolist()
    return lightness, a, b


def _make(folder: Path) -> None:
    """The shelf, for nobody but its user to look into."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> WriteError:
    return WriteError(f"{path} cannot be changed ({error.strerror or error}); choose a folder that you may write to")
