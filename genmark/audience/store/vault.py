"""The managed folder: every picture in its customer's own, whole or not at all, found again by its hash.

    store.json                            whose folder this is
    customers/3f/3fa9…/photos/SHA.jpg     a customer's photos; previews/ and exports/ beside them
    customers/3f/3fa9…/incoming/ID.part   written and synced, its row not yet known to be committed
    trash/                                a customer's folder on its way out

A file comes in as a draft, is synced, and is renamed once its row is committed; so a row always has its bytes, in one
place or the other, whenever the program or the machine stops. A customer's folder goes by one rename.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path
from time import time

from genmark.errors import WriteError

CUSTOMERS, TRASH, INCOMING, EXPORTS = "customers", "trash", "incoming", "exports"

_NAME = re.compile("[0-9a-z]+")

Write = Callable[[int, memoryview], int]


def home(customer: str) -> str:
    """A customer's folder, below the store's; two letters spread them over 256."""
    return f"{CUSTOMERS}/{customer[:2]}/{customer}"


@dataclass(frozen=True)
class Vault:
    """One store's folder. `write` is what puts bytes into an open file, `os.write` but for tests of full disks."""

    folder: Path
    write: Write = os.write

    def stage(self, path: str, token: str, data: bytes) -> None:
        """Put `data`, which is to become the file `path`, on the disk as a draft; nothing is left if that fails.

        Raises WriteError.
        """
        draft = self._draft(path, token)
        with writing("a picture"):
            self._make(draft.parent)
            self._make(self.folder / Path(path).parent)  # what the rename needs, so that it cannot fail for room
            try:
                self._fill(draft, data)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _sync(draft.parent)

    def publish(self, path: str, token: str) -> bool:
        """Give a draft its name; False where there is no such draft (any more). Doing so twice does no harm."""
        try:
            os.replace(self._draft(path, token), self.folder / path)
        except FileNotFoundError:
            return False
        _sync((self.folder / path).parent)
        return True

    def discard(self, path: str, token: str) -> None:
        """Remove a draft. Its folder stays: another writer may be about to use it."""
        self._draft(path, token).unlink(missing_ok=True)

    def find(self, path: str, token: str) -> Path | None:
        """Where the bytes of a row lie: under their name, or still in the draft; None where they are lost."""
        # the name twice: it may be given between the first look and the one at the draft
        for place in (self.folder / path, self._draft(path, token), self.folder / path):
            if place.is_file():
                return place
        return None

    def remove(self, paths: list[str]) -> tuple[int, int]:
        """Delete files by their names below the folder; how many there were, and their bytes. Raises WriteError."""
        gone = [_delete(self.folder / path) for path in paths]
        return sum(size is not None for size in gone), sum(size or 0 for size in gone)

    def forget(self, customer: str) -> tuple[int, int]:
        """Delete everything of a customer; how many files there were, and their bytes. Raises WriteError."""
        if not _NAME.fullmatch(customer):  # "" and "." would name the folder of all customers
            return 0, 0
        trash = self.folder / TRASH / secrets.token_hex(8)
        with writing("the folder of a customer"):
            self._make(trash.parent)
            try:
                os.rename(self.folder / home(customer), trash)
            except FileNotFoundError:
                return 0, 0
            sizes = [path.stat().st_size for path in trash.rglob("*") if path.is_file()]
            shutil.rmtree(trash)
            _sync(trash.parent)
        return len(sizes), sum(sizes)

    def empty_trash(self) -> int:
        """Finish deletions that were interrupted; how many files went."""
        with writing("what is to be deleted"):
            files = sum(path.is_file() for path in (self.folder / TRASH).rglob("*"))
            for folder in (self.folder / TRASH).glob("*"):
                shutil.rmtree(folder, ignore_errors=not folder.exists())  # another program may empty it, too
        return files

    def files(self) -> Iterator[str]:
        """Every file of every customer, as a name below the folder; drafts, too."""
        for parent, folders, names in os.walk(self.folder / CUSTOMERS):
            folders.sort()
            below = Path(parent).relative_to(self.folder).as_posix()
            yield from (f"{below}/{name}" for name in sorted(names))

    def _draft(self, path: str, token: str) -> Path:
        return (self.folder / path).parents[1] / INCOMING / f"{token}.part"

    def _make(self, folder: Path) -> None:
        """A folder for nobody but its user to look into; what is new is synced, name by name."""
        if folder.is_dir():
            return
        if folder == self.folder:  # a disk that is not mounted is not to be written beside
            raise FileNotFoundError(ENOENT, "the store's folder is not there")
        self._make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)

    def _fill(self, path: Path, data: bytes) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn an OSError into a WriteError that names no path."""
    try:
        yield
    except OSError as error:
        raise WriteError(
            f"{what} cannot be written ({error.strerror or 'the disk said no'}); "
            "the store's folder must exist, be yours to write to and have room"
        ) from None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def age(path: Path) -> float:
    """Seconds since a file was written; 0 where it has gone."""
    try:
        return max(0.0, time() - path.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _delete(path: Path) -> int | None:
    with writing("a deletion"):
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return None
        return size


def _sync(folder: Path) -> None:
    """Make a folder's names last; only POSIX can, and only for a folder that is still there."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
