"""Publishing results (公布结果): figures are frozen, and move when enough people stand behind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import uuid4

from surveyapp.domain.errors import Conflict, NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.release import (
    EMPTY,
    RESPONSES,
    Content,
    Ledger,
    may_move,
    plan_release,
)
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Status
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.releases.contents import (
    all_responses,
    ledger_json,
    ledger_of,
    read_contents,
)
from surveyapp.services.releases.figures import PublicFigures
from surveyapp.services.releases.publishing import chosen_for
from surveyapp.services.results.counting import Counting, FoldState
from surveyapp.services.results.reporting import Results, make_report, read_results
from surveyapp.services.reviews.figures import ReviewFigures
from surveyapp.services.reviews.release import (
    ReviewPage,
    ReviewState,
    read_items,
    review_document,
)
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ReleaseRecord
from surveyapp.storage.releases import ReleaseRepository
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class Release:
    """Figures as published.

    Attributes
    ----------
    figures : mapping
        Everything the public page shows, as plain data; figures of groups that are too small are
        None and marked ``suppressed``.
    sha256 : str
        Of the canonical JSON of `figures`.
    """

    survey_key: str
    number: int
    released_at: datetime
    released_by: str
    sha256: str
    figures: Mapping[str, Any]

    @property
    def title(self) -> Text:
        """Title of the survey when it was released."""
        return Text(**self.figures["title"])

    @property
    def n(self) -> int:
        """Responses behind the overall figures."""
        return int(self.figures["n"])


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a survey can be released.

    Attributes
    ----------
    new : int
        By how many counted responses it has changed since the last release.
    least : int
        How many that must be.
    ready : bool
        Whether a release would be accepted now.
    """

    new: int
    least: int
    ready: bool


