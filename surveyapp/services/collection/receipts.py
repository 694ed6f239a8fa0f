"""What the holder of a receipt sees: that it arrived, how far it has come, what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

from surveyapp.domain.errors import NotFound, SurveyClosed
from surveyapp.domain.messages import message
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import Accepting, Definition, choices_of
from surveyapp.domain.text import Text
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.contacts import Contacts
from surveyapp.services.cases.views import CitizenCase
from surveyapp.services.collection.amending import added_before, too_late, typed_of
from surveyapp.services.collection.intake import Intake, current_revision, receipt_in
from surveyapp.services.collection.receipt_rows import ReceiptRows, Review, level_of
from surveyapp.storage.places import PlaceRepository
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a receipt shows: days, never a time.

    Attributes
    ----------
    received_at : datetime
        For decisions, never for show.
    rating : str
        Key of the question that is the rating.
    level : Level or None
        The level as it stands, only while it can be changed: afterwards nobody can be made to show
        how they rated.
    levels : tuple of Level
        What it can be changed to; empty when the time is over.
    minutes_left : int
        For how many more minutes that is so, rounded up.
    change_minutes : int
        For how many minutes a fresh review can be changed at all.
    is_bound : bool
        Whether it came in through a link for one service case.
    case : CitizenCase or None
        How far a bad review has come.
    may_follow_up : bool
        Whether one further review can be added.
    added : tuple of Text
        Which questions beside the rating were answered, only while they can be changed.
    phone : str or None
        The number to be called, its middle hidden. Only bad reviews are called back, so it is
        shown only where the page shows a level or a case anyway.
    """

    receipt: str
    survey_key: str
    title: Text
    office: Text | None
    retention: Text | None
    received_on: date
    received_at: datetime
    is_review: bool = False
    rating: str = ""
    level: Level | None = None
    levels: tuple[Level, ...] = ()
    minutes_left: int = 0
    change_minutes: int = 0
    is_bound: bool = False
    case: CitizenCase | None = None
    followed_up_on: date | None = None
    may_follow_up: bool = False
    added: tuple[Text, ...] = ()
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """A form behind a receipt: to add to a fresh review, or for the further one.

    Attributes
    ----------
    typed : mapping
        What it is filled in with.
    named : bool
        What was chosen before.
    phone : str or None
        The number that is kept, its middle hidden: it stays where none is typed.
    """

    receipt: str
    place_label: str
    revision_id: UUID
    revision_number: int
    definition: Definition
    typed: Mapping[str, Sequence[str]]
    named: bool
    is_bound: bool
    is_further: bool
    phone: str | None = None


class Receipts:
    """Use cases of the receipt page that change nothing, and the citizen's word on a fix."""

    def __init__(self, intake: Intake, casework: Casework, contacts: Contacts) -> None:
        self._intake = intake
        self._rows = ReceiptRows(intake)
        self._casework = casework
        self._contacts = contacts

    def show(self, code: str) -> ReceiptView:
        """Return what a receipt shows.

        Raises
        ------
        NotFound
            Unknown and malformed receipts alike.
        """
        receipt = receipt_in(code)
        with self._intake.database.reading() as work:
            first, key = self._rows.find(work, receipt)
            definition = self._intake.definition(work, first.answered_revision_id)
            view = ReceiptView(
                receipt=receipt,
                survey_key=definition.key,
                title=definition.title,
                office=definition.office,
                retention=definition.retention,
                received_on=self._day(first.received_at),
                received_at=first.received_at,
            )
            review = self._rows.review(work, receipt, first, key)
            if review is None:
                return view
        return self._with_review(view, review)

    def form(self, code: str, *, further: bool) -> ReceiptForm:
        """Return the form that adds to a fresh review, or that of the further review.

        Raises
        ------
        NotFound
        Conflict
            The time for changes is over, or the further review was added before.
        SurveyClosed
        """
        receipt = receipt_in(code)
        with self._intake.database.reading() as work:
            review = self._rows.reviewed(work, receipt)
            revision_id = review.current.revision_id
            if further:
                if review.second is not None:
                    raise added_before()
                if self._intake.accepting(review.first) is not Accepting.OPEN:
                    raise SurveyClosed
                revision_id = current_revision(review.first).id
            elif self._intake.now() >= review.until:
                raise too_late(review.rules)
            definition = self._intake.definition(work, revision_id)
            phone = None if further else self._contacts.masked_within(work, review.current.id)
            number = SurveyRepository(work).revision(revision_id).number
            place_id = review.current.place_id
            label = None if place_id is None else PlaceRepository(work).get(place_id).label
        return ReceiptForm(
            receipt=receipt,
            place_label=label or review.current.case_number or "",
            revision_id=revision_id,
            revision_number=number,
            definition=definition,
            typed={} if further else typed_of(review.definition, review.current),
            named=not further and review.current.is_named,
            is_bound=review.is_bound,
            is_further=further,
            phone=phone,
        )

    def word(self, code: str, *, satisfied: bool) -> None:
        """Take the citizen's answer to the call back: satisfied with the fix, or not.

        Raises
        ------
        NotFound
        Conflict
            Nothing is asked now, or another word was given before.
        """
        receipt = receipt_in(code)
        with self._intake.database.reading() as work:
            review = self._rows.reviewed(work, receipt)
        for response_id in _bad_rows(review):
            if self._casework.citizen_view(response_id) is not None:
                self._casework.citizen_word(response_id, satisfied)
                return
        raise NotFound(message("No case belongs to this receipt."))

    def _with_review(self, view: ReceiptView, review: Review) -> ReceiptView:
        second = review.second
        left = review.until - self._intake.now()
        is_fresh = left > timedelta(0)
        case = None if is_fresh else self._case(review)
        rating = review.definition.question(review.rules.rating)
        levels = choices_of(rating) if is_fresh else ()
        return replace(
            view,
            is_review=True,
            rating=review.rules.rating,
            level=next((level for level in levels if level.key == review.level), None),
            levels=levels,
            minutes_left=max(0, ceil(left / timedelta(minutes=1))),
            change_minutes=review.rules.change_minutes,
            is_bound=review.is_bound,
            case=case,
            followed_up_on=None if second is None else self._day(second.received_at),
            may_follow_up=second is None
            and review.current.review_number == 1
            and self._intake.accepting(review.first) is Accepting.OPEN,
            added=_added(review) if is_fresh else (),
            phone=self._phone(review) if is_fresh or case is not None else None,
        )

    def _phone(self, review: Review) -> str | None:
        numbers = map(self._contacts.masked, _bad_rows(review))
        return next((number for number in numbers if number is not None), None)

    def _case(self, review: Review) -> CitizenCase | None:
        views = map(self._casework.citizen_view, _bad_rows(review))
        return next((view for view in views if view is not None), None)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._intake.timezone).date()


def _added(review: Review) -> tuple[Text, ...]:
    """Return the questions beside the rating that were answered."""
    answers = review.current.answers
    return tuple(
        question.title
        for question in review.definition.questions
        if question.key in answers and question.key != review.rules.rating
    )


def _bad_rows(review: Review) -> Iterator[UUID]:
    """Yield the rows that may have a case, the first review before the further one."""
    second = review.second
    if review.rules.is_bad(review.level):
        yield review.current.id
    if second is not None and review.rules.is_bad(level_of(review.rules, second)):
        yield second.id
