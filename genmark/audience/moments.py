"""Moments of time: always with a zone, compared in UTC, so that no summer time makes a day of 23 hours."""

from __future__ import annotations

from datetime import UTC, datetime

from genmark.errors import UsageError


def in_utc(when: datetime, what: str) -> datetime:
    """The same moment in UTC. Raises UsageError for a time without a zone; `what` names it."""
    if when.tzinfo is None:
        raise UsageError(f"{what} has no time zone; give one, as in 2026-11-21T10:00+09:00")
    return when.astimezone(UTC)


def days_between(earlier: datetime, later: datetime) -> float:
    """Days of 24 hours from one moment to another; never below 0."""
    return max(0.0, (later - earlier).total_seconds() / 86_400.0)
