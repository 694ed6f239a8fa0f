"""Keep which service item and window a response is about; count reviews for their rates.

Reviews counted before are queued again, so that the new counts hold them too.

Revision ID: 0006
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None

# Surveys of kind review with responses that have left the queue: they are counted anew.
COUNTED = (
    "SELECT response.survey_id FROM response JOIN survey ON survey.id = response.survey_id"
    " WHERE survey.kind = 'review' AND NOT EXISTS"
    " (SELECT 1 FROM fold_queue WHERE fold_queue.id = response.id)"
)
COUNT_ANEW = (
    f"DELETE FROM tally WHERE survey_id IN ({COUNTED})",  # noqa: S608  # text of our own
    f"DELETE FROM daily_tally WHERE survey_id IN ({COUNTED})",  # noqa: S608  # text of our own
    "INSERT INTO fold_queue (id, survey_id) SELECT response.id, response.survey_id"
    " FROM response JOIN survey ON survey.id = response.survey_id WHERE survey.kind = 'review'"
    " AND NOT EXISTS (SELECT 1 FROM fold_queue WHERE fold_queue.id = response.id)",
)


def upgrade() -> None:
    """Apply."""
    op.add_column("response", sa.Column("item_code", sa.String(length=64), nullable=True))
    op.add_column("response", sa.Column("item_name", sa.String(length=200), nullable=True))
    op.add_column("response", sa.Column("window", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_response_survey_id_item_code_item_name"),
        "response",
        ["survey_id", "item_code", "item_name"],
        sqlite_where=sa.text("item_code IS NOT NULL"),
        postgresql_where=sa.text("item_code IS NOT NULL"),
    )
    op.create_table(
        "review_tally",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("cell_sha256", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("is_imported", sa.Boolean(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("review_number", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_review_tally_survey_id")
        ),
        sa.PrimaryKeyConstraint("survey_id", "cell_sha256", name=op.f("pk_review_tally")),
    )
    op.create_index(op.f("ix_review_tally_survey_id_day"), "review_tally", ["survey_id", "day"])
    for statement in COUNT_ANEW:
        op.execute(statement)


def downgrade() -> None:
    """Revert."""
    op.drop_index(op.f("ix_review_tally_survey_id_day"), table_name="review_tally")
    op.drop_table("review_tally")
    op.drop_index(op.f("ix_response_survey_id_item_code_item_name"), table_name="response")
    for column in ("window", "item_name", "item_code"):
        op.drop_column("response", column)
