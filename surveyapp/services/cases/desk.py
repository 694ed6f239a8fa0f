"""What every use case around cases needs: the rules of a case, who somebody is to it, its slips."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from uuid import UUID, uuid4

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import ENDED, UNITS_TURN, Case, Person
from surveyapp.domain.case_rules import Setting
from surveyapp.domain.codes import encode
from surveyapp.domain.errors import BadInput, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.review import CaseDays, ReviewRules
from surveyapp.domain.roles import PERMISSIONS, Actor, Permission, Role
from surveyapp.domain.slips import Colour, Conclusion, next_mark, number_of
from surveyapp.domain.survey import Definition
from surveyapp.services.cases.calendar import WorkCalendar
from surveyapp.services.cases.contacts import Contacts
from surveyapp.services.cases.outbox import Outbox
from surveyapp.services.definitions import DefinitionCache
from surveyapp.storage.case_lists import Scope
from surveyapp.storage.case_records import CaseRecord, SlipRecord
from surveyapp.storage.cases import CaseRepository, as_case, store_case
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository

_DAY = timedelta(days=1)
_NUMBER_BYTES = 5
_SEES_ALL = frozenset(
    role for role in Role if Permission.SEE_CASES in PERMISSIONS[role] and role is not Role.UNIT
)


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """Shared by the use cases of cases; each call works inside a transaction of its caller.

    Attributes
    ----------
    base_url : str
        For links in notices.
    """

    database: Database
    definitions: DefinitionCache
    calendar: WorkCalendar
    contacts: Contacts
    outbox: Outbox
    now: Callable[[], datetime]
    timezone: tzinfo
    random_bytes: Callable[[int], bytes]
    base_url: str

    def day_of(self, moment: datetime) -> date:
        """Return the office's day of a moment."""
        return moment.astimezone(self.timezone).date()

    def beginning_of(self, day: date | None) -> datetime | None:
        """Return the moment a day of the office begins."""
        return None if day is None else datetime.combine(day, time.min, self.timezone)

    def new_number(self, today: date) -> str:
        """Return a number of this year that nobody can guess, for a case or a matter."""
        return f"{today.year}-{encode(self.random_bytes(_NUMBER_BYTES))}"

    def rules_of(self, work: Work, response_id: UUID) -> ReviewRules:
        """Return the rules that the review of a case was given under."""
        response = ResponseRepository(work).get(response_id)
        return cast(ReviewRules, self.definition(work, response.revision_id).review)

    def definition(self, work: Work, revision_id: UUID) -> Definition:
        """Return the definition of a revision."""
        known = self.definitions.find(revision_id)
        return known or self.definitions.read(SurveyRepository(work).revision(revision_id))

    def setting(self, work: Work, days: CaseDays, moment: datetime) -> Setting:
        """Return what a step needs to know of the world."""
        return Setting(self.calendar.calendar(work), days, self.day_of(moment))

    def head(self, work: Work, record: CaseRecord) -> Case:
        """Return a case as the rules know it."""
        events = CaseRepository(work).events([record.id])[record.id]
        return as_case(record, events, self.timezone)

    def person(self, work: Work, staff: StaffView, record: CaseRecord) -> Person:
        """Return who somebody is to a case."""
        units = {code for code in (record.unit_code, record.responsible_unit) if code}
        return self.person_to(work, staff, units)

    def person_to(self, work: Work, staff: StaffView, units: Collection[str]) -> Person:
        """Return who somebody is to the units of a case or a matter."""
        own = {grant.unit_code for grant in staff.grants if grant.unit_code}
        is_theirs = not staff.unit_codes.isdisjoint(units)
        is_below = bool(own) and bool(own & UnitRepository(work).below(units))
        return Person(
            actor=Actor(staff.full_name, staff.id),
            handles=staff.may(Permission.HANDLE_CASES) and is_theirs,
            supervises=staff.may(Permission.SUPERVISE_CASES),
            closes=staff.may(Permission.CLOSE_CASES),
            is_inside=is_theirs or is_below,
        )

    def visible(
        self, work: Work, staff: StaffView, number: str, *, for_update: bool = False
    ) -> CaseRecord:
        """Return a case that somebody may see.

        Raises
        ------
        NotAllowed
            They see no cases at all.
        NotFound
            No such case, or another unit's: both look the same.
        """
        scope = scope_of(staff, self.day_of(self.now()))
        # No number holds this letter, and not every database can be asked for it.
        known = "\0" not in number
        record = CaseRepository(work).find(number, for_update=for_update) if known else None
        if record is None or not is_within(record, scope):
            raise NotFound(message("There is no such case."))
        return record

    def put(
        self, record: CaseRecord, case: Case, setting: Setting, *, is_awake: bool = False
    ) -> None:
        """Store the head of a case, and when time has something to do with it next.

        Parameters
        ----------
        is_awake : bool
            Whether what time had to do up to today has just been done.
        """
        store_case(record, case)
        record.wake_on = wake_of(case, setting, setting.today if is_awake else date.min)

    def issue(
        self, work: Work, record: CaseRecord, case: Case, colour: Colour, today: date
    ) -> SlipRecord:
        """Issue the next slip of a case."""
        due_on = case.clock.due_on if case.clock else None
        slip = new_slip(colour, case.round, today, due_on, case_id=record.id)
        CaseRepository(work).add_slip(slip)
        return slip

    def conclude(self, work: Work, record: CaseRecord, conclusion: Conclusion, by: Actor) -> None:
        """Write the conclusion (销号、退回) on the slips of a case that have none."""
        conclude(CaseRepository(work).slips([record.id]), conclusion, by)

    def settle(self, work: Work, record: CaseRecord, case: Case, by: Actor, keep: int) -> None:
        """Do what the end of a case asks for.

        Parameters
        ----------
        keep : int
            Days for which the telephone number is kept.
        """
        self.conclude(work, record, Conclusion.SETTLED, by)
        last = cast(date, case.closed_on) + timedelta(days=keep)
        self.contacts.forget_after(work, record.response_id, last)

    def notify(
        self,
        work: Work,
        topic: str,
        record: CaseRecord,
        *,
        day: date,
        slip: SlipRecord | None = None,
        once_for: str = "",
        not_before: datetime | None = None,
    ) -> bool:
        """Make a notice about a case; it holds nothing that a citizen wrote.

        Parameters
        ----------
        once_for : str, optional
            What the notice is made once for; the newest step of the case where none is given.
        """
        survey = work.session.get_one(SurveyRecord, record.survey_id)
        unit_code = record.responsible_unit or record.unit_code
        unit = UnitRepository(work).find(unit_code) if unit_code else None
        payload: Mapping[str, Any] = {
            "case": record.number,
            "survey": survey.key,
            "unit_code": unit_code,
            "unit": unit.name if unit else None,
            "responsible_person": record.responsible_person,
            "state": record.state,
            "received_on": record.received_on.isoformat(),
            "due_on": record.due_on.isoformat() if record.due_on else None,
            "due_is_provisional": record.due_is_provisional,
            "slip": number_of(slip.year, slip.serial) if slip else None,
            "day": day.isoformat(),
            "url": f"{self.base_url}/console/cases/{record.number}",
        }
        dedupe = f"{topic}:{record.number}:{once_for or record.events}"
        return self.outbox.add(work, topic, dedupe, payload, not_before=not_before)


