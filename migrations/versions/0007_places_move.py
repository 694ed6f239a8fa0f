"""Keep where a place stood and who moved it; count reviews for who was on duty.

Reviews counted before are queued again, so that the new counts hold who was on duty too.

Revision ID: 0007
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
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
    f"DELETE FROM review_tally WHERE survey_id IN ({COUNTED})",  # noqa: S608  # text of our own
    "INSERT INTO fold_queue (id, survey_id) SELECT response.id, response.survey_id"
    " FROM response JOIN survey ON survey.id = response.survey_id WHERE survey.kind = 'review'"
    " AND NOT EXISTS (SELECT 1 FROM fold_queue WHERE fold_queue.id = response.id)",
)
# What stood at a place before this version knew of moving it is what stands there now.
WHERE_IT_STANDS = (
    "UPDATE place_assignment SET hall = (SELECT place.hall FROM place WHERE place.id = place_id),"
    ' "window" = (SELECT place."window" FROM place WHERE place.id = place_id)'
)


def upgrade() -> None:
    """Apply."""
    op.add_column("place_assignment", sa.Column("hall", sa.String(length=100), nullable=True))
    op.add_column("place_assignment", sa.Column("window", sa.String(length=64), nullable=True))
    op.add_column(
        "place_assignment", sa.Column("assigned_by", sa.String(length=128), nullable=True)
    )
    op.execute(WHERE_IT_STANDS)
    op.add_column(
        "review_tally",
        sa.Column(
            "staff_number", sa.String(length=64), nullable=False, server_default=sa.text("''")
        ),
    )
    for statement in COUNT_ANEW:
        op.execute(statement)


def downgrade() -> None:
    """Revert."""
    for statement in COUNT_ANEW:
        op.execute(statement)
    op.drop_column("review_tally", "staff_number")
    for column in ("assigned_by", "window", "hall"):
        op.drop_column("place_assignment", column)
