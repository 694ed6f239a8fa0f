"""Places: adding, moving and revoking the codes that hang on walls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.places import Place, PlaceMove, PlaceOrder, Rates
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import refuse_ballot, unknown_survey
from surveyapp.services.results.counting import ALWAYS, Counting
from surveyapp.storage.database import Database, Work
from surveyapp.storage.duties import DutyRepository
from surveyapp.storage.places import PlaceRepository
from surveyapp.storage.places import PlaceRow as StoredPlace
from surveyapp.storage.records import PlaceAssignmentRecord, PlaceRecord, SurveyRecord
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with the number of responses counted there so far."""

    id: UUID
    place: Place
    subject_title: Text | None
    responses: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What a change did.

    Attributes
    ----------
    shifts_ended : int
        Shifts of the roster that ended with a move to another window.
    """

    changed: bool
    shifts_ended: int = 0


class Placing:
    """Use cases around places."""

    def __init__(
        self,
        database: Database,
        base_url: str,
        counting: Counting,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._base_url = base_url
        self._counting = counting
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
        order = PlaceOrder(label, subject_key)
        title = None if subject_key is None else Text.same(order.checked().label)
        return self.add_all(survey_key, [(order, title)], actor)[0]

    def add_all(
        self, survey_key: str, orders: Iterable[tuple[PlaceOrder, Text | None]], actor: Actor
    ) -> list[Place]:
        """Add places, all of them or none.

        Parameters
        ----------
        orders : iterable of (PlaceOrder, Text or None)
            With the title of a subject that the survey does not know yet.

        Raises
        ------
        NotFound, BadInput
            No such survey or subject; no usable label.
        """
        now = self._now()
        added = []
        with self._database.writing() as work:
            survey = _survey(work, survey_key)
            refuse_ballot(survey)
            known = {subject.key for subject in SurveyRepository(work).subjects(survey.id)}
            for position, (raw, title) in enumerate(orders):
                order = raw.checked()
                if order.subject_key is not None and order.subject_key not in known:
                    _add_subject(work, survey, order.subject_key, title)
                    known.add(order.subject_key)
                # A microsecond apart: places are listed in the order they were made.
                moment = now + timedelta(microseconds=position)
                added.append(self._add(work, survey, order, actor, moment))
        return added

    def _add(
        self, work: Work, survey: SurveyRecord, order: PlaceOrder, actor: Actor, now: datetime
    ) -> Place:
        record = PlaceRecord(
            id=uuid4(),
            code=codes.new_code(codes.PLACE_BITS, self._random_bytes),
            survey_id=survey.id,
            label=order.label,
            hall=order.hall,
            window=order.window,
            rates=order.rates,
            created_at=now,
        )
        PlaceRepository(work).add(record, _assignment(record.id, order, actor, now))
        record_event(work, actor, "place.add", survey.key, {"label": order.label}, now=now)
        return Place(
            code=record.code,
            survey_key=survey.key,
            label=order.label,
            subject_key=order.subject_key,
            revoked=False,
            url=self.url_of(record.code),
            hall=order.hall,
            window=order.window,
            rates=order.rates,
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
                PlaceRow(
                    row.id, self._as_place(row), row.subject_title, numbers.get(str(row.id), 0)
                )
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

    def history(self, code: str) -> Sequence[PlaceMove]:
        """Return where a place stood and for what, the latest first.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            place = _place(work, code)
            return [
                PlaceMove(one.assigned_at, one.subject_key, one.hall, one.window, one.assigned_by)
                for one in PlaceRepository(work).assignments(place.id)
            ]

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
        place = self.find(code)
        order = PlaceOrder(place.label, subject_key, place.hall, place.window, place.rates)
        self.change(code, order, actor)

    def change(self, code: str, raw: PlaceOrder, actor: Actor) -> Moved:
        """Let a place stand elsewhere or for something else from now on, without reprinting.

        What was answered before stays where it was given. When the place goes to another window,
        its roster ends: the people of the old window do not sit at the new one.

        Raises
        ------
        NotFound
            No such place, or the survey rates no such subject.
        BadInput
            No usable label.
        """
        order = raw.checked()
        now = self._now()
        with self._database.writing() as work:
            row = _place(work, code)
            subjects = {one.key for one in SurveyRepository(work).subjects(row.survey_id)}
            if order.subject_key is not None and order.subject_key not in subjects:
                raise NotFound(message("The survey rates no “%(key)s”.", key=order.subject_key))
            before = PlaceOrder(
                row.label,
                row.subject_key,
                row.hall,
                row.window,
                None if row.rates is None else Rates(row.rates),
            )
            if order == before:
                return Moved(changed=False)
            record = PlaceRepository(work).get(row.id)
            record.label, record.rates = order.label, order.rates
            ended = 0
            if replace(order, label=row.label, rates=before.rates) != before:
                ended = self._move(work, row, _assignment(row.id, order, actor, now))
            detail = {
                "label": order.label,
                "subject": order.subject_key,
                "hall": order.hall,
                "window": order.window,
            }
            record_event(work, actor, "place.assign", row.survey_key, detail, now=now)
        return Moved(changed=True, shifts_ended=ended)

    def _move(self, work: Work, row: StoredPlace, move: PlaceAssignmentRecord) -> int:
        """Let a place stand elsewhere; return how many shifts ended with another window."""
        now = move.assigned_at
        record = PlaceRepository(work).get(row.id)
        is_named_first = row.window is None and move.window is not None
        # Reviews keep their window; those given before any was named belong to the first one.
        counts = (
            self._counting.recounted(work, row.survey_id, [row.id], ALWAYS)
            if is_named_first
            else nullcontext()
        )
        with counts:
            record.hall, record.window = move.hall, move.window
            PlaceRepository(work).assign(move)
        if is_named_first or (move.hall, move.window) == (row.hall, row.window):
            return 0
        duties = DutyRepository(work)
        coming = [shift for shift in duties.of_place_since(row.id, now) if shift.ends_at > now]
        duties.remove(coming)
        duties.add([replace(one, ends_at=now) for one in coming if one.starts_at < now])
        return len(coming)

    def _as_place(self, row: StoredPlace) -> Place:
        return Place(
            code=row.code,
            survey_key=row.survey_key,
            label=row.label,
            subject_key=row.subject_key,
            revoked=row.revoked_at is not None,
            url=self.url_of(row.code),
            hall=row.hall,
            window=row.window,
            rates=None if row.rates is None else Rates(row.rates),
        )


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
    place_id: UUID, order: PlaceOrder, actor: Actor, now: datetime
) -> PlaceAssignmentRecord:
    return PlaceAssignmentRecord(
        id=uuid4(),
        place_id=place_id,
        subject_key=order.subject_key,
        hall=order.hall,
        window=order.window,
        assigned_at=now,
        assigned_by=actor.name,
    )


def _add_subject(work: Work, survey: SurveyRecord, key: str, title: Text | None) -> None:
    if title is None:
        raise BadInput(message("The survey rates no “%(key)s”.", key=key[:80]))
    if not key or len(key) > 64 or "|" in key or ";" in key:
        raise BadInput(message("A subject needs a short key without “;” and “|”."))
    SurveyRepository(work).put_subjects(survey.id, [Subject(key, title)])
