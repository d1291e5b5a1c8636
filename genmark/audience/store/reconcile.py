"""Rows and files, compared, and put right after a crash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from genmark.audience.store.opening import Store
from genmark.audience.store.proof import overwrite
from genmark.audience.store.records import Repair
from genmark.audience.store.tables import CustomerRow, PhotoRow, PreviewRow
from genmark.audience.store.vault import CUSTOMERS, EXPORTS, INCOMING, age, digest

HOUR = timedelta(hours=1)
_SHARDS = "0123456789abcdef"


@dataclass(frozen=True)
class _Filed:
    """A row with a file, of either table."""

    id: str
    path: str
    sha256: str
    kind: type[PhotoRow] | type[PreviewRow]


@dataclass
class _Tally:
    """What was found so far."""

    finished: int = 0
    discarded: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def reconcile(store: Store, grace: timedelta = HOUR, deep: bool = False) -> Repair:
    """Compare rows with files, finish what a crash left half done, and remove what belongs to nobody.

    grace  how old a draft without a row must be to be removed: a writer may be about to commit its row
    deep   read every picture, and tell which are not what was written

    Other programs may go on reading and writing. Rows whose file is gone are told, not removed: the disk that holds
    the file may come back. Raises WriteError.
    """
    tally = _Tally(discarded=store.vault.empty_trash())
    for shard in _SHARDS:
        _go_through(store, shard, grace.total_seconds(), deep, tally)
    overwrite(store)
    return Repair(tally.finished, tally.discarded, tuple(tally.lost), tuple(tally.damaged))


def _go_through(store: Store, shard: str, grace: float, deep: bool, tally: _Tally) -> None:
    """One sixteenth of the customers. The files are listed before the rows: a file that is named has had its row."""
    folders = sorted((store.vault.folder / CUSTOMERS).glob(f"{shard}?/*"))
    files = {folder.name: [path for path in folder.rglob("*") if path.is_file()] for folder in folders}
    with store.reading("reading which files there should be") as session:
        rows = _filed(session, shard, shard + "g")
        known = set(session.scalars(select(CustomerRow.id).where(CustomerRow.id.between(shard, shard + "g"))))
    for row in rows:
        _finish(store, row, deep, tally)
    drafts = [path for found in files.values() for path in found if path.parent.name == INCOMING]
    tally.discarded += _drop_spares(store, rows, drafts)
    paths, ids = {row.path for row in rows}, {row.id for row in rows}
    for customer in files:
        suspects = [path for path in files[customer] if _is_stray(store, path, paths, ids, grace)]
        if suspects or customer not in known:
            tally.discarded += _sweep(store, customer, suspects)


def _filed(session: Session, first: str, last: str) -> list[_Filed]:
    photos = select(PhotoRow.id, PhotoRow.path, PhotoRow.sha256).where(PhotoRow.customer_id.between(first, last))
    previews = select(PreviewRow.id, PreviewRow.path, PreviewRow.sha256).join(PhotoRow)
    made = previews.where(PhotoRow.customer_id.between(first, last))
    found = [_Filed(*row, PhotoRow) for row in session.execute(photos)]
    return found + [_Filed(*row, PreviewRow) for row in session.execute(made)]


def _finish(store: Store, row: _Filed, deep: bool, tally: _Tally) -> None:
    place = store.vault.find(row.path, row.id)
    if place is None:
        tally.lost += [row.id] if _still_there(store, row) else []
    elif place.parent.name != INCOMING:
        tally.damaged += [row.id] if deep and not _is_whole(place, row) else []
    elif _is_whole(place, row):
        tally.finished += store.vault.publish(row.path, row.id)
    else:
        tally.damaged.append(row.id)


def _drop_spares(store: Store, rows: list[_Filed], drafts: list[Path]) -> int:
    """Remove drafts of rows that have their file: the same picture, given again, has healed it."""
    waiting = {draft.stem for draft in drafts if draft.exists()}
    spare = [row for row in rows if row.id in waiting and (store.vault.folder / row.path).is_file()]
    for row in spare:
        store.vault.discard(row.path, row.id)
    return len(spare)


def _is_whole(place: Path, row: _Filed) -> bool:
    try:
        return digest(place) == row.sha256
    except FileNotFoundError:
        return True  # named or deleted by its own writer since


def _still_there(store: Store, row: _Filed) -> bool:
    with store.reading("looking for a row") as session:
        return session.get(row.kind, row.id) is not None


def _is_stray(store: Store, path: Path, paths: set[str], ids: set[str], grace: float) -> bool:
    """Whether a file belongs to no row, and to no writer that may be at work."""
    if path.parent.name == EXPORTS:
        return path.name.startswith(".") and age(path) >= grace
    if path.parent.name == INCOMING:
        return path.stem not in ids and age(path) >= grace
    return path.relative_to(store.vault.folder).as_posix() not in paths


def _sweep(store: Store, customer: str, suspects: list[Path]) -> int:
    """Remove a customer's stray files, or all of them where there is no such customer; how many went.

    Nothing of the customer can be committed while their row is locked, so what has no row now is nobody's.
    """
    with store.writing("removing files that belong to nobody") as session:
        if session.get(CustomerRow, customer, with_for_update=True) is None:
            return store.vault.forget(customer)[0]
        rows = _filed(session, customer, customer)
        paths, ids = {row.path for row in rows}, {row.id for row in rows}
        names = [path.relative_to(store.vault.folder).as_posix() for path in suspects]
        strays = [name for name in names if name not in paths and PurePosixPath(name).stem not in ids]
        return store.vault.remove(strays)[0]
