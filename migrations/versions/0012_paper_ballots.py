"""Count printed ballots, and hold what two clerks key from them until the urn is opened.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_ISSUED = "ck_ballot_class_issued"
_RETURNED = "ck_ballot_class_paper_returned"
_VOID = "ck_ballot_class_paper_void"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("ballot_class") as batch_op:
        batch_op.add_column(
            sa.Column("paper_issued", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(sa.Column("paper_returned", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("paper_void", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f(_ISSUED), type_="check")
        batch_op.create_check_constraint(
            op.f(_ISSUED), "issued >= 0 AND paper_issued >= 0 AND issued + paper_issued <= roll"
        )
        batch_op.create_check_constraint(
            op.f(_RETURNED),
            "paper_returned IS NULL OR (paper_returned >= 0 AND paper_returned <= paper_issued)",
        )
        batch_op.create_check_constraint(
            op.f(_VOID), "paper_void IS NULL OR (paper_void >= 0 AND paper_void <= paper_returned)"
        )
    op.create_table(
        "paper_keying",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("clerk_id", sa.Uuid(), nullable=False),
        sa.Column("class_key", sa.String(length=64), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("marks", _DOCUMENT, nullable=False),
        sa.Column("words", _DOCUMENT, nullable=False),
        sa.CheckConstraint("turn IN (1, 2)", name=op.f("ck_paper_keying_turn")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_paper_keying_number")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_paper_keying_survey_id")
        ),
        sa.ForeignKeyConstraint(["clerk_id"], ["staff.id"], name=op.f("fk_paper_keying_clerk_id")),
        sa.PrimaryKeyConstraint("survey_id", "number", "turn", name=op.f("pk_paper_keying")),
        sa.UniqueConstraint(
            "survey_id",
            "number",
            "clerk_id",
            name=op.f("uq_paper_keying_survey_id_number_clerk_id"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "paper_confirmation",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_paper_confirmation_survey_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_paper_confirmation_staff_id")
        ),
        sa.PrimaryKeyConstraint("survey_id", "staff_id", name=op.f("pk_paper_confirmation")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("paper_confirmation")
    op.drop_table("paper_keying")
    with op.batch_alter_table("ballot_class") as batch_op:
        for constraint in (_VOID, _RETURNED, _ISSUED):
            batch_op.drop_constraint(op.f(constraint), type_="check")
        batch_op.drop_column("paper_void")
        batch_op.drop_column("paper_returned")
        batch_op.drop_column("paper_issued")
        batch_op.create_check_constraint(op.f(_ISSUED), "issued >= 0 AND issued <= roll")
