"""Catalogues from files and databases: CSV, TOML, or a table behind a SQLAlchemy URL.

CSV: a header of the columns that are used, UTF-8, commas; lists with | between (`pet-supplies|outdoor`).

[offers.dog-food]                     # TOML: the same names, lists as lists, days as days
name = "Dry food for dogs"
korean = "강아지 사료"
segments = ["pet-supplies"]
template = "For {words}: 10% off dry food"
template_korean = "{words:을/를} 위한 사료 10% 할인"
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from genmark.audience.catalogue import MOST, Catalogue, Offer
from genmark.audience.offer_rows import COLUMNS, offer_of
from genmark.config import Table, config_path, read_config
from genmark.errors import ConfigError, UsageError, nearest

FILE_BYTES = 20_000_000
Row = tuple[str, Mapping[str, object]]
"""Where it stands, for messages, and its cells."""


class OffersFile(Table):
    """A file of offers: one `[offers.ID]` table each, with the fields of `Offer`."""

    offers: dict[str, dict[str, Any]]


def load_catalogue(source: Path | str, table: str = "", zone: tzinfo = UTC) -> Catalogue:
    """The operator's offers, in the order they are written.

    source  a .csv or .toml file, by its path or, where it is shipped, by its plain name ("retail.toml"); or the URL of
            a database (`sqlite:///FILE`, `postgresql://…`), which is only read; `table` names its table then
    zone    where plain days begin and end

    Raises ConfigError, which names the file, the offer and what would work; UsageError for a source of another kind.
    """
    if "://" in str(source):
        if not table:
            raise UsageError("a catalogue in a database needs the name of its table")
        rows: Iterable[Mapping[str, object]]
        rows = import_module("genmark.audience.offer_tables").rows_of(str(source), table, MOST + 1)
        return _catalogue(((f"row {place}", row) for place, row in enumerate(rows, 1)), f"table {table}", zone)
    path = _place(Path(source))
    if path.suffix.casefold() not in _READERS:
        raise UsageError(f"a catalogue is a .csv or .toml file or the URL of a database, got {path.name!r}")
    _check_size(path)
    return _catalogue(_READERS[path.suffix.casefold()](path), f"catalogue {path}", zone)


def _place(path: Path) -> Path:
    if path.exists() or path.parent != Path() or path.suffix not in _READERS:
        return path
    try:
        return config_path(f"offers/{path}")
    except ConfigError:
        return path


def _check_size(path: Path) -> None:
    try:
        if not path.is_file():
            raise ConfigError(f"catalogue {path} is no file; name a .csv or .toml file")
        if path.stat().st_size > FILE_BYTES:
            raise ConfigError(f"catalogue {path} is larger than the {FILE_BYTES / 1e6:g} MB that are read; split it")
    except (OSError, ValueError) as error:
        raise ConfigError(f"catalogue {str(path)!r} cannot be read") from error


def _catalogue(rows: Iterable[Row], source: str, zone: tzinfo) -> Catalogue:
    offers: list[Offer] = []
    for where, cells in islice(rows, MOST + 1):
        try:
            offers.append(offer_of(cells, zone))
        except ValueError as error:
            raise ConfigError(f"{source}: {where}: {error}") from error
    try:
        return Catalogue(tuple(offers))
    except ValueError as error:
        raise ConfigError(f"{source}: {error}") from error


def _toml_rows(path: Path) -> Iterator[Row]:
    for name, cells in read_config(path, OffersFile).offers.items():
        if "id" in cells:
            raise ConfigError(f"catalogue {path}: offers.{name}: its id is the name of its table; leave `id` out")
        yield f"offers.{name}", {"id": name, **cells}


def _csv_rows(path: Path) -> Iterator[Row]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"catalogue {path} cannot be read as UTF-8; save it again as CSV UTF-8") from error
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(path, header)
        for cells in lines:
            if cells:
                yield _csv_row(path, f"line {lines.line_num}", header, cells)
    except csv.Error as error:
        raise ConfigError(f"catalogue {path}: line {lines.line_num}: {error}") from error


def _csv_row(path: Path, where: str, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise ConfigError(f"catalogue {path}: {where}: {len(cells)} cells, but the header has {len(header)}")
    row = dict(zip(header, cells, strict=True))
    return (f"{where} ({row['id'][:80]})", row)


def _check_header(path: Path, header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise ConfigError(f"catalogue {path}: unknown column {name[:80]!r}{nearest(name[:80], COLUMNS)}")
    if "id" not in header or len(set(header)) != len(header):
        raise ConfigError(f"catalogue {path}: the first line names the columns, each once, with 'id' among them")


_READERS = {".csv": _csv_rows, ".toml": _toml_rows}
