"""Named forms of the staff: visits and talks (五访), and reports on duties (履职情况表).

They are no surveys and no scores: they stand in the yearly file of a unit for the people who
assess it to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.text import Text

POINTS_LENGTH: Final = 4000
SHORT_LENGTH: Final = 200
TIME_LENGTH: Final = 40
NAME_LENGTH: Final = 64
PROGRESS_LENGTH: Final = 1000
LEAST_WORKS: Final = 3
MOST_WORKS: Final = 4
MOST_PEOPLE: Final = 1000


class FormKind(StrEnum):
    """Which form it is."""

    VISIT = "visit"
    DUTY_REPORT = "duty_report"


class VisitKind(StrEnum):
    """The five kinds of visit (五访)."""

    REGULAR = "regular"
    TALK = "talk"
    SPECIAL = "special"
    OPINIONS = "opinions"
    MEETING = "meeting"


class Counterpart(StrEnum):
    """Who was met (对象类别)."""

    LEADERS = "leaders"
    MIDDLE = "middle"
    STAFF = "staff"
    GRASSROOTS = "grassroots"
    SERVED = "served"
    DELEGATES = "delegates"
    OTHERS = "others"


class WorkState(StrEnum):
    """How far a piece of work is (完成情况)."""

    DONE = "done"
    ON_TRACK = "on_track"
    BEHIND = "behind"


FORM_NAMES: Mapping[FormKind, Text] = {
    FormKind.VISIT: Text("访谈走访记录", "Visit"),
    FormKind.DUTY_REPORT: Text("履职情况表", "Duty report"),
}
VISIT_NAMES: Mapping[VisitKind, Text] = {
    VisitKind.REGULAR: Text("定期了解访", "Regular visit"),
    VisitKind.TALK: Text("谈心谈话访", "Heart-to-heart talk"),
    VisitKind.SPECIAL: Text("专项考核访", "Special assessment visit"),
    VisitKind.OPINIONS: Text("听取意见访", "Hearing opinions"),
    VisitKind.MEETING: Text("列席会议访", "Sitting in on a meeting"),
}
COUNTERPART_NAMES: Mapping[Counterpart, Text] = {
    Counterpart.LEADERS: Text("领导班子成员", "Members of the leadership"),
    Counterpart.MIDDLE: Text("中层干部", "Middle management"),
    Counterpart.STAFF: Text("一般干部职工", "Staff"),
    Counterpart.GRASSROOTS: Text("基层单位人员", "People of subordinate units"),
    Counterpart.SERVED: Text("服务对象、企业群众", "People and firms who are served"),
    Counterpart.DELEGATES: Text("“两代表一委员”", "Delegates and committee members"),
    Counterpart.OTHERS: Text("其他人员", "Others"),
}
WORK_STATE_NAMES: Mapping[WorkState, Text] = {
    WorkState.DONE: Text("已完成", "Done"),
    WorkState.ON_TRACK: Text("按进度推进", "On track"),
    WorkState.BEHIND: Text("进度滞后", "Behind"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What is written down of a visit.

    Attributes
    ----------
    time : str
        From when to when, such as 9:00–11:00; may be empty.
    people : int
        How many were met; 0 where it was not counted.
    points : str
        What was said and seen (要点).
    follow_up : str
        What should be looked into; may be empty.
    """

    day: date
    time: str
    place: str
    kind: VisitKind
    counterpart: Counterpart
    people: int
    points: str
    follow_up: str = ""

    def document(self, today: date) -> dict[str, Any]:
        """Return what is stored beside the day.

        Raises
        ------
        BadInput
        """
        if self.day > today:
            raise BadInput(message("“%(text)s” lies in the future.", text=self.day.isoformat()))
        if not 0 <= self.people <= MOST_PEOPLE:
            raise BadInput(message("A visit meets at most %(most)s people.", most=MOST_PEOPLE))
        return {
            "time": clean_text(self.time, None, TIME_LENGTH),
            "place": clean_text(self.place, message("Say where it was."), SHORT_LENGTH),
            "kind": str(self.kind),
            "counterpart": str(self.counterpart),
            "people": self.people,
            "points": clean_text(
                self.points, message("Write down the main points."), POINTS_LENGTH
            ),
            "follow_up": clean_text(self.follow_up, None, PROGRESS_LENGTH),
        }

    @property
    def period(self) -> Period:
        """The quarter it belongs to."""
        quarter = (self.day.month - 1) // Length.QUARTER + 1
        return Period(self.day.year, Length.QUARTER, quarter)


@dataclass(frozen=True, slots=True)
class Work:
    """One important piece of work of a quarter (重要工作)."""

    title: str
    progress: str
    state: WorkState


@dataclass(frozen=True, slots=True)
class DutyReport:
    """What somebody in charge did in a quarter (履职情况表).

    Attributes
    ----------
    person, position : str
        Whose report it is.
    works : tuple of Work
        Three or four; lines that are empty altogether do not count.
    plans : str
        What comes next; may be empty.
    """

    period: Period
    person: str
    position: str
    works: tuple[Work, ...]
    plans: str = ""

    def document(self, today: date) -> dict[str, Any]:
        """Return what is stored beside the period.

        Raises
        ------
        BadInput
        """
        if self.period.length is not Length.QUARTER:
            raise BadInput(message("A duty report is about a quarter, such as 2026Q1."))
        if self.period.first_day > today:
            raise BadInput(message("“%(period)s” has not begun yet.", period=str(self.period)))
        written = [one for one in self.works if one.title.strip() or one.progress.strip()]
        if not LEAST_WORKS <= len(written) <= MOST_WORKS:
            raise BadInput(
                message(
                    "A duty report names %(least)s to %(most)s important pieces of work.",
                    least=LEAST_WORKS,
                    most=MOST_WORKS,
                )
            )
        return {
            "person": clean_text(self.person, message("Name the person."), NAME_LENGTH),
            "position": clean_text(
                self.position, message("Name the person's position."), SHORT_LENGTH
            ),
            "works": [
                {
                    "title": clean_text(
                        one.title, message("Name each piece of work."), SHORT_LENGTH
                    ),
                    "progress": clean_text(
                        one.progress,
                        message("Say how far each piece of work is."),
                        PROGRESS_LENGTH,
                    ),
                    "state": str(one.state),
                }
                for one in written
            ],
            "plans": clean_text(self.plans, None, PROGRESS_LENGTH),
        }


def visit_of(document: Mapping[str, Any], day: date) -> Visit:
    """Read a stored visit."""
    return Visit(
        day=day,
        time=document["time"],
        place=document["place"],
        kind=VisitKind(document["kind"]),
        counterpart=Counterpart(document["counterpart"]),
        people=document["people"],
        points=document["points"],
        follow_up=document["follow_up"],
    )


def duty_report_of(document: Mapping[str, Any], period: Period) -> DutyReport:
    """Read a stored duty report."""
    return DutyReport(
        period=period,
        person=document["person"],
        position=document["position"],
        works=tuple(
            Work(one["title"], one["progress"], WorkState(one["state"]))
            for one in document["works"]
        ),
        plans=document["plans"],
    )
