"""Keep from which day on a unit sees a case: an anonymous one not on the day of its review.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("case", sa.Column("unit_sees_from", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("case", "unit_sees_from")
