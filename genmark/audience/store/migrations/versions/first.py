"""The first tables: customers, their photos, what was understood and made of them, what was shown and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

_ID = sa.String(32)
_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WHEN = sa.DateTime(timezone=True)
_TABLES = (
    "customers",
    "stores",
    "totals",
    "decisions",
    "photos",
    "showings",
    "captions",
    "previews",
    "segments",
    "tags",
    "evidence",
)


def upgrade() -> None:
    """Make them all, those first that others belong to."""
    for make in (
        _customers,
        _stores,
        _totals,
        _decisions,
        _photos,
        _showings,
        _captions,
        _previews,
        _segments,
        _tags,
        _evidence,
    ):
        make()


def downgrade() -> None:
    """Drop them all, with what they hold."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.CheckConstraint("length(id) = 32", name="ck_customers_id_length"),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
    )


def _stores() -> None:
    op.create_table(
        "stores",
        sa.Column("id", _ID, nullable=False),
        sa.Column("made_at", _WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stores"),
    )


def _totals() -> None:
    op.create_table(
        "totals",
        sa.Column("offer", sa.String(length=200), nullable=False),
        sa.Column("shown", _COUNT, nullable=False),
        sa.Column("spent", _COUNT, nullable=False),
        sa.CheckConstraint("shown >= 0 AND spent >= 0", name="ck_totals_counted"),
        sa.PrimaryKeyConstraint("offer", name="pk_totals"),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("offer", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("decided_at", _WHEN, nullable=False),
        sa.CheckConstraint("verdict IN ('shown', 'refused')", name="ck_decisions_verdict_known"),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="ck_decisions_score_share"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_decisions_customer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_customer_id", "decisions", ["customer_id"])
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("width", _COUNT, nullable=False),
        sa.Column("height", _COUNT, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("purposes", sa.String(length=400), nullable=False),
        sa.Column("consent_at", _WHEN, nullable=False),
        sa.Column("wording", sa.String(length=80), nullable=False),
        sa.Column("taken_at", _WHEN, nullable=True),
        sa.Column("received_at", _WHEN, nullable=False),
        sa.Column("keep_until", _WHEN, nullable=False),
        sa.CheckConstraint("source IN ('profile', 'chat', 'service')", name="ck_photos_source_known"),
        sa.CheckConstraint("keep_until > received_at", name="ck_photos_kept_a_while"),
        sa.CheckConstraint("length(id) = 32", name="ck_photos_id_length"),
        sa.CheckConstraint("length(purposes) > 0 AND length(wording) > 0", name="ck_photos_consent_said"),
        sa.CheckConstraint("length(sha256) = 64", name="ck_photos_sha256_length"),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_photos_size_positive"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_photos_customer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_photos"),
        sa.UniqueConstraint("customer_id", "sha256", name="uq_photos_customer_id_sha256"),
        sa.UniqueConstraint("path", name="uq_photos_path"),
    )
    op.create_index("ix_photos_keep_until", "photos", ["keep_until"])


def _showings() -> None:
    op.create_table(
        "showings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("offer", sa.String(length=200), nullable=False),
        sa.Column("cost", _COUNT, nullable=False),
        sa.Column("shown_at", _WHEN, nullable=False),
        sa.CheckConstraint("cost >= 0", name="ck_showings_cost_counted"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_showings_customer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_showings"),
    )
    op.create_index("ix_showings_customer_id_offer_shown_at", "showings", ["customer_id", "offer", "shown_at"])
    op.create_index("ix_showings_shown_at", "showings", ["shown_at"])


def _captions() -> None:
    op.create_table(
        "captions",
        sa.Column("photo_id", _ID, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("people", _COUNT, nullable=True),
        sa.Column("minor", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("recorded_at", _WHEN, nullable=False),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name="ck_captions_confidence_share"),
        sa.CheckConstraint("people >= 0", name="ck_captions_people_counted"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_captions_photo_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("photo_id", name="pk_captions"),
    )


def _previews() -> None:
    op.create_table(
        "previews",
        sa.Column("id", _ID, nullable=False),
        sa.Column("photo_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("style", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.CheckConstraint("kind IN ('preview', 'thumbnail')", name="ck_previews_kind_known"),
        sa.CheckConstraint("length(id) = 32", name="ck_previews_id_length"),
        sa.CheckConstraint("length(sha256) = 64", name="ck_previews_sha256_length"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_previews_photo_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_previews"),
        sa.UniqueConstraint("path", name="uq_previews_path"),
        sa.UniqueConstraint("photo_id", "sha256", "kind", "style", name="uq_previews_photo_id_sha256_kind_style"),
    )


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("customer_id", _ID, nullable=False),
        sa.Column("photo_id", _ID, nullable=True),
        sa.Column("place", _COUNT, nullable=False),
        sa.Column("segment", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("korean", sa.String(length=400), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("recorded_at", _WHEN, nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="ck_segments_score_share"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_segments_customer_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_segments_photo_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )
    op.create_index("ix_segments_customer_id", "segments", ["customer_id"])
    op.create_index("ix_segments_photo_id", "segments", ["photo_id"])
    op.create_index("ix_segments_segment", "segments", ["segment"])


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("photo_id", _ID, nullable=False),
        sa.Column("place", _COUNT, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("korean", sa.String(length=200), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 1", name="ck_tags_score_share"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_tags_photo_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("photo_id", "place", name="pk_tags"),
    )
    op.create_index("ix_tags_name", "tags", ["name"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("segment_id", _ID, nullable=False),
        sa.Column("place", _COUNT, nullable=False),
        sa.Column("photo_id", _ID, nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.CheckConstraint("weight >= 0 AND weight <= 1", name="ck_evidence_weight_share"),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name="fk_evidence_photo_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name="fk_evidence_segment_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("segment_id", "place", name="pk_evidence"),
    )
    op.create_index("ix_evidence_photo_id", "evidence", ["photo_id"])
