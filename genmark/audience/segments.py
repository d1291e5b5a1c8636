"""Segments: what someone may care about, in English or Korean, read from TOML.

[segments.dogs]
name = "Dogs"                       # or korean alone
korean = "반려견"
description = "Food, care and walks for dogs."
examples = ["a dog on a leash in the park"]
nouns = ["dog", "puppy", "leash"]   # words that speak for it, the plainest first
unlike = ["hot dog"]                # words that hold one of its nouns and mean something else
deny = ["dog fight"]                # a text with one of these never gets this segment
iab = ["audience:544"]              # cross-references, see `genmark.audience.taxonomy`
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genmark.audience.denial import refusal
from genmark.audience.taxonomy import is_node
from genmark.config import Table, config_path, read_config
from genmark.errors import ConfigError, nearest

MOST = 2000
"""Segments in one file; each is compared with each photo."""
LONGEST = 400
"""Characters of one text of a segment."""


@dataclass(frozen=True)
class Segment:
    """One group of interests. Raises ValueError where nothing says what it is, or where it speaks of what is denied.

    id           lower-case letters, digits and hyphens
    name         English, or Korean where there is no English name
    korean       Korean, "" where there is none
    description  a sentence on what is offered to it
    examples     captions of photos that belong to it
    nouns        words that speak for it
    iab          "audience:544", "product:1226"
    deny         words that keep it away from a text
    unlike       words that hold one of its nouns but mean something else
    personal     about a person's looks, so never said where somebody in the photo may be under age
    """

    id: str
    name: str = ""
    korean: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    iab: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    personal: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.strip() or self.korean.strip())
        if not self.id or self.id.strip("abcdefghijklmnopqrstuvwxyz0123456789-"):
            raise ValueError(f"an id is lower-case letters, digits and hyphens, got {self.id!r}")
        if not self.name:
            raise ValueError("a segment needs a name, English or Korean")
        self._check_texts()
        wrong = next((node for node in self.iab if not is_node(node)), None)
        if wrong is not None:
            raise ValueError(f"iab nodes are written like 'audience:544' or 'product:1226', got {wrong!r}")
        denied = refusal(self.texts)
        if denied:
            raise ValueError(
                f"speaks of {denied.topic} ({denied.words!r}), which nothing may be targeted by; "
                "leave the segment out or say what is sold in other words"
            )

    @property
    def texts(self) -> tuple[str, ...]:
        """All that says what it is."""
        given = (self.name, self.korean, self.description, *self.examples, *self.nouns)
        return tuple(dict.fromkeys(text for text in given if text.strip()))

    def _check_texts(self) -> None:
        for text in (*self.texts, *self.deny, *self.unlike):
            if len(text) > LONGEST:
                raise ValueError(f"a text of {len(text)} characters is too long; {LONGEST} are read")
        if any(not text.strip() for text in (*self.nouns, *self.examples, *self.deny, *self.unlike)):
            raise ValueError("a noun, an example or a deny rule is empty; leave it out")
        if not self.nouns and not self.examples and not self.description:
            raise ValueError("nouns, examples or a description must say what belongs to it")


class SegmentTable(Table):
    """`[segments.NAME]`: the fields of `Segment`."""

    name: str = ""
    korean: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    iab: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    personal: bool = False


class SegmentsFile(Table):
    """A file of segments: one `[segments.NAME]` table each."""

    segments: dict[str, SegmentTable]


def load_segments(path: Path | str | None = None) -> tuple[Segment, ...]:
    """Segments in the order of the file; the house's own, `configs/audiences/everyday.toml`, where `path` is None.

    A plain name, such as "retail.toml" or "retail", is also looked for among the shipped audiences. Raises ConfigError,
    which names the file, the segment and what would work.
    """
    path = _place(path)
    file = read_config(path, SegmentsFile)
    if not 0 < len(file.segments) <= MOST:
        raise ConfigError(f"settings file {path}: an audience has 1 to {MOST} segments, got {len(file.segments)}")
    segments = tuple(_segment(path, name, table) for name, table in file.segments.items())
    _check_names(path, segments)
    return segments


def find_segment(asked: str, segments: Sequence[Segment]) -> Segment:
    """The segment of this id, English or Korean name; raises ConfigError with the nearest names."""
    for segment in segments:
        if asked.casefold() in {segment.id, segment.name.casefold(), segment.korean.casefold()}:
            return segment
    raise ConfigError(f"no segment is called {asked!r}{nearest(asked, [segment.id for segment in segments])}")


def _place(path: Path | str | None) -> Path:
    if path is None:
        return config_path("audiences/everyday.toml")
    path = Path(path)
    if path.exists() or path.parent != Path():
        return path
    return config_path(f"audiences/{path.with_suffix('.toml')}")


def _segment(path: Path, name: str, table: SegmentTable) -> Segment:
    try:
        return Segment(name, **table.model_dump())
    except ValueError as error:
        raise ConfigError(f"settings file {path}: segments.{name}: {error}") from error


def _check_names(path: Path, segments: Sequence[Segment]) -> None:
    taken: dict[str, str] = {}
    for segment in segments:
        for label in {segment.name.casefold(), segment.korean.casefold()} - {""}:
            if label in taken:
                raise ConfigError(f"settings file {path}: segments {taken[label]!r} and {segment.id!r} share a name")
            taken[label] = segment.id
