"""What meetings decide about the grades of units (审定等次), entered on a run of scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.deciding import Choice, Decided, Meeting, Suggestion, decide
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.storage.database import Database, Work
from surveyapp.storage.decision_records import DecisionRecord
from surveyapp.storage.decisions import DecisionRepository
from surveyapp.storage.scheme_records import ScoreRunRecord
from surveyapp.storage.schemes import SchemeRepository, ScoreRepository


@dataclass(frozen=True, slots=True)
class Decision:
    """The grade of a unit as a meeting decided it.

    Attributes
    ----------
    grade, suggested : int or None
        Places of grades, 0 the best; nothing may have been suggested.
    number : int
        From 1 on; a higher one corrects those before.
    """

    unit_code: str
    grade: int
    title: Text
    suggested: int | None
    reason: str
    meeting: Meeting
    number: int
    run_id: UUID
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class UnitToDecide:
    """A unit of a run: how it stands, and everything that was decided about it."""

    code: str
    name: str
    score: str | None
    rank: int | None
    suggested: int | None
    decisions: tuple[Decision, ...]

    @property
    def valid(self) -> Decision | None:
        """The decision that is valid."""
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True, slots=True)
class RunToDecide:
    """A run of scores as the page shows it on which grades are entered."""

    run_id: UUID
    number: int
    made_on: date
    period: Period
    scheme: Scheme
    units: tuple[UnitToDecide, ...]
    is_newest: bool
    today: date


class Deciding:
    """Use cases around decided grades."""

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], timezone: tzinfo
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone

    def of(self, scheme_key: str, period: Period) -> dict[str, Decision]:
        """Return the valid decision about each unit; empty before a meeting."""
        with self._database.reading() as work:
            scheme = SchemeRepository(work).find(scheme_key)
            if scheme is None:
                return {}
            valid = DecisionRepository(work).valid(scheme.id, str(period))
            return {code: self._decision(work, one) for code, one in valid.items()}

    def run(self, staff: StaffView, run_id: UUID) -> RunToDecide:
        """Return a run with everything that was decided.

        Raises
        ------
        NotAllowed, NotFound
        """
        _require(staff)
        with self._database.reading() as work:
            run, scheme = _found(work, run_id)
            decisions: dict[str, list[Decision]] = {}
            for one in DecisionRepository(work).of(run.scheme_id, run.period):
                decisions.setdefault(one.unit_code, []).append(self._decision(work, one))
            return RunToDecide(
                run_id=run.id,
                number=run.number,
                made_on=self._day(run.made_at),
                period=Period.parse(run.period),
                scheme=scheme,
                units=tuple(
                    UnitToDecide(
                        code=one["unit"],
                        name=one["name"],
                        score=one["score"],
                        rank=one["rank"],
                        suggested=one["grade"],
                        decisions=tuple(decisions.get(one["unit"], ())),
                    )
                    for one in run.result["units"]
                ),
                is_newest=_is_newest(work, run),
                today=self._day(self._now()),
            )

    def enter(
        self,
        staff: StaffView,
        run_id: UUID,
        meeting: Meeting,
        choices: Mapping[str, Choice],
    ) -> int:
        """Enter what a meeting decided, all of it or nothing; returns how many are new.

        Raises
        ------
        NotAllowed, NotFound
        BadInput
            Something is missing, or a unit or grade is none of this run.
        Conflict
            A newer run of the period was made, or somebody entered grades meanwhile.
        """
        _require(staff)
        now = self._now()
        meeting = meeting.checked(self._day(now))
        with self._database.writing() as work:
            run, scheme = _found(work, run_id)
            if not _is_newest(work, run):
                raise Conflict(
                    message("The scores were computed anew since: decide on the newest run.")
                )
            repository = DecisionRepository(work)
            before = repository.valid(run.scheme_id, run.period)
            units = {
                one["unit"]: _suggestion(one, before.get(one["unit"]))
                for one in run.result["units"]
            }
            new = decide(units, len(scheme.grades), meeting, choices)
            records = [
                DecisionRecord(
                    id=uuid4(),
                    run_id=run.id,
                    scheme_id=run.scheme_id,
                    period=run.period,
                    unit_code=code,
                    number=before[code].number + 1 if code in before else 1,
                    suggested=units[code].suggested,
                    grade=choice.grade,
                    reason=choice.reason,
                    authority=meeting.authority,
                    met_on=meeting.met_on,
                    minutes=meeting.minutes,
                    entered_by=staff.full_name,
                    staff_id=staff.id,
                    entered_at=now,
                )
                for code, choice in new.items()
            ]
            if not repository.add(records):
                raise Conflict(
                    message("Somebody entered grades at this moment: look at them first.")
                )
            detail = {"period": run.period, "n": len(records), "number": run.number}
            record_event(work, staff.actor, "decision.enter", scheme.key, detail, now=now)
        return len(records)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._timezone).date()

    def _decision(self, work: Work, record: DecisionRecord) -> Decision:
        run = ScoreRepository(work).find(record.run_id)
        grades = run.result["grades"] if run is not None else []
        title = grades[record.grade]
        return Decision(
            unit_code=record.unit_code,
            grade=record.grade,
            title=Text(title["zh"], title["en"]),
            suggested=record.suggested,
            reason=record.reason,
            meeting=_meeting(record),
            number=record.number,
            run_id=record.run_id,
            entered_by=record.entered_by,
            entered_at=record.entered_at,
        )


def _suggestion(unit: Mapping[str, Any], before: DecisionRecord | None) -> Suggestion:
    decided = None if before is None else Decided(before.grade, _meeting(before))
    return Suggestion(unit["name"], unit["grade"], decided)


def _meeting(record: DecisionRecord) -> Meeting:
    return Meeting(record.authority, record.met_on, record.minutes)


def _require(staff: StaffView) -> None:
    if not staff.may(Permission.SETTLE):
        raise NotAllowed(message("Only a reviewer enters what a meeting decided."))


def _found(work: Work, run_id: UUID) -> tuple[ScoreRunRecord, Scheme]:
    run = ScoreRepository(work).find(run_id)
    if run is None:
        raise NotFound(message("There is no such run of scores."))
    version = SchemeRepository(work).version(run.scheme_version_id)
    return run, parse_scheme(version.document)


def _is_newest(work: Work, run: ScoreRunRecord) -> bool:
    return run.number == ScoreRepository(work).next_number(run.scheme_id, run.period) - 1
