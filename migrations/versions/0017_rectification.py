"""Matters being put right: heads, events, evidence; slips about them.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rectification_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("scheme_key", sa.String(length=64), nullable=True),
        sa.Column("period", sa.String(length=16), nullable=True),
        sa.Column("indicator_key", sa.String(length=64), nullable=True),
        sa.Column("case_number", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("responsible_unit", sa.String(length=64), nullable=False),
        sa.Column("responsible_person", sa.String(length=128), nullable=False),
        sa.Column("goal", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("clock_since", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("wake_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "source IN ('sheet', 'case', 'indicator', 'common')",
            name=op.f("ck_rectification_item_source"),
        ),
        sa.CheckConstraint(
            "state IN ('rectifying', 'answered', 'closed', 'cancelled')",
            name=op.f("ck_rectification_item_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (closed_on IS NOT NULL)",
            name=op.f("ck_rectification_item_end"),
        ),
        sa.CheckConstraint(
            "title <> '' AND problem <> '' AND responsible_person <> '' AND goal <> ''",
            name=op.f("ck_rectification_item_whom_when_what"),
        ),
        sa.CheckConstraint(
            "due_on > clock_since", name=op.f("ck_rectification_item_due_after_start")
        ),
        sa.CheckConstraint("round >= 1 AND events >= 0", name=op.f("ck_rectification_item_counts")),
        sa.ForeignKeyConstraint(
            ["unit_code"], ["unit.code"], name=op.f("fk_rectification_item_unit_code")
        ),
        sa.ForeignKeyConstraint(
            ["responsible_unit"], ["unit.code"], name=op.f("fk_rectification_item_responsible_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_item")),
        sa.UniqueConstraint("number", name=op.f("uq_rectification_item_number")),
    )
    for column in ("unit_code", "responsible_unit", "state", "due_on", "wake_on"):
        op.create_index(op.f(f"ix_rectification_item_{column}"), "rectification_item", [column])
    op.create_table(
        "rectification_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "step IN ('open', 'forward', 'extend', 'answer', 'send_back', 'close', 'cancel')",
            name=op.f("ck_rectification_event_step"),
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["rectification_item.id"], name=op.f("fk_rectification_event_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_event")),
        sa.UniqueConstraint(
            "item_id", "position", name=op.f("uq_rectification_event_item_id_position")
        ),
    )
    op.create_table(
        "rectification_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["rectification_item.id"], name=op.f("fk_rectification_file_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_file")),
    )
    op.create_index(op.f("ix_rectification_file_item_id"), "rectification_file", ["item_id"])
    with op.batch_alter_table("slip") as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("item_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_slip_item_id"), "rectification_item", ["item_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_slip_item_id"), ["item_id"])
        batch_op.create_unique_constraint(
            batch_op.f("uq_slip_item_id_colour_round"), ["item_id", "colour", "round"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_slip_about_one_thing"), "(case_id IS NULL) <> (item_id IS NULL)"
        )


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM slip WHERE item_id IS NOT NULL")
    with op.batch_alter_table("slip") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_slip_about_one_thing"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_slip_item_id_colour_round"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_slip_item_id"))
        batch_op.drop_constraint(batch_op.f("fk_slip_item_id"), type_="foreignkey")
        batch_op.drop_column("item_id")
        batch_op.alter_column("case_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("rectification_file")
    op.drop_table("rectification_event")
    op.drop_table("rectification_item")
