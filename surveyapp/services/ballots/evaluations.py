"""Evaluations (考核批次) as staff see them: their meetings, how far each one is, who sees which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Status
from surveyapp.domain.text import Text
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.evaluation_template import EvaluationTemplate, stored_template
from surveyapp.storage.database import Work
from surveyapp.storage.evaluation_records import EvaluationRecord
from surveyapp.storage.evaluations import ClassCount, EvaluationRepository, MeetingRow

Teams = Collection[str] | None
"""Teams whose meetings somebody sees; None for all meetings."""


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting, and how far it is.

    Attributes
    ----------
    key : str
        Of its survey.
    rated : int
        How many teams and persons are rated.
    roll, issued, voted : int
        Over all classes: members; slips and papers issued; ballots cast, and papers counted.
    """

    key: str
    number: int
    unit_name: str
    unit_code: str | None
    team: str | None
    takes_place_at: datetime | None
    place_name: str | None
    stage: Stage
    rated: int
    roll: int
    issued: int
    voted: int


@dataclass(frozen=True, slots=True)
class EvaluationSummary:
    """A line in the list of evaluations.

    Attributes
    ----------
    stages : mapping of Stage to int
        How many meetings are how far, of those one may see.
    """

    key: str
    title: Text
    created_at: datetime
    sha256: str
    stages: Mapping[Stage, int]

    @property
    def meetings(self) -> int:
        """How many meetings it has, of those one may see."""
        return sum(self.stages.values())


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """One evaluation with its meetings by number."""

    summary: EvaluationSummary
    meetings: tuple[MeetingView, ...]


@dataclass(frozen=True, slots=True)
class MeetingHead:
    """What a page about one vote says of its meeting."""

    evaluation: str
    evaluation_title: Text
    number: int
    unit_name: str
    team: str | None
    takes_place_at: datetime | None
    place_name: str | None


class Evaluations:
    """Use cases around evaluations that change nothing."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def all(self, teams: Teams = None) -> list[EvaluationSummary]:
        """Return the evaluations, the newest first; those without a meeting one may see are not."""
        with self._desk.database.reading() as work:
            summaries = [
                self._view(work, one, teams).summary for one in EvaluationRepository(work).all()
            ]
        return [one for one in summaries if one.meetings or teams is None]

    def get(self, key: str, teams: Teams = None) -> EvaluationView:
        """Return one evaluation with the meetings one may see.

        Raises
        ------
        NotFound
            Also where one may see none of its meetings.
        """
        with self._desk.database.reading() as work:
            view = self._view(work, _evaluation(work, key), teams)
        if teams is not None and not view.meetings:
            raise _unknown(key)
        return view

    def template(self, key: str) -> EvaluationTemplate:
        """Return the frozen template.

        Raises
        ------
        NotFound
        """
        with self._desk.database.reading() as work:
            return stored_template(_evaluation(work, key).template)

    def chosen(self, key: str, stage: Stage, numbers: Sequence[int] = ()) -> list[MeetingView]:
        """Return the meetings of a stage: all of them, or those with the given numbers.

        Raises
        ------
        NotFound
            No such evaluation.
        BadInput
            A given meeting does not exist or is at another stage.
        """
        meetings = self.get(key).meetings
        by_number = {one.number: one for one in meetings}
        for number in numbers:
            if number not in by_number or by_number[number].stage is not stage:
                raise BadInput(
                    message(
                        "Meeting %(number)s does not exist, or is at another stage.", number=number
                    )
                )
        return [
            one for one in meetings if one.stage is stage and (not numbers or one.number in numbers)
        ]

    def head(self, survey_key: str) -> MeetingHead | None:
        """Return the meeting a survey is, None where it belongs to no evaluation."""
        with self._desk.database.reading() as work:
            found = EvaluationRepository(work).meeting_of(survey_key)
            if found is None:
                return None
            meeting, evaluation = found
            return MeetingHead(
                evaluation=evaluation.key,
                evaluation_title=_title(evaluation),
                number=meeting.position,
                unit_name=meeting.unit_name,
                team=meeting.team,
                takes_place_at=meeting.takes_place_at,
                place_name=meeting.place_name,
            )

    def keys(self, teams: Teams = None) -> frozenset[str]:
        """Return the keys of the surveys that are meetings one may see."""
        with self._desk.database.reading() as work:
            return EvaluationRepository(work).keys_of(teams)

    def teams(self) -> Sequence[str]:
        """Return the names of all teams that conduct a meeting."""
        with self._desk.database.reading() as work:
            return EvaluationRepository(work).teams()

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

    def _view(self, work: Work, evaluation: EvaluationRecord, teams: Teams) -> EvaluationView:
        evaluations = EvaluationRepository(work)
        rows = evaluations.meetings(evaluation.id, teams)
        opened = evaluations.opened(evaluation.id)
        classes = evaluations.classes(evaluation.id)
        documents = {
            survey_id: revision.definition
            for survey_id, revision in evaluations.definitions(evaluation.id).items()
        }
        meetings = tuple(
            _meeting(
                row,
                documents[row.survey.id],
                classes.get(row.survey.id, []),
                is_opened=row.survey.id in opened,
            )
            for row in rows
        )
        return EvaluationView(
            EvaluationSummary(
                key=evaluation.key,
                title=_title(evaluation),
                created_at=evaluation.created_at,
                sha256=evaluation.sha256,
                stages=Counter(one.stage for one in meetings),
            ),
            meetings,
        )


def _meeting(
    row: MeetingRow,
    document: Mapping[str, Any],
    classes: Sequence[ClassCount],
    *,
    is_opened: bool,
) -> MeetingView:
    status = Status(row.survey.status)
    stage = Stage(status) if status is not Status.CLOSED or not is_opened else Stage.COUNTED
    meeting = row.meeting
    return MeetingView(
        key=row.survey.key,
        number=meeting.position,
        unit_name=meeting.unit_name,
        unit_code=meeting.unit_code,
        team=meeting.team,
        takes_place_at=meeting.takes_place_at,
        place_name=meeting.place_name,
        stage=stage,
        rated=len(document["subjects"]),
        roll=sum(one["roll"] for one in document["classes"]),
        issued=sum(one.issued for one in classes),
        voted=sum(one.voted for one in classes),
    )


def _title(evaluation: EvaluationRecord) -> Text:
    return Text(evaluation.title["zh"], evaluation.title["en"])


def _evaluation(work: Work, key: str) -> EvaluationRecord:
    found = EvaluationRepository(work).find(key)
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> NotFound:
    return NotFound(message("There is no evaluation “%(key)s”.", key=key[:80]))
