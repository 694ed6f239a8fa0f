"""Grades as meetings decided them.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("suggested", sa.Integer(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.String(length=100), nullable=False),
        sa.Column("entered_by", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_decision_number")),
        sa.CheckConstraint("grade >= 0", name=op.f("ck_decision_grade")),
        sa.CheckConstraint(
            "(suggested IS NOT NULL AND grade = suggested AND number = 1) OR reason <> ''",
            name=op.f("ck_decision_says_why_it_differs"),
        ),
        sa.CheckConstraint(
            "authority <> '' AND minutes <> ''", name=op.f("ck_decision_names_the_meeting")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["score_run.id"], name=op.f("fk_decision_run_id")),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_decision_scheme_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_decision_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "scheme_id",
            "period",
            "unit_code",
            "number",
            name=op.f("uq_decision_scheme_id_period_unit_code_number"),
        ),
    )
    op.create_index(op.f("ix_decision_run_id"), "decision", ["run_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("decision")
