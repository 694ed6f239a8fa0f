"""Objective values: reported by whoever is responsible, verified by a second person."""

from __future__ import annotations

from surveyapp.domain.objective import Adjustment, ObjectiveValue, OverrideEvent
from surveyapp.domain.periods import Period
from surveyapp.services.assessment.counted import (
    counted_adjustments,
    counted_overrides,
    verified_values,
)
from surveyapp.storage.database import Database


class Objectives:
    """Use cases around values that departments report."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def verified(self, scheme_key: str, upto: Period) -> tuple[ObjectiveValue, ...]:
        """Return the values that count up to a period of the scheme's year."""
        with self._database.reading() as work:
            return verified_values(work, scheme_key, upto)

    def adjustments(self, scheme_key: str, upto: Period) -> tuple[Adjustment, ...]:
        """Return the occurrences that add or take points up to the end of a period."""
        with self._database.reading() as work:
            return counted_adjustments(work, scheme_key, upto)

    def overrides(self, scheme_key: str, upto: Period) -> tuple[OverrideEvent, ...]:
        """Return the occurrences that overrides follow from, up to the end of a period."""
        with self._database.reading() as work:
            return counted_overrides(work, scheme_key, upto)
