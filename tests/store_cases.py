"""Stores for tests: small pictures, a clock that is set, ids that count, and a PostgreSQL server of one's own."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import psycopg

from genmark.audience.store.records import Consent, Intake
from genmark.insight import Caption, Evidence, Insight, Match, Tag
from genmark.types import Photo

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
KEY = b"a key that is not in the database"
CONSENT = Consent(("targeting", "preview"), START - timedelta(days=1), "2026-02")
_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
POSTGRES = _BINARIES[0] if _BINARIES else None


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment

    def go(self, **passed: float) -> None:
        self.moment += timedelta(**passed)


@dataclass
class Ids:
    """Ids that count, told apart by `seed`."""

    seed: int = 0
    count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self) -> str:
        return f"{self.seed:08x}{next(self.count):024x}"


def picture(seed: int, side: int = 32) -> Photo:
    """A small picture like no other, smooth enough for JPEG to keep small."""
    corners = np.random.default_rng(seed).integers(0, 256, (2, 2, 3))
    return Photo(np.ascontiguousarray(np.kron(corners, np.ones((side // 2, side // 2, 1))).astype(np.uint8)))


def intake(days: float = 30, source: str = "service", consent: Consent = CONSENT) -> Intake:
    return Intake(consent, source, START + timedelta(days=days), START - timedelta(days=2))  # type: ignore[arg-type]


def insight(text: str = "a dog on a mountain trail") -> Insight:
    tags = (Tag("dog", 0.9, korean="개"), Tag("mountain", 0.7, "place", "scene"))
    return Insight("anna-kim.jpg", Caption(text, 0.8, ("dog", "mountain")), tags, 0, False, {"width": 24})


def match(segment: str = "pets", photo: str = "", text: str = "a dog") -> Match:
    return Match(segment, segment.title(), 0.8, (Evidence(text, "caption", 0.7, photo),), "반려동물")


@contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """A server in a temporary folder, reached by a socket in it; yields what gives the URL of an empty database.

    PostgreSQL refuses to run as root, so as root it runs as the user of the package.
    """
    assert POSTGRES is not None
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    become: Any = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    home = Path(mkdtemp(prefix="genmark-pg-"))
    os.chown(home, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        subprocess.run([POSTGRES / command[0], *command[1:]], check=True, cwd=home, stdout=subprocess.DEVNULL, **become)

    settings = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off -c shared_buffers=16MB"
    try:
        run("initdb", "-D", f"{home}/data", "-A", "trust", "-U", "postgres", "-N", "-E", "UTF8", "--no-locale")
        run("pg_ctl", "-D", f"{home}/data", "-l", f"{home}/log", "-w", "-o", settings, "start")
        try:
            yield partial(_empty_database, home)
        finally:
            run("pg_ctl", "-D", f"{home}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _empty_database(home: Path, name: str) -> str:
    """The database of that name, emptied where it is there; a schema is dropped faster than a database is made."""
    with psycopg.connect(f"host={home} user=postgres dbname=postgres", autocommit=True) as line:
        if line.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            line.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    with psycopg.connect(f"host={home} user=postgres dbname={name}", autocommit=True) as line:
        line.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return f"postgresql://postgres@/{name}?host={home}"
