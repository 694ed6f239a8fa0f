"""Duty rosters (排班): who sat at which window when, so that figures can be had per person.

No citizen names anybody: a review belongs to whoever was on duty at its place at its time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from uuid import UUID

from surveyapp.domain import codes
from surveyapp.domain.duty import LONGEST_SHIFT, MAX_STAFF, Line, Shift, clashes, read_moment
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Language, Text
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.collection.importing import LineError
from surveyapp.services.results.counting import Counting
from surveyapp.services.tables import Column, InvalidTable, missing, read_rows, template
from surveyapp.storage.database import Database, Work
from surveyapp.storage.duties import DutyRepository
from surveyapp.storage.places import PlaceRepository, PlaceRow
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository

TITLE = Text("排班表", "Duty roster")
COLUMNS = (
    Column(
        "window",
        Text("窗口", "Window"),
        message("Number of the window, label of the place, or the code on its sheet."),
        Text("示例：3", "example: 3"),
        required=True,
        also=("窗口号", "评价点", "评价点编码", "place"),
    ),
    Column(
        "hall",
        Text("大厅", "Hall"),
        message("Needed where several halls have a window of this number."),
        Text("一楼大厅", "Ground floor"),
    ),
    Column(
        "staff_number",
        Text("工号", "Staff number"),
        message("The number of the person, as on the badge."),
        Text("0107", "0107"),
        required=True,
    ),
    Column(
        "staff_name",
        Text("姓名", "Name"),
        message("The name of the person; staff see it beside the number."),
        Text("李明", "Li Ming"),
        required=True,
    ),
    Column(
        "starts_at",
        Text("开始时间", "From"),
        message("Day and time, such as 2026-11-23 09:00."),
        Text("2026-11-23 09:00", "2026-11-23 09:00"),
        required=True,
        also=("上班时间", "开始", "起"),
    ),
    Column(
        "ends_at",
        Text("结束时间", "To"),
        message("Day and time of the end; the next shift may begin at this minute."),
        Text("2026-11-23 12:00", "2026-11-23 12:00"),
        required=True,
        also=("下班时间", "结束", "止", "until"),
    ),
)


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What a roster would change.

    Attributes
    ----------
    new, removed : tuple of Shift
        The shifts of each place named are replaced from its first one in the file to its last.
    unchanged : int
    since, until : datetime
        From the first beginning in the file to the last end.
    """

    new: tuple[Shift, ...]
    removed: tuple[Shift, ...]
    unchanged: int
    since: datetime
    until: datetime


