"""Evaluations (考核批次) as staff see them: their meetings, how far each one is, who sees which."""

from __future__ import annotations

from collections.abc import Collection

from surveyapp.services.authoring import unknown_survey
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.storage.evaluations import EvaluationRepository


class Evaluations:
    """Use cases around evaluations that change nothing."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def require_visible(self, survey_key: str, teams: Collection[str]) -> None:
        """Refuse whatever is not a meeting of these teams, as if it did not exist.

        Raises
        ------
        NotFound
        """
        with self._desk.database.reading() as work:
            found = EvaluationRepository(work).meeting_of(survey_key)
        if found is None or found[0].team not in teams:
            raise unknown_survey(survey_key)
