"""Lists of cases and single cases, as far as each person may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import cast
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import Remedy, State, Step
from surveyapp.domain.case_rules import allowed
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import Colour
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.cases.desk import CaseDesk, scope_of, sees_all
from surveyapp.services.cases.reviews import CaseReviews
from surveyapp.services.cases.slips import Slips
from surveyapp.services.cases.views import (
    CaseCounts,
    CaseDetail,
    CaseFilters,
    CaseLine,
    CasePage,
    EventLine,
    FileContent,
    FileLine,
)
from surveyapp.storage.case_lists import CaseLists, CaseQuery, Waiting
from surveyapp.storage.case_records import CaseEventRecord, CaseRecord
from surveyapp.storage.cases import CaseRepository, as_case
from surveyapp.storage.database import Work
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository

PAGE_SIZE = 50
SOON = 2
"""Working days before its end within which a case counts as due."""

_OF_CITIZENS = frozenset({Step.OPEN, Step.CITIZEN_WORD, Step.REOPEN, Step.FOLLOW_UP, Step.CALENDAR})


class CaseReading:
    """Use cases of reading."""

    def __init__(self, desk: CaseDesk, slips: Slips) -> None:
        self._desk = desk
        self._slips = slips

    def counts(self, staff: StaffView) -> CaseCounts:
        """Return how many cases wait; see `Casework.counts`."""
        with self._desk.database.reading() as work:
            return self._counts(work, staff)

    def inbox(self, staff: StaffView, filters: CaseFilters) -> CasePage:
        """Return one page of cases; see `Casework.inbox`."""
        today = self._desk.day_of(self._desk.now())
        with self._desk.database.reading() as work:
            query = query_of(self._desk, work, staff, filters)
            lists = CaseLists(work)
            total = lists.count(query)
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, filters.page), pages)
            records = lists.page(query, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
            return CasePage(
                lines=tuple(self._lines(work, staff, records, today)),
                counts=self._counts(work, staff),
                number=number,
                pages=pages,
                total=total,
            )

    def case(self, staff: StaffView, number: str) -> CaseDetail:
        """Return one case; see `Casework.case`."""
        now = self._desk.now()
        with self._desk.database.reading() as work:
            record = self._desk.visible(work, staff, number)
            rules = self._desk.rules_of(work, record.response_id)
            setting = self._desk.setting(work, rules.days, now)
            person = self._desk.person(work, staff, record)
            events = CaseRepository(work).events([record.id])[record.id]
            case = as_case(record, events, self._desk.timezone)
            review = CaseReviews(self._desk, work).of([record])[record.id]
            is_hidden = not sees_all(staff) and not record.is_named
            return CaseDetail(
                line=self._lines(work, staff, [record], setting.today)[0],
                response_id=record.response_id,
                place=review.place,
                window=review.window,
                case_number=None if is_hidden else review.case_number,
                reasons=review.reasons,
                comment=review.comment,
                contact=self._desk.contacts.masked_within(work, record.response_id),
                responsible_unit=record.responsible_unit,
                responsible_person=record.responsible_person,
                goal=record.goal,
                remedy=case.remedy,
                answer=record.answer,
                call_back=case.call_back,
                closed_on=record.closed_on,
                rectified_in_time=record.rectified_in_time,
                seen=record.events,
                events=self._events(work, record, events, hide_times=is_hidden),
                slips=self._slips.of_case(work, record),
                allowed=allowed(case, person, setting),
                default_due={
                    remedy: setting.clock(setting.remedy_days(remedy)).due_on for remedy in Remedy
                },
            )

    def file(self, staff: StaffView, number: str, file_id: UUID) -> FileContent:
        """Return evidence of a case; see `Casework.file`."""
        with self._desk.database.reading() as work:
            record = self._desk.visible(work, staff, number)
            found = CaseRepository(work).file(record.id, file_id)
            if found is None:
                raise NotFound(message("There is no such file."))
            return FileContent(found.file_name, found.media_type, found.content)

    def _counts(self, work: Work, staff: StaffView) -> CaseCounts:
        today = self._desk.day_of(self._desk.now())
        soon = _soon(self._desk, work, today)
        scope = scope_of(staff, today)
        lists = CaseLists(work)
        overdue = lists.count(CaseQuery(scope=scope, is_open=True, expired_before=today))
        due = lists.count(CaseQuery(scope=scope, is_open=True, due_until=soon))
        return CaseCounts(
            open=lists.count(CaseQuery(scope=scope, is_open=True)),
            mine=lists.count(CaseQuery(scope=scope, waiting=waiting_of(staff))),
            due=due - overdue,
            overdue=overdue,
        )

    def _lines(
        self, work: Work, staff: StaffView, records: Sequence[CaseRecord], today: date
    ) -> list[CaseLine]:
        ids = [record.id for record in records]
        reviews = CaseReviews(self._desk, work).of(records)
        mine = CaseLists(work).waiting_ids(ids, waiting_of(staff))
        names = {unit.code: unit.name for unit in UnitRepository(work).all()}
        colours: dict[UUID, list[tuple[int, Colour]]] = {}
        for slip in CaseRepository(work).slips(ids):
            of_case = colours.setdefault(cast(UUID, slip.case_id), [])
            of_case.append((slip.round, Colour(slip.colour)))
        return [
            CaseLine(
                number=record.number,
                survey_key=reviews[record.id].survey_key,
                survey_title=reviews[record.id].survey_title,
                subject=reviews[record.id].subject,
                unit_code=record.unit_code,
                unit_name=names.get(record.unit_code or ""),
                responsible_unit_name=names.get(record.responsible_unit or ""),
                level=reviews[record.id].level,
                state=State(record.state),
                is_named=record.is_named,
                received_on=record.received_on,
                due_on=record.due_on,
                due_is_provisional=record.due_is_provisional,
                is_overdue=record.due_on is not None and today > record.due_on,
                waits_for_me=record.id in mine,
                colour=_colour(record, colours.get(record.id, [])),
            )
            for record in records
        ]

    def _events(
        self,
        work: Work,
        record: CaseRecord,
        events: Sequence[CaseEventRecord],
        *,
        hide_times: bool,
    ) -> tuple[EventLine, ...]:
        files: dict[int, list[FileLine]] = {}
        for file in CaseRepository(work).files(record.id):
            line = FileLine(file.id, file.file_name, file.media_type, file.size)
            files.setdefault(file.position, []).append(line)
        return tuple(
            EventLine(
                position=event.position,
                step=Step(event.step),
                actor=event.actor,
                day=self._desk.day_of(event.happened_at),
                at=None if hide_times and event.step in _OF_CITIZENS else event.happened_at,
                detail=event.detail,
                files=tuple(files.get(event.position, ())),
            )
            for event in events
        )


def waiting_of(staff: StaffView) -> Waiting:
    """Return whose turn is somebody's own."""
    return Waiting(
        handles=staff.may(Permission.HANDLE_CASES),
        supervises=staff.may(Permission.SUPERVISE_CASES),
        closes=staff.may(Permission.CLOSE_CASES),
    )


