"""A Hugging Face dataset on this machine, written out as posts: pictures as they are, and the CSV that lists them.

Rows are streamed, so that memory holds one at a time. Nothing of a dataset is executed: only the readers of Arrow,
Parquet and folders of pictures that the `datasets` library brings along are used, never what a dataset says of itself.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from genmark import files
from genmark.brand.posts import COLUMNS
from genmark.brand.stripping import strip_picture
from genmark.errors import ConfigError, PhotoError, UsageError

Tell = Callable[[str], None]
Row = Mapping[str, Any]

EXTRA = "reading Hugging Face datasets needs an extra: pip install 'genmark[data]'"

_SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test"}
"""What datasets call their splits -> what posts call them."""
_BRANDS = ("brand", "label", "labels", "class")
_QUIET = ("HF_HUB_DISABLE_TELEMETRY", "HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_PROGRESS_BARS")
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True)
class _Plan:
    """Which columns of a dataset are what: the picture, the brand with its `names` where it is a number, the others."""

    picture: str
    brand: str
    names: tuple[str, ...]
    others: tuple[str, ...]


def holds_dataset(folder: Path) -> bool:
    """Whether a folder is a dataset and not plain pictures: saved by `datasets`, Parquet, or with a metadata file."""
    return bool(_reader(folder))


def write_dataset(folder: Path, into: Path, tell: Tell, split: str = "") -> Path:
    """Write the posts of a dataset's folder into another, and the `posts.csv` that lists them; that is returned.

    A folder as `save_to_disk` writes it, Parquet or Arrow files, or pictures in a folder for each class, with or
    without a metadata file. One column holds the pictures; `brand` or `label` the brand, by its name; columns of plain
    values come along. The dataset's splits become the posts' where they are train and val or test. Pictures keep their
    bytes but for the metadata (`strip_picture`). A row that cannot be read is left out, and `tell` hears of it. What is
    there is not read again, so an interrupted run goes on. `split` takes one split only.

    Raises ConfigError where there are no pictures or brands, or a file is damaged; UsageError without the extra `data`,
    or for a split that is not there; WriteError.
    """
    library = import_datasets()
    parts = _parts(library, folder)
    if split and split not in parts:
        raise UsageError(f"the dataset has no split {split!r}; there are {', '.join(parts)}")
    parts = {split: parts[split]} if split else parts
    named = not split and "train" in parts and len(parts) > 1 and all(part in _SPLITS for part in parts)
    if not split and not named and len(parts) > 1:
        tell(f"the dataset's splits ({', '.join(parts)}) are not train, val and test: they are put together")
    kept: list[dict[str, str]] = []
    for name, rows in parts.items():
        plan = _plan(rows.features, tell)
        told = {"split": _SPLITS[name]} if named else {}
        kept += [told | row for row in _written(library, rows, plan, folder, into, name, tell)]
    if not kept:
        raise ConfigError(f"{_title(folder)}: not one picture of the dataset could be read")
    return write_listing(into, kept)


def write_listing(folder: Path, rows: list[dict[str, str]]) -> Path:
    """Write `posts.csv` into a folder, from rows with a path and a brand; a column that a row lacks is "" there."""
    columns = list(dict.fromkeys(["path", "brand", *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(folder / "posts.csv", text.getvalue())
    return folder / "posts.csv"


def import_datasets() -> Any:
    """The library `datasets`, told to report nothing to anyone. Raises UsageError where it is not installed."""
    for name in _QUIET:
        os.environ.setdefault(name, "1")
    try:
        return import_module("datasets")
    except ImportError as error:
        raise UsageError(EXTRA) from error


def _reader(folder: Path) -> str:
    """The name of what reads a folder; "" for plain pictures."""
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        return "disk"
    suffixes = {path.suffix for path in folder.rglob("*") if path.name not in _METADATA and path.is_file()}
    for suffix, reader in ((".parquet", "parquet"), (".arrow", "arrow")):
        if suffix in suffixes:
            return reader
    return "imagefolder" if any(True for name in _METADATA for _ in folder.rglob(name)) else ""


def _parts(library: Any, folder: Path) -> dict[str, Any]:
    """The dataset's splits by name, each an iterable of rows with `features`."""
    reader = _reader(folder)
    try:
        if reader != "disk":
            return dict(library.load_dataset(reader or "imagefolder", data_dir=str(folder), streaming=True))
        found = library.load_from_disk(str(folder))
    except _broken(library) as error:
        raise _damaged(folder, error) from error
    return dict(found) if isinstance(found, library.DatasetDict) else {"all": found}


def _broken(library: Any) -> tuple[type[BaseException], ...]:
    """What reading a dataset may raise where its files are not what they should be."""
    return (OSError, ValueError, TypeError, KeyError, RuntimeError, library.exceptions.DatasetsError)


def _damaged(folder: Path, error: BaseException) -> ConfigError:
    why = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return ConfigError(f"{_title(folder)} cannot be read as a dataset ({files.printable(why)})")


