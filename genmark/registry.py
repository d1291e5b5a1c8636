"""Names to backends, by entry point. Only the one that is asked for is imported.

A backend is registered by a package, this one too, in one line of its `pyproject.toml`:

    [project.entry-points."genmark.restylers"]
    negative = "my_package:negative"

and asked for as `negative`, or `negative:argument`. A function is the backend; a class is made, with the argument if
there is one. What a backend may be used for is what it declares of itself (see `genmark.protocols`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args

from genmark.errors import UsageError, nearest

Kind = Literal["parsers", "restylers", "scorers", "captioners", "taggers"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Backend = Callable[..., Any]


@dataclass(frozen=True)
class Card:
    """What one backend says of itself.

    licence     SPDX identifier of its code and weights
    commercial  may be used commercially
    missing     why it cannot be used here ("needs the package 'diffusers'"), or ""
    """

    kind: Kind
    name: str
    licence: str
    commercial: bool
    version: str
    missing: str = ""


def names(kind: Kind) -> tuple[str, ...]:
    """Every registered name of a kind, sorted. Imports no backend."""
    return tuple(entry.name for entry in _entries(kind))


def find(kind: Kind, asked: str) -> tuple[EntryPoint, str | None]:
    """The entry point behind `name` or `name:argument`, and the argument. Imports no backend.

    Raises UsageError, with the nearest names, where nothing of that name is registered.
    """
    name, colon, argument = asked.partition(":")
    found = entry_points(group=f"genmark.{kind}", name=name)
    if not found:
        raise UsageError(f"no {kind[:-1]} is called {name!r}{nearest(name, names(kind))}")
    return next(iter(found)), argument if colon else None


@cache
def load(kind: Kind, asked: str) -> Backend:
    """The backend called `name` or `name:argument`, ready to be called; the same one each time, so weights load once.

    Raises UsageError where the name is unknown, the backend takes no argument, or a package that it needs is not
    installed; ModelMissing where its weights are not here.
    """
    entry, argument = find(kind, asked)
    try:
        target = entry.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{kind[:-1]} {entry.name!r} {_needs(error)}") from error
    if isinstance(target, type):
        made: Backend = target() if argument is None else target(argument)
        return made
    if argument is not None:
        raise UsageError(f"{kind[:-1]} {entry.name!r} takes no argument, so ask for it as {entry.name!r}")
    plain: Backend = target
    return plain


def resolve(kind: Kind, backend: str | Backend) -> Backend:
    """A callable as it is, a name loaded."""
    return load(kind, backend) if isinstance(backend, str) else backend


def name_of(backend: str | Backend) -> str:
    """What to call a backend on a proof: the name it was asked by, or the callable's own."""
    if isinstance(backend, str):
        return backend
    return str(getattr(backend, "__name__", type(backend).__name__))


def cards() -> tuple[Card, ...]:
    """What every registered backend says of itself. Imports them all, but makes none."""
    return tuple(_card(kind, entry) for kind in KINDS for entry in _entries(kind))


def _entries(kind: Kind) -> list[EntryPoint]:
    return sorted(entry_points(group=f"genmark.{kind}"), key=lambda entry: entry.name)


def _card(kind: Kind, entry: EntryPoint) -> Card:
    try:
        target = entry.load()
    except (ImportError, AttributeError) as error:
        return Card(kind, entry.name, "unknown", False, "0", _needs(error))
    licence = getattr(target, "licence", "Apache-2.0")
    return Card(kind, entry.name, licence, getattr(target, "commercial", True), getattr(target, "version", "0"))


def _needs(error: ImportError | AttributeError) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return f"needs the package {missing!r}, which is not installed" if missing else f"cannot be imported: {error}"
