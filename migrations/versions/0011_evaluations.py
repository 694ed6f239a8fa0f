"""Hold evaluations with their meetings, and bind examiners and scrutineers to a team.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", _DOCUMENT, nullable=False),
        sa.Column("template", _DOCUMENT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("key", name=op.f("uq_evaluation_key")),
    )
    op.create_table(
        "meeting",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=True),
        sa.Column("team", sa.String(length=64), nullable=True),
        sa.Column("takes_place_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_name", sa.String(length=200), nullable=True),
        sa.CheckConstraint("position >= 1", name=op.f("ck_meeting_position")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_meeting_survey_id")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_meeting_evaluation_id")
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_meeting_unit_code")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_meeting")),
        sa.UniqueConstraint(
            "evaluation_id", "position", name=op.f("uq_meeting_evaluation_id_position")
        ),
    )
    op.create_index(op.f("ix_meeting_team"), "meeting", ["team"])
    with op.batch_alter_table("grant") as batch_op:
        batch_op.add_column(sa.Column("team", sa.String(length=64), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_grant_team_watches_ballots"),
            "team IS NULL OR role IN ('examiner', 'scrutineer')",
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("grant") as batch_op:
        batch_op.drop_constraint(op.f("ck_grant_team_watches_ballots"), type_="check")
        batch_op.drop_column("team")
    op.drop_index(op.f("ix_meeting_team"), table_name="meeting")
    op.drop_table("meeting")
    op.drop_table("evaluation")
