"""Keep the reasons of grades of a ballot, and count how fast its pages were filled in.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PACES = ("pace_fast", "pace_usual", "pace_slow")


def upgrade() -> None:
    """Apply."""
    for name in _PACES:
        op.add_column("ballot_class", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("ballot_remark", sa.Column("subject_key", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("ballot_remark", "subject_key")
    for name in reversed(_PACES):
        op.drop_column("ballot_class", name)