class Releasing:
    """Use cases around releases."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        counting: Counting,
        review_figures: ReviewFigures,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting
        self._review_figures = review_figures
        self._now = now
        self._timezone = timezone

    def release(self, key: str, actor: Actor) -> Release:
        """Freeze and publish the figures of a survey.

        Raises
        ------
        NotFound
            No such survey.
        NotAllowed
            The person who made the definition asks: somebody else has to look at the result.
        Conflict
            The survey was never in use; or too few responses have come in (or have been excluded)
            since the last release.
        """
        self._counting.fold(key)
        simulated = self._database.is_simulated()
        with self._database.writing() as work:
            results = self._results(work, key, actor, lock=True)
            record = self._record(work, results, actor, simulated=simulated)
            ReleaseRepository(work).add(record)
            detail = {
                "number": record.number,
                "n": record.figures["public"]["n"],
                "sha256": record.sha256,
            }
            record_event(work, actor, "survey.release", key, detail, now=record.released_at)
            return _release(key, record)

    def preview(self, key: str, actor: Actor) -> Release:
        """Return what a release would publish now; nothing is stored.

        Raises
        ------
        NotFound, NotAllowed, Conflict
            As `release` would.
        """
        self._counting.fold(key)
        simulated = self._database.is_simulated()
        with self._database.reading() as work:
            results = self._results(work, key, actor)
            return _release(key, self._record(work, results, actor, simulated=simulated))

    def _record(
        self, work: Work, results: Results, actor: Actor, *, simulated: bool
    ) -> ReleaseRecord:
        """Make the next release of a survey."""
        earlier = ReleaseRepository(work).of(results.survey.id)
        history = [ledger_of(record.figures["ledger"]) for record in earlier]
        previous = earlier[-1].figures["public"] if earlier else {}
        now = self._now()
        make = self._opinions if results.definition.review is None else self._reviews
        ledger, figures = make(
            work,
            results,
            history,
            previous,
            number=len(earlier) + 1,
            released_on=now.astimezone(self._timezone).date(),
            simulated=simulated,
        )
        return ReleaseRecord(
            id=uuid4(),
            survey_id=results.survey.id,
            number=len(earlier) + 1,
            figures={"public": figures, "ledger": ledger_json(ledger)},
            sha256=figures_sha256(figures),
            released_by=actor.name,
            released_at=now,
        )

    def _opinions(
        self,
        _work: Work,
        results: Results,
        history: list[Ledger],
        previous: Mapping[str, Any],
        *,
        number: int,
        released_on: date,
        simulated: bool,
    ) -> tuple[Ledger, dict[str, Any]]:
        """Put together what is released of a survey of opinions."""
        sample = results.sample(weighted=True)
        least = _require_ready(results, all_responses(sample), history)
        contents = read_contents(results, sample)
        ledger = plan_release(contents.items, history, least, contents.nestings)
        state = FoldState(sum(results.standings.values()), sum(results.standings.values()))
        report = make_report(
            results, by=(), subject=None, weighted=True, fold=state, simulated=simulated
        )
        public = PublicFigures(results, report, sample, ledger, previous, number)
        return ledger, public.document(released_on)

    def _reviews(
        self,
        work: Work,
        results: Results,
        history: list[Ledger],
        previous: Mapping[str, Any],
        *,
        number: int,
        released_on: date,
        simulated: bool,
    ) -> tuple[Ledger, dict[str, Any]]:
        """Put together what is released of a survey of service reviews."""
        state = self._review_state(work, results)
        items = read_items(state)
        least = _require_ready(results, items[RESPONSES].whole, history)
        ledger = plan_release(items, history, least)
        chosen = chosen_for(work, results.survey.id, results.definition)
        before = previous.get("reviews", {}) | {"subjects": previous.get("subjects", ())}
        page = ReviewPage(state, chosen, ledger, before, number)
        return ledger, review_document(
            results,
            page,
            state,
            number=number,
            released_on=released_on,
            simulated=simulated,
        )

    def _review_state(self, work: Work, results: Results) -> ReviewState:
        return ReviewState(*self._review_figures.within(work, results.survey.key))

    def _results(self, work: Work, key: str, actor: Actor, *, lock: bool = False) -> Results:
        """Read what is released, with a lock while nobody else counts or releases."""
        results = read_results(work, self._definitions, key, lock=lock)
        if results.survey.status == Status.DRAFT:
            raise Conflict(message("“%(key)s” was never put in use.", key=key))
        made_by = SurveyRepository(work).shown(results.survey).created_by
        if actor.staff_id is not None and actor.staff_id == made_by:
            raise NotAllowed(
                message("Whoever made a survey cannot publish its results: ask a second person.")
            )
        return results

    def readiness(self, key: str) -> Readiness:
        """Return whether enough has changed for a release, as far as responses are counted.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            results = read_results(work, self._definitions, key)
            earlier = ReleaseRepository(work).of(results.survey.id)
            history = [ledger_of(record.figures["ledger"]) for record in earlier]
            if results.definition.review is None:
                now = all_responses(results.sample(weighted=True))
            else:
                now = read_items(self._review_state(work, results))[RESPONSES].whole
        return _readiness(now, results.definition.minimum_group, history)

    def latest(self, key: str) -> Release | None:
        """Return the last release of a survey, or None."""
        with self._database.reading() as work:
            record = ReleaseRepository(work).latest(key)
            return None if record is None else _release(key, record)

    def history(self, key: str) -> tuple[Release, ...]:
        """Return all releases of a survey, the last one first; none for an unknown survey."""
        with self._database.reading() as work:
            survey = SurveyRepository(work).find(key)
            records = [] if survey is None else ReleaseRepository(work).of(survey.id)
            return tuple(_release(key, record) for record in reversed(records))

    def published(self) -> tuple[Release, ...]:
        """Return the last release of every survey that has one, the newest first."""
        with self._database.reading() as work:
            found = ReleaseRepository(work).latest_of_each()
            return tuple(_release(key, record) for key, record in found)


def figures_sha256(figures: Mapping[str, Any]) -> str:
    """Return the hash of published figures: of their canonical JSON in UTF-8."""
    canonical = json.dumps(
        figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _require_ready(results: Results, now: Content, history: list[Ledger]) -> int:
    """Refuse a release where too little has changed; return how many responses it takes.

    Raises
    ------
    Conflict
    """
    readiness = _readiness(now, results.definition.minimum_group, history)
    if not readiness.ready:
        raise Conflict(
            message(
                "%(new)s responses have come in or gone out since the last release; at least"
                " %(least)s are needed, so that nobody can tell what single people said.",
                new=readiness.new,
                least=readiness.least,
            )
        )
    return readiness.least


def _readiness(now: Content, minimum: int, history: list[Ledger]) -> Readiness:
    """Compare the responses with those of all earlier releases."""
    shown = [EMPTY, *(ledger[RESPONSES].whole.content for ledger in history)]
    ready = now != shown[-1] and may_move(now, shown, minimum)
    return Readiness(abs(now.n - shown[-1].n), minimum, ready)


def _release(key: str, record: ReleaseRecord) -> Release:
    return Release(
        survey_key=key,
        number=record.number,
        released_at=record.released_at,
        released_by=record.released_by,
        sha256=record.sha256,
        figures=record.figures["public"],
    )