def query_of(desk: CaseDesk, work: Work, staff: StaffView, filters: CaseFilters) -> CaseQuery:
    """Return the cases that somebody may see and asks for.

    Raises
    ------
    NotAllowed, NotFound
        They see no cases; there is no such survey.
    """
    today = desk.day_of(desk.now())
    scope = scope_of(staff, today)
    survey = None
    if filters.survey_key is not None:
        survey = SurveyRepository(work).find(filters.survey_key)
        if survey is None:
            raise unknown_survey(filters.survey_key)
    is_pressing = filters.overdue or filters.due
    return CaseQuery(
        scope=scope,
        survey_id=None if survey is None else survey.id,
        state=filters.state,
        is_open=True if is_pressing else filters.is_open,
        below=UnitRepository(work).below([filters.unit_code]) if filters.unit_code else None,
        is_named=filters.is_named,
        colour=filters.colour,
        expired_before=today if filters.overdue else None,
        due_from=today if filters.due else None,
        due_until=_soon(desk, work, today) if filters.due else None,
        waiting=waiting_of(staff) if filters.mine else None,
        received_from=filters.received_from,
        received_until=filters.received_until,
        text=filters.text.strip()[:64],
    )


def _soon(desk: CaseDesk, work: Work, today: date) -> date:
    return desk.calendar.calendar(work).after(today, SOON).day


def _colour(record: CaseRecord, slips: Sequence[tuple[int, Colour]]) -> Colour | None:
    """Return the most urgent slip of the newest round of an open case."""
    if record.closed_on is not None or not slips:
        return None
    newest = max(number for number, _ in slips)
    order = list(Colour)
    return max((colour for number, colour in slips if number == newest), key=order.index)
