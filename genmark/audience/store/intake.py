"""Customers and pictures, in: a file and its row are one act."""

from __future__ import annotations

import hashlib
from pathlib import Path

from genmark import photos
from genmark.audience.store.filing import keep, require
from genmark.audience.store.opening import Store
from genmark.audience.store.records import Consent, Intake, Picture, StoredPhoto, StoredPreview
from genmark.audience.store.tables import CustomerRow, PhotoRow, PreviewRow
from genmark.audience.store.vault import home
from genmark.errors import UsageError
from genmark.types import Photo

QUALITY = 95
"""Of the JPEG (4:4:4) that a photo is kept as."""


def add_customer(store: Store, own_id: str | None = None) -> str:
    """A customer's pseudonym: of the operator's own number, known or not, or without one, a new random one.

    Raises UsageError where a number is given and the store has no key.
    """
    customer = store.new_id() if own_id is None else store.pseudonym(own_id)
    try:
        with store.writing("adding a customer") as session:
            if session.get(CustomerRow, customer) is None:
                session.add(CustomerRow(id=customer, created_at=store.clock()))
    except UsageError:  # another writer was quicker, which is as well
        with store.reading("adding a customer") as session:
            require(session.get(CustomerRow, customer), "customer")
    return customer


def add_photo(store: Store, customer: str, picture: bytes | Photo, intake: Intake) -> StoredPhoto:
    """Keep a photo of a customer: upright sRGB, nothing but pixels, as JPEG.

    picture: an uploaded file's bytes, any format that `genmark.photos` reads, or a Photo. One that the customer has
    given before is not kept twice: what is there is returned as it is, under the consent of then.

    Whole or not at all: when this returns, file and row are on the disk; when it raises, neither is. Raises PhotoError
    for bytes that are no photo, UsageError for an unknown customer or a `keep_until` that has passed, WriteError.
    """
    photo = photos.read_bytes(picture, "the picture") if isinstance(picture, bytes) else picture
    received = store.clock()
    if intake.keep_until <= received:
        raise UsageError("the time to keep the photo until has passed already")
    data = photos.encode(photo, ".jpg", quality=QUALITY, generated=False)
    sha = hashlib.sha256(data).hexdigest()
    row = _photo_row(store, customer, sha, photo.size, intake)
    row.received_at = received
    with store.reading("adding a photo") as session:
        require(session.get(CustomerRow, customer), "customer")
    return photo_of(keep(store, customer, row, data))


def add_preview(
    store: Store, photo_id: str, picture: Photo, style: str = "", kind: Picture = "preview"
) -> StoredPreview:
    """Keep a picture that was made from a stored photo, as JPEG with the mark that AI made it (not on thumbnails).

    It goes when the photo goes. Raises as `add_photo` does.
    """
    data = photos.encode(picture, ".jpg", quality=QUALITY, generated=kind == "preview")
    sha, token = hashlib.sha256(data).hexdigest(), store.new_id()
    with store.reading("adding a preview") as session:
        owner = require(session.get(PhotoRow, photo_id), "photo").customer_id
    row = PreviewRow(
        id=token,
        photo_id=photo_id,
        kind=kind,
        style=style,
        sha256=sha,
        path=f"{home(owner)}/previews/{sha}-{token}.jpg",
        created_at=store.clock(),
    )
    return preview_of(keep(store, owner, row, data))


def file_of(store: Store, stored: StoredPhoto | StoredPreview) -> Path:
    """Where a stored picture's bytes lie. Raises UsageError where they are gone."""
    place = store.vault.find(stored.path, stored.id)
    if place is None:
        raise UsageError("the picture is no longer in the store; run: genmark store check")
    return place


def photo_of(row: PhotoRow) -> StoredPhoto:
    """A row as plain data."""
    consent = Consent(tuple(row.purposes.split(",")), row.consent_at, row.wording)
    intake = Intake(consent, row.source, row.keep_until, row.taken_at)  # type: ignore[arg-type]  # the table checks it
    return StoredPhoto(row.id, row.customer_id, row.sha256, row.path, (row.width, row.height), row.received_at, intake)


def preview_of(row: PreviewRow) -> StoredPreview:
    """A row as plain data."""
    return StoredPreview(row.id, row.photo_id, row.kind, row.style, row.sha256, row.path)  # type: ignore[arg-type]


def _photo_row(store: Store, customer: str, sha: str, size: tuple[int, int], intake: Intake) -> PhotoRow:
    return PhotoRow(
        id=store.new_id(),
        customer_id=customer,
        sha256=sha,
        path=f"{home(customer)}/photos/{sha}.jpg",
        width=size[0],
        height=size[1],
        source=intake.source,
        purposes=",".join(intake.consent.purposes),
        consent_at=intake.consent.given,
        wording=intake.consent.wording,
        taken_at=intake.taken,
        keep_until=intake.keep_until,
    )
