"""The register of slips (交办单、督办单): who issued them, who took receipt, what they led to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import STATE_NAMES, Case, State, Step
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.rectification import STATE_NAMES as ITEM_STATE_NAMES
from surveyapp.domain.rectification import Item, ItemState
from surveyapp.domain.rectification_fields import ItemStep
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import Colour, Consequences, number_of
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk, is_within, scope_of
from surveyapp.services.cases.reviews import CaseReview, CaseReviews
from surveyapp.services.cases.views import SlipLine, SlipRegister
from surveyapp.storage.case_lists import CaseLists, Scope, SlipRow
from surveyapp.storage.case_records import CaseRecord, SlipRecord
from surveyapp.storage.cases import CaseRepository, as_case
from surveyapp.storage.database import Work
from surveyapp.storage.rectification import ItemRepository, as_item
from surveyapp.storage.rectification_records import ItemRecord
from surveyapp.storage.units import UnitRepository


class Slips:
    """Use cases around slips; they are issued by steps and by the clock."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def register(self, staff: StaffView, year: int | None = None) -> SlipRegister:
        """Return the register with its totals; see `Casework.register`."""
        with self._desk.database.reading() as work:
            rows = CaseLists(work).slips(self._scope(staff), year)
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
        return tuple(self._lines(work, [SlipRow(slip, record, None) for slip in slips]))

    def of_item(self, work: Work, record: ItemRecord) -> tuple[SlipLine, ...]:
        """Return the slips of a matter that its reader may see."""
        slips = ItemRepository(work).slips([record.id])
        return tuple(self._lines(work, [SlipRow(slip, None, record) for slip in slips]))

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
            slip = self._visible(work, staff, year, serial, for_update=True).slip
            change(slip)
            number = number_of(year, serial)
            detail = dict(slip.detail) if action == "slip.record" else {}
            record_event(work, staff.actor, action, number, detail, now=self._desk.now())

    def _scope(self, staff: StaffView) -> Scope | None:
        return scope_of(staff, self._desk.day_of(self._desk.now()))

    def _visible(
        self, work: Work, staff: StaffView, year: int, serial: int, *, for_update: bool = False
    ) -> SlipRow:
        scope = self._scope(staff)
        found = CaseLists(work).slip(year, serial, for_update=for_update)
        if found is None or not _is_within(found, scope):
            raise NotFound(message("There is no such slip."))
        return found

    def _lines(self, work: Work, rows: Sequence[SlipRow]) -> list[SlipLine]:
        names = {unit.code: unit.name for unit in UnitRepository(work).all()}
        cases = _CaseSlips(self._desk, work, [row.case for row in rows if row.case], names)
        items = _ItemSlips(self._desk, work, [row.item for row in rows if row.item], names)
        return [cases.line(row) if row.case else items.line(row) for row in rows]


@dataclass(frozen=True, slots=True)
class _About:
    """What a slip says of the thing it is about."""

    case_number: str | None
    item_number: str | None
    unit_name: str | None
    person: str | None
    matter: str
    problem: str
    demand: str
    progress: str
    evidence: tuple[str, ...]


class _CaseSlips:
    """Lines of slips about cases."""

    def __init__(
        self,
        desk: CaseDesk,
        work: Work,
        records: Sequence[CaseRecord],
        names: Mapping[str, str],
    ) -> None:
        known = {record.id: record for record in records}
        cases = CaseRepository(work)
        events = cases.events(known)
        self._desk = desk
        self._names = names
        self._heads = {
            case_id: as_case(record, events[case_id], desk.timezone)
            for case_id, record in known.items()
        }
        self._reviews = CaseReviews(desk, work).of(list(known.values()))
        self._files = cases.file_names(known)

    def line(self, row: SlipRow) -> SlipLine:
        """Return the line of a slip."""
        record = cast(CaseRecord, row.case)
        review = self._reviews[record.id]
        about = _About(
            case_number=record.number,
            item_number=None,
            unit_name=self._names.get(record.responsible_unit or record.unit_code or ""),
            person=record.responsible_person,
            matter=_matter(review),
            problem=_problem(review),
            demand=record.goal or "",
            progress=_progress(self._heads[record.id]),
            evidence=tuple(self._files.get(record.id, ())),
        )
        return _line(self._desk, row.slip, about)


class _ItemSlips:
    """Lines of slips about matters being put right."""

    def __init__(
        self,
        desk: CaseDesk,
        work: Work,
        records: Sequence[ItemRecord],
        names: Mapping[str, str],
    ) -> None:
        known = {record.id for record in records}
        items = ItemRepository(work)
        self._desk = desk
        self._names = names
        self._events = items.events(known)
        self._files = items.files(known)

    def line(self, row: SlipRow) -> SlipLine:
        """Return the line of a slip."""
        record = cast(ItemRecord, row.item)
        item = as_item(record, self._events[record.id], self._desk.timezone)
        about = _About(
            case_number=None,
            item_number=record.number,
            unit_name=self._names.get(record.responsible_unit),
            person=record.responsible_person,
            matter=record.title,
            problem=record.problem,
            demand=record.goal,
            progress=_item_progress(item),
            evidence=tuple(one.file_name for one in self._files[record.id]),
        )
        return _line(self._desk, row.slip, about)


def _line(desk: CaseDesk, slip: SlipRecord, about: _About) -> SlipLine:
    received = slip.received_at
    return SlipLine(
        year=slip.year,
        serial=slip.serial,
        number=number_of(slip.year, slip.serial),
        colour=Colour(slip.colour),
        case_number=about.case_number,
        item_number=about.item_number,
        round=slip.round,
        issued_on=slip.issued_on,
        due_on=slip.due_on,
        signed_by=slip.signed_by,
        unit_name=about.unit_name,
        person=about.person,
        matter=about.matter,
        problem=about.problem,
        demand=about.demand,
        received_by=slip.received_by,
        received_on=desk.day_of(received) if received else None,
        conclusion=slip.conclusion,
        verified_by=slip.verified_by,
        progress=about.progress,
        evidence=about.evidence,
        talks=int(slip.detail.get("talks", 0)),
        sanctions=int(slip.detail.get("sanctions", 0)),
        note=str(slip.detail.get("note", "")),
    )


def _is_within(row: SlipRow, scope: Scope | None) -> bool:
    """Whether what a slip is about lies within what somebody sees."""
    if row.case is not None:
        return is_within(row.case, scope)
    item = cast(ItemRecord, row.item)
    return scope is None or bool({item.unit_code, item.responsible_unit} & scope.units)


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


def _item_progress(item: Item) -> str:
    """Say how far a matter has come: its newest measures, else the state."""
    answered = item.last(ItemStep.ANSWER)
    if answered is None or item.state is ItemState.RECTIFYING:
        return ITEM_STATE_NAMES[item.state].zh
    return str(answered.detail["measures"])
