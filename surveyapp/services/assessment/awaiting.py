"""What awaits somebody in the assessment: to verify, to rule on, to settle, to report."""

from __future__ import annotations

from dataclasses import dataclass

from surveyapp.domain.reporting import Person
from surveyapp.services.assessment.objectives import Objectives
from surveyapp.storage.database import Database
from surveyapp.storage.objectives import ObjectiveRepository


@dataclass(frozen=True, slots=True)
class Awaited:
    """How much awaits one person.

    Attributes
    ----------
    values, entries : int
        Reported values and occurrences that wait for a second person.
    objections, proposals : int
        What waits for a ruling, and to be settled.
    missing : int
        Values of periods that have ended, which the person's unit has not reported.
    """

    values: int = 0
    entries: int = 0
    objections: int = 0
    proposals: int = 0
    missing: int = 0


class Awaiting:
    """The use case of looking what awaits somebody."""

    def __init__(self, database: Database, objectives: Objectives) -> None:
        self._database = database
        self._objectives = objectives

    def of(self, person: Person) -> Awaited:
        """Return what awaits a person; units hear of what they report alone."""
        if person.verifies:
            with self._database.reading() as work:
                return Awaited(*ObjectiveRepository(work).waiting_everywhere())
        if person.reports and person.units and not person.is_office:
            return Awaited(missing=self._missing(person))
        return Awaited()

    def _missing(self, person: Person) -> int:
        today = self._objectives.today()
        return sum(
            len(one.missing)
            for scheme in self._objectives.schemes()
            for one in self._objectives.progress(scheme.key, person)
            if one.indicator.responsible in person.units and one.period.last_day < today
        )
