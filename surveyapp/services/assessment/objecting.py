"""Objections (申诉): a unit contests its own value or occurrence, once, and a third person rules.

Upheld means that the value or occurrence no longer counts; a corrected value is reported and
verified anew, like every other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.objective import (
    OBJECTION_LENGTH,
    EntryStatus,
    Ruling,
    ValueStatus,
)
from surveyapp.domain.reporting import Person
from surveyapp.services.assessment.common import unit_names, unknown_value
from surveyapp.services.assessment.entries import unknown_entry
from surveyapp.services.assessment.evidence import Evidence, Owner, keep_evidence
from surveyapp.services.auditing import record_event
from surveyapp.storage.database import Database, Work
from surveyapp.storage.objective_records import (
    AdjustmentRecord,
    ObjectionRecord,
    ObjectiveValueRecord,
)
from surveyapp.storage.objectives import (
    AdjustmentRepository,
    ObjectionRepository,
    ObjectiveRepository,
    decide,
)


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection that waits for a ruling.

    Attributes
    ----------
    value_id, entry_id : UUID or None
        What it is against: exactly one of them.
    """

    id: UUID
    scheme: str
    value_id: UUID | None
    entry_id: UUID | None
    unit_code: str
    unit_name: str
    reason: str
    raised_by: str
    raised_at: datetime
    since: date


class Objecting:
    """Use cases around objections."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def against_value(
        self, value_id: UUID, reason: str, person: Person, files: Iterable[Evidence] = ()
    ) -> UUID:
        """Contest a value that counts for one's own unit.

        Raises
        ------
        NotFound
            No such value, or another unit's.
        Conflict
            It does not count, or was contested before.
        BadInput
        """
        with self._database.writing() as work:
            record = ObjectiveRepository(work).find(value_id, for_update=True)
            if record is None or record.unit_code not in person.units:
                raise unknown_value()
            if record.status != ValueStatus.VERIFIED:
                raise _does_not_count()
            return self._raise(work, record, reason, person, files)

    def against_entry(
        self, entry_id: UUID, reason: str, person: Person, files: Iterable[Evidence] = ()
    ) -> UUID:
        """Contest an occurrence that counts for one's own unit.

        Raises
        ------
        NotFound, Conflict, BadInput
        """
        with self._database.writing() as work:
            record = AdjustmentRepository(work).find(entry_id, for_update=True)
            if record is None or record.unit_code not in person.units:
                raise unknown_entry()
            if record.status != EntryStatus.VERIFIED:
                raise _does_not_count()
            return self._raise(work, record, reason, person, files)

    def _raise(
        self,
        work: Work,
        record: ObjectiveValueRecord | AdjustmentRecord,
        reason: str,
        person: Person,
        files: Iterable[Evidence],
    ) -> UUID:
        objections = ObjectionRepository(work)
        if record.id in objections.against([record.id]):
            raise Conflict(message("This was contested before: once is all."))
        now = self._now()
        is_value = isinstance(record, ObjectiveValueRecord)
        objection = ObjectionRecord(
            id=uuid4(),
            value_id=record.id if is_value else None,
            adjustment_id=None if is_value else record.id,
            unit_code=record.unit_code,
            reason=clean_text(
                reason, message("Give the reason of the objection."), OBJECTION_LENGTH
            ),
            raised_by=person.actor.name[:128],
            raised_staff_id=person.actor.staff_id,
            raised_at=now,
        )
        objections.add(objection)
        keep_evidence(work, Owner.OBJECTION, objection.id, files, person.actor, now)
        detail = {"objection": str(objection.id), "against": str(record.id)}
        record_event(work, person.actor, "objection.raise", record.scheme_key, detail, now=now)
        return objection.id

    def open(self, person: Person) -> list[OpenObjection]:
        """Return what waits for a ruling, the oldest first; for those who settle.

        Raises
        ------
        NotAllowed
        """
        _require_settler(person)
        with self._database.reading() as work:
            names = unit_names(work)
            return [
                OpenObjection(
                    id=one.id,
                    scheme=_contested(work, one).scheme_key,
                    value_id=one.value_id,
                    entry_id=one.adjustment_id,
                    unit_code=one.unit_code,
                    unit_name=names.get(one.unit_code, one.unit_code),
                    reason=one.reason,
                    raised_by=one.raised_by,
                    raised_at=one.raised_at,
                    since=one.raised_at.date(),
                )
                for one in ObjectionRepository(work).open()
            ]

    def rule(self, objection_id: UUID, ruling: Ruling, reason: str, person: Person) -> None:
        """Rule on an objection, by somebody who neither raised, reported nor verified.

        Raises
        ------
        NotFound, Conflict
            No such objection; somebody ruled on it meanwhile, or a newer version counts.
        NotAllowed, BadInput
        """
        _require_settler(person)
        reason = clean_text(reason, message("Give the reason of the ruling."), OBJECTION_LENGTH)
        now = self._now()
        with self._database.writing() as work:
            objection = ObjectionRepository(work).find(objection_id, for_update=True)
            if objection is None:
                raise NotFound(message("There is no such objection."))
            record = _contested(work, objection)
            _require_third(person, objection, record)
            if objection.ruling is not None:
                raise Conflict(message("Somebody has ruled on this objection meanwhile."))
            objection.ruling = ruling
            objection.ruling_reason = reason
            decide(objection, person.actor, now)
            if ruling is Ruling.UPHELD and isinstance(record, AdjustmentRecord):
                record.status = EntryStatus.OVERTURNED
            elif ruling is Ruling.UPHELD and record.status == ValueStatus.VERIFIED:
                # A version that was corrected meanwhile stays what it is: it counts no more.
                record.status = ValueStatus.OVERTURNED
            detail = {"objection": str(objection.id), "ruling": str(ruling), "reason": reason}
            record_event(work, person.actor, "objection.rule", record.scheme_key, detail, now=now)


def _does_not_count() -> Conflict:
    return Conflict(message("Only what counts can be contested."))


def _require_settler(person: Person) -> None:
    if not person.settles:
        raise NotAllowed(message("A reviewer rules on objections."))


def _contested(work: Work, objection: ObjectionRecord) -> ObjectiveValueRecord | AdjustmentRecord:
    """Return what an objection is against, locked where the transaction writes."""
    found: ObjectiveValueRecord | AdjustmentRecord | None
    if objection.value_id is not None:
        found = ObjectiveRepository(work).find(objection.value_id)
    else:
        assert objection.adjustment_id is not None  # noqa: S101 a constraint of the table
        found = AdjustmentRepository(work).find(objection.adjustment_id)
    assert found is not None  # noqa: S101 a foreign key
    return found


def _require_third(
    person: Person, objection: ObjectionRecord, record: ObjectiveValueRecord | AdjustmentRecord
) -> None:
    if isinstance(record, ObjectiveValueRecord):
        first = (record.reported_by, record.reported_staff_id)
    else:
        first = (record.entered_by, record.entered_staff_id)
    before = (
        first,
        (record.decided_by or "", record.decided_staff_id),
        (objection.raised_by, objection.raised_staff_id),
    )
    is_concerned = record.unit_code in person.units
    if is_concerned or any(person.is_same(name, staff_id) for name, staff_id in before):
        raise NotAllowed(
            message(
                "A ruling needs somebody who neither raised the objection nor reported or verified"
                " what it is against, and who does not belong to the unit."
            )
        )
