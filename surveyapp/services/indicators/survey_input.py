"""Reading what a snapshot keeps of one survey of opinion."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from surveyapp.domain.answers import Reply
from surveyapp.domain.indicator import During, Indicator, RelevanceRule
from surveyapp.domain.periods import Period
from surveyapp.domain.review_counts import Selection
from surveyapp.domain.survey import Definition, Kind, Standing
from surveyapp.domain.tallying import cell_of, counts_of
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.indicators.relevance import RELEVANCE, RelevanceCounts
from surveyapp.services.indicators.reviews import review_document
from surveyapp.services.indicators.samples import (
    margins_document,
    revision_documents,
    subject_documents,
    tally_document,
)
from surveyapp.services.reviews.figures import rating_of
from surveyapp.services.reviews.groups import ReviewCounts
from surveyapp.services.weights.weighting import current_margins
from surveyapp.storage.database import Work
from surveyapp.storage.records import ResponseRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.review_counts import ReviewCountRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyKey, TallyRepository, TallyRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of one survey.

    Attributes
    ----------
    during : During
        Answers of the days of the period, or of the whole wave.
    rates_only : bool
        Whether counts of reviews are enough, without the tally of answers.
    indices : frozenset of str
        Indices whose respondents are counted by relevance.
    """

    during: During
    rates_only: bool = False
    indices: frozenset[str] = frozenset()


class SurveyReader:
    """Reads one survey of opinion in one transaction."""

    def __init__(
        self,
        work: Work,
        definitions: DefinitionCache,
        survey: SurveyRecord,
        period: Period,
        *,
        now: datetime,
        timezone: tzinfo,
    ) -> None:
        self._work = work
        self._definitions = definitions
        self._surveys = SurveyRepository(work)
        self._survey = survey
        self._period = period
        self._timezone = timezone
        self._today = now.astimezone(timezone).date()
        self._shown = self._surveys.shown(survey)
        self._definition = definitions.read(self._shown)

    def document(self, wanted: Wanted, indicator: Indicator | None) -> dict[str, Any]:
        """Return the survey as the snapshot keeps it."""
        survey = self._survey
        days = self._days(wanted.during)
        written: dict[str, Any] = {
            "kind": survey.kind,
            "status": survey.status,
            "opened_at": None if survey.opened_at is None else survey.opened_at.isoformat(),
            "during": wanted.during.value,
            "first_day": min(days).isoformat() if days else None,
            "last_day": max(days).isoformat() if days else None,
            "shown": str(self._shown.id),
            "subjects": subject_documents(self._surveys.subjects(survey.id)),
            "margins": margins_document(current_margins(self._work, survey.id)),
        }
        rows: Sequence[TallyRow] = ()
        if not wanted.rates_only:
            rows, concerned = self._tally(
                wanted, None if indicator is None else indicator.relevance
            )
            if concerned is not None:
                written[RELEVANCE] = concerned.document()
        if survey.kind == Kind.REVIEW:
            written["counts"] = review_document(self._review_counts(wanted.during))
        ids = {self._shown.id} | {row.revision_id for row in rows}
        written["revisions"] = revision_documents(
            one for one in self._surveys.revisions(survey.id) if one.id in ids
        )
        written["tally"] = tally_document(rows)
        written["standings"] = _standings(rows)
        return written

    def _days(self, during: During) -> list[date]:
        days = TallyRepository(self._work).days(self._survey.id)
        return [
            key.day
            for key in days
            if key.standing == Standing.COUNTED
            and (during is During.SURVEY or self._is_inside(key.day))
        ]

    def _is_inside(self, day: date) -> bool:
        return self._period.first_day <= day <= self._period.last_day

    def _tally(
        self, wanted: Wanted, rule: RelevanceRule | None
    ) -> tuple[Sequence[TallyRow], RelevanceCounts | None]:
        """Return the counts of the answers that are asked for.

        The tally has no days. Where answers of other days are in it, or respondents are told apart
        by relevance, which is never in it, the responses themselves are counted.
        """
        tallies = TallyRepository(self._work)
        every = all(self._is_inside(key.day) for key in tallies.days(self._survey.id))
        from_tally = wanted.during is During.SURVEY or every
        concerned = None
        if wanted.indices and rule is not None:
            concerned = RelevanceCounts(rule, self._named(wanted.indices))
        if from_tally and concerned is None:
            return tuple(tallies.rows(self._survey.id)), None
        counted: defaultdict[TallyKey, Counter[str]] = defaultdict(Counter)
        for response in ResponseRepository(self._work).each(self._survey.id, only_folded=True):
            if response.review_number != 1 or response.is_default:
                continue
            if wanted.during is During.PERIOD and not self._is_inside(self._day_of(response)):
                continue
            definition = self._definition_of(response.revision_id)
            if not from_tally:
                _count(counted, definition, response)
            if concerned is not None and response.standing == Standing.COUNTED:
                concerned.add(definition, response)
        if from_tally:
            return tuple(tallies.rows(self._survey.id)), concerned
        return [
            TallyRow(key.revision_id, key.subject_key or None, key.standing, dict(key.cell), counts)
            for key, counts in counted.items()
        ], concerned

    def _named(self, indices: frozenset[str]) -> frozenset[str]:
        """Return keys of indices; the empty one stands for the only index of a survey."""
        if "" not in indices:
            return indices
        return indices | {one.key for one in self._definition.indices}

    def _definition_of(self, revision_id: UUID) -> Definition:
        found = self._definitions.find(revision_id)
        return found or self._definitions.read(self._surveys.revision(revision_id))

    def _day_of(self, response: ResponseRecord) -> date:
        received = response.received_at.astimezone(self._timezone).date()
        return response.observed_on or received

    def _review_counts(self, during: During) -> ReviewCounts:
        selection = Selection()
        if during is During.PERIOD:
            selection = Selection(since=self._period.first_day, until=self._period.last_day)
        repository = ReviewCountRepository(self._work)
        survey_id = self._survey.id
        volumes = repository.volumes(survey_id, selection)
        return ReviewCounts(
            rating=rating_of(self._definition),
            selection=selection,
            subjects=(),
            units={},
            reviews=repository.reviews(survey_id, selection),
            cases=repository.cases(survey_id, selection, self._today),
            volumes=volumes,
            reviewed=repository.reviewed_days(survey_id, selection) if volumes else (),
            item_names={},
        )


def _count(
    counted: defaultdict[TallyKey, Counter[str]], definition: Definition, response: ResponseRecord
) -> None:
    reply = Reply(response.answers, response.attributes)
    cell = cell_of(definition, reply, response.mode, response.weight)
    key = TallyKey.of(response.revision_id, response.subject_key, response.standing, cell)
    counted[key].update(counts_of(definition, reply))


def _standings(rows: Iterable[TallyRow]) -> dict[str, int]:
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers[row.standing] += row.counts["n"]
    return dict(sorted(numbers.items()))
