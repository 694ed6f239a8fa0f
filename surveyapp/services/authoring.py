"""Making surveys: import a definition, put it in use (启用), end collection (截止)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from uuid import UUID, uuid4

from surveyapp.domain.definition import sha256_of
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Kind, Status, Subject
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import KEY_BYTES, Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.evaluations import EvaluationRepository
from surveyapp.storage.records import RevisionRecord, SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository

Preparing = Callable[[Work, SurveyRecord, Definition], None]


@dataclass(frozen=True, slots=True)
class SurveySummary:
    """A line in the list of surveys.

    Attributes
    ----------
    revision : int
        Number of the revision in use, or of the draft where none is.
    responses : int
        Received and not replaced; excluded ones are among them.
    method_sample : bool
        Whether it only shows methods on foreign data; such surveys are listed last.
    """

    key: str
    kind: Kind
    status: Status
    revision: int
    responses: int
    title: Text
    updated_at: datetime
    method_sample: bool = False

    @property
    def read_only(self) -> bool:
        """Whether no more responses come in."""
        return self.status is Status.CLOSED


@dataclass(frozen=True, slots=True)
class SurveyDetail:
    """One survey as staff see it.

    Attributes
    ----------
    definition : Definition
        The draft where there is one, else what is in use.
    draft : bool
        Whether `definition` waits to be put in use.
    created_by : UUID or None
        Who imported `definition`; None for the command line.
    """

    summary: SurveySummary
    definition: Definition
    draft: bool
    created_by: UUID | None
    opened_at: datetime | None
    closed_at: datetime | None
    subjects: tuple[Subject, ...]


class Authoring:
    """Use cases around definitions."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._keyring = keyring
        self._now = now
        self._timezone = timezone
        self._random_bytes = random_bytes

    def import_definition(self, definition: Definition, actor: Actor) -> SurveySummary:
        """Make a survey, or a draft revision of an existing one; the same file twice is once.

        Raises
        ------
        Conflict
            The survey is closed, of another kind, or a meeting of an evaluation.
        BadInput
            What it rates belongs to a unit that is not known.
        """
        with self._database.writing() as work:
            _refuse_meeting(work, definition.key)
            self.import_within(work, definition, actor)
        return self.get(definition.key).summary

    def import_within(self, work: Work, definition: Definition, actor: Actor) -> SurveyRecord:
        """Make a survey in the transaction of a larger change; see `import_definition`."""
        _require_units(work, definition.subjects)
        now = self._now()
        surveys = SurveyRepository(work)
        survey = surveys.find(definition.key, for_update=True)
        if survey is None:
            survey = SurveyRecord(
                id=uuid4(),
                key=definition.key,
                kind=definition.kind,
                status=Status.DRAFT,
                wrapped_response_key=self._keyring.wrap(self._random_bytes(KEY_BYTES)),
                created_at=now,
                updated_at=now,
            )
            surveys.add(survey)
        _require_importable(survey, definition)
        self._add_draft(work, survey, definition, actor)
        surveys.put_subjects(survey.id, definition.subjects)
        return survey

    def _add_draft(
        self, work: Work, survey: SurveyRecord, definition: Definition, actor: Actor
    ) -> None:
        surveys = SurveyRepository(work)
        sha256 = sha256_of(definition.document)
        revisions = surveys.revisions(survey.id)
        if revisions and revisions[-1].sha256 == sha256:
            return
        number = sum(revision.published_at is not None for revision in revisions) + 1
        surveys.add_revision(
            RevisionRecord(
                id=uuid4(),
                survey_id=survey.id,
                number=number,
                definition=dict(definition.document),
                sha256=sha256,
                created_by=actor.staff_id,
                created_at=self._now(),
            )
        )
        survey.updated_at = self._now()
        record_event(
            work, actor, "survey.import", survey.key, {"revision": number}, now=self._now()
        )

    def publish(self, key: str, actor: Actor, *, prepare: Preparing | None = None) -> SurveySummary:
        """Put the draft in use; a survey in use goes over to it.

        Parameters
        ----------
        prepare : callable, optional
            What a ballot needs besides, in the same transaction: its keys.

        Raises
        ------
        NotFound, Conflict
            No such survey; nothing to put in use, or an incomplete legal head; a ballot without
            `prepare`, or another survey with it.
        NotAllowed
            The person who made the draft asks.
        """
        now = self._now()
        with self._database.writing() as work:
            surveys = SurveyRepository(work)
            survey = _get(surveys, key)
            draft = surveys.draft(survey.id)
            if survey.status == Status.CLOSED or draft is None:
                raise Conflict(message("“%(key)s” has no draft to put in use.", key=key))
            if actor.staff_id is not None and actor.staff_id == draft.created_by:
                raise NotAllowed(
                    message("Whoever made a draft cannot put it in use: ask a second person.")
                )
            definition = self._definitions.read(draft)
            closes_at = self._closes_at(definition, now)
            _require_kind(survey, is_ballot=prepare is not None)
            if prepare is not None:
                prepare(work, survey, definition)
            if survey.current_revision_id is not None:
                surveys.revision(survey.current_revision_id).superseded_at = now
            draft.published_at = now
            survey.current_revision_id = draft.id
            survey.status = Status.OPEN
            survey.opened_at = survey.opened_at or now
            survey.opens_at = self._moment(definition.opens_at)
            survey.closes_at = closes_at
            survey.updated_at = now
            record_event(work, actor, "survey.publish", key, {"revision": draft.number}, now=now)
        return self.get(key).summary

    def _closes_at(self, definition: Definition, now: datetime) -> datetime | None:
        """Return the end of collection: the end of 有效期 closes the form of a legal survey."""
        ends = [self._moment(definition.closes_at)]
        if definition.statistical_project and definition.legal_head is None:
            raise Conflict(
                message(
                    "A statistical survey project needs its legal head: form number, issuing"
                    " office, document, approving office, approval number and expiry."
                )
            )
        if definition.legal_head is not None:
            day_after = definition.legal_head.valid_until + timedelta(days=1)
            ends.append(datetime.combine(day_after, time.min, self._timezone).astimezone(UTC))
        closes_at = min((end for end in ends if end is not None), default=None)
        if closes_at is not None and closes_at <= now:
            raise Conflict(
                message("The collection window or the approval of this survey has already ended.")
            )
        return closes_at

    def _moment(self, declared: datetime | None) -> datetime | None:
        if declared is None:
            return None
        aware = declared if declared.tzinfo else declared.replace(tzinfo=self._timezone)
        return aware.astimezone(UTC)

    def close(self, key: str, actor: Actor) -> SurveySummary:
        """End collection for good; closing twice is closing once.

        Raises
        ------
        NotFound, Conflict
            No such survey; it was never in use; a ballot, which is closed by opening its urn.
        """
        now = self._now()
        with self._database.writing() as work:
            survey = _get(SurveyRepository(work), key)
            _require_kind(survey, is_ballot=False)
            if survey.status == Status.DRAFT:
                raise Conflict(message("“%(key)s” was never put in use.", key=key))
            if survey.status == Status.OPEN:
                survey.status = Status.CLOSED
                survey.closed_at = survey.updated_at = now
                record_event(work, actor, "survey.close", key, {}, now=now)
        return self.get(key).summary

    def put_subjects(self, key: str, subjects: Sequence[Subject], actor: Actor) -> None:
        """Add what a survey rates, or change titles.

        Raises
        ------
        NotFound, BadInput
            No such survey; a subject names a unit that does not exist.
        """
        now = self._now()
        with self._database.writing() as work:
            surveys = SurveyRepository(work)
            survey = _get(surveys, key)
            _require_units(work, subjects)
            surveys.put_subjects(survey.id, subjects)
            record_event(work, actor, "subject.put", key, {"n": len(subjects)}, now=now)

    def summaries(self) -> list[SurveySummary]:
        """Return all surveys, the last changed first."""
        with self._database.reading() as work:
            surveys = SurveyRepository(work)
            numbers = surveys.response_numbers()
            return [
                self._summary(surveys, survey, numbers.get(survey.id, 0))
                for survey in surveys.all()
            ]

    def get(self, key: str) -> SurveyDetail:
        """Return one survey.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            surveys = SurveyRepository(work)
            survey = surveys.find(key)
            if survey is None:
                raise unknown_survey(key)
            draft = surveys.draft(survey.id)
            revision = draft or surveys.shown(survey)
            responses = surveys.response_numbers().get(survey.id, 0)
            return SurveyDetail(
                summary=self._summary(surveys, survey, responses),
                definition=self._definitions.read(revision),
                draft=draft is not None,
                created_by=revision.created_by,
                opened_at=survey.opened_at,
                closed_at=survey.closed_at,
                subjects=surveys.subjects(survey.id),
            )

    def _summary(
        self, surveys: SurveyRepository, survey: SurveyRecord, responses: int
    ) -> SurveySummary:
        revision = surveys.shown(survey)
        definition = self._definitions.read(revision)
        return SurveySummary(
            key=survey.key,
            kind=Kind(survey.kind),
            status=Status(survey.status),
            revision=revision.number,
            responses=responses,
            title=definition.title,
            updated_at=survey.updated_at,
            method_sample=definition.method_sample,
        )


def unknown_survey(key: str) -> NotFound:
    """Make the refusal for a survey key that names nothing."""
    return NotFound(message("There is no survey “%(key)s”.", key=key))


def _get(surveys: SurveyRepository, key: str) -> SurveyRecord:
    survey = surveys.find(key, for_update=True)
    if survey is None:
        raise unknown_survey(key)
    return survey


def _require_units(work: Work, subjects: Sequence[Subject]) -> None:
    named = {subject.unit_code for subject in subjects} - {None}
    known = {unit.code for unit in UnitRepository(work).all()} if named else set()
    for subject in subjects:
        if subject.unit_code in named - known:
            raise BadInput(
                message(
                    "No unit has the code %(code)s, which the subject “%(key)s” names:"
                    " import the units first.",
                    code=subject.unit_code,
                    key=subject.key,
                )
            )


def refuse_ballot(survey: SurveyRecord) -> None:
    """Refuse what a closed ballot has not: open forms, imported answers, released figures.

    Raises
    ------
    Conflict
    """
    if survey.kind == Kind.BALLOT:
        raise Conflict(
            message(
                "“%(key)s” is a closed ballot: only its own slips lead to it, and its results are"
                " neither imported nor published.",
                key=survey.key,
            )
        )


def _refuse_meeting(work: Work, key: str) -> None:
    """Refuse to change a meeting by itself: all meetings keep the frozen template."""
    found = EvaluationRepository(work).meeting_of(key)
    if found is not None:
        raise Conflict(
            message(
                "“%(key)s” is a meeting of the evaluation “%(evaluation)s”, whose template is"
                " frozen: change it with the workbook of the meetings.",
                key=key,
                evaluation=found[1].key,
            )
        )


def _require_kind(survey: SurveyRecord, *, is_ballot: bool) -> None:
    if is_ballot and survey.kind != Kind.BALLOT:
        raise Conflict(message("“%(key)s” is no ballot.", key=survey.key))
    if not is_ballot and survey.kind == Kind.BALLOT:
        raise Conflict(
            message(
                "“%(key)s” is a ballot: it is put in use and closed on the server, together with"
                " its keys, with `surveyapp survey publish` and `surveyapp survey close`.",
                key=survey.key,
            )
        )


def _require_importable(survey: SurveyRecord, definition: Definition) -> None:
    if survey.kind == Kind.BALLOT and survey.status != Status.DRAFT:
        raise Conflict(
            message(
                "The ballot “%(key)s” is in use and cannot be changed; import under a new key.",
                key=survey.key,
            )
        )
    if survey.status == Status.CLOSED:
        raise Conflict(
            message("The survey “%(key)s” is closed; import under a new key.", key=survey.key)
        )
    if survey.kind != definition.kind:
        raise Conflict(
            message(
                "The survey “%(key)s” is of kind %(kind)s; import under a new key.",
                key=survey.key,
                kind=survey.kind,
            )
        )
