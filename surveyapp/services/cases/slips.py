"""The register of slips (交办单、督办单): who issued them, who took receipt, what they led to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import STATE_NAMES, Case, State, Step
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import Colour, Consequences, number_of
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk, is_within, scope_of
from surveyapp.services.cases.reviews import CaseReview, CaseReviews
from surveyapp.services.cases.views import SlipLine, SlipRegister
from surveyapp.storage.case_lists import CaseLists, CaseQuery, Scope
from surveyapp.storage.case_records import CaseRecord, SlipRecord
from surveyapp.storage.cases import CaseRepository, as_case
from surveyapp.storage.database import Work
from surveyapp.storage.units import UnitRepository


class Slips:
    """Use cases around slips; they are issued by steps and by the clock."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def register(self, staff: StaffView, year: int | None = None) -> SlipRegister:
        """Return the register with its totals; see `Casework.register`."""
        with self._desk.database.reading() as work:
            rows = CaseLists(work).slips(CaseQuery(scope=self._scope(staff)), year)
            lines = self._lines(work, rows)
        return SlipRegister(
            lines=tuple(lines),
            by_colour=Counter(line.colour for line in lines),
            talks=sum(line.talks for line in lines),
            sanctions=sum(line.sanctions for line in lines),
        )

    def slip(self, staff: StaffView, year: int, serial: int) -> SlipLine:
        """Return one slip; see `Casework.slip`."""
        with self._desk.database.reading() as work:
            found = self._visible(work, staff, year, serial)
            return self._lines(work, [found])[0]

    def of_case(self, work: Work, record: CaseRecord) -> tuple[SlipLine, ...]:
        """Return the slips of a case that its reader may see."""
        slips = CaseRepository(work).slips([record.id])
        return tuple(self._lines(work, [(slip, record) for slip in slips]))

    def sign(self, staff: StaffView, year: int, serial: int) -> None:
        """Sign a slip for the supervising office (签发).

        Raises
        ------
        NotFound, NotAllowed, Conflict
            No such slip; not of the supervising office; signed before.
        """
        _require(staff, Permission.SUPERVISE_CASES)

        def change(slip: SlipRecord) -> None:
            if slip.signed_by is not None:
                raise Conflict(message("This slip was signed before."))
            slip.signed_by = staff.full_name

        self._change(staff, year, serial, "slip.sign", change)

    def receive(self, staff: StaffView, year: int, serial: int) -> None:
        """Take receipt of a slip for the unit (签收).

        Raises
        ------
        NotFound, NotAllowed, Conflict
            No such slip; not of the unit; received before.
        """
        _require(staff, Permission.HANDLE_CASES)
        now = self._desk.now()

        def change(slip: SlipRecord) -> None:
            if slip.received_by is not None:
                raise Conflict(message("Receipt of this slip was taken before."))
            slip.received_by, slip.received_at = staff.full_name, now

        self._change(staff, year, serial, "slip.receive", change)

    def record(self, staff: StaffView, year: int, serial: int, consequences: Consequences) -> None:
        """Record what a slip led to: people talked to (约谈) and dealt with (组织处理).

        Raises
        ------
        NotFound, NotAllowed
        """
        _require(staff, Permission.SUPERVISE_CASES)

        def change(slip: SlipRecord) -> None:
            slip.detail = {
                "talks": consequences.talks,
                "sanctions": consequences.sanctions,
                "note": " ".join(consequences.note.split()),
            }

        self._change(staff, year, serial, "slip.record", change)

    def _change(
        self,
        staff: StaffView,
        year: int,
        serial: int,
        action: str,
        change: Callable[[SlipRecord], None],
    ) -> None:
        with self._desk.database.writing() as work:
            slip, _ = self._visible(work, staff, year, serial, for_update=True)
            change(slip)
            number = number_of(year, serial)
            detail = dict(slip.detail) if action == "slip.record" else {}
            record_event(work, staff.actor, action, number, detail, now=self._desk.now())

    def _scope(self, staff: StaffView) -> Scope | None:
        return scope_of(staff, self._desk.day_of(self._desk.now()))

    def _visible(
        self, work: Work, staff: StaffView, year: int, serial: int, *, for_update: bool = False
    ) -> tuple[SlipRecord, CaseRecord]:
        scope = self._scope(staff)
        found = CaseLists(work).slip(year, serial, for_update=for_update)
        if found is None or not is_within(found[1], scope):
            raise NotFound(message("There is no such slip."))
        return found

    def _lines(self, work: Work, rows: Sequence[tuple[SlipRecord, CaseRecord]]) -> list[SlipLine]:
        records = {record.id: record for _, record in rows}
        cases = CaseRepository(work)
        events = cases.events(records)
        heads = {
            case_id: as_case(record, events[case_id], self._desk.timezone)
            for case_id, record in records.items()
        }
        reviews = CaseReviews(self._desk, work).of(list(records.values()))
        names = {unit.code: unit.name for unit in UnitRepository(work).all()}
        files = cases.file_names(records)
        return [
            self._line(slip, record, heads[record.id], reviews[record.id], names, files)
            for slip, record in rows
        ]

    def _line(
        self,
        slip: SlipRecord,
        record: CaseRecord,
        case: Case,
        review: CaseReview,
        names: Mapping[str, str],
        files: Mapping[UUID, Sequence[str]],
    ) -> SlipLine:
        unit = record.responsible_unit or record.unit_code
        received = slip.received_at
        return SlipLine(
            year=slip.year,
            serial=slip.serial,
            number=number_of(slip.year, slip.serial),
            colour=Colour(slip.colour),
            case_number=record.number,
            round=slip.round,
            issued_on=slip.issued_on,
            due_on=slip.due_on,
            signed_by=slip.signed_by,
            unit_name=names.get(unit or ""),
            person=record.responsible_person,
            matter=_matter(review),
            problem=_problem(review),
            demand=record.goal or "",
            received_by=slip.received_by,
            received_on=self._desk.day_of(received) if received else None,
            conclusion=slip.conclusion,
            verified_by=slip.verified_by,
            progress=_progress(case),
            evidence=tuple(files.get(record.id, ())),
            talks=int(slip.detail.get("talks", 0)),
            sanctions=int(slip.detail.get("sanctions", 0)),
            note=str(slip.detail.get("note", "")),
        )


def _require(staff: StaffView, permission: Permission) -> None:
    if not staff.may(permission):
        raise NotAllowed(message("Your account may not change slips in this way."))


def _matter(review: CaseReview) -> str:
    """Name what the slip is about (督办事项): a bad review of what, of which day."""
    where = review.subject.zh if review.subject else review.place or review.survey_title.zh
    return f"{where}：{review.reviewed_on.isoformat()} {review.level.zh}"


def _problem(review: CaseReview) -> str:
    reasons = "；".join(reason.zh for reason in review.reasons)
    return "\n".join(part for part in (reasons, review.comment) if part)


def _progress(case: Case) -> str:
    """Say how far the unit has come (办理情况): its newest measures, else the state."""
    answered = case.last(Step.ANSWER)
    if answered is None or case.state is State.RECTIFYING:
        return STATE_NAMES[case.state].zh
    return str(answered.detail["measures"])
