"""What an operator keeps of customers, and how it goes again: rows in a database, pictures in one managed folder.

    from genmark.audience.store.opening import create_store

    with create_store("sqlite:///salon.db", "salon-pictures", key=key) as store:
        customer = add_customer(store, "the operator's own number")
        photo = add_photo(store, customer, data, Intake(consent, "service", keep_until))
        record_insight(store, photo.id, insight)

A customer is a pseudonym. Nothing that is raised or logged here names a path, a file or the operator's own number.
"""

from __future__ import annotations

from importlib.util import find_spec

from genmark.errors import UsageError

if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
    raise UsageError("the store needs an extra: pip install 'genmark[store]'", "missing_extra")
