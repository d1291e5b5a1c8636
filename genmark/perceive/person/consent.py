"""Consent: without it, nothing about a face is described."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from genmark.errors import UsageError


@dataclass(frozen=True)
class Consent:
    """What a person agreed to, and how that is known.

    purpose   what the description is for, in the operator's words: "hair care advice at the chair"
    given_on  the day that they agreed
    wording   the words that they agreed to, as they saw them
    by        who recorded it: a member of staff, a form, an account (never the customer's name)
    """

    purpose: str
    given_on: date
    wording: str
    by: str

    def __post_init__(self) -> None:
        empty = [name for name in ("purpose", "wording", "by") if not str(getattr(self, name)).strip()]
        if empty:
            raise UsageError(f"a consent needs {' and '.join(empty)}; what was agreed to, in which words, to whom")
        if not isinstance(self.given_on, date):
            raise UsageError("a consent's given_on is a date: datetime.date(2026, 11, 21)")
        if self.given_on > date.today():
            raise UsageError(f"this consent is dated {self.given_on}, a day yet to come; give the day it was given")

    def facts(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"purpose": self.purpose, "given_on": self.given_on.isoformat(), "wording": self.wording, "by": self.by}


def check_consent(consent: Consent | None) -> Consent:
    """The consent, once it is sure that there is one. Raises UsageError otherwise."""
    if not isinstance(consent, Consent):
        raise UsageError(
            "attributes of a face are described only with the person's consent: pass "
            "Consent(purpose=…, given_on=…, wording=…, by=…)"
        )
    return consent
