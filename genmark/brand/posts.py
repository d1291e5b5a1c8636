"""Posts: pictures with the brand that they were posted for, from a folder per brand or from a CSV."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from genmark.errors import ConfigError, nearest
from genmark.files import printable

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".heic", ".heif"))
"""Which files of a folder are taken for pictures; what they really are is seen when they are read."""

COLUMNS = ("path", "brand", "account", "campaign", "date", "split")
"""The columns of a CSV that have a meaning of their own; every other column that holds only 0 and 1 is an attribute."""

_ALIASES = {"file": "path", "file_name": "path", "filename": "path", "image": "path", "label": "brand"}
_SPLIT_FOLDERS = frozenset(("train", "val", "test"))
_FEW, _LOPSIDED = 2, 10


@dataclass(frozen=True)
class Post:
    """One picture that a brand posted.

    path        the picture, under the folder that was read; it may be broken or absent, which is found when it is read
    brand       its label in Unicode NFC; "" in a set that only has attributes
    attributes  the perceptual attributes it shows ("glamorous", …), sorted
    account, campaign, date, split    as the CSV says, "" where it does not
    """

    path: Path
    brand: str
    attributes: tuple[str, ...] = ()
    account: str = ""
    campaign: str = ""
    date: str = ""
    split: str = ""


def read_posts(source: Path) -> tuple[Post, ...]:
    """Read the posts under a folder (one folder per brand, pictures at any depth in it) or of a CSV file, sorted.

    A folder whose only folders are `train` and `val` or `test` holds such a folder in each, and fills `Post.split`.
    A CSV has the columns `path` (relative to the CSV) and `brand` or attributes of 0 and 1, or both, and perhaps
    `account`, `campaign`, `date`, `split`; separated by commas, semicolons or tabs, UTF-8. Hidden files are
    passed over.

    Raises ConfigError where there is no picture, one brand only, a brand without pictures, no brands and an attribute
    that all or no pictures have, a picture listed twice, a path that leads out of the folder, or a column missing or
    misspelt.
    """
    if source.is_dir():
        posts = _folder_posts(source)
    elif source.is_file():
        posts = _csv_posts(source)
    else:
        raise ConfigError(
            f"{_shown(source)} is neither a folder nor a file; give a folder per brand, or a CSV of posts"
        )
    posts = sorted(posts, key=lambda post: post.path.as_posix())
    _check_classes(posts, source)
    return tuple(posts)


def cautions(posts: Sequence[Post]) -> tuple[str, ...]:
    """Sentences on what these posts are too few or too uneven for; empty where nothing stands out."""
    counts = Counter(post.brand for post in posts if post.brand)
    few = sorted(brand for brand, count in counts.items() if count <= _FEW)
    found = []
    if few:
        found.append(f"{_some(few)}: {_FEW} pictures or fewer, too few to learn from and to be tested on")
    if counts and max(counts.values()) >= _LOPSIDED * min(counts.values()):
        (most, many), (least, little) = counts.most_common(1)[0], counts.most_common()[-1]
        found.append(f"uneven: {most!r} has {many} pictures, {least!r} {little}; read balanced accuracy, not accuracy")
    folded = defaultdict(set)
    for brand in counts:
        folded[brand.casefold()].add(brand)
    alike = sorted(name for names in folded.values() if len(names) > 1 for name in names)
    if alike:
        found.append(f"{_some(alike)} differ in upper and lower case only; are they one brand?")
    return tuple(found)


def _folder_posts(folder: Path) -> list[Post]:
    """ImageFolder, or one in each of `train`, `val` and `test`."""
    tops = _folders(folder)
    names = {top.name for top in tops}
    if len(tops) > 1 and names <= _SPLIT_FOLDERS and all(_folders(top) for top in tops):
        return [post for top in tops for post in _brand_posts(_folders(top), folder, top.name)]
    return _brand_posts(tops, folder, "")


def _brand_posts(brands: Iterable[Path], root: Path, split: str) -> list[Post]:
    posts: list[Post] = []
    empty = []
    for brand in brands:
        pictures = list(_pictures(brand))
        posts += [Post(_inside(picture, root), _label(brand.name), split=split) for picture in pictures]
        if not pictures:
            empty.append(_label(brand.name))
    if not posts:
        raise ConfigError(
            f"{_shown(root)} has no pictures in it; put those of each brand into a folder of its own name"
        )
    if empty:
        raise ConfigError(f"no pictures in the folder of {_some(empty)}; add some, or remove the folder")
    return posts


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _pictures(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place, name)


def _csv_posts(source: Path) -> list[Post]:
    rows = _rows(source)
    columns = _columns(rows[0], source)
    table = [(number, _cells(row, columns, number)) for number, row in enumerate(rows[1:], start=2) if any(row)]
    if not table:
        raise ConfigError(f"{_shown(source)} lists no pictures, only the names of its columns")
    attributes = _attributes(columns, [cells for _, cells in table])
    _check_columns(columns, attributes, source)
    posts = [_post(cells, attributes, number, source) for number, cells in table]
    _check_listed(posts, source)
    return posts


def _rows(source: Path) -> list[list[str]]:
    """The cells of a CSV, as Excel and others save it: with or without a byte order mark, any usual separator."""
    try:
        text = source.read_text(encoding="utf-8-sig")
        head = text.split("\n", 1)[0]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{_shown(source)} is no CSV in UTF-8 ({error}); save it as 'CSV UTF-8'") from error
    except OSError as error:
        raise ConfigError(f"{_shown(source)} cannot be read ({error.strerror})") from error
    if not rows:
        raise ConfigError(f"{_shown(source)} is empty; its first line names the columns: {','.join(COLUMNS)}")
    return rows


def _columns(header: Sequence[str], source: Path) -> list[str]:
    """The names of the columns, with those that other tools give to path and brand put right."""
    names = [_label(name) for name in header]
    plain = [name.casefold() for name in names]
    for other, ours in _ALIASES.items():
        if other in plain and ours not in plain:
            plain[plain.index(other)] = ours
    names = [low if low in COLUMNS else name for low, name in zip(plain, names, strict=True)]
    twice = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    if twice:
        raise ConfigError(f"{_shown(source)} has more than one column {_some(twice)}")
    return names


def _cells(row: Sequence[str], columns: Sequence[str], number: int) -> dict[str, str]:
    if len(row) != len(columns):
        raise ConfigError(f"line {number} of the CSV has {len(row)} cells, but there are {len(columns)} columns")
    return dict(zip(columns, (cell.strip() for cell in row), strict=True))


def _attributes(columns: Sequence[str], table: Sequence[Mapping[str, str]]) -> list[str]:
    """The columns of 0 and 1. One that is the same in every row teaches nothing: beside brands it is left out."""
    free = [name for name in columns if name and name not in COLUMNS]
    binary = sorted(name for name in free if all(cells[name] in ("0", "1") for cells in table))
    constant = [name for name in binary if len({cells[name] for cells in table}) == 1]
    if constant and "brand" not in columns:
        raise ConfigError(
            f"all pictures have the same value of {_some(constant)}, so nothing tells it; remove the column"
        )
    return [name for name in binary if name not in constant]


def _check_columns(columns: Sequence[str], attributes: Sequence[str], source: Path) -> None:
    missing = [name for name in COLUMNS if name not in columns]
    for name in missing:
        needed = name == "path" or (name == "brand" and not attributes)
        close = get_close_matches(name, [column.casefold() for column in columns], n=1, cutoff=0.5 if needed else 0.8)
        if needed and not close:
            raise ConfigError(f"{_shown(source)} has no column {name!r}{nearest(name, filter(None, columns))}")
        if close and close[0] not in COLUMNS:
            raise ConfigError(f"{_shown(source)} has no column {name!r}, but {close[0]!r}; is that the one? Rename it")


def _post(cells: Mapping[str, str], attributes: Sequence[str], number: int, source: Path) -> Post:
    if not cells["path"] or not cells.get("brand", "-"):
        raise ConfigError(f"line {number} of {_shown(source)} has no {'brand' if cells['path'] else 'path'}")
    path = _inside(_found(source.parent, cells["path"].replace("\\", "/")), source.parent)
    known = {name: _label(cells.get(name, "")) for name in COLUMNS if name != "path"}
    return Post(path=path, attributes=tuple(name for name in attributes if cells[name] == "1"), **known)


def _found(folder: Path, name: str) -> Path:
    """A file by its name, in whichever Unicode form the disk has it: a Mac writes é as two characters."""
    forms = [folder / name, *(folder / unicodedata.normalize(form, name) for form in ("NFC", "NFD"))]
    return next((path for path in forms if path.exists()), forms[0])


def _inside(path: Path, root: Path) -> Path:
    """The path itself, unless it leads out of `root`, by dots, as an absolute path or through a link."""
    real = os.path.realpath(root)
    try:
        inside = "\0" not in str(path) and os.path.commonpath((real, os.path.realpath(path))) == real
    except ValueError:  # another drive
        inside = False
    if not inside:
        raise ConfigError(f"{_shown(path)} leads out of the folder {_shown(root)}; copy the picture into it")
    return path


def _check_listed(posts: Sequence[Post], source: Path) -> None:
    twice = sorted(str(path) for path, count in Counter(os.path.normpath(p.path) for p in posts).items() if count > 1)
    if twice:
        raise ConfigError(f"{_shown(source)} lists {_some([_shown(Path(path)) for path in twice])} more than once")
    if not any(post.path.is_file() for post in posts):
        raise ConfigError(
            f"none of the {len(posts)} pictures that {_shown(source)} lists is there, such as {_shown(posts[0].path)}; "
            "paths are taken from the folder of the CSV"
        )


def _check_classes(posts: Sequence[Post], source: Path) -> None:
    brands = {post.brand for post in posts}
    if len(brands) == 1 and "" not in brands:
        raise ConfigError(
            f"{_shown(source)} has one brand only, {next(iter(brands))!r}; what sets a brand apart is learnt from "
            "posts of at least one other, its competitors for example"
        )


def _label(text: str) -> str:
    """A label that can be compared, shown and written: NFC, trimmed, no control characters or undecodable bytes."""
    text = unicodedata.normalize("NFC", text).strip()
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(repr(name) for name in names[:3]) + more


def _shown(path: Path) -> str:
    return printable(path.name or str(path))
