"""What customers were shown and what was kept from them; how often, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from genmark.audience.store.filing import require
from genmark.audience.store.opening import Store
from genmark.audience.store.records import Cap, Decision
from genmark.audience.store.tables import CustomerRow, DecisionRow, ShowingRow, TotalRow
from genmark.errors import UsageError


def record_decision(store: Store, customer: str, decision: Decision) -> None:
    """Keep what was decided for a customer, and why. Raises UsageError for an unknown customer; WriteError."""
    row = DecisionRow(
        id=store.new_id(),
        customer_id=customer,
        offer=decision.offer,
        verdict=decision.verdict,
        why=decision.why,
        score=decision.score,
        decided_at=store.clock(),
    )
    with store.writing("recording a decision") as session:
        require(session.get(CustomerRow, customer), "customer")
        session.add(row)


def decisions_of(store: Store, customer: str) -> tuple[Decision, ...]:
    """What was decided for a customer, oldest first. Raises UsageError for an unknown customer."""
    with store.reading("reading decisions") as session:
        require(session.get(CustomerRow, customer), "customer")
        order = (DecisionRow.decided_at, DecisionRow.id)
        rows = session.scalars(select(DecisionRow).filter_by(customer_id=customer).order_by(*order))
        return tuple(Decision(row.offer, row.verdict, row.why, row.score) for row in rows)  # type: ignore[arg-type]


def record_showing(
    store: Store, customer: str, offer: str, cost: int = 0, budget: int | None = None, cap: Cap | None = None
) -> bool:
    """Show an offer to a customer once, if its cap and budget allow it; False, and nothing recorded, where not.

    cost, budget: in the operator's smallest unit of money; `budget` is the most that the offer may cost in all. Two
    writers never overspend together: who comes second counts what the first one spent. Raises UsageError for an
    unknown customer or a cost below 0; WriteError.
    """
    if cost < 0:
        raise UsageError("an offer's cost is 0 or more")
    _open_account(store, offer)
    with store.writing("recording a showing") as session:
        require(session.get(CustomerRow, customer), "customer")
        booking = update(TotalRow).where(TotalRow.offer == offer)
        if budget is not None:
            booking = booking.where(TotalRow.spent + cost <= budget)
        booked = booking.values(shown=TotalRow.shown + 1, spent=TotalRow.spent + cost).returning(TotalRow.offer)
        # the offer's row is locked from here on, so the customer's showings of it hold still while they are counted
        if session.scalar(booked) is None or _capped(session, customer, offer, cap):
            session.rollback()
            return False
        session.add(ShowingRow(id=store.new_id(), customer_id=customer, offer=offer, cost=cost, shown_at=store.clock()))
    return True


def showings_of(store: Store, customer: str, since: datetime) -> Mapping[str, int]:
    """How often each offer was shown to a customer since then. Raises UsageError for an unknown customer."""
    with store.reading("counting showings") as session:
        require(session.get(CustomerRow, customer), "customer")
        counted = select(ShowingRow.offer, func.count()).group_by(ShowingRow.offer)
        rows = session.execute(counted.where(ShowingRow.customer_id == customer, ShowingRow.shown_at >= since))
        return dict(rows.all())


def spent_on(store: Store, offer: str) -> tuple[int, int]:
    """How often an offer was shown to anyone, and what that cost; also to customers who are gone."""
    with store.reading("reading totals") as session:
        total = session.get(TotalRow, offer)
        return (0, 0) if total is None else (total.shown, total.spent)


def _open_account(store: Store, offer: str) -> None:
    with store.reading("reading totals") as session:
        if session.get(TotalRow, offer) is not None:
            return
    try:
        with store.writing("opening an offer's totals") as session:
            session.add(TotalRow(offer=offer, shown=0, spent=0))
    except UsageError:
        return  # another writer was quicker


def _capped(session: Session, customer: str, offer: str, cap: Cap | None) -> bool:
    if cap is None:
        return False
    mine = select(func.count()).select_from(ShowingRow).filter_by(customer_id=customer, offer=offer)
    return (session.scalar(mine.where(ShowingRow.shown_at >= cap.since)) or 0) >= cap.most
