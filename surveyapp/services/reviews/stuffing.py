"""Looking for made-up reviews (异常评价核查): what is found, said plainly, and flagged once.

Nothing here deletes or refuses a review. The rules stand in the definition, so they are fixed
before the first answer; what they mean stands in `surveyapp.domain.stuffing`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID, uuid4

from surveyapp.domain.case_steps import SYSTEM
from surveyapp.domain.stuffing import (
    ALONE,
    PERIOD_DAYS,
    REFERENCE_DAYS,
    SIGN_NAMES,
    TOGETHER,
    Arrival,
    Sign,
    tags_in,
)
from surveyapp.domain.survey import Definition, Standing, TagsQuestion, TextQuestion
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.results.counting import Counting
from surveyapp.services.reviews.figures import ReviewFigures, ReviewSurvey
from surveyapp.services.reviews.stuffing_look import StuffingReport, look_at
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import StandingEventRecord
from surveyapp.storage.stuffing import Seen, StuffingRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.traces import TraceRepository


@dataclass(frozen=True, slots=True)
class StuffingTick:
    """What a tick did."""

    flagged: int
    traces_deleted: int


class Stuffing:
    """Use cases of the rules against made-up reviews."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        counting: Counting,
        figures: ReviewFigures,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting
        self._figures = figures
        self._now = now
        self._timezone = timezone

    def report(self, key: str, as_of: datetime | None = None) -> StuffingReport:
        """Say what is conspicuous among the reviews of the last days; nothing is changed.

        Parameters
        ----------
        as_of : datetime, optional
            Default: now.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no review survey.
        """
        survey = self._figures.survey(key)
        today = (as_of or self._now()).astimezone(self._timezone).date()
        since = today - timedelta(days=PERIOD_DAYS)
        with self._database.reading() as work:
            repository = StuffingRepository(work)
            seen = repository.seen(
                survey.id,
                self._midnight(since - timedelta(days=REFERENCE_DAYS)),
                self._midnight(today),
            )
            arrivals = list(self._arrivals(work, survey, seen))
            labels = repository.place_labels(survey.id)
        return look_at(survey, arrivals, labels, today)

    def tick(self, as_of: datetime | None = None) -> StuffingTick:
        """Flag what the rules find, in every survey, and delete old traces.

        Each review is flagged at most once: what somebody has cleared stays cleared. Running it
        again changes nothing.
        """
        with self._database.reading() as work:
            keys = StuffingRepository(work).surveys()
        flagged = sum(self._flag(key, as_of) for key in keys)
        today = (as_of or self._now()).astimezone(self._timezone).date()
        with self._database.writing() as work:
            deleted = TraceRepository(work).forget(today - timedelta(days=PERIOD_DAYS))
        return StuffingTick(flagged, deleted)

    def _flag(self, key: str, as_of: datetime | None) -> int:
        report = self.report(key, as_of)
        with self._database.reading() as work:
            known = StuffingRepository(work).ever_flagged(report.survey.id)
        new = sorted(report.to_flag - known)
        return sum(self._flag_one(response_id, report.signs[response_id]) for response_id in new)

    def _flag_one(self, response_id: UUID, signs: frozenset[Sign]) -> bool:
        """Flag one review; False where it stopped counting meanwhile."""
        event = StandingEventRecord(
            id=uuid4(),
            response_id=response_id,
            before="",
            after=Standing.FLAGGED,
            actor=SYSTEM.name,
            reason=reason_of(signs),
            happened_at=self._now(),
        )
        with self._database.writing() as work:
            return self._counting.move(work, event, only=Standing.COUNTED) is not None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self._timezone).astimezone(UTC)

    def _arrivals(
        self, work: Work, survey: ReviewSurvey, seen: Sequence[Seen]
    ) -> Iterator[Arrival]:
        fields: dict[UUID, _Fields] = {}
        for one in seen:
            if one.revision_id not in fields:
                fields[one.revision_id] = self._fields(work, one.revision_id)
            known = fields[one.revision_id]
            local = one.received_at.astimezone(self._timezone)
            clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
            yield Arrival(
                id=one.id,
                place=one.place_id,
                day=local.date(),
                seconds_of_day=clock.total_seconds() + local.microsecond / 1e6,
                level=str(one.answers.get(survey.rules.rating, "")),
                tags=tags_in(one.answers, known.tags),
                comment="\n".join(str(one.answers.get(text, "")) for text in known.texts).strip(),
                device=one.device,
                seconds=one.seconds,
                standing=one.standing,
            )

    def _fields(self, work: Work, revision_id: UUID) -> _Fields:
        definition = self._definitions.find(revision_id) or self._definitions.read(
            SurveyRepository(work).revision(revision_id)
        )
        return _fields_of(definition)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The questions of a revision whose answers can be copied."""

    tags: tuple[str, ...]
    texts: tuple[str, ...]


def _fields_of(definition: Definition) -> _Fields:
    return _Fields(
        tuple(one.key for one in definition.questions if isinstance(one, TagsQuestion)),
        tuple(one.key for one in definition.questions if isinstance(one, TextQuestion)),
    )


def reason_of(signs: Collection[Sign]) -> str:
    """Return the reason that stands in the log of a review flagged by the rules."""
    names = [SIGN_NAMES[sign] for sign in Sign if sign in ALONE | TOGETHER and sign in signs]
    return f"规则：{'、'.join(name.zh for name in names)} / Rule: {', '.join(n.en for n in names)}"
