"""The past as the store keeps it, and showing an offer so that no cap and no budget is passed by two at once."""

from __future__ import annotations

from datetime import datetime

from genmark.audience.catalogue import Offer
from genmark.audience.showings import allowance, capped_since
from genmark.audience.store.history import record_showing, showings_of, spent_on
from genmark.audience.store.opening import Store
from genmark.audience.store.records import Cap


class StoredHistory:
    """What one customer was shown, from the store; a `genmark.audience.showings.Past`."""

    def __init__(self, store: Store, customer: str) -> None:
        self._store, self._customer = store, customer

    def shown(self, offer: str, since: datetime, /) -> int:
        """How often an offer was shown to the customer, from `since` on."""
        return showings_of(self._store, self._customer, since).get(offer, 0)

    def spent(self, offer: str, /) -> int:
        """What an offer has cost with all customers."""
        return spent_on(self._store, offer)[1]


def show(store: Store, customer: str, offer: Offer) -> bool:
    """Record that an offer is shown now; False, and nothing recorded, where its cap, budget or pace forbids it.

    Another writer may have been quicker since the offers were ranked: show it only where this says True. Raises what
    `genmark.audience.store.history.record_showing` does.
    """
    now = store.clock()
    cap = None if offer.cap is None else Cap(offer.cap, capped_since(offer, now))
    return record_showing(store, customer, offer.id, offer.cost, allowance(offer, now), cap)