class Rostering:
    """Use cases around duty rosters."""

    def __init__(
        self,
        database: Database,
        counting: Counting,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._counting = counting
        self._now = now
        self._timezone = timezone

    def template(self, language: Language) -> bytes:
        """Make the workbook to fill in."""
        return template(TITLE, COLUMNS, language)

    def preview(self, survey_key: str, path: Path) -> RosterPlan:
        """Return what a roster would change; nothing is stored.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            The file cannot be read, or lacks a column.
        InvalidTable
            Rows that cannot be used or contradict each other, all of them at once.
        """
        with self._database.reading() as work:
            return self._plan(work, _survey(work, survey_key), self._lines(work, survey_key, path))

    def import_file(self, survey_key: str, path: Path, actor: Actor) -> RosterPlan:
        """Put a roster in the place of what stood there for its places and its time.

        Raises
        ------
        NotFound, BadInput, InvalidTable
            As `preview` does.
        """
        with self._database.reading() as work:
            lines = self._lines(work, survey_key, path)
        return self.put(survey_key, lines, actor)

    def put(self, survey_key: str, lines: Sequence[Line], actor: Actor) -> RosterPlan:
        """Store shifts that were previewed; reviews are counted for whom they now belong to.

        Raises
        ------
        NotFound, InvalidTable
        """
        with self._database.writing() as work:
            survey = _survey(work, survey_key)
            own = {row.id for row in PlaceRepository(work).of_survey(survey.id)}
            lines = [line for line in lines if line.shift.place_id in own]
            plan = self._plan(work, survey, lines)
            duties = DutyRepository(work)
            places = sorted({shift.place_id for shift in (*plan.new, *plan.removed)})
            touched = [*plan.new, *plan.removed]
            if touched:
                span = (
                    min(shift.starts_at for shift in touched),
                    max(shift.ends_at for shift in touched),
                )
                with self._counting.recounted(work, survey.id, places, span):
                    duties.remove(plan.removed)
                    duties.add(plan.new)
            detail = {"new": len(plan.new), "removed": len(plan.removed)}
            record_event(work, actor, "place.roster", survey_key, detail, now=self._now())
        return plan

    def lines(self, survey_key: str, path: Path) -> list[Line]:
        """Return the shifts of a table, as `put` takes them.

        Raises
        ------
        NotFound, BadInput, InvalidTable
        """
        with self._database.reading() as work:
            return self._lines(work, survey_key, path)

    def of(self, survey_key: str, since: datetime, until: datetime) -> list[Shift]:
        """Return the shifts of a survey's places that touch a span, by place and time.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            return DutyRepository(work).of_survey(_survey(work, survey_key).id, since, until)

    def duty_of(self, place_id: UUID, moment: datetime) -> Shift | None:
        """Return who was on duty at a place at a moment, None where no roster says so."""
        with self._database.reading() as work:
            return DutyRepository(work).on_duty(place_id, moment)

    def _lines(self, work: Work, survey_key: str, path: Path) -> list[Line]:
        survey = _survey(work, survey_key)
        places = [
            row for row in PlaceRepository(work).of_survey(survey.id) if row.revoked_at is None
        ]
        lines: list[Line] = []
        problems: list[LineError] = []
        for number, row in read_rows(path, COLUMNS):
            try:
                lines += [Line(number, shift) for shift in self._shifts(row, places)]
            except BadInput as refusal:
                problems.append(LineError(number, refusal.message))
        if problems:
            raise InvalidTable(problems)
        return lines

    def _shifts(self, row: dict[str, str], places: Sequence[PlaceRow]) -> list[Shift]:
        problem = missing(row, COLUMNS)
        if problem is not None:
            raise BadInput(problem)
        number, name = row["staff_number"], row["staff_name"]
        if max(len(number), len(name)) > MAX_STAFF:
            raise BadInput(
                message("Number and name have at most %(most)s characters.", most=MAX_STAFF)
            )
        starts_at = read_moment(row["starts_at"], self._timezone)
        ends_at = read_moment(row["ends_at"], self._timezone)
        if not timedelta(0) < ends_at - starts_at <= LONGEST_SHIFT:
            raise BadInput(message("A shift ends after it begins, at most 24 hours later."))
        found = _places_named(row["window"], row.get("hall", ""), places)
        return [Shift(place.id, number, name, starts_at, ends_at) for place in found]

    def _plan(self, work: Work, survey: SurveyRecord, lines: Sequence[Line]) -> RosterPlan:
        new = [line.shift for line in lines]
        if not new:
            now = self._now()
            return RosterPlan((), (), 0, now, now)
        since, until = min(s.starts_at for s in new), max(s.ends_at for s in new)
        known = DutyRepository(work).of_survey(survey.id, since, until)
        spans = _spans(new)
        replaced = [
            shift
            for shift in known
            if shift.place_id in spans
            and shift.starts_at < spans[shift.place_id][1]
            and shift.ends_at > spans[shift.place_id][0]
        ]
        kept = [Line(0, shift) for shift in known if shift not in replaced]
        problems = [
            LineError(clash.second.number, self._said(clash.first, same_place=clash.same_place))
            for clash in clashes([*kept, *lines])
        ]
        if problems:
            raise InvalidTable(problems)
        return RosterPlan(
            new=tuple(shift for shift in new if shift not in replaced),
            removed=tuple(shift for shift in replaced if shift not in new),
            unchanged=sum(shift in replaced for shift in new),
            since=since,
            until=until,
        )

    def _said(self, first: Line, *, same_place: bool) -> Message:
        """Say with what a shift overlaps."""
        if first.number == 0:
            return message(
                "%(name)s is at another window at this time, by the roster that is stored.",
                name=first.shift.staff_name,
            )
        if same_place:
            return message(
                "Overlaps with line %(line)s: a window has one person at a time (%(name)s).",
                line=first.number,
                name=first.shift.staff_name,
            )
        return message(
            "Overlaps with line %(line)s: %(name)s cannot be at two windows at once.",
            line=first.number,
            name=first.shift.staff_name,
        )


def _spans(shifts: Iterable[Shift]) -> dict[UUID, tuple[datetime, datetime]]:
    """Return from when to when the shifts of each place reach."""
    groups: defaultdict[UUID, list[Shift]] = defaultdict(list)
    for shift in shifts:
        groups[shift.place_id].append(shift)
    return {
        place: (min(s.starts_at for s in group), max(s.ends_at for s in group))
        for place, group in groups.items()
    }


def _places_named(window: str, hall: str, places: Sequence[PlaceRow]) -> list[PlaceRow]:
    """Return the places a row means: by code, by window, by label.

    A window may have several codes, on a stand and on a sticker: they share the person.

    Raises
    ------
    BadInput
    """
    code = codes.normalise(window, codes.PLACE_BITS)
    by_code = [place for place in places if place.code == code]
    by_window = [place for place in places if place.window == window]
    found = by_code or by_window or [place for place in places if place.label == window]
    if hall:
        found = [place for place in found if place.hall == hall]
    if not found:
        raise BadInput(message("There is no place “%(text)s” in use.", text=window[:80]))
    if len({(place.hall, place.window) for place in found}) > 1:
        raise BadInput(
            message(
                "There are several places “%(text)s”: name the hall, or give the place code.",
                text=window[:80],
            )
        )
    return found


def _survey(work: Work, key: str) -> SurveyRecord:
    survey = SurveyRepository(work).find(key)
    if survey is None:
        raise unknown_survey(key)
    return survey