def _title(folder: Path) -> str:
    """What a person calls a dataset: its folder's name, or of a copy from the hub owner/name."""
    kept = folder.parent.parent.name.removeprefix("datasets--").replace("--", "/")
    return files.printable(kept if folder.parent.name == "snapshots" else folder.name)


def _plan(features: Mapping[str, Any] | None, tell: Tell) -> _Plan:
    known = dict(features or {})
    pictures = [name for name, kind in known.items() if type(kind).__name__ == "Image" or _holds_bytes(kind)]
    pictures = [name for name in pictures if name == "image"] or pictures
    if len(pictures) != 1:
        raise ConfigError(f"a dataset of posts has one column of pictures, 'image'; this one has {_listed(known)}")
    classes = [name for name, kind in known.items() if type(kind).__name__ == "ClassLabel"]
    brands = [name for name in _BRANDS if name in known] or classes[:1]
    if not brands:
        raise ConfigError(f"a dataset of posts has a column 'brand' or 'label'; this one has {_listed(known)}")
    rest = [name for name in known if name not in (pictures[0], brands[0])]
    others = tuple(name for name in rest if _is_plain(known[name]) and name.casefold() not in ("path", "brand"))
    left = [name for name in rest if name not in others]
    if left:
        tell(f"left out of the dataset: {_listed(left)}, which are not plain values or have a name that is taken")
    return _Plan(pictures[0], brands[0], tuple(getattr(known[brands[0]], "names", None) or ()), others)


def _holds_bytes(kind: Any) -> bool:
    return (isinstance(kind, dict) and "bytes" in kind) or getattr(kind, "dtype", "") in ("binary", "large_binary")


def _is_plain(kind: Any) -> bool:
    return type(kind).__name__ == "ClassLabel" or (
        type(kind).__name__ == "Value" and "binary" not in str(getattr(kind, "dtype", ""))
    )


def _listed(names: Any) -> str:
    return ", ".join(repr(str(name)) for name in names) or "none"


def _written(
    library: Any, rows: Any, plan: _Plan, folder: Path, into: Path, part: str, tell: Tell
) -> Iterator[dict[str, str]]:
    """One line of the listing for each row whose picture could be written."""
    features = dict(rows.features)
    if type(features[plan.picture]).__name__ == "Image":
        rows = rows.cast_column(plan.picture, library.Image(decode=False))
    stem = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in part)
    for number, row in enumerate(_rows(library, rows, folder)):
        try:
            brand = _brand(row[plan.brand], plan.names)
            path = _kept(_data(row[plan.picture], folder), into, f"{stem}-{number:07d}")
        except PhotoError as error:
            tell(f"row {number} of {part!r} is left out: {error}")
            continue
        yield {"path": path.name, "brand": brand} | {_column(n): _cell(row[n], features[n]) for n in plan.others}


def _rows(library: Any, rows: Any, folder: Path) -> Iterator[Row]:
    try:
        yield from rows
    except _broken(library) as error:
        raise _damaged(folder, error) from error


def _brand(value: Any, names: tuple[str, ...]) -> str:
    if names and isinstance(value, int):
        value = names[value] if 0 <= value < len(names) else None
    text = unicodedata.normalize("NFC", "" if value is None else str(value)).strip()
    if not text:
        raise PhotoError("it names no brand", "unreadable")
    return text


def _data(value: Any, folder: Path) -> bytes:
    """The bytes of a picture: in the row itself, or in a file of the dataset's own folder."""
    held, path = (value.get("bytes"), value.get("path")) if isinstance(value, dict) else (value, None)
    if isinstance(held, bytes | bytearray | memoryview):
        return bytes(held)
    if not isinstance(path, str) or not path:
        raise PhotoError("it has no picture", "empty")
    root, place = os.path.abspath(folder), os.path.abspath(folder / path)
    if "://" in path or "\0" in path or not place.startswith(root + os.sep):  # links stay: the hub's copies are links
        raise PhotoError(f"its picture {files.printable(Path(path).name)} is not in the dataset's folder", "unreadable")
    return files.read_bytes(place)


def _kept(data: bytes, into: Path, stem: str) -> Path:
    """Where a picture is written; one of the same bytes that is there already is not looked at again."""
    stem = f"{stem}-{hashlib.sha256(data).hexdigest()[:16]}"
    for path in into.glob(f"{stem}.*"):
        return path
    kept, suffix = strip_picture(data, stem)
    files.write_bytes(into / f"{stem}{suffix}", kept)
    return into / f"{stem}{suffix}"


def _column(name: str) -> str:
    """A column as posts call it: their own in lower case, others as they are."""
    return name.casefold() if name.casefold() in COLUMNS else name


def _cell(value: Any, kind: Any) -> str:
    """A plain value as a cell: yes and no as 1 and 0, dates as ISO 8601 writes them, classes by name."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int) and getattr(kind, "names", None):
        return str(kind.names[value]) if 0 <= value < len(kind.names) else ""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return "" if value is None else str(value)
