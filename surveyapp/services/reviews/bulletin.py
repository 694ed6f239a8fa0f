"""The monthly bulletin of reviews (月度通报): ranks, rates, the change, cases below."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from surveyapp.domain.errors import BadInput
from surveyapp.domain.masking import masked
from surveyapp.domain.messages import Message, message
from surveyapp.domain.review_counts import Selection
from surveyapp.domain.text import Text
from surveyapp.services.reviews.figures import ReviewFigures, ReviewSurvey, Wanted
from surveyapp.services.reviews.groups import Dimension, Group, ReviewCounts
from surveyapp.services.reviews.ranking import RANKED_BY, Ranked, peers_of
from surveyapp.storage.bulletin_cases import BulletinCases
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.database import Database

_MONTH = re.compile(r"(\d{4})-(\d{2})")
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """How the rate of good reviews moved since the month before.

    Attributes
    ----------
    points : float
        Percentage points.
    is_clear : bool
        Whether the intervals of the two months lie apart.
    """

    points: float
    is_clear: bool


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """One unit of the bulletin."""

    ranked: Ranked
    change: Change | None

    @property
    def group(self) -> Group:
        """Its figures."""
        return self.ranked.group


@dataclass(frozen=True, slots=True)
class BulletinSection:
    """Units that are ranked among each other; the title is their category."""

    title: str
    rows: tuple[BulletinRow, ...]


@dataclass(frozen=True, slots=True)
class BulletinCase:
    """A case the bulletin tells of; the answer is the one the unit wrote for the citizen."""

    number: str
    unit: Text | Message
    about: Text | Message
    due_on: date | None
    closed_on: date | None
    answer: str


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Everything the bulletin of one month shows.

    Attributes
    ----------
    first, last : date
        The days it covers; the running month ends today.
    is_running : bool
        Whether the month is not over.
    """

    survey: ReviewSurvey
    first: date
    last: date
    is_running: bool
    whole: Group
    change: Change | None
    sections: tuple[BulletinSection, ...]
    typical: tuple[BulletinCase, ...]
    overdue: tuple[BulletinCase, ...]


def read_month(text: str, today: date) -> date:
    """Return the first day of a month, ``2026-11``; the running one where nothing is given.

    Raises
    ------
    BadInput
        It is no month, or lies ahead.
    """
    if not text:
        return today.replace(day=1)
    parts = _MONTH.fullmatch(text)
    if parts is None or not 1 <= int(parts[2]) <= 12 or int(parts[1]) < FIRST_YEAR:
        raise BadInput(message("A month is written like 2026-11."))
    first = date(int(parts[1]), int(parts[2]), 1)
    if first > today:
        raise BadInput(message("This month has not begun."))
    return first


class Bulletins:
    """The use case of a monthly bulletin."""

    def __init__(self, database: Database, figures: ReviewFigures) -> None:
        self._database = database
        self._figures = figures

    def month(self, key: str, text: str = "") -> Bulletin:
        """Return the bulletin of a month.

        Parameters
        ----------
        text : str
            ``YYYY-MM``; empty is the running month.

        Raises
        ------
        NotFound, Conflict, BadInput
        """
        today = self._figures.today
        first = read_month(text, today)
        last = _last_day(first)
        before = (first - timedelta(days=1)).replace(day=1)
        survey, counts = self._figures.counts(key, _span(first, last))
        _, earlier = self._figures.counts(key, _span(before, _last_day(before)))
        with self._database.reading() as work:
            cases = BulletinCases(work)
            typical = cases.typical(survey.id, first, last)
            # What a deadline says ends with the day: nothing is overdue before it is over.
            overdue = cases.overdue(survey.id, min(last, today - timedelta(days=1)))
        return Bulletin(
            survey=survey,
            first=first,
            last=min(last, today),
            is_running=last >= today,
            whole=counts.whole(),
            change=_change(counts.whole(), earlier.whole()),
            sections=_sections(survey, counts, earlier),
            typical=tuple(_case(counts, one) for one in typical),
            overdue=tuple(_case(counts, one) for one in overdue),
        )


def _last_day(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _span(first: date, last: date) -> Wanted:
    return Wanted(Selection(since=first, until=last))


def _sections(
    survey: ReviewSurvey, counts: ReviewCounts, earlier: ReviewCounts
) -> tuple[BulletinSection, ...]:
    has_units = bool(counts.by(Dimension.UNIT))
    dimension = Dimension.UNIT if has_units else Dimension.SUBJECT
    groups = counts.by(dimension)
    before = {one.key: one for one in earlier.by(dimension)}
    peers = peers_of(groups if has_units else (), groups, survey.rules.minimum_ranked)
    return tuple(
        BulletinSection(one.title, _rows(one.ranked, before))
        for one in peers
        if len(one.ranked) > 1 or len(peers) == 1
    )


def _rows(ranked: Sequence[Ranked], before: dict[str, Group]) -> tuple[BulletinRow, ...]:
    return tuple(BulletinRow(one, _change(one.group, before.get(one.group.key))) for one in ranked)


def _change(now: Group, before: Group | None) -> Change | None:
    if before is None:
        return None
    new, old = now.rate(RANKED_BY), before.rate(RANKED_BY)
    if new.value is None or old.value is None:
        return None
    apart = (new.low or 0) > (old.high or 0) or (old.low or 0) > (new.high or 0)
    return Change(100 * (new.value - old.value), apart)


def _case(counts: ReviewCounts, record: CaseRecord) -> BulletinCase:
    unit = counts.units.get(record.responsible_unit or record.unit_code or "")
    titles = {one.key: one.title for one in counts.subjects}
    nothing = message("not stated")
    return BulletinCase(
        number=record.number,
        unit=nothing if unit is None else Text.same(unit.name),
        about=titles.get(record.subject_key or "", nothing),
        due_on=record.due_on,
        closed_on=record.closed_on,
        answer=masked(record.answer or ""),
    )
