"""Hold indicators by version, and snapshots of figures with their inputs.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "indicator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", _DOCUMENT, nullable=False),
        sa.Column("document", _DOCUMENT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_indicator_version")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_indicator_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_indicator_key_version")),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_kind", sa.String(length=16), nullable=False),
        sa.Column("source_key", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("values", _DOCUMENT, nullable=False),
        sa.Column("values_sha256", sa.String(length=64), nullable=False),
        sa.Column("input_blob", sa.LargeBinary(), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=128), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source_kind IN ('survey', 'indicator')", name=op.f("ck_snapshot_source_kind")
        ),
        sa.CheckConstraint(
            "(source_kind = 'indicator') = (indicator_id IS NOT NULL)",
            name=op.f("ck_snapshot_names_its_indicator"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_snapshot_number")),
        sa.CheckConstraint(
            "(number = 1) = (supersedes_id IS NULL)",
            name=op.f("ck_snapshot_names_its_predecessor"),
        ),
        sa.CheckConstraint(
            "length(values_sha256) = 64 AND length(input_sha256) = 64",
            name=op.f("ck_snapshot_sha256"),
        ),
        sa.CheckConstraint("length(input_blob) > 0", name=op.f("ck_snapshot_has_an_input")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_snapshot_indicator_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["snapshot.id"], name=op.f("fk_snapshot_supersedes_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_snapshot_supersedes_id")),
        sa.UniqueConstraint(
            "source_key", "period", "number", name=op.f("uq_snapshot_source_key_period_number")
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("snapshot")
    op.drop_table("indicator")
