"""A person's consent as a file, and what it lets a command describe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from genmark.config import Table, read_config
from genmark.errors import SubjectError
from genmark.perceive.person.consent import Consent
from genmark.perceive.person.describe import Person, describe_person
from genmark.perceive.person.heads import Heads
from genmark.protocols import Parser
from genmark.types import Photo

HELP = "A consent (TOML: purpose, given_on, wording, by): then the largest face is described, too."


class ConsentTable(Table):
    """The fields of `Consent`."""

    purpose: str
    given_on: date
    wording: str
    by: str


class Describer:
    """Describes the largest face of photos, by the consent of a file."""

    def __init__(self, consent: Path | str, parser: Parser) -> None:
        self._consent = Consent(**dict(read_config(consent, ConsentTable)))
        self._parser, self._heads = parser, Heads()

    def __call__(self, photo: Photo, people: int | None) -> Person | None:
        """The person; None where there is no face that can be described."""
        if people == 0:
            return None
        try:
            return describe_person(photo, self._parser(photo, 0), self._consent, self._heads)
        except SubjectError:
            return None
