"""Choosing comments and handled cases for the public page: the supervising office, nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.masking import masked
from surveyapp.domain.messages import message
from surveyapp.domain.publishing import Choice, Withheld
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, TextQuestion
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.reviews.figures import ReviewFigures
from surveyapp.storage.database import Database, Work
from surveyapp.storage.public_choices import PublicChoiceRepository
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.surveys import SurveyRepository

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it would be published, and what was decided.

    Attributes
    ----------
    is_public : bool or None
        None where nobody has decided yet.
    """

    id: UUID
    text: str
    is_public: bool | None
    reason: Withheld | None


@dataclass(frozen=True, slots=True)
class HandledCase:
    """A closed case as it would be published: what was done, not who complained."""

    id: UUID
    about: Text
    answer: str
    remedy: str | None
    closed_on: date
    is_public: bool


@dataclass(frozen=True, slots=True)
class ForThePublic:
    """One page of what can be chosen; `number` counts from 1."""

    comments: tuple[Comment, ...]
    number: int
    pages: int
    total: int
    undecided: int
    cases: tuple[HandledCase, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a release takes over.

    Attributes
    ----------
    comments : tuple of str
        Masked.
    withheld : mapping of Withheld to int
    undecided : int
        Comments nobody has looked at.
    remedies : mapping of str to int
        Closed cases by remedy; empty where none was assigned.
    open_cases : int
    """

    comments: tuple[str, ...]
    withheld: Mapping[Withheld, int]
    undecided: int
    cases: tuple[HandledCase, ...]
    remedies: Mapping[str, int]
    open_cases: int


class Publishing:
    """Use cases around what is chosen for the public page of reviews."""

    def __init__(
        self, database: Database, figures: ReviewFigures, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._figures = figures
        self._now = now

    def choices(self, key: str, number: int = 1) -> ForThePublic:
        """Return what can be chosen, comments page by page; beyond the last page, the last one.

        Raises
        ------
        NotFound, Conflict
        """
        survey = self._figures.survey(key)
        texts = text_keys(survey.definition)
        with self._database.reading() as work:
            repository = PublicChoiceRepository(work)
            numbers = repository.comment_numbers(survey.id, texts)
            total = sum(numbers.values())
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, number), pages)
            found = repository.comments(
                survey.id, texts, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
            )
            return ForThePublic(
                comments=tuple(
                    Comment(
                        one.id,
                        comment_of(one, texts),
                        None if choice is None else choice.is_public,
                        None
                        if choice is None or choice.reason is None
                        else Withheld(choice.reason),
                    )
                    for one, choice in found
                ),
                number=number,
                pages=pages,
                total=total,
                undecided=numbers.get((None, None), 0),
                cases=_cases(work, survey.id),
            )

    def decide_comment(self, key: str, response_id: UUID, decision: str, actor: Actor) -> None:
        """Publish a comment with the next release, or withhold it for a reason.

        Parameters
        ----------
        decision : str
            ``public``, or a reason (`Withheld`).

        Raises
        ------
        BadInput
            No such decision.
        NotFound
            No such comment in this survey, or the review does not count.
        """
        survey = self._figures.survey(key)
        if decision not in ("public", *Withheld):
            raise BadInput(message("Choose whether this is published, or why not."))
        with self._database.writing() as work:
            texts = text_keys(survey.definition)
            if not PublicChoiceRepository(work).has_comment(survey.id, response_id, texts):
                raise NotFound(message("There is no such comment."))
            reason = None if decision == "public" else decision
            self._put(work, Choice.COMMENT, response_id, survey.id, reason, actor)

    def choose_case(self, key: str, case_id: UUID, actor: Actor, *, is_public: bool) -> None:
        """Show a handled case as an example with the next release, or no longer.

        Raises
        ------
        NotFound
            No such closed case in this survey.
        """
        survey = self._figures.survey(key)
        with self._database.writing() as work:
            if case_id not in {case.id for case in _cases(work, survey.id)}:
                raise NotFound(message("There is no such closed case."))
            reason = None if is_public else "not_chosen"
            self._put(work, Choice.CASE, case_id, survey.id, reason, actor)

    def _put(
        self,
        work: Work,
        kind: Choice,
        item_id: UUID,
        survey_id: UUID,
        reason: str | None,
        actor: Actor,
    ) -> None:
        now = self._now()
        values = {
            "kind": kind,
            "item_id": item_id,
            "survey_id": survey_id,
            "is_public": reason is None,
            "reason": reason,
            "decided_by": actor.name,
            "decided_at": now,
        }
        PublicChoiceRepository(work).put(values)
        detail = {"kind": str(kind), "decision": reason or "public"}
        record_event(work, actor, "review.public_choice", str(item_id), detail, now=now)


def chosen_for(work: Work, survey_id: UUID, definition: Definition) -> Chosen:
    """Return what the next release takes over."""
    repository, texts = PublicChoiceRepository(work), text_keys(definition)
    numbers = repository.comment_numbers(survey_id, texts)
    cases = repository.case_numbers(survey_id)
    return Chosen(
        comments=tuple(
            comment_of(one, texts) for one in repository.public_comments(survey_id, texts)
        ),
        withheld={
            Withheld(reason): n for (_, reason), n in sorted(numbers.items(), key=str) if reason
        },
        undecided=numbers.get((None, None), 0),
        cases=tuple(one for one in _cases(work, survey_id) if one.is_public),
        remedies={
            remedy or "": n
            for (is_closed, remedy), n in sorted(cases.items(), key=str)
            if is_closed
        },
        open_cases=sum(n for (is_closed, _), n in cases.items() if not is_closed),
    )


def text_keys(definition: Definition) -> tuple[str, ...]:
    """Return the keys of the questions that are answered in words."""
    return tuple(one.key for one in definition.questions if isinstance(one, TextQuestion))


def comment_of(response: ResponseRecord, texts: tuple[str, ...]) -> str:
    """Return what was written, without numbers that name a person."""
    written = [str(response.answers.get(key, "")) for key in texts]
    return masked("\n".join(text for text in written if text))


def _cases(work: Work, survey_id: UUID) -> tuple[HandledCase, ...]:
    titles = {one.key: one.title for one in SurveyRepository(work).subjects(survey_id)}
    return tuple(
        HandledCase(
            id=case.id,
            about=titles.get(case.subject_key or "", Text("未注明", "not stated")),
            answer=masked(case.answer or ""),
            remedy=case.remedy,
            closed_on=case.closed_on or case.received_on,
            is_public=is_public,
        )
        for case, is_public in PublicChoiceRepository(work).cases(survey_id)
    )
