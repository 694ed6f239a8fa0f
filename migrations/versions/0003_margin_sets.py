"""Make the table of population margins.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "margin_set",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wave", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "margins",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_margin_set_number")),
        sa.CheckConstraint(
            "(number = 1 AND replaces IS NULL)"
            " OR (replaces IS NOT NULL AND number > 1 AND replaces = number - 1)",
            name=op.f("ck_margin_set_replaces_the_one_before"),
        ),
        sa.CheckConstraint("source <> ''", name=op.f("ck_margin_set_has_a_source")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_margin_set_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin_set")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_margin_set_survey_id_number")),
    )
    with op.batch_alter_table("margin_set", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_margin_set_survey_id"), ["survey_id"], unique=False)


def downgrade() -> None:
    """Revert."""
    with op.batch_alter_table("margin_set", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_margin_set_survey_id"))
    op.drop_table("margin_set")
