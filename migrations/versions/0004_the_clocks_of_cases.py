"""Keep what the clock of a case runs from, when to look at it next, and what waits to be opened.

Revision ID: 0004
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "case_queue",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("open_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_case_queue_survey_id")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_case_queue")),
    )
    with op.batch_alter_table("case_queue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_queue_survey_id"), ["survey_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_queue_open_at"), ["open_at"], unique=False)

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clock_since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("clock_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("wake_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("follow_up_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_case_wake_on"), ["wake_on"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_case_follow_up_id"), ["follow_up_id"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("next_attempt_at")

    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_case_follow_up_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_case_wake_on"))
        batch_op.drop_column("follow_up_id")
        batch_op.drop_column("wake_on")
        batch_op.drop_column("clock_days")
        batch_op.drop_column("clock_since")

    with op.batch_alter_table("case_queue", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_queue_open_at"))
        batch_op.drop_index(batch_op.f("ix_case_queue_survey_id"))

    op.drop_table("case_queue")
