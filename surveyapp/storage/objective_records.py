"""The tables of what is reported for an assessment: values, occurrences, objections, forms.

Nothing reported is ever rewritten: a correction is a new version, a decision fills in the columns
of the second person. That nobody checks what they reported themselves is a rule of the tables.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.records import Key, Record

UnitCode = Annotated[str, mapped_column(ForeignKey("unit.code"), index=True)]

_TWO_PEOPLE = (
    "(decided_by IS NULL OR decided_by <> {first}_by) AND"
    " (decided_staff_id IS NULL OR {first}_staff_id IS NULL"
    " OR decided_staff_id <> {first}_staff_id)"
)
_OWNERS = ("value_id", "adjustment_id", "objection_id", "form_id")


def _one_of(columns: tuple[str, ...]) -> str:
    """Write the rule that exactly one of some columns is filled in, as both databases know it."""
    counted = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns)
    return f"{counted} = 1"


class ObjectiveValueRecord(Record):
    """A value that a department reported for a unit and a period (填报), and who checked it (核实).

    At most one version of a value waits, and at most one counts.
    """

    __tablename__ = "objective_value"

    id: Mapped[Key]
    scheme_key: Mapped[str] = mapped_column(String(64))
    indicator_key: Mapped[str] = mapped_column(String(64))
    unit_code: Mapped[UnitCode]
    period: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    value: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(1000))
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    reported_by: Mapped[str] = mapped_column(String(128))
    reported_staff_id: Mapped[UUID | None]
    reported_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_staff_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None] = mapped_column(String(1000))

    __table_args__ = (
        # Named here: what the convention makes of it is longer than PostgreSQL's names.
        UniqueConstraint(
            "scheme_key",
            "indicator_key",
            "unit_code",
            "period",
            "version",
            name="uq_objective_value_version",
        ),
        *(
            Index(
                f"ix_objective_value_one_{status}",
                "scheme_key",
                "indicator_key",
                "unit_code",
                "period",
                unique=True,
                sqlite_where=text(f"status = '{status}'"),
                postgresql_where=text(f"status = '{status}'"),
            )
            for status in ("reported", "verified")
        ),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "status IN ('reported', 'verified', 'returned', 'replaced', 'overturned')",
            name="status",
        ),
        CheckConstraint(
            "status NOT IN ('verified', 'returned', 'overturned') OR decided_by IS NOT NULL",
            name="decided_by_somebody",
        ),
        CheckConstraint("status <> 'reported' OR decided_by IS NULL", name="waits_undecided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint(
            "status <> 'returned' OR decision_note IS NOT NULL", name="returned_for_a_reason"
        ),
        CheckConstraint(_TWO_PEOPLE.format(first="reported"), name="two_people"),
    )


class AdjustmentRecord(Record):
    """An occurrence that points or an override of the grade follow from (加减分、一票否决)."""

    __tablename__ = "adjustment"

    id: Mapped[Key]
    scheme_key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    rule_key: Mapped[str] = mapped_column(String(64))
    unit_code: Mapped[UnitCode]
    day: Mapped[date]
    occurrences: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000))
    document: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(16))
    entered_by: Mapped[str] = mapped_column(String(128))
    entered_staff_id: Mapped[UUID | None]
    entered_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_staff_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None] = mapped_column(String(1000))

    __table_args__ = (
        CheckConstraint("kind IN ('points', 'override')", name="kind"),
        CheckConstraint("occurrences >= 1", name="occurrences"),
        CheckConstraint("kind = 'points' OR occurrences = 1", name="override_occurs_once"),
        CheckConstraint("length(document) > 0", name="has_a_document"),
        CheckConstraint("length(reason) > 0", name="has_a_reason"),
        CheckConstraint(
            "status IN ('entered', 'verified', 'returned', 'overturned')", name="status"
        ),
        CheckConstraint("(status = 'entered') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint(
            "status <> 'returned' OR decision_note IS NOT NULL", name="returned_for_a_reason"
        ),
        CheckConstraint(_TWO_PEOPLE.format(first="entered"), name="two_people"),
    )


class ObjectionRecord(Record):
    """What a unit holds against a value or an occurrence (申诉), once each, and the ruling."""

    __tablename__ = "objection"

    id: Mapped[Key]
    value_id: Mapped[UUID | None] = mapped_column(ForeignKey("objective_value.id"), unique=True)
    adjustment_id: Mapped[UUID | None] = mapped_column(ForeignKey("adjustment.id"), unique=True)
    unit_code: Mapped[UnitCode]
    reason: Mapped[str] = mapped_column(String(2000))
    raised_by: Mapped[str] = mapped_column(String(128))
    raised_staff_id: Mapped[UUID | None]
    raised_at: Mapped[datetime]
    ruling: Mapped[str | None] = mapped_column(String(16))
    ruling_reason: Mapped[str | None] = mapped_column(String(2000))
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_staff_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(_one_of(("value_id", "adjustment_id")), name="against_one_thing"),
        CheckConstraint("ruling IS NULL OR ruling IN ('upheld', 'dismissed')", name="ruling"),
        CheckConstraint("(ruling IS NULL) = (ruling_reason IS NULL)", name="ruling_has_a_reason"),
        CheckConstraint("(ruling IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint(_TWO_PEOPLE.format(first="raised"), name="two_people"),
    )


class ProposalRecord(Record):
    """An indicator that a unit proposes (单位申报), and how the office settled it (集中审定)."""

    __tablename__ = "indicator_proposal"

    id: Mapped[Key]
    scheme_key: Mapped[str] = mapped_column(String(64), index=True)
    unit_code: Mapped[UnitCode]
    content: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))
    proposed_by: Mapped[str] = mapped_column(String(128))
    proposed_staff_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(128))
    decided_staff_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None] = mapped_column(String(1000))
    indicator_key: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint(
            "status IN ('proposed', 'accepted', 'declined', 'withdrawn')", name="status"
        ),
        CheckConstraint(
            "(status IN ('accepted', 'declined')) = (decided_by IS NOT NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint(
            "(decided_by IS NULL) = (decision_note IS NULL)", name="settled_for_a_reason"
        ),
        CheckConstraint(
            "indicator_key IS NULL OR status = 'accepted'", name="only_accepted_become_indicators"
        ),
        CheckConstraint(_TWO_PEOPLE.format(first="proposed"), name="two_people"),
    )


class StaffFormRecord(Record):
    """A named form of the staff, no survey: a visit (访谈、走访) or a duty report (履职情况表).

    A corrected form is a new row that names the one it replaces.
    """

    __tablename__ = "staff_form"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(16))
    unit_code: Mapped[UnitCode]
    period: Mapped[str] = mapped_column(String(8))
    day: Mapped[date]
    team: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_form.id"), unique=True)
    filled_by: Mapped[str] = mapped_column(String(128))
    filled_name: Mapped[str] = mapped_column(String(128))
    staff_id: Mapped[UUID | None]
    filled_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('visit', 'duty_report')", name="kind"),
        CheckConstraint("replaces_id <> id", name="not_its_own_correction"),
        CheckConstraint("kind = 'visit' OR team IS NULL", name="teams_visit"),
    )


class EvidenceRecord(Record):
    """A file that was handed in with one thing (佐证)."""

    __tablename__ = "evidence"

    id: Mapped[Key]
    value_id: Mapped[UUID | None] = mapped_column(ForeignKey("objective_value.id"), index=True)
    adjustment_id: Mapped[UUID | None] = mapped_column(ForeignKey("adjustment.id"), index=True)
    objection_id: Mapped[UUID | None] = mapped_column(ForeignKey("objection.id"), index=True)
    form_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_form.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    added_by: Mapped[str] = mapped_column(String(128))
    added_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(_one_of(_OWNERS), name="belongs_to_one_thing"),
        CheckConstraint("size BETWEEN 1 AND 10485760", name="size"),
    )
