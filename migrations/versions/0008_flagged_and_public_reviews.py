"""Keep proposals to exclude flagged reviews, and what goes onto the public page of reviews.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "exclusion_proposal",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_exclusion_proposal_survey_id")
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_exclusion_proposal")),
    )
    op.create_index(op.f("ix_exclusion_proposal_survey_id"), "exclusion_proposal", ["survey_id"])
    op.create_table(
        "public_choice",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=128), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('comment', 'case')", name=op.f("ck_public_choice_kind")),
        sa.CheckConstraint(
            "is_public = (reason IS NULL)", name=op.f("ck_public_choice_withheld_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_public_choice_survey_id")
        ),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_public_choice")),
    )
    op.create_index(op.f("ix_public_choice_survey_id"), "public_choice", ["survey_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("public_choice")
    op.drop_table("exclusion_proposal")
