"""Hold closed ballots: credentials, the urn, opened ballots, remarks and receipts.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _survey_kinds(kinds: str) -> None:
    """Let surveys be of these kinds."""
    with op.batch_alter_table("survey") as batch_op:
        batch_op.drop_constraint(op.f("ck_survey_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_survey_kind"), f"kind IN ({kinds})")


def _of_survey(table: str) -> tuple[sa.Column[object], sa.ForeignKeyConstraint]:
    return (
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f(f"fk_{table}_survey_id")),
    )


def upgrade() -> None:
    """Apply."""
    _survey_kinds("'review', 'satisfaction', 'ballot'")
    op.create_table(
        "ballot_box",
        *_of_survey("ballot_box"),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "stage IN ('sealed', 'closed', 'opened', 'destroyed', 'scrubbed')",
            name=op.f("ck_ballot_box_stage"),
        ),
        sa.CheckConstraint(
            "(stage IN ('sealed', 'closed')) = (root IS NULL)",
            name=op.f("ck_ballot_box_opened_has_root"),
        ),
        sa.CheckConstraint(
            "(stage IN ('sealed', 'closed')) = (wrapped_private_key IS NOT NULL)",
            name=op.f("ck_ballot_box_opened_has_no_key"),
        ),
        sa.CheckConstraint("unreadable >= 0", name=op.f("ck_ballot_box_unreadable")),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_ballot_box")),
    )
    op.create_table(
        "ballot_class",
        *_of_survey("ballot_class"),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("roll", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.CheckConstraint("issued >= 0 AND issued <= roll", name=op.f("ck_ballot_class_issued")),
        sa.CheckConstraint(
            "spent IS NULL OR (spent >= 0 AND spent <= issued)", name=op.f("ck_ballot_class_spent")
        ),
        sa.PrimaryKeyConstraint("survey_id", "key", name=op.f("pk_ballot_class")),
    )
    for table in ("credential", "rehearsal_credential"):
        op.create_table(
            table,
            *_of_survey(table),
            sa.Column("digest", sa.String(length=64), nullable=False),
            sa.Column("class_key", sa.String(length=64), nullable=False),
            sa.Column("spent", sa.Boolean(), nullable=False),
            sa.PrimaryKeyConstraint("survey_id", "digest", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
    content: dict[str, tuple[sa.Column[object], ...]] = {
        "urn": (sa.Column("box", sa.LargeBinary(), nullable=False),),
        "ballot": (_class_key(), _grades()),
        "signed_ballot": (
            _class_key(),
            sa.Column("signed_by", sa.String(length=200), nullable=False),
            _grades(),
        ),
        "ballot_remark": (sa.Column("remark", sa.String(length=2000), nullable=False),),
    }
    for table, columns in content.items():
        op.create_table(
            table,
            *_of_survey(table),
            sa.Column("id", sa.Uuid(), nullable=False),
            *columns,
            sa.PrimaryKeyConstraint("survey_id", "id", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "receipt_list",
        *_of_survey("receipt_list"),
        sa.Column("receipt", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "receipt", name=op.f("pk_receipt_list")),
        sqlite_with_rowid=False,
    )


def _class_key() -> sa.Column[object]:
    return sa.Column("class_key", sa.String(length=64), nullable=False)


def _grades() -> sa.Column[object]:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    return sa.Column("grades", document, nullable=False)


def downgrade() -> None:
    """Take back."""
    for table in (
        "receipt_list",
        "ballot_remark",
        "signed_ballot",
        "ballot",
        "urn",
        "rehearsal_credential",
        "credential",
        "ballot_class",
        "ballot_box",
    ):
        op.drop_table(table)
    _survey_kinds("'review', 'satisfaction'")
