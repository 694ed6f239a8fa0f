"""Proposed indicators (单位申报 → 集中审定): units propose, the office settles with a reason.

An accepted one can be written into a draft of the scheme, where the office fills in what it means
in points; whoever puts the draft in use is another person again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.objective import NOTE_LENGTH
from surveyapp.domain.proposals import (
    ProposalStatus,
    ProposedIndicator,
    as_scheme_line,
    proposed,
)
from surveyapp.domain.reporting import Person, require_second
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.assessment.common import all_units, unit_names
from surveyapp.services.assessment.schemes import Schemes
from surveyapp.services.auditing import record_event
from surveyapp.storage.database import Database
from surveyapp.storage.objective_records import ProposalRecord
from surveyapp.storage.objectives import decide
from surveyapp.storage.schemes import SchemeRepository
from surveyapp.storage.staff_forms import ProposalRepository


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as one person sees it.

    Attributes
    ----------
    reason : str or None
        Why it was settled so.
    indicator_key : str or None
        Under which key it was written into a draft.
    """

    id: UUID
    scheme: str
    unit_code: str
    unit_name: str
    content: ProposedIndicator
    status: ProposalStatus
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    indicator_key: str | None
    may_withdraw: bool
    may_settle: bool
    may_adopt: bool


class Proposals:
    """Use cases around proposed indicators."""

    def __init__(
        self, database: Database, schemes: Schemes, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._schemes = schemes
        self._now = now

    def propose(
        self, scheme_key: str, unit_code: str, content: ProposedIndicator, staff: StaffView
    ) -> UUID:
        """Propose an indicator for one's own unit; the office may write one down for any.

        Raises
        ------
        NotFound, NotAllowed, BadInput
        """
        person = Person.of(staff)
        if not person.reports or not (person.is_office or unit_code in person.units):
            raise NotAllowed(message("A unit proposes indicators for itself."))
        document = content.document()
        now = self._now()
        with self._database.writing() as work:
            if SchemeRepository(work).find(scheme_key) is None:
                raise NotFound(message("There is no scheme “%(key)s”.", key=scheme_key[:80]))
            if unit_code not in {one.code for one in all_units(work)}:
                raise BadInput(message("There is no unit “%(code)s”.", code=unit_code[:80]))
            record = ProposalRecord(
                id=uuid4(),
                scheme_key=scheme_key,
                unit_code=unit_code,
                content=document,
                status=ProposalStatus.PROPOSED,
                proposed_by=person.actor.name[:128],
                proposed_staff_id=person.actor.staff_id,
                proposed_at=now,
            )
            known = ProposalRepository(work).same(record)
            if known is not None:
                # Sent twice, such as by a second tap: it is one proposal.
                return known.id
            ProposalRepository(work).add(record)
            detail = {"proposal": str(record.id), "unit": unit_code, "title": document["title"]}
            record_event(work, person.actor, "proposal.add", scheme_key, detail, now=now)
        return record.id

    def withdraw(self, proposal_id: UUID, staff: StaffView) -> None:
        """Take back a proposal of one's own unit that nobody has settled.

        Raises
        ------
        NotFound, Conflict
        """
        person = Person.of(staff)
        now = self._now()
        with self._database.writing() as work:
            record = ProposalRepository(work).find(proposal_id, for_update=True)
            if record is None or not _is_own(record, person):
                raise _unknown()
            _require_open(record)
            record.status = ProposalStatus.WITHDRAWN
            detail = {"proposal": str(record.id)}
            record_event(
                work, person.actor, "proposal.withdraw", record.scheme_key, detail, now=now
            )

    def settle(self, proposal_id: UUID, reason: str, staff: StaffView, *, accepts: bool) -> None:
        """Accept or decline a proposal; the reason is kept either way.

        Raises
        ------
        NotFound, Conflict, NotAllowed, BadInput
        """
        person = Person.of(staff)
        if not person.settles:
            raise NotAllowed(message("Proposals are settled by a reviewer."))
        reason = clean_text(reason, message("Give the reason of the decision."), NOTE_LENGTH)
        now = self._now()
        with self._database.writing() as work:
            record = ProposalRepository(work).find(proposal_id, for_update=True)
            if record is None:
                raise _unknown()
            require_second(person, record.proposed_by, record.proposed_staff_id, [record.unit_code])
            _require_open(record)
            record.status = ProposalStatus.ACCEPTED if accepts else ProposalStatus.DECLINED
            record.decision_note = reason
            decide(record, person.actor, now)
            detail = {"proposal": str(record.id), "accepted": accepts, "reason": reason}
            record_event(work, person.actor, "proposal.settle", record.scheme_key, detail, now=now)

    def adopt(self, proposal_id: UUID, key: str, group: str, staff: StaffView) -> str:
        """Write an accepted proposal into the draft of its scheme; return the scheme's key.

        Raises
        ------
        NotFound, Conflict
            No such proposal; it was not accepted, or written into a draft before.
        NotAllowed, InvalidDefinition
            Only the office edits schemes; the draft would not be a scheme, with every problem.
        """
        person = Person.of(staff)
        if not staff.may(Permission.EDIT_SCHEMES):
            raise NotAllowed(message("Schemes are edited by the office."))
        now = self._now()
        with self._database.writing() as work:
            record = ProposalRepository(work).find(proposal_id, for_update=True)
            schemes = SchemeRepository(work)
            scheme = schemes.find(record.scheme_key, for_update=True) if record else None
            if record is None or scheme is None:
                raise _unknown()
            if record.status != ProposalStatus.ACCEPTED or record.indicator_key is not None:
                raise Conflict(
                    message("Only an accepted proposal is written into a draft, and only once.")
                )
            document = dict(schemes.versions(scheme.id)[-1].document)
            line = as_scheme_line(proposed(record.content), key, group, record.unit_code)
            document["indicators"] = [*document.get("indicators", ()), line]
            parse_scheme(document)
            self._schemes.add_draft(work, scheme, document, person.actor)
            record.indicator_key = key
            detail = {"proposal": str(record.id), "indicator": key}
            record_event(work, person.actor, "proposal.adopt", scheme.key, detail, now=now)
            return scheme.key

    def lines(self, staff: StaffView, scheme_key: str | None = None) -> list[ProposalView]:
        """Return proposals, the newest first; a unit sees its own alone."""
        person = Person.of(staff)
        units = None if person.sees_all else person.units
        with self._database.reading() as work:
            names = unit_names(work)
            return [
                _view(one, names, staff, person)
                for one in ProposalRepository(work).of(scheme_key, units)
            ]

    def get(self, proposal_id: UUID, staff: StaffView) -> ProposalView:
        """Return one proposal.

        Raises
        ------
        NotFound
            No such proposal, or another unit's: both look the same.
        """
        person = Person.of(staff)
        with self._database.reading() as work:
            record = ProposalRepository(work).find(proposal_id)
            if record is None or not (person.sees_all or record.unit_code in person.units):
                raise _unknown()
            return _view(record, unit_names(work), staff, person)


def _view(
    record: ProposalRecord, names: dict[str, str], staff: StaffView, person: Person
) -> ProposalView:
    is_open = record.status == ProposalStatus.PROPOSED
    is_second = not person.is_same(record.proposed_by, record.proposed_staff_id)
    is_accepted = record.status == ProposalStatus.ACCEPTED
    return ProposalView(
        id=record.id,
        scheme=record.scheme_key,
        unit_code=record.unit_code,
        unit_name=names.get(record.unit_code, record.unit_code),
        content=proposed(record.content),
        status=ProposalStatus(record.status),
        proposed_by=record.proposed_by,
        proposed_at=record.proposed_at,
        decided_by=record.decided_by,
        decided_at=record.decided_at,
        reason=record.decision_note,
        indicator_key=record.indicator_key,
        may_withdraw=is_open and _is_own(record, person),
        may_settle=is_open
        and person.settles
        and is_second
        and record.unit_code not in person.units,
        may_adopt=is_accepted
        and record.indicator_key is None
        and staff.may(Permission.EDIT_SCHEMES),
    )


def _is_own(record: ProposalRecord, person: Person) -> bool:
    return person.is_same(record.proposed_by, record.proposed_staff_id) or (
        person.reports and record.unit_code in person.units
    )


def _require_open(record: ProposalRecord) -> None:
    if record.status != ProposalStatus.PROPOSED:
        raise Conflict(message("This proposal is settled or withdrawn."))


def _unknown() -> NotFound:
    return NotFound(message("There is no such proposal."))