def new_slip(
    colour: Colour,
    round_number: int,
    today: date,
    due_on: date | None,
    *,
    case_id: UUID | None = None,
    item_id: UUID | None = None,
) -> SlipRecord:
    """Make a slip about a case or about a matter; its number comes when it is stored."""
    return SlipRecord(
        id=uuid4(),
        case_id=case_id,
        item_id=item_id,
        colour=colour,
        round=round_number,
        year=today.year,
        serial=0,
        issued_on=today,
        due_on=due_on,
        signed_by=None,
        received_by=None,
        received_at=None,
        conclusion=None,
        verified_by=None,
        detail={},
    )


def conclude(slips: Iterable[SlipRecord], conclusion: Conclusion, by: Actor) -> None:
    """Write a conclusion on the slips that have none."""
    for slip in slips:
        if slip.conclusion is None:
            slip.conclusion = conclusion
            slip.verified_by = by.name


def require_unit(work: Work, code: str) -> None:
    """Refuse a unit that does not exist.

    Raises
    ------
    BadInput
    """
    if UnitRepository(work).find(code) is None:
        raise BadInput(message("There is no unit with the code %(code)s.", code=code[:80]))


def is_within(record: CaseRecord, scope: Scope | None) -> bool:
    """Whether a case lies within what somebody sees."""
    return scope is None or scope.holds(record)


def sees_all(staff: StaffView) -> bool:
    """Whether somebody sees the cases of every unit, and of anonymous ones the time."""
    return any(grant.role in _SEES_ALL for grant in staff.grants)


def scope_of(staff: StaffView, today: date) -> Scope | None:
    """Return which cases somebody sees, None for all.

    Raises
    ------
    NotAllowed
        They see no cases.
    """
    if not staff.may(Permission.SEE_CASES):
        raise NotAllowed(message("Your account does not see cases."))
    return None if sees_all(staff) else Scope(staff.unit_codes, today)


def wake_of(case: Case, setting: Setting, done: date) -> date | None:
    """Return the first day after `done` on which time has something to do with a case.

    Such a day may lie in the past where a case was opened late, or where a ruling gave it back.
    """
    if case.state in ENDED or case.clock is None:
        return None
    if case.state in UNITS_TURN:
        return next_mark(case.clock, setting.calendar, setting.days.red, done)
    expired = case.clock.due_on + _DAY
    return expired if expired > done else None
