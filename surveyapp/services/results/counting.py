"""Counting: fold new responses into the tally exactly once, change standings, count anew.

A response and its queue row arrive in one transaction. A fold takes the tally's lock, removes queue
rows and adds their counts, in one transaction: nothing is counted twice or forgotten, whoever folds
and however often. There is no watermark and no clock.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from itertools import islice
from typing import TypeAlias
from uuid import UUID, uuid4

from surveyapp.domain.answers import Reply
from surveyapp.domain.errors import NotFound, Unavailable
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Standing
from surveyapp.domain.tallying import cell_of, counts_of
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ResponseRecord, StandingEventRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.review_tallies import ReviewCell, ReviewTallyRepository, Whereabouts
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import NO_PLACE, DayKey, TallyKey, TallyRepository

BATCH = 1000
READER_ROWS = 5000
READER_SECONDS = 0.2
PLACES_AT_ONCE = 500
Span: TypeAlias = tuple[datetime, datetime]
ALWAYS: Span = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class FoldState:
    """How far counting has come: `counted` of `total` responses."""

    counted: int
    total: int


class Counting:
    """Use cases around the tally."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now
        self._timezone = timezone

    def fold(self, key: str, progress: Callable[[int], None] = lambda _n: None) -> int:
        """Count everything that waits; return how many responses that were.

        Raises
        ------
        NotFound
        """
        survey_id = self._survey_id(key)
        folded = 0
        while True:
            n = self._fold_batch(survey_id, BATCH, wait=True)
            folded += n
            progress(n)
            if n < BATCH:
                return folded

    def fold_some(self, key: str) -> FoldState:
        """Count at most 5,000 responses in 0.2 seconds, nothing where another counts already.

        Raises
        ------
        NotFound
        """
        survey_id = self._survey_id(key)
        deadline = time.monotonic() + READER_SECONDS
        for _ in range(READER_ROWS // BATCH):
            try:
                n = self._fold_batch(survey_id, BATCH, wait=False)
            except Unavailable:
                break
            if n < BATCH or time.monotonic() > deadline:
                break
        return self.state(key)

    def state(self, key: str) -> FoldState:
        """Return how far counting has come.

        Raises
        ------
        NotFound
        """
        survey_id = self._survey_id(key)
        with self._database.reading() as work:
            total = SurveyRepository(work).response_numbers().get(survey_id, 0)
            return FoldState(total - TallyRepository(work).queued(survey_id), total)

    def rebuild(self, key: str, progress: Callable[[int], None] = lambda _n: None) -> int:
        """Forget the tally and count the rows anew; return how many were counted.

        Responses still queued are left to the queue, so this is right while more arrive.

        Raises
        ------
        NotFound
        """
        survey_id = self._survey_id(key)
        with self._database.writing() as work:
            tallies = TallyRepository(work)
            tallies.lock(survey_id)
            tallies.clear(survey_id)
            ReviewTallyRepository(work).clear(survey_id)
            counted = _Counted()
            rows = ResponseRepository(work).each(survey_id, only_folded=True)
            for batch in _batches(rows):
                self._count(counted, work, batch, 1)
                progress(len(batch))
            counted.store(work, survey_id)
            tallies.mark_folded(survey_id, self._now())
        return counted.responses

    def set_standing(
        self, response_id: UUID, standing: Standing, reason: str, actor: Actor
    ) -> None:
        """Change whether a response counts; its counts move with it, in the same transaction.

        Raises
        ------
        NotFound
        """
        now = self._now()
        with self._database.writing() as work:
            event = StandingEventRecord(
                id=uuid4(),
                response_id=response_id,
                before="",
                after=standing,
                actor=actor.name,
                reason=reason,
                happened_at=now,
            )
            before = self.move(work, event)
            if before is not None:
                detail = {"before": before, "after": str(standing)}
                record_event(work, actor, "response.standing", str(response_id), detail, now=now)

    def move(
        self, work: Work, event: StandingEventRecord, *, only: Standing | None = None
    ) -> str | None:
        """Change a standing inside a writing transaction that does more than that.

        Parameters
        ----------
        event : StandingEventRecord
            Its `before` is filled in here.
        only : Standing, optional
            Change nothing unless the response has this standing.

        Returns
        -------
        str or None
            The standing before; None where nothing changed: it was the same already, or another
            one than `only`.

        Raises
        ------
        NotFound
        """
        responses = ResponseRepository(work)
        tallies = TallyRepository(work)
        survey_id = responses.survey_of(event.response_id)
        if survey_id is None:
            raise NotFound(message("There is no such response."))
        tallies.lock(survey_id)
        response = responses.get(event.response_id)
        if response.standing == event.after or (only and response.standing != only):
            return None
        event.before = response.standing
        if not tallies.is_queued(event.response_id):
            counted = _Counted()
            self._count(counted, work, [response], -1, event.before)
            self._count(counted, work, [response], 1, event.after)
            counted.store(work, survey_id)
        responses.set_standing(event)
        return event.before

    @contextmanager
    def recounted(
        self, work: Work, survey_id: UUID, place_ids: Sequence[UUID], span: Span = ALWAYS
    ) -> Iterator[None]:
        """Let the window or the roster of places change inside the block; counts move along.

        Only reviews are counted by window and person: the tally of answers stays untouched.

        Parameters
        ----------
        span : (datetime, datetime)
            Responses received from the first moment to before the second are looked at.
        """
        TallyRepository(work).lock(survey_id)
        counted = _Counted()
        self._count_at(counted, work, survey_id, place_ids, span, -1)
        yield
        work.flush()
        self._count_at(counted, work, survey_id, place_ids, span, 1)
        counted.store_reviews(work, survey_id)

    def _count_at(
        self,
        counted: _Counted,
        work: Work,
        survey_id: UUID,
        place_ids: Sequence[UUID],
        span: Span,
        sign: int,
    ) -> None:
        for start in range(0, len(place_ids), PLACES_AT_ONCE):
            some = place_ids[start : start + PLACES_AT_ONCE]
            rows = ResponseRepository(work).folded_at(survey_id, some, *span)
            for batch in _batches(rows):
                self._count(counted, work, batch, sign)

    def _survey_id(self, key: str) -> UUID:
        with self._database.reading() as work:
            survey = SurveyRepository(work).find(key)
            if survey is None:
                raise unknown_survey(key)
            return survey.id

    def _fold_batch(self, survey_id: UUID, limit: int, *, wait: bool) -> int:
        with self._database.writing(wait=wait) as work:
            tallies = TallyRepository(work)
            if not tallies.lock(survey_id, wait=wait):
                return 0
            taken = tallies.take(survey_id, limit)
            if not taken:
                return 0
            counted = _Counted()
            self._count(counted, work, ResponseRepository(work).by_ids(taken), 1)
            counted.store(work, survey_id)
            tallies.mark_folded(survey_id, self._now())
            return len(taken)

    def _count(
        self,
        counted: _Counted,
        work: Work,
        responses: Sequence[ResponseRecord],
        sign: int,
        standing: str | None = None,
    ) -> None:
        """Count responses with a standing, their own by default."""
        where = ReviewTallyRepository(work).whereabouts(responses)
        for response in responses:
            definition = self._definitions.find(response.revision_id)
            if definition is None:
                revision = SurveyRepository(work).revision(response.revision_id)
                definition = self._definitions.read(revision)
            day = response.observed_on or response.received_at.astimezone(self._timezone).date()
            known = _Known(day, standing or response.standing, where[response.id])
            counted.add(definition, response, known, sign)


def _batches(rows: Iterator[ResponseRecord]) -> Iterator[list[ResponseRecord]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a response beside its own row."""

    day: date
    standing: str
    where: Whereabouts


class _Counted:
    """Counts collected in memory, then stored in one go: a cell a row, not a response a row."""

    def __init__(self) -> None:
        self._cells: defaultdict[TallyKey, Counter[str]] = defaultdict(Counter)
        self._days: Counter[DayKey] = Counter()
        self._reviews: Counter[ReviewCell] = Counter()
        self.responses = 0

    def add(
        self, definition: Definition, response: ResponseRecord, known: _Known, sign: int
    ) -> None:
        """Count one response, or take it out with a negative sign.

        Indices rest on first reviews that somebody gave: a further review of the same service and
        what a platform filled in by default are counted as reviews, with rates of their own.
        """
        reply = Reply(response.answers, response.attributes)
        if response.review_number == 1 and not response.is_default:
            cell = cell_of(definition, reply, response.mode, response.weight)
            key = TallyKey.of(response.revision_id, response.subject_key, known.standing, cell)
            counts = self._cells[key]
            for name, n in counts_of(definition, reply).items():
                counts[name] += sign * n
        place = NO_PLACE if response.place_id is None else str(response.place_id)
        self._days[DayKey(known.day, place, known.standing)] += sign
        if definition.review is not None:
            level = reply.levels().get(definition.review.rating)
            review = ReviewCell.of(
                response, known.where, day=known.day, standing=known.standing, level=level
            )
            self._reviews[review] += sign
        self.responses += 1

    def store(self, work: Work, survey_id: UUID) -> None:
        """Add everything to the tables."""
        tallies = TallyRepository(work)
        tallies.add(survey_id, self._cells)
        tallies.add_days(survey_id, self._days)
        ReviewTallyRepository(work).add(survey_id, self._reviews)

    def store_reviews(self, work: Work, survey_id: UUID) -> None:
        """Add the counts of reviews alone, as far as they have changed."""
        changed = {cell: n for cell, n in self._reviews.items() if n}
        ReviewTallyRepository(work).add(survey_id, changed)
