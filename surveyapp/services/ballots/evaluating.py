"""Making an evaluation from its template and workbook: all meetings, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from uuid import UUID, uuid4

from surveyapp.domain.definition import parse_definition, sha256_of
from surveyapp.domain.errors import Conflict, InvalidDefinition
from surveyapp.domain.evaluation import PlannedMeeting, meeting_document, meeting_key
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Status
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import Authoring
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.evaluation_template import EvaluationTemplate
from surveyapp.services.ballots.meeting_files import lines_of, read_meetings, sorted_problems
from surveyapp.services.collection.importing import LineError
from surveyapp.services.tables import InvalidTable
from surveyapp.storage.database import Work
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.evaluations import EvaluationRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class ImportedEvaluation:
    """What an import did.

    Attributes
    ----------
    new, changed, unchanged : int
        Meetings.
    missing : int
        Meetings stored before that the workbook does not name: they stay.
    """

    key: str
    new: int
    changed: int
    unchanged: int
    missing: int


class Evaluating:
    """Use cases that make and change evaluations."""

    def __init__(self, desk: BallotDesk, authoring: Authoring, timezone: tzinfo) -> None:
        self._desk = desk
        self._authoring = authoring
        self._timezone = timezone

    def import_meetings(
        self, template: EvaluationTemplate, workbook: Path, actor: Actor
    ) -> ImportedEvaluation:
        """Store an evaluation with its meetings; a second workbook adds meetings and corrects them.

        The template is frozen with the first import. A meeting that is in use keeps its definition;
        time, place and team may change until the end.

        Raises
        ------
        BadInput
            A file cannot be read.
        InvalidTable
            Rows that cannot be used, all of them at once; nothing is stored.
        Conflict
            The key belongs to an evaluation with another template, or to another survey.
        """
        planned = read_meetings(workbook, template.rules, self._timezone)
        definitions = _definitions(template, planned)
        with self._desk.database.writing() as work:
            evaluation = self._evaluation(work, template, actor)
            _require_units(work, planned)
            known = {
                row.meeting.position: row
                for row in EvaluationRepository(work).meetings(evaluation.id)
            }
            problems: list[LineError] = []
            new = changed = 0
            for one, definition in zip(planned, definitions, strict=True):
                row = known.get(one.number)
                if row is None:
                    _require_free(work, definition.key)
                    survey = self._authoring.import_within(work, definition, actor)
                    EvaluationRepository(work).add_meeting(
                        self._record(one, survey.id, evaluation.id)
                    )
                    new += 1
                    continue
                sha256 = SurveyRepository(work).revisions(row.survey.id)[-1].sha256
                is_same = sha256 == sha256_of(definition.document)
                if not is_same and row.survey.status != Status.DRAFT:
                    problems.append(LineError(one.line, _in_use(one.number)))
                    continue
                if not is_same:
                    self._authoring.import_within(work, definition, actor)
                moved = self._put_head(row.meeting, one)
                changed += moved or not is_same
            if problems:
                raise InvalidTable(sorted_problems(problems))
            done = ImportedEvaluation(
                key=template.key,
                new=new,
                changed=changed,
                unchanged=len(planned) - new - changed,
                missing=len(known.keys() - {one.number for one in planned}),
            )
            detail = {"new": new, "changed": changed, "sha256": template.sha256}
            record_event(
                work, actor, "evaluation.import", template.key, detail, now=self._desk.now()
            )
        return done

    def _evaluation(
        self, work: Work, template: EvaluationTemplate, actor: Actor
    ) -> EvaluationRecord:
        """Return the evaluation of a template; a new one where its key is new."""
        evaluations = EvaluationRepository(work)
        evaluation = evaluations.find(template.key, for_update=True)
        if evaluation is None:
            title = template.definition.title
            evaluation = EvaluationRecord(
                id=uuid4(),
                key=template.key,
                title={"zh": title.zh, "en": title.en},
                template=dict(template.document),
                sha256=template.sha256,
                created_at=self._desk.now(),
                created_by=actor.staff_id,
            )
            evaluations.add(evaluation)
        elif evaluation.sha256 != template.sha256:
            raise Conflict(
                message(
                    "The template of the evaluation “%(key)s” is frozen, and this one is another:"
                    " use the stored template, or choose another key.",
                    key=template.key,
                )
            )
        return evaluation

    def _record(self, one: PlannedMeeting, survey_id: UUID, evaluation_id: UUID) -> MeetingRecord:
        record = MeetingRecord(
            survey_id=survey_id, evaluation_id=evaluation_id, position=one.number
        )
        self._put_head(record, one)
        return record

    def _put_head(self, record: MeetingRecord, one: PlannedMeeting) -> bool:
        """Write who, when and where; whether anything changed."""
        head = {
            "unit_name": one.unit_name,
            "unit_code": one.unit_code,
            "team": one.team,
            "takes_place_at": one.takes_place_at,
            "place_name": one.place_name,
        }
        before = {name: getattr(record, name) for name in head}
        for name, value in head.items():
            setattr(record, name, value)
        return before != head


def _definitions(
    template: EvaluationTemplate, planned: Sequence[PlannedMeeting]
) -> list[Definition]:
    """Read the definition of every meeting.

    Raises
    ------
    InvalidTable
        What is wrong with them, at the rows that say it.
    """
    problems: list[LineError] = []
    definitions = []
    title = template.definition.title
    for one in planned:
        key = meeting_key(template.key, one.number)
        try:
            definitions.append(
                parse_definition(meeting_document(template.document, key, title, one))
            )
        except InvalidDefinition as refusal:
            problems += lines_of(refusal, one)
    if problems:
        raise InvalidTable(sorted_problems(problems))
    return definitions


def _require_units(work: Work, planned: Sequence[PlannedMeeting]) -> None:
    units = UnitRepository(work)
    problems = [
        LineError(one.line, message("No unit has the code %(code)s.", code=one.unit_code))
        for one in planned
        if one.unit_code is not None and units.find(one.unit_code) is None
    ]
    if problems:
        raise InvalidTable(problems)


def _require_free(work: Work, key: str) -> None:
    if SurveyRepository(work).find(key) is not None:
        raise Conflict(
            message(
                "There is a survey “%(key)s” that belongs to no evaluation: choose another key for"
                " the evaluation.",
                key=key,
            )
        )


def _in_use(number: int) -> Message:
    return message(
        "Meeting %(number)s is in use: who is rated and the numbers of voters can no longer be"
        " changed.",
        number=number,
    )
