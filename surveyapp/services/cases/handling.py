"""Steps that staff take: one at a time, each with its event and everything it brings about."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from surveyapp.domain import case_fields as given
from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import ENDED, GROUND_NAMES, Case, Ground, State, Step
from surveyapp.domain.case_rules import Setting, require_allowed
from surveyapp.domain.case_steps import take
from surveyapp.domain.errors import Conflict, NotAllowed, Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.roles import Actor, Permission
from surveyapp.domain.slips import Colour, Conclusion
from surveyapp.domain.survey import Standing
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk, require_unit
from surveyapp.services.cases.views import BulkResult
from surveyapp.services.results.counting import Counting
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Work
from surveyapp.storage.records import StandingEventRecord
from surveyapp.storage.tallies import TallyRepository


class CaseHandling:
    """Use cases of units and the supervising office."""

    def __init__(self, desk: CaseDesk, counting: Counting) -> None:
        self._desk = desk
        self._counting = counting

    def take(self, staff: StaffView, number: str, fields: given.Fields, seen: int | None) -> None:
        """Take a step; see `Casework.forward` for parameters and refusals."""
        now = self._desk.now()
        with self._desk.database.writing() as work:
            if isinstance(fields, given.ConfirmRuling):
                # Excluding moves counts. Follow-ups lock the tally before the case, so this does.
                survey_id = self._desk.visible(work, staff, number).survey_id
                TallyRepository(work).lock(survey_id)
            record = self._desk.visible(work, staff, number, for_update=True)
            _require_seen(record, seen)
            rules = self._desk.rules_of(work, record.response_id)
            setting = self._desk.setting(work, rules.days, now)
            before = self._desk.head(work, record)
            person = self._desk.person(work, staff, record)
            taken = take(before, fields, person, setting)
            _require_unit(work, fields)
            CaseRepository(work).add_event(
                record, fields.step, person.actor, taken.detail, now=now, files=fields.files
            )
            self._desk.put(record, taken.case, setting)
            after_step(self._desk, work, record, before, taken.case, person.actor, setting, rules)
            if taken.case.state is State.EXCLUDED:
                self._exclude(work, record, taken.detail, staff)
            if fields.step is Step.ASSIGN:
                self._desk.notify(work, "case.assigned", record, day=setting.today)
            record_event(work, staff.actor, f"case.{fields.step}", number, {}, now=now)

    def take_each(
        self, staff: StaffView, numbers: Iterable[str], fields: given.Fields
    ) -> BulkResult:
        """Take one step in many cases; see `Casework.take_each`."""
        done: list[str] = []
        refused: list[tuple[str, Message]] = []
        for number in dict.fromkeys(numbers):
            try:
                self.take(staff, number, fields, None)
            except Refusal as refusal:
                refused.append((number, refusal.message))
            else:
                done.append(number)
        return BulkResult(tuple(done), tuple(refused))

    def reveal(self, staff: StaffView, number: str) -> str:
        """Return the telephone number for a call; see `Casework.reveal`."""
        with self._desk.database.reading() as work:
            record = self._desk.visible(work, staff, number)
            if not staff.may(Permission.SUPERVISE_CASES):
                raise NotAllowed(
                    message("Only the supervising office calls citizens and sees their number.")
                )
            rules = self._desk.rules_of(work, record.response_id)
            setting = self._desk.setting(work, rules.days, self._desk.now())
            case = self._desk.head(work, record)
            require_allowed(case, Step.CALL, self._desk.person(work, staff, record), setting)
            response_id = record.response_id
        return self._desk.contacts.reveal(response_id, staff.actor, number)

    def _exclude(
        self, work: Work, record: CaseRecord, detail: dict[str, object], staff: StaffView
    ) -> None:
        """Take the review out of the figures; it stays visible, with the ground."""
        ground = GROUND_NAMES[Ground(str(detail["ground"]))].zh
        event = StandingEventRecord(
            id=uuid4(),
            response_id=record.response_id,
            before="",
            after=Standing.EXCLUDED,
            actor=staff.actor.name,
            reason=f"{ground}：{record.number}",
            happened_at=self._desk.now(),
        )
        self._counting.move(work, event)


def after_step(
    desk: CaseDesk,
    work: Work,
    record: CaseRecord,
    before: Case,
    after: Case,
    by: Actor,
    setting: Setting,
    rules: ReviewRules,
) -> None:
    """Do what a step brings about: slips for a new round, the end of a case."""
    if after.reopened > before.reopened:
        desk.conclude(work, record, Conclusion.RETURNED, by)
        slip = desk.issue(work, record, after, Colour.WHITE, setting.today)
        desk.contacts.keep(work, record.response_id)
        record.has_contact = desk.contacts.has(work, record.response_id)
        desk.notify(work, "case.reopened", record, day=setting.today, slip=slip)
    if after.state in ENDED and before.state not in ENDED:
        desk.settle(work, record, after, by, rules.contact_days)


def _require_seen(record: CaseRecord, seen: int | None) -> None:
    if seen is not None and seen != record.events:
        raise Conflict(
            message(
                "Somebody took a step in this case meanwhile: look at it again before you go on."
            )
        )


def _require_unit(work: Work, fields: given.Fields) -> None:
    """Refuse a step that names a unit nobody knows."""
    code = fields.unit_code if isinstance(fields, given.Forward | given.Assign) else None
    if code is not None:
        require_unit(work, code.strip())
