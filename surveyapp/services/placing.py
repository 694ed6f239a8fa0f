"""Places: adding, re-pointing and revoking the codes that hang on walls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.places import Place
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.storage.database import Database, Work
from surveyapp.storage.places import PlaceRepository
from surveyapp.storage.places import PlaceRow as StoredPlace
from surveyapp.storage.records import PlaceAssignmentRecord, PlaceRecord, SurveyRecord
from surveyapp.storage.surveys import SurveyRepository

MAX_LABEL = 200


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with the number of responses counted there so far."""

    place: Place
    subject_title: Text | None
    responses: int


class Placing:
    """Use cases around places."""

    def __init__(
        self,
        database: Database,
        base_url: str,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._base_url = base_url
        self._now = now
        self._random_bytes = random_bytes

    def url_of(self, code: str) -> str:
        """Return what the QR code of a place says."""
        return f"{self._base_url}/r/{code}"

    def add(self, survey_key: str, label: str, subject_key: str | None, actor: Actor) -> Place:
        """Add a place; a subject that the survey does not know yet gets the label as its title.

        Raises
        ------
        NotFound, BadInput
            No such survey; no usable label.
        """
        label = _required_label(label)
        now = self._now()
        with self._database.writing() as work:
            survey = _survey(work, survey_key)
            if subject_key is not None:
                _ensure_subject(work, survey, subject_key, label)
            record = PlaceRecord(
                id=uuid4(),
                code=codes.new_code(codes.PLACE_BITS, self._random_bytes),
                survey_id=survey.id,
                label=label,
                created_at=now,
            )
            PlaceRepository(work).add(record, _assignment(record, subject_key, now))
            record_event(work, actor, "place.add", survey_key, {"label": label}, now=now)
            return Place(
                record.code, survey_key, label, subject_key, False, self.url_of(record.code)
            )

    def of(self, survey_key: str) -> list[PlaceRow]:
        """Return the places of a survey in the order they were made.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            survey = _survey(work, survey_key)
            places = PlaceRepository(work)
            numbers = places.response_numbers(survey.id)
            return [
                PlaceRow(self._as_place(row), row.subject_title, numbers.get(str(row.id), 0))
                for row in places.of_survey(survey.id)
            ]

    def find(self, code: str) -> Place:
        """Return a place, revoked or not, for staff.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            return self._as_place(_place(work, code))

    def revoke(self, code: str, actor: Actor) -> None:
        """Make a code worthless; its page is then the page of an unknown code.

        Raises
        ------
        NotFound
        """
        now = self._now()
        with self._database.writing() as work:
            row = _place(work, code)
            record = PlaceRepository(work).get(row.id)
            if record.revoked_at is None:
                record.revoked_at = now
                record_event(
                    work, actor, "place.revoke", row.survey_key, {"label": row.label}, now=now
                )

    def assign(self, code: str, subject_key: str | None, actor: Actor) -> None:
        """Re-point a place to another subject of its survey, without reprinting.

        Raises
        ------
        NotFound
            No such place, or the survey rates no such subject.
        """
        now = self._now()
        with self._database.writing() as work:
            row = _place(work, code)
            subjects = {one.key for one in SurveyRepository(work).subjects(row.survey_id)}
            if subject_key is not None and subject_key not in subjects:
                raise NotFound(message("The survey rates no “%(key)s”.", key=subject_key))
            places = PlaceRepository(work)
            places.assign(_assignment(places.get(row.id), subject_key, now))
            record_event(
                work,
                actor,
                "place.assign",
                row.survey_key,
                {"label": row.label, "subject": subject_key},
                now=now,
            )

    def _as_place(self, row: StoredPlace) -> Place:
        return Place(
            code=row.code,
            survey_key=row.survey_key,
            label=row.label,
            subject_key=row.subject_key,
            revoked=row.revoked_at is not None,
            url=self.url_of(row.code),
        )


def _required_label(label: str) -> str:
    label = " ".join(label.split())
    if not label or len(label) > MAX_LABEL:
        raise BadInput(
            message("A place needs a label of at most %(most)s characters.", most=MAX_LABEL)
        )
    return label


def _survey(work: Work, key: str) -> SurveyRecord:
    survey = SurveyRepository(work).find(key)
    if survey is None:
        raise unknown_survey(key)
    return survey


def _place(work: Work, code: str) -> StoredPlace:
    normal = codes.normalise(code, codes.PLACE_BITS)
    row = None if normal is None else PlaceRepository(work).find(normal)
    if row is None:
        raise NotFound(message("There is no place with this code."))
    return row


def _assignment(
    place: PlaceRecord, subject_key: str | None, now: datetime
) -> PlaceAssignmentRecord:
    return PlaceAssignmentRecord(
        id=uuid4(), place_id=place.id, subject_key=subject_key, assigned_at=now
    )


def _ensure_subject(work: Work, survey: SurveyRecord, key: str, label: str) -> None:
    surveys = SurveyRepository(work)
    if not key or len(key) > 64 or "|" in key or ";" in key:
        raise BadInput(message("A subject needs a short key without “;” and “|”."))
    if key not in {subject.key for subject in surveys.subjects(survey.id)}:
        surveys.put_subjects(survey.id, [Subject(key, Text.same(label))])
