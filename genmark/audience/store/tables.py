"""The tables. What must hold is said here to the database itself: keys, unique hashes, ranges, words that are known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(32)
"""128 bits in lower-case hexadecimal."""


class Utc(TypeDecorator[datetime]):
    """A moment, in UTC both ways; SQLite keeps no zone, so one without is refused before it gets there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError("times are kept in UTC, and this one has no zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _share(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0 AND {column} <= 1", name=f"{column}_share")


def _word(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, words))})", name=f"{column}_known")


def _length(column: str, letters: int) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = {letters}", name=f"{column}_length")


def _belongs(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE")


class Rows(DeclarativeBase):
    """Every table, with names for its constraints that are the same on every database."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {datetime: Utc(), int: BigInteger().with_variant(Integer(), "sqlite")}


class StoreRow(Rows):
    """Which store this is; the folder says the same, so that two are never mixed up."""

    __tablename__ = "stores"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    made_at: Mapped[datetime]


class CustomerRow(Rows):
    """A pseudonym: random, or a keyed hash of the operator's own number; the key is nowhere in here."""

    __tablename__ = "customers"
    __table_args__ = (_length("id", 32),)
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    created_at: Mapped[datetime]


class PhotoRow(Rows):
    """A photo, where its file lies, and what the customer agreed to when it came."""

    __tablename__ = "photos"
    __table_args__ = (
        _length("id", 32),
        _length("sha256", 64),
        _word("source", "profile", "chat", "service"),
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint("length(purposes) > 0 AND length(wording) > 0", name="consent_said"),
        CheckConstraint("keep_until > received_at", name="kept_a_while"),
        UniqueConstraint("customer_id", "sha256"),
        UniqueConstraint("path"),
        Index(None, "keep_until"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, _belongs("customers.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(200))
    width: Mapped[int]
    height: Mapped[int]
    source: Mapped[str] = mapped_column(String(16))
    purposes: Mapped[str] = mapped_column(String(400))
    consent_at: Mapped[datetime]
    wording: Mapped[str] = mapped_column(String(80))
    taken_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    keep_until: Mapped[datetime]


class CaptionRow(Rows):
    """What a photo shows, as a sentence, and what else was found; one a photo."""

    __tablename__ = "captions"
    __table_args__ = (_share("confidence"), CheckConstraint("people >= 0", name="people_counted"))
    photo_id: Mapped[str] = mapped_column(ID, _belongs("photos.id"), primary_key=True)
    text: Mapped[str]
    confidence: Mapped[float]
    mentions: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(100))
    people: Mapped[int | None]
    minor: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]


class TagRow(Rows):
    """One thing that a photo shows; `place` is its rank."""

    __tablename__ = "tags"
    __table_args__ = (_share("score"), Index(None, "name"))
    photo_id: Mapped[str] = mapped_column(ID, _belongs("photos.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    korean: Mapped[str] = mapped_column(String(200))
    score: Mapped[float]
    kind: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(100))


class SegmentRow(Rows):
    """A segment that fits a customer, from one photo or, where there is none, from all of them."""

    __tablename__ = "segments"
    __table_args__ = (_share("score"), Index(None, "customer_id"), Index(None, "photo_id"), Index(None, "segment"))
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, _belongs("customers.id"))
    photo_id: Mapped[str | None] = mapped_column(ID, _belongs("photos.id"))
    place: Mapped[int]
    segment: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(400))
    korean: Mapped[str] = mapped_column(String(400))
    score: Mapped[float]
    recorded_at: Mapped[datetime]


class EvidenceRow(Rows):
    """Why a segment was chosen; `photo_id` is the photo that spoke for it, where one is named."""

    __tablename__ = "evidence"
    __table_args__ = (_share("weight"), Index(None, "photo_id"))
    segment_id: Mapped[str] = mapped_column(ID, _belongs("segments.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[str | None] = mapped_column(ID, _belongs("photos.id"))
    text: Mapped[str]
    source: Mapped[str] = mapped_column(String(100))
    weight: Mapped[float]


class PreviewRow(Rows):
    """A picture that was made from a photo, and where its file lies."""

    __tablename__ = "previews"
    __table_args__ = (
        _length("id", 32),
        _length("sha256", 64),
        _word("kind", "preview", "thumbnail"),
        UniqueConstraint("photo_id", "sha256", "kind", "style"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    photo_id: Mapped[str] = mapped_column(ID, _belongs("photos.id"))
    kind: Mapped[str] = mapped_column(String(16))
    style: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]


class DecisionRow(Rows):
    """What was shown to a customer or kept from them, and why."""

    __tablename__ = "decisions"
    __table_args__ = (
        _word("verdict", "shown", "refused"),
        _share("score"),
        Index(None, "customer_id"),
        Index(None, "decided_at"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, _belongs("customers.id"))
    offer: Mapped[str] = mapped_column(String(200))
    verdict: Mapped[str] = mapped_column(String(16))
    why: Mapped[str]
    score: Mapped[float | None]
    decided_at: Mapped[datetime]


class ShowingRow(Rows):
    """One offer, shown once to one customer."""

    __tablename__ = "showings"
    __table_args__ = (
        CheckConstraint("cost >= 0", name="cost_counted"),
        Index(None, "customer_id", "offer", "shown_at"),
        Index(None, "shown_at"),
    )
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, _belongs("customers.id"))
    offer: Mapped[str] = mapped_column(String(200))
    cost: Mapped[int]
    shown_at: Mapped[datetime]


class TotalRow(Rows):
    """How often an offer was shown and what that cost, of nobody in particular: it outlives the customers."""

    __tablename__ = "totals"
    __table_args__ = (CheckConstraint("shown >= 0 AND spent >= 0", name="counted"),)
    offer: Mapped[str] = mapped_column(String(200), primary_key=True)
    shown: Mapped[int]
    spent: Mapped[int]
