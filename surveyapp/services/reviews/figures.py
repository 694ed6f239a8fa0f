"""Reading what the reviews of a survey were counted to: behind every figure of reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from uuid import UUID

from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.review_counts import ReviewCount, Selection
from surveyapp.domain.survey import Definition, ScaleQuestion
from surveyapp.domain.text import Text
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.results.counting import Counting, FoldState
from surveyapp.services.reviews.groups import (
    Dimension,
    Group,
    Rating,
    ReviewCounts,
    subjects_below,
)
from surveyapp.services.reviews.ranking import Peers, peers_of
from surveyapp.services.reviews.trend import Alert, Step, Trend, alerts_of, trend_of
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.review_counts import ReviewCountRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: a `Selection` with a unit in place of its subjects.

    Attributes
    ----------
    unit : str or None
        Code of a unit; it and everything below.
    subject : str or None
    """

    selection: Selection = field(default_factory=Selection)
    unit: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewSurvey:
    """A survey of kind review as its figures need it."""

    id: UUID
    key: str
    definition: Definition
    rules: ReviewRules
    rating: Rating

    @property
    def title(self) -> Text:
        """Its title."""
        return self.definition.title


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview of a review survey shows.

    Attributes
    ----------
    span : tuple of date or None
        First and last day with a review in the whole survey.
    whole : Group
    alternatives : mapping of str to Group
        The same with flagged, with excluded, and with all reviews.
    parts : mapping of Dimension to tuple of Group
    peers : tuple of Peers
        Ranked units, or subjects where there are no units.
    choices : mapping of Dimension to tuple of (key, name)
        What the filters can be set to, whatever they are set to now.
    """

    survey: ReviewSurvey
    fold: FoldState
    wanted: Wanted
    span: tuple[date, date] | None
    whole: Group
    alternatives: Mapping[str, Group]
    parts: Mapping[Dimension, tuple[Group, ...]]
    peers: tuple[Peers, ...]
    trend: Trend
    alerts: tuple[Alert, ...]
    choices: Mapping[Dimension, tuple[tuple[str, Text | Message], ...]]


class ReviewFigures:
    """Use cases around the figures of reviews."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        counting: Counting,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting
        self._now = now
        self._timezone = timezone

    @property
    def today(self) -> date:
        """The local day."""
        return self._now().astimezone(self._timezone).date()

    def survey(self, key: str) -> ReviewSurvey:
        """Return a survey of kind review that is or was in use.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no review, or a draft.
        """
        with self._database.reading() as work:
            return self._survey(work, key)[1]

    def overview(
        self, key: str, wanted: Wanted | None = None, step: Step | None = None
    ) -> Overview:
        """Return the figures of a survey, whole and in parts.

        Parameters
        ----------
        wanted : Wanted, optional
            Which reviews; default all.
        step : Step, optional
            What one point of the trend stands for.

        Raises
        ------
        NotFound, Conflict
        """
        wanted = wanted or Wanted()
        fold = self._counting.fold_some(key)
        with self._database.reading() as work:
            record, survey = self._survey(work, key)
            is_complete = fold.counted >= fold.total
            counts = replace(self._counts(work, record, survey, wanted), is_complete=is_complete)
            repository = ReviewCountRepository(work)
            by_day = repository.reviews(record.id, counts.selection, by_day=True)
            span = repository.span(record.id)
            every = counts if wanted == Wanted() else self._counts(work, record, survey, Wanted())
        parts = {dimension: counts.by(dimension) for dimension in Dimension}
        whole = counts.whole()
        trend = trend_of(survey.rating, by_day, step)
        units, subjects = parts[Dimension.UNIT], parts[Dimension.SUBJECT]
        return Overview(
            survey=survey,
            fold=fold,
            wanted=wanted,
            span=span,
            whole=whole,
            alternatives={name: counts.whole(name) for name in ("flagged", "excluded", "all")},
            parts=parts,
            peers=peers_of(units, subjects, survey.rules.minimum_ranked),
            trend=trend,
            alerts=alerts_of(trend, whole, units or subjects),
            choices={dimension: every.labels(dimension) for dimension in Dimension},
        )

    def counts(self, key: str, wanted: Wanted | None = None) -> tuple[ReviewSurvey, ReviewCounts]:
        """Return counts to make groups of.

        Raises
        ------
        NotFound, Conflict
        """
        self._counting.fold(key)
        with self._database.reading() as work:
            record, survey = self._survey(work, key)
            return survey, self._counts(work, record, survey, wanted or Wanted())

    def within(
        self, work: Work, key: str
    ) -> tuple[ReviewSurvey, ReviewCounts, Sequence[ReviewCount]]:
        """Return counts as they stand in a transaction of a larger step: whole, and by day.

        Raises
        ------
        NotFound, Conflict
        """
        record, survey = self._survey(work, key)
        by_day = ReviewCountRepository(work).reviews(record.id, Selection(), by_day=True)
        return survey, self._counts(work, record, survey, Wanted()), by_day

    def _counts(
        self, work: Work, record: SurveyRecord, survey: ReviewSurvey, wanted: Wanted
    ) -> ReviewCounts:
        repository = ReviewCountRepository(work)
        subjects = SurveyRepository(work).subjects(record.id)
        units = {
            row.code: Unit(row.code, row.name, row.parent_code, row.category)
            for row in UnitRepository(work).all()
        }
        selection = wanted.selection
        if wanted.unit is not None:
            below = subjects_below(subjects, units).get(wanted.unit, frozenset())
            selection = replace(selection, subjects=below)
        if wanted.subject is not None:
            allowed = selection.subjects
            only = frozenset({wanted.subject})
            selection = replace(selection, subjects=only if allowed is None else only & allowed)
        volumes = repository.volumes(record.id, selection)
        return ReviewCounts(
            rating=survey.rating,
            selection=selection,
            subjects=subjects,
            units=units,
            reviews=repository.reviews(record.id, selection),
            cases=repository.cases(record.id, selection, self.today),
            volumes=volumes,
            # Only where there are numbers of service cases does it matter which days lack one.
            reviewed=repository.reviewed_days(record.id, selection) if volumes else (),
            item_names=repository.item_names(record.id),
            staff_names=repository.staff_names(record.id),
        )

    def _survey(self, work: Work, key: str) -> tuple[SurveyRecord, ReviewSurvey]:
        surveys = SurveyRepository(work)
        record = surveys.find(key)
        if record is None:
            raise unknown_survey(key)
        definition = self._definitions.read(surveys.shown(record))
        if definition.review is None:
            raise Conflict(message("“%(key)s” is no survey of service reviews.", key=key))
        return record, ReviewSurvey(
            record.id, key, definition, definition.review, rating_of(definition)
        )


def rating_of(definition: Definition) -> Rating:
    """Return the scale reviews are counted on; only surveys of kind review have one.

    Raises
    ------
    ValueError
        The survey has none.
    """
    rules = definition.review
    if rules is None:
        raise ValueError(f"{definition.key} is no survey of reviews")
    scales = {one.key: one.scale for one in definition.questions if isinstance(one, ScaleQuestion)}
    return Rating(scales[rules.rating], rules.bad)
