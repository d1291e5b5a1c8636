"""Claim: adding a photo safely costs at most a half more than by hand; a customer is found as fast among 100,000.

Photos a second, in turns in one process: `add_photo` (decode, encode, file, row, all synced) against the same picture
encoded, written, synced and inserted with the sqlite3 module by hand (no second thoughts about crashes), and against
the bound, bare rows inserted one commit each into a database set as the store's is. Then, among 1,000 and among
`--customers` customers with a photo, a caption and two tags each: `gather` of one, against the same rows by sqlite3
without objects.

`python benchmarks/store_speed.py [--customers 100000] [--photos 20] [--rounds 5] [--side 1024] [--postgres URL]`
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from sqlalchemy import insert

from genmark import photos
from genmark.audience.store.findings import gather
from genmark.audience.store.intake import QUALITY, add_customer, add_photo
from genmark.audience.store.opening import Store, create_store, now
from genmark.audience.store.records import Consent, Intake
from genmark.audience.store.tables import CaptionRow, CustomerRow, PhotoRow, TagRow
from genmark.types import Photo

START = datetime(2026, 1, 1, tzinfo=UTC)
INTAKE = Intake(Consent(("targeting",), START, "1"), "service", now() + timedelta(days=30))
SET = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
TABLE = "CREATE TABLE photos (id TEXT PRIMARY KEY, customer TEXT, sha TEXT, path TEXT, at TEXT, UNIQUE (customer, sha))"
INSERT = "INSERT INTO photos VALUES (?, ?, ?, ?, ?)"


def draw(seed: int, side: int) -> Photo:
    """A picture with gradients and grain, no two alike."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 1, side)[:, None, None] * rng.integers(60, 200, 3) + rng.normal(0, 6, (side, side, 3))
    return Photo(np.clip(grid, 0, 255).astype(np.uint8))


def by_hand(folder: Path) -> tuple[Callable[[bytes], None], Callable[[bytes], None]]:
    """Adding an upload with sqlite3 and a file, and a row alone."""
    line = sqlite3.connect(folder / "hand.db", isolation_level=None)
    line.executescript(SET + TABLE)
    numbers = count()

    def both(upload: bytes) -> None:
        data = photos.encode(photos.read_bytes(upload, "x.jpg"), ".jpg", quality=QUALITY, generated=False)
        path = folder / f"{next(numbers)}.jpg"
        with open(path, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sha = hashlib.sha256(data).hexdigest()
        line.execute(INSERT, (os.urandom(16).hex(), "c", f"{sha}{path.name}", str(path), "2026"))

    def row(_upload: bytes) -> None:
        line.execute(INSERT, (os.urandom(16).hex(), "c", os.urandom(32).hex(), "a/path", "2026"))

    return both, row


def time_adding(store: Store, folder: Path, asked: argparse.Namespace) -> None:
    """Photos a second of each way, each round with new pictures, in turns."""
    both, row = by_hand(folder)
    customer = add_customer(store)
    ways: dict[str, Callable[[bytes], object]] = {
        "store": lambda upload: add_photo(store, customer, upload, INTAKE),
        "by hand": both,
        "bare rows": row,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(asked.rounds):
        pictures = [draw(turn * asked.photos + number, asked.side) for number in range(asked.photos)]
        uploads = [photos.encode(picture, ".jpg", generated=False) for picture in pictures]
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            start = perf_counter()
            for upload in uploads:
                ways[name](upload)
            took[name].append((perf_counter() - start) / len(uploads))
    for name, seconds in took.items():
        ratio = median(other / one for one, other in zip(seconds, took["store"], strict=True))
        print(f"  {name:<10} {1 / median(seconds):9.1f} a second   the store takes {ratio:6.2f} x its time")


def settle(store: Store, customers: int) -> list[str]:
    """Customers with a photo, a caption and two tags each, as rows."""
    ids = [os.urandom(16).hex() for _ in range(customers)]
    made = dict(
        width=9, height=9, source="chat", purposes="targeting", consent_at=START, wording="1", received_at=START
    )
    with store.writing("settling") as session:
        for some in (ids[first : first + 5000] for first in range(0, customers, 5000)):
            shas = [hashlib.sha256(one.encode()).hexdigest() for one in some]
            session.execute(insert(CustomerRow), [{"id": one, "created_at": START} for one in some])
            named = [dict(id=one[::-1], customer_id=one, sha256=sha, path=sha)
                     for one, sha in zip(some, shas, strict=True)]  # fmt: skip
            own = [{**row, **made, "keep_until": INTAKE.keep_until} for row in named]
            session.execute(insert(PhotoRow), own)
            said = dict(text="a dog", confidence=0.5, mentions=[], language="en", source="x", minor=False, facts={})
            session.execute(insert(CaptionRow), [{"photo_id": one[::-1], "recorded_at": START, **said} for one in some])
            tag = dict(name="dog", korean="", score=0.5, kind="object", source="x")
            session.execute(
                insert(TagRow), [{"photo_id": one[::-1], "place": n, **tag} for one in some for n in (0, 1)]
            )
    return ids


def time_finding(store: Store, ids: list[str], database: Path | None) -> None:
    """Customers gathered a second, drawn at random."""
    drawn = random.Random(0).choices(ids, k=400)
    start = perf_counter()
    for customer in drawn:
        (one,) = gather(store, customer)
        if one.insight is None or len(one.insight.tags) != 2:
            raise SystemExit("a customer was not gathered whole")
    ours = (perf_counter() - start) / len(drawn)
    print(f"  gather     {1 / ours:9.1f} a second among {len(ids)} customers")
    if database is None:
        return
    line = sqlite3.connect(database)
    start = perf_counter()
    for customer in drawn:
        for (photo,) in line.execute("SELECT id FROM photos WHERE customer_id = ?", [customer]).fetchall():
            line.execute("SELECT * FROM captions WHERE photo_id = ?", [photo]).fetchall()
            line.execute("SELECT * FROM tags WHERE photo_id = ? ORDER BY place", [photo]).fetchall()
        line.execute("SELECT * FROM segments WHERE customer_id = ?", [customer]).fetchall()
    bare = (perf_counter() - start) / len(drawn)
    print(f"  sqlite3    {1 / bare:9.1f} a second; gather takes {ours / bare:.1f} x its time")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--postgres", help="An empty database's URL, in place of SQLite.")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        database = None if asked.postgres else folder / "store.db"
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        with create_store(asked.postgres or f"sqlite:///{database}", folder / "pictures") as store:
            print(f"{store.engine.dialect.name}, photos of {asked.side} px, load average {load}")
            time_adding(store, folder, asked)
            few = settle(store, 1000)
            time_finding(store, few, database)
            time_finding(store, few + settle(store, asked.customers - len(few)), database)


if __name__ == "__main__":
    main()
