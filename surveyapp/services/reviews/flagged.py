"""What people decide about flagged reviews: clear them, or exclude them with a second person.

A bad review that is flagged may be cleared or stay flagged; whether it is mistaken or malicious is
decided in its case, on written evidence and by two people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from uuid import UUID, uuid4

from surveyapp.domain.answers import Reply
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.results.counting import Counting
from surveyapp.services.reviews.figures import ReviewFigures, ReviewSurvey
from surveyapp.services.reviews.reviewing import REASON_LENGTH
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ResponseRecord, StandingEventRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.stuffing import StuffingRepository


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody finds that a review should not count."""

    reason: str
    proposed_by: str
    proposed_on: date
    is_own: bool


@dataclass(frozen=True, slots=True)
class FlaggedReview:
    """A flagged review: the day, never the time.

    Attributes
    ----------
    level : Text
        The level of the rating.
    reason : str
        Why it was flagged: by which rules, or in the words of whoever did it.
    is_bad : bool
        It can be cleared here, but not excluded.
    proposal : Proposal or None
    """

    id: UUID
    day: date
    place: str | None
    level: Text
    reason: str
    is_bad: bool
    proposal: Proposal | None


class Flagged:
    """Use cases around flagged reviews."""

    def __init__(
        self,
        database: Database,
        counting: Counting,
        figures: ReviewFigures,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._counting = counting
        self._figures = figures
        self._now = now
        self._timezone = timezone

    def reviews(self, key: str, actor: Actor) -> tuple[FlaggedReview, ...]:
        """Return the flagged reviews of a survey; those with a proposal first.

        Raises
        ------
        NotFound, Conflict
        """
        survey = self._figures.survey(key)
        with self._database.reading() as work:
            repository = StuffingRepository(work)
            reasons = repository.reasons(survey.id)
            proposals = repository.proposals(survey.id)
            found = []
            for response, place in repository.flagged(survey.id):
                proposed = proposals.get(response.id)
                found.append(
                    FlaggedReview(
                        id=response.id,
                        day=response.observed_on or self._day(response.received_at),
                        place=place,
                        level=_level(survey, response),
                        reason=reasons.get(response.id, ""),
                        is_bad=_is_bad(work, survey, response),
                        proposal=None
                        if proposed is None
                        else Proposal(
                            proposed.reason,
                            proposed.proposed_by,
                            self._day(proposed.proposed_at),
                            is_own=_is_same(actor, proposed.proposed_by, proposed.staff_id),
                        ),
                    )
                )
        return tuple(sorted(found, key=lambda one: (one.proposal is None, one.day, str(one.id))))

    def clear(self, key: str, ids: Collection[UUID], reason: str, actor: Actor) -> int:
        """Let flagged reviews count again; what is no longer flagged is left alone.

        Returns
        -------
        int
            How many were cleared.

        Raises
        ------
        NotFound, Conflict, BadInput
        """
        survey, reason = self._figures.survey(key), _reason(reason)
        if not ids:
            raise BadInput(message("Choose at least one review."))
        cleared = 0
        for response_id in sorted(ids):
            with self._database.writing() as work:
                _find(work, survey, response_id)
                if self._move(work, response_id, Standing.COUNTED, reason, actor):
                    StuffingRepository(work).withdraw(response_id)
                    cleared += 1
        return cleared

    def propose(self, key: str, ids: Collection[UUID], reason: str, actor: Actor) -> int:
        """Propose that flagged reviews should not count; a second person decides.

        Returns
        -------
        int
            How many are proposed now that were not before.

        Raises
        ------
        NotFound, BadInput
        Conflict
            No longer flagged; or a bad review.
        """
        survey, reason = self._figures.survey(key), _reason(reason)
        if not ids:
            raise BadInput(message("Choose at least one review."))
        new = 0
        with self._database.writing() as work:
            for response_id in sorted(ids):
                _require_excludable(work, survey, _find(work, survey, response_id))
                values = {
                    "response_id": response_id,
                    "survey_id": survey.id,
                    "reason": reason,
                    "proposed_by": actor.name,
                    "staff_id": actor.staff_id,
                    "proposed_at": self._now(),
                }
                if StuffingRepository(work).propose(values):
                    detail = {"reason": reason}
                    record_event(
                        work,
                        actor,
                        "response.exclusion_proposed",
                        str(response_id),
                        detail,
                        now=self._now(),
                    )
                    new += 1
        return new

    def confirm(self, key: str, response_id: UUID, actor: Actor) -> None:
        """Exclude a review that somebody else proposed to exclude; it stays visible as excluded.

        Raises
        ------
        NotFound
        NotAllowed
            The same person proposed it.
        Conflict
            Nothing is proposed any more, or it is a bad review.
        """
        survey = self._figures.survey(key)
        with self._database.writing() as work:
            response = _find(work, survey, response_id)
            _require_excludable(work, survey, response)
            proposal = StuffingRepository(work).proposal(response_id)
            if proposal is None:
                raise Conflict(message("Nobody proposes to exclude this review any more."))
            if _is_same(actor, proposal.proposed_by, proposal.staff_id):
                raise NotAllowed(
                    message("You proposed this exclusion: a second person has to confirm it.")
                )
            self._move(work, response_id, Standing.EXCLUDED, proposal.reason, actor)
            StuffingRepository(work).withdraw(response_id)

    def _move(
        self, work: Work, response_id: UUID, after: Standing, reason: str, actor: Actor
    ) -> bool:
        now = self._now()
        event = StandingEventRecord(
            id=uuid4(),
            response_id=response_id,
            before="",
            after=after,
            actor=actor.name,
            reason=reason,
            happened_at=now,
        )
        if self._counting.move(work, event, only=Standing.FLAGGED) is None:
            return False
        detail = {"before": str(Standing.FLAGGED), "after": str(after)}
        record_event(work, actor, "response.standing", str(response_id), detail, now=now)
        return True

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._timezone).date()


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason or len(reason) > REASON_LENGTH:
        raise BadInput(message("Give the reason in 1 to %(n)s characters.", n=REASON_LENGTH))
    return reason


def _find(work: Work, survey: ReviewSurvey, response_id: UUID) -> ResponseRecord:
    responses = ResponseRepository(work)
    if responses.survey_of(response_id) != survey.id:
        raise NotFound(message("There is no such response."))
    return responses.get(response_id)


def _level(survey: ReviewSurvey, response: ResponseRecord) -> Text:
    chosen = Reply(response.answers, response.attributes).chosen(survey.rules.rating)
    labels = [one.label for one in survey.rating.scale.levels if one.key in chosen]
    return labels[0] if labels else Text.same("–")


def _is_bad(work: Work, survey: ReviewSurvey, response: ResponseRecord) -> bool:
    level = response.answers.get(survey.rules.rating)
    return survey.rules.is_bad(level) or CaseRepository(work).concerns(response.id)


def _require_excludable(work: Work, survey: ReviewSurvey, response: ResponseRecord) -> None:
    if response.standing != Standing.FLAGGED:
        raise Conflict(message("This review is no longer flagged: load the page again."))
    if _is_bad(work, survey, response):
        raise Conflict(
            message(
                "This is a bad review: it can be cleared here, or stay flagged. Whether it is"
                " mistaken or malicious is decided in its case, on an appeal and by two people."
            )
        )


def _is_same(actor: Actor, name: str, staff_id: UUID | None) -> bool:
    return actor.staff_id == staff_id if actor.staff_id and staff_id else actor.name == name
