"""What a year left behind about one unit, counted and listed without anybody's words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, or_, select

from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.database import Work
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.records import SurveyRecord


@dataclass(frozen=True, slots=True)
class CaseCount:
    """Cases of bad reviews that were received in a year.

    Attributes
    ----------
    in_time : int
        Closed ones that were put right in time.
    excluded : int
        Those whose review was excluded on an appeal.
    """

    received: int
    closed: int
    in_time: int
    excluded: int


@dataclass(frozen=True, slots=True)
class HeldMeeting:
    """A meeting (民主测评) of the unit."""

    title: dict[str, str]
    survey_key: str
    status: str
    takes_place_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class YearbookRepository:
    """Lists and counts in one transaction."""

    work: Work

    def cases(self, units: Collection[str], year: int, seen_until: date | None) -> CaseCount:
        """Count the cases of some units.

        Parameters
        ----------
        seen_until : date or None
            Leave out cases that units see only after this day; None counts all.
        """
        t = CaseRecord

        def number(condition: object) -> object:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]  # a condition

        query = select(
            func.count(t.id),
            number(t.state == "closed"),
            number((t.state == "closed") & t.rectified_in_time.is_(True)),
            number(t.state == "excluded"),
        ).where(  # type: ignore[call-overload]  # columns of numbers
            t.unit_code.in_(sorted(units)),
            t.received_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        if seen_until is not None:
            query = query.where(or_(t.unit_sees_from.is_(None), t.unit_sees_from <= seen_until))
        return CaseCount(*(int(n) for n in self.work.session.execute(query).one()))

    def meetings(self, unit: str, first: datetime, end: datetime) -> Sequence[HeldMeeting]:
        """Return the meetings of a unit from a moment on and before another one."""
        moment = func.coalesce(MeetingRecord.takes_place_at, SurveyRecord.opened_at)
        query = (
            select(
                EvaluationRecord.title,
                SurveyRecord.key,
                SurveyRecord.status,
                MeetingRecord.takes_place_at,
                SurveyRecord.closed_at,
            )
            .join(SurveyRecord, SurveyRecord.id == MeetingRecord.survey_id)
            .join(EvaluationRecord, EvaluationRecord.id == MeetingRecord.evaluation_id)
            .where(MeetingRecord.unit_code == unit, moment >= first, moment < end)
            .order_by(moment)
        )
        return [HeldMeeting(*row) for row in self.work.session.execute(query)]
