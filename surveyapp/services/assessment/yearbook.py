"""The yearly file of a unit (政绩档案): everything a year left behind about it, on one page.

Figures of surveys and ballots, cases, reported values, scores, matters being put right and forms
stand beside each other; nothing here is computed from anything else, and forms become no score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import Node, Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Permission
from surveyapp.domain.snapshot import SnapshotValue
from surveyapp.domain.text import Text
from surveyapp.services.assessment.common import schemes_in_use, unit_names
from surveyapp.services.assessment.deciding import Deciding, Decision
from surveyapp.services.assessment.entries import EntryLine, entry_lines
from surveyapp.services.assessment.explaining import shown
from surveyapp.services.assessment.forms import (
    FormView,
    StaffForms,
    bound_teams,
    is_unit_only,
    may_see_unit,
)
from surveyapp.services.assessment.item_views import ItemLine
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.assessment.scores import Scores
from surveyapp.services.assessment.value_views import ValueLine, value_line
from surveyapp.services.assessment.viewing import scope_of, sees_unreleased
from surveyapp.services.indicators.snapshots import Snapshots
from surveyapp.services.organisation.organising import Organising
from surveyapp.storage.database import Database, Work
from surveyapp.storage.objectives import AdjustmentRepository, ObjectiveRepository
from surveyapp.storage.staff_forms import FormRepository
from surveyapp.storage.units import UnitRepository
from surveyapp.storage.yearbook import CaseCount, HeldMeeting, YearbookRepository


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure of a survey, a ballot or an indicator, from the newest snapshot of a period."""

    snapshot_id: UUID
    title: Text
    kind: str
    period: Period
    value: SnapshotValue


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A computed score of the unit, and what a meeting decided.

    Attributes
    ----------
    score : str or None
        As it is shown; None where it is incomplete.
    decision : Decision or None
        None before a meeting has decided.
    """

    run_id: UUID
    scheme: Text
    period: Period
    score: str | None
    rank: int | None
    is_released: bool
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class YearFile:
    """The yearly file of one unit.

    Attributes
    ----------
    visits : mapping of str to int
        How many visits of each kind there were; what was said stands in the forms alone.
    forms : tuple of FormView
        Those the reader may open.
    """

    unit: Unit
    year: int
    figures: tuple[FigureLine, ...]
    meetings: tuple[HeldMeeting, ...]
    cases: CaseCount
    values: tuple[ValueLine, ...]
    entries: tuple[EntryLine, ...]
    scores: tuple[ScoreLine, ...]
    items: tuple[ItemLine, ...]
    visits: Mapping[str, int]
    forms: tuple[FormView, ...]


class YearFiles:
    """Use cases around yearly files."""

    def __init__(
        self,
        database: Database,
        organising: Organising,
        snapshots: Snapshots,
        scores: Scores,
        forms: StaffForms,
        rectifying: Rectifying,
        deciding: Deciding,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._organising = organising
        self._snapshots = snapshots
        self._scores = scores
        self._forms = forms
        self._rectifying = rectifying
        self._deciding = deciding
        self._now = now
        self._timezone = timezone

    def units(self, staff: StaffView) -> list[Node]:
        """Return the units whose files somebody may open, as a tree is read, without windows."""
        nodes = [node for node in self._organising.tree() if not node.unit.is_window]
        teams = bound_teams(staff)
        if teams is not None:
            with self._database.reading() as work:
                codes = FormRepository(work).units_of_teams(teams) | staff.unit_codes
            return [node for node in nodes if node.unit.code in codes]
        if is_unit_only(staff):
            return [node for node in nodes if node.unit.code in staff.unit_codes]
        return nodes

    def this_year(self) -> int:
        """Return the present year of the office."""
        return self._today().year

    def file(self, code: str, year: int, staff: StaffView) -> YearFile:
        """Return the yearly file of a unit.

        Raises
        ------
        NotFound
            No such unit, or one whose file this person may not open: both look the same.
        """
        with self._database.reading() as work:
            record = UnitRepository(work).find(code)
            if record is None or not may_see_unit(work, staff, code):
                raise NotFound(message("There is no such unit."))
            unit = Unit(record.code, record.name, record.parent_code, record.category)
            below = UnitRepository(work).below([code])
            yearbook = YearbookRepository(work)
            cases = yearbook.cases(below, year, self._today() if is_unit_only(staff) else None)
            first = datetime(year, 1, 1, tzinfo=self._timezone)
            end = datetime(year + 1, 1, 1, tzinfo=self._timezone)
            meetings = tuple(yearbook.meetings(code, first, end))
            values = self._values(work, code, year)
            entries = self._entries(work, code, year, staff)
            schemes = {one.key: one.title for one in schemes_in_use(work) if one.year == year}
        return YearFile(
            unit=unit,
            year=year,
            figures=self._figures(code, year, staff),
            meetings=meetings,
            cases=cases,
            values=values,
            entries=entries,
            scores=self._score_lines(schemes, code, staff),
            items=self._items(code, year, staff),
            visits=self._forms.visits(code, year),
            forms=tuple(self._forms.lines(staff, unit=code, year=year)),
        )

    def _values(self, work: Work, code: str, year: int) -> tuple[ValueLine, ...]:
        names = unit_names(work)
        schemes = {one.key: one for one in schemes_in_use(work)}
        found = ObjectiveRepository(work).of_unit(code, year)
        return tuple(value_line(one, schemes[one.scheme_key], names) for one in found)

    def _entries(self, work: Work, code: str, year: int, staff: StaffView) -> tuple[EntryLine, ...]:
        schemes = {one.key: one for one in schemes_in_use(work)}
        lines: list[EntryLine] = []
        for one in AdjustmentRepository(work).of_unit(code, year):
            lines += entry_lines(work, schemes[one.scheme_key], [one], Person.of(staff))
        return tuple(lines)

    def _figures(self, code: str, year: int, staff: StaffView) -> tuple[FigureLine, ...]:
        """Return the figures of the newest snapshots, told as the pages of snapshots tell them.

        Withheld is what rests on few answers, and what could be worked out from the others that
        the reader sees; from the office too, since the file is printed and handed on.
        """
        seen_by = scope_of(staff) if is_unit_only(staff) else None
        whole = Period.parse(str(year))
        seen: set[tuple[str, Period]] = set()
        lines: list[FigureLine] = []
        for snapshot in self._snapshots.all():
            slot = (snapshot.source_key, snapshot.period)
            is_newest = slot not in seen and whole.covers(snapshot.period)
            seen.add(slot)
            if not is_newest or not snapshot.of(code):
                continue
            for value in self._snapshots.public(snapshot, seen_by).of(code):
                line = FigureLine(
                    snapshot.id, snapshot.title, snapshot.source_kind, snapshot.period, value
                )
                lines.append(line)
        return tuple(sorted(lines, key=lambda one: (one.title.zh, one.period.last_day)))

    def _score_lines(
        self, schemes: Mapping[str, Text], code: str, staff: StaffView
    ) -> tuple[ScoreLine, ...]:
        """Return the newest score of each period that the reader may see."""
        if not staff.may(Permission.SEE_SCORES):
            return ()
        scope = scope_of(staff)
        if scope is not None and code not in scope:
            return ()
        lines: list[ScoreLine] = []
        for key, title in schemes.items():
            seen: set[Period] = set()
            for run in self._scores.runs(key, released_only=not sees_unreleased(staff)):
                unit = run.unit(code)
                if unit is not None and run.period not in seen:
                    seen.add(run.period)
                    score = shown(unit["score"])
                    line = ScoreLine(
                        run_id=run.id,
                        scheme=title,
                        period=run.period,
                        score=score,
                        rank=unit["rank"],
                        is_released=run.is_released,
                        decision=self._deciding.of(key, run.period).get(code),
                    )
                    lines.append(line)
        return tuple(sorted(lines, key=lambda one: (one.scheme.zh, one.period.last_day)))

    def _items(self, code: str, year: int, staff: StaffView) -> tuple[ItemLine, ...]:
        if not staff.may(Permission.SEE_CASES):
            return ()
        found = self._rectifying.of_unit(staff, code)
        return tuple(one for one in found if one.opened_on.year == year)

    def _today(self) -> date:
        return self._now().astimezone(self._timezone).date()
