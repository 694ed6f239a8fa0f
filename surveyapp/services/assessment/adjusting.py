"""Occurrences that add or take points or change a grade (加减分、一票否决).

Each names the document it follows from; one person enters it, another verifies it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.objective import (
    DOCUMENT_LENGTH,
    NOTE_LENGTH,
    EntryStatus,
)
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Actor
from surveyapp.services.assessment.common import locked_scheme, scheme_in_use
from surveyapp.services.assessment.entries import (
    Entry,
    EntryLine,
    counted_occurrences,
    entered_day,
    entered_rule,
    entry_lines,
    entry_refusal,
    require_assessed,
    require_enterer,
    seen_entry,
    unknown_entry,
)
from surveyapp.services.assessment.evidence import (
    Owner,
    evidence_file,
    keep_evidence,
)
from surveyapp.services.assessment.verifying import Verified, require_verifier
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.views import FileContent
from surveyapp.storage.database import Database, Work
from surveyapp.storage.objective_records import AdjustmentRecord
from surveyapp.storage.objectives import AdjustmentRepository, ObjectionRepository, decide


class Adjusting:
    """Use cases around occurrences."""

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], timezone: tzinfo
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone

    def add(
        self, scheme_key: str, entry: Entry, person: Person, *, asked_by: Actor | None = None
    ) -> UUID:
        """Enter an occurrence; it counts once a second person has verified it.

        The office enters all of them; a unit may claim points that add for itself.

        Raises
        ------
        NotFound, Conflict
            No such scheme, or it is not in use; the same occurrence stands there already.
        BadInput, NotAllowed
        """
        now = self._now()
        today = now.astimezone(self._timezone).date()
        with self._database.writing() as work:
            scheme = locked_scheme(work, scheme_key)
            kind, rule = entered_rule(scheme, entry.rule)
            require_assessed(work, scheme, entry.unit)
            require_enterer(person, entry.unit, rule)
            record = AdjustmentRecord(
                id=uuid4(),
                scheme_key=scheme.key,
                kind=kind,
                rule_key=rule.key,
                unit_code=entry.unit,
                day=entered_day(entry.day, scheme, today),
                occurrences=counted_occurrences(entry.occurrences, kind),
                reason=clean_text(
                    entry.reason,
                    message("Say what happened and why the rule applies."),
                    NOTE_LENGTH,
                ),
                document=clean_text(
                    entry.document,
                    message("Name the source document: nothing is added or taken without one."),
                    DOCUMENT_LENGTH,
                ),
                status=EntryStatus.ENTERED,
                entered_by=person.actor.name[:128],
                entered_staff_id=person.actor.staff_id,
                entered_at=now,
            )
            entries = AdjustmentRepository(work)
            if entries.same(record):
                raise Conflict(
                    message(
                        "This occurrence stands there already: the same rule, unit, day and"
                        " document. Enter how often it occurred, or another document."
                    )
                )
            entries.add(record)
            keep_evidence(work, Owner.ADJUSTMENT, record.id, entry.files, person.actor, now)
            detail: dict[str, Any] = {
                "rule": rule.key,
                "unit": entry.unit,
                "day": record.day.isoformat(),
                "occurrences": record.occurrences,
                "document": record.document,
            }
            if asked_by is not None:
                detail["reporter"] = person.actor.name
            actor = asked_by or person.actor
            record_event(work, actor, "adjustment.add", scheme.key, detail, now=now)
        return record.id

    def verify_all(
        self, scheme_key: str, person: Person, *, asked_by: Actor | None = None
    ) -> Verified:
        """Verify every occurrence that waits, except those this person may not judge.

        Raises
        ------
        NotFound, Conflict, NotAllowed
        """
        require_verifier(person)
        now = self._now()
        with self._database.writing() as work:
            scheme = scheme_in_use(work, scheme_key)
            waiting = AdjustmentRepository(work).waiting(scheme.key)
            good = [one for one in waiting if entry_refusal(one, person) is None]
            self._let_count(work, scheme.key, good, person, asked_by, now)
        return Verified(len(good), len(waiting) - len(good))

    def decide(self, entry_id: UUID, person: Person, *, accepts: bool, reason: str = "") -> None:
        """Verify an occurrence, or return it with a reason.

        Raises
        ------
        NotFound, Conflict, NotAllowed, BadInput
        """
        require_verifier(person)
        missing = None if accepts else message("Say what has to be put right.")
        reason = clean_text(reason, missing, NOTE_LENGTH)
        now = self._now()
        with self._database.writing() as work:
            record = AdjustmentRepository(work).find(entry_id, for_update=True)
            if record is None:
                raise unknown_entry()
            refusal = entry_refusal(record, person)
            if refusal is not None:
                raise refusal
            if record.status != EntryStatus.ENTERED:
                raise Conflict(message("Somebody has decided about it meanwhile."))
            if accepts:
                record.decision_note = reason or None
                self._let_count(work, record.scheme_key, [record], person, None, now)
                return
            record.status = EntryStatus.RETURNED
            record.decision_note = reason
            decide(record, person.actor, now)
            detail = {"entry": str(record.id), "reason": reason}
            record_event(
                work, person.actor, "adjustment.return", record.scheme_key, detail, now=now
            )

    def _let_count(
        self,
        work: Work,
        scheme_key: str,
        records: Sequence[AdjustmentRecord],
        person: Person,
        asked_by: Actor | None,
        now: datetime,
    ) -> None:
        for one in records:
            one.status = EntryStatus.VERIFIED
            decide(one, person.actor, now)
        if records:
            detail: dict[str, Any] = {"n": len(records)}
            if asked_by is not None:
                detail["witness"] = person.actor.name
            actor = asked_by or person.actor
            record_event(work, actor, "adjustment.verify", scheme_key, detail, now=now)

    def lines(self, scheme_key: str, person: Person) -> list[EntryLine]:
        """Return the occurrences of a scheme; a unit sees its own alone.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            scheme = scheme_in_use(work, scheme_key)
            units = None if person.sees_all else person.units
            found = AdjustmentRepository(work).of_scheme(scheme.key, units)
            return entry_lines(work, scheme, found, person)

    def line(self, entry_id: UUID, person: Person) -> EntryLine:
        """Return one occurrence.

        Raises
        ------
        NotFound
            No such occurrence, or another unit's: both look the same.
        """
        with self._database.reading() as work:
            record = seen_entry(work, entry_id, person)
            return entry_lines(work, scheme_in_use(work, record.scheme_key), [record], person)[0]

    def file(self, entry_id: UUID, file_id: UUID, person: Person) -> FileContent:
        """Hand out evidence of an occurrence or of the objection against it.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = seen_entry(work, entry_id, person)
            file = evidence_file(work, Owner.ADJUSTMENT, record.id, file_id)
            objection = ObjectionRepository(work).against([record.id]).get(record.id)
            if file is None and objection is not None:
                file = evidence_file(work, Owner.OBJECTION, objection.id, file_id)
        if file is None:
            raise NotFound(message("There is no such file."))
        return file
