"""The list of early warnings: what is near, behind or overdue, for the office and for units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.warning import (
    PaceWarning,
    Reporting,
    Urgency,
    ValueWarning,
    pace_warnings,
    value_warnings,
)
from surveyapp.services.assessment.item_views import ItemFilters, ItemLine
from surveyapp.services.assessment.objectives import Objectives
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.assessment.scores import ScoreRun, Scores
from surveyapp.services.assessment.viewing import sees_unreleased, visible_units
from surveyapp.storage.database import Database
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class SchemeWarnings:
    """What one scheme has to warn of.

    Attributes
    ----------
    period : Period or None
        Of the newest scores the asker may see, which `behind` is read from.
    """

    scheme: Scheme
    values: tuple[ValueWarning, ...]
    behind: tuple[PaceWarning, ...]
    period: Period | None


@dataclass(frozen=True, slots=True)
class Warnings:
    """All warnings, and the names of the units they name."""

    schemes: tuple[SchemeWarnings, ...]
    items: tuple[tuple[Urgency, ItemLine], ...]
    names: dict[str, str]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.items) + sum(len(one.values) + len(one.behind) for one in self.schemes)


class EarlyWarning:
    """Use cases around early warning."""

    def __init__(
        self,
        database: Database,
        objectives: Objectives,
        scores: Scores,
        rectifying: Rectifying,
    ) -> None:
        self._database = database
        self._objectives = objectives
        self._scores = scores
        self._rectifying = rectifying

    def warnings(self, staff: StaffView) -> Warnings:
        """Return what the asker may see: units what concerns them, the office all."""
        with self._database.reading() as work:
            names = {unit.code: unit.name for unit in UnitRepository(work).all()}
        schemes = [self._of_scheme(staff, one) for one in self._objectives.schemes()]
        return Warnings(
            schemes=tuple(one for one in schemes if one.values or one.behind),
            items=tuple(self._items(staff)),
            names=names,
        )

    def _of_scheme(self, staff: StaffView, scheme: Scheme) -> SchemeWarnings:
        progress = self._objectives.progress(scheme.key, Person.of(staff))
        reporting = [Reporting(one.indicator, one.period, one.missing) for one in progress]
        run = self._newest(staff, scheme.key)
        behind: list[PaceWarning] = []
        if run is not None:
            computed_with = self._scores.scheme_of(run)
            behind = pace_warnings(computed_with, run.period, visible_units(run, staff))
        return SchemeWarnings(
            scheme=scheme,
            values=tuple(value_warnings(reporting, self._rectifying.today())),
            behind=tuple(behind),
            period=None if run is None else run.period,
        )

    def _newest(self, staff: StaffView, key: str) -> ScoreRun | None:
        """Return the newest run that reaches furthest into the part of the year that is over.

        A run that was tried for a period that still lasts has few values and would hide who is
        behind; it is read only where there is no other.
        """
        runs = self._scores.runs(key, released_only=not sees_unreleased(staff))
        today = self._rectifying.today()

        def reach(run: ScoreRun) -> tuple[bool, int, datetime]:
            return run.period.last_day < today, run.period.last_month, run.made_at

        return max(runs, key=reach, default=None)

    def _items(self, staff: StaffView) -> list[tuple[Urgency, ItemLine]]:
        if not staff.may(Permission.SEE_CASES):
            return []
        late = self._rectifying.inbox(staff, ItemFilters(overdue=True)).lines
        soon = self._rectifying.inbox(staff, ItemFilters(due=True)).lines
        found = [(Urgency.OVERDUE, one) for one in late]
        return found + [(Urgency.NEAR, one) for one in soon if not one.is_overdue]
