"""Hold what is reported for an assessment: values, occurrences, objections, proposals, forms.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_SLOT = ["scheme_key", "indicator_key", "unit_code", "period"]


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _first(verb: str) -> tuple[sa.Column[Any], ...]:
    """Return who did it first, and when."""
    return (
        _text(f"{verb}_by", 128),
        sa.Column(f"{verb}_staff_id", sa.Uuid(), nullable=True),
        sa.Column(f"{verb}_at", sa.DateTime(timezone=True), nullable=False),
    )


def _second() -> tuple[sa.Column[Any], ...]:
    """Return who decided, and when."""
    return (
        _text("decided_by", 128, nullable=True),
        sa.Column("decided_staff_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
    )


def _note() -> sa.Column[str]:
    return _text("decision_note", 1000, nullable=True)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _two_people(table: str, first: str) -> sa.CheckConstraint:
    return _check(
        table,
        "two_people",
        f"(decided_by IS NULL OR decided_by <> {first}_by) AND"
        f" (decided_staff_id IS NULL OR {first}_staff_id IS NULL"
        f" OR decided_staff_id <> {first}_staff_id)",
    )


def _decided_at(table: str) -> sa.CheckConstraint:
    return _check(table, "decided_at", "(decided_by IS NULL) = (decided_at IS NULL)")


def _one_of(*columns: str) -> str:
    counted = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns)
    return f"{counted} = 1"


def _keys(table: str, **foreign: str) -> tuple[sa.Constraint, ...]:
    return (
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def upgrade() -> None:
    """Apply."""
    _values()
    _adjustments()
    _objections()
    _proposals()
    _forms()
    _evidence()


def _values() -> None:
    table = "objective_value"
    op.create_table(
        table,
        _id(),
        _text("scheme_key", 64),
        _text("indicator_key", 64),
        _text("unit_code", 64),
        _text("period", 8),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("value", 64),
        _text("status", 16),
        _text("source", 200),
        _text("note", 1000),
        _text("file_sha256", 64, nullable=True),
        *_first("reported"),
        *_second(),
        _note(),
        _check(table, "version", "version >= 1"),
        _check(
            table,
            "status",
            "status IN ('reported', 'verified', 'returned', 'replaced', 'overturned')",
        ),
        _check(
            table,
            "decided_by_somebody",
            "status NOT IN ('verified', 'returned', 'overturned') OR decided_by IS NOT NULL",
        ),
        _check(table, "waits_undecided", "status <> 'reported' OR decided_by IS NULL"),
        _decided_at(table),
        _check(table, "returned_for_a_reason", "status <> 'returned' OR decision_note IS NOT NULL"),
        _two_people(table, "reported"),
        *_keys(table, unit_code="unit.code"),
        sa.UniqueConstraint(*_SLOT, "version", name="uq_objective_value_version"),
    )
    for status in ("reported", "verified"):
        op.create_index(
            f"ix_objective_value_one_{status}",
            table,
            _SLOT,
            unique=True,
            sqlite_where=sa.text(f"status = '{status}'"),
            postgresql_where=sa.text(f"status = '{status}'"),
        )
    _index(table, "unit_code")


def _adjustments() -> None:
    table = "adjustment"
    op.create_table(
        table,
        _id(),
        _text("scheme_key", 64),
        _text("kind", 16),
        _text("rule_key", 64),
        _text("unit_code", 64),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        _text("reason", 1000),
        _text("document", 500),
        _text("status", 16),
        *_first("entered"),
        *_second(),
        _note(),
        _check(table, "kind", "kind IN ('points', 'override')"),
        _check(table, "occurrences", "occurrences >= 1"),
        _check(table, "override_occurs_once", "kind = 'points' OR occurrences = 1"),
        _check(table, "has_a_document", "length(document) > 0"),
        _check(table, "has_a_reason", "length(reason) > 0"),
        _check(table, "status", "status IN ('entered', 'verified', 'returned', 'overturned')"),
        _check(table, "decided_by_somebody", "(status = 'entered') = (decided_by IS NULL)"),
        _decided_at(table),
        _check(table, "returned_for_a_reason", "status <> 'returned' OR decision_note IS NOT NULL"),
        _two_people(table, "entered"),
        *_keys(table, unit_code="unit.code"),
    )
    _index(table, "scheme_key")
    _index(table, "unit_code")


def _objections() -> None:
    table = "objection"
    op.create_table(
        table,
        _id(),
        sa.Column("value_id", sa.Uuid(), nullable=True),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        _text("unit_code", 64),
        _text("reason", 2000),
        *_first("raised"),
        _text("ruling", 16, nullable=True),
        _text("ruling_reason", 2000, nullable=True),
        *_second(),
        _check(table, "against_one_thing", _one_of("value_id", "adjustment_id")),
        _check(table, "ruling", "ruling IS NULL OR ruling IN ('upheld', 'dismissed')"),
        _check(table, "ruling_has_a_reason", "(ruling IS NULL) = (ruling_reason IS NULL)"),
        _check(table, "decided_by_somebody", "(ruling IS NULL) = (decided_by IS NULL)"),
        _decided_at(table),
        _two_people(table, "raised"),
        *_keys(
            table,
            value_id="objective_value.id",
            adjustment_id="adjustment.id",
            unit_code="unit.code",
        ),
        sa.UniqueConstraint("value_id", name=op.f("uq_objection_value_id")),
        sa.UniqueConstraint("adjustment_id", name=op.f("uq_objection_adjustment_id")),
    )
    _index(table, "unit_code")


def _proposals() -> None:
    table = "indicator_proposal"
    op.create_table(
        table,
        _id(),
        _text("scheme_key", 64),
        _text("unit_code", 64),
        sa.Column("content", _DOCUMENT, nullable=False),
        _text("status", 16),
        *_first("proposed"),
        *_second(),
        _note(),
        _text("indicator_key", 64, nullable=True),
        _check(table, "status", "status IN ('proposed', 'accepted', 'declined', 'withdrawn')"),
        _check(
            table,
            "decided_by_somebody",
            "(status IN ('accepted', 'declined')) = (decided_by IS NOT NULL)",
        ),
        _decided_at(table),
        _check(table, "settled_for_a_reason", "(decided_by IS NULL) = (decision_note IS NULL)"),
        _check(
            table,
            "only_accepted_become_indicators",
            "indicator_key IS NULL OR status = 'accepted'",
        ),
        _two_people(table, "proposed"),
        *_keys(table, unit_code="unit.code"),
    )
    _index(table, "scheme_key")
    _index(table, "unit_code")


def _forms() -> None:
    table = "staff_form"
    op.create_table(
        table,
        _id(),
        _text("kind", 16),
        _text("unit_code", 64),
        _text("period", 8),
        sa.Column("day", sa.Date(), nullable=False),
        _text("team", 64, nullable=True),
        sa.Column("content", _DOCUMENT, nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        _text("filled_by", 128),
        _text("filled_name", 128),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        _check(table, "kind", "kind IN ('visit', 'duty_report')"),
        _check(table, "not_its_own_correction", "replaces_id <> id"),
        _check(table, "teams_visit", "kind = 'visit' OR team IS NULL"),
        *_keys(table, unit_code="unit.code", replaces_id="staff_form.id"),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_staff_form_replaces_id")),
    )
    _index(table, "unit_code")


def _evidence() -> None:
    table = "evidence"
    owners = {
        "value_id": "objective_value.id",
        "adjustment_id": "adjustment.id",
        "objection_id": "objection.id",
        "form_id": "staff_form.id",
    }
    op.create_table(
        table,
        _id(),
        *(sa.Column(owner, sa.Uuid(), nullable=True) for owner in owners),
        _text("file_name", 200),
        _text("media_type", 100),
        _text("sha256", 64),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _text("added_by", 128),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        _check(table, "belongs_to_one_thing", _one_of(*owners)),
        _check(table, "size", "size BETWEEN 1 AND 10485760"),
        *_keys(table, **owners),
    )
    for owner in owners:
        _index(table, owner)


def downgrade() -> None:
    """Take back."""
    for table in (
        "evidence",
        "staff_form",
        "indicator_proposal",
        "objection",
        "adjustment",
        "objective_value",
    ):
        op.drop_table(table)
