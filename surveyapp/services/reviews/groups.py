"""The rates of service reviews with numerator, denominator and interval, whole and in parts.

Everything is made from counts: rows of the review tally, cases, and numbers of service cases.
What is divided by what stands in `surveyapp.domain.rates`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from surveyapp.domain.channels import channel_name
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.rates import (
    BY_KEY,
    NOT_ALL_COUNTED,
    RATES,
    VOLUME_NOT_SPLIT,
    Identity,
    Quantity,
    RateDefinition,
    RateKey,
    volume_is_incomplete,
)
from surveyapp.domain.rates import Unit as Measure
from surveyapp.domain.review_counts import (
    VALID,
    CaseCount,
    Counted,
    ReviewCount,
    Selection,
    Volume,
    count,
)
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import Standing, Subject
from surveyapp.domain.text import Text
from surveyapp.stats.intervals import t_interval, wilson_interval
from surveyapp.storage.review_counts import ReviewedDay, VolumeCount

CONFIDENCE = 0.95
EVERYTHING = message("All reviews")
NOT_SAID = message("not stated")
HERE, ELSEWHERE = message("Reviewed here"), message("Imported from other channels")
NAMED, ANONYMOUS = message("Named"), message("Anonymous")

STANDINGS: Mapping[str, frozenset[Standing]] = {
    "valid": VALID,
    "flagged": VALID | {Standing.FLAGGED},
    "excluded": VALID | {Standing.EXCLUDED},
    "all": VALID | {Standing.FLAGGED, Standing.EXCLUDED},
}
"""Which reviews count: the usual ones, and the same figures with others as well."""

Counts = ReviewCount | CaseCount
Row = TypeVar("Row", ReviewCount, CaseCount)


class Dimension(StrEnum):
    """By what figures are split."""

    UNIT = "unit"
    SUBJECT = "subject"
    ITEM = "item"
    WINDOW = "window"
    STAFF = "staff"
    CHANNEL = "channel"
    SOURCE = "source"
    NAMING = "naming"


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of one group.

    Attributes
    ----------
    identity : Identity
        Whose reviews stand in it.
    numerator, denominator : Fraction or None
        None where it cannot be computed.
    value, low, high : float or None
        Share 0 to 1, or points, with its 95 % interval (Wilson's; of a mean Student's).
    reason : Message or None
        Why there is no value.
    se : float or None
        Standard error, in the unit of the value.
    """

    definition: RateDefinition
    identity: Identity
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: Message | None = None
    se: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one unit, item, window or whatever else reviews are split by.

    Attributes
    ----------
    key : str
        Empty where reviews name none.
    levels : mapping of str to int
        First reviews given by scored level, the best first.
    defaults, follow_ups : int
        System defaults; second reviews.
    depth, parent, category
        Of a unit: how deep in the tree, below which one, and among which ones it is ranked.
    """

    key: str
    label: Text | Message
    levels: Mapping[str, int]
    defaults: int
    follow_ups: int
    volume: Volume
    rates: tuple[Rate, ...]
    depth: int = 0
    parent: str | None = None
    category: str | None = None

    @property
    def n(self) -> int:
        """First reviews given."""
        return sum(self.levels.values())

    def rate(self, key: RateKey | str, identity: Identity | str | None = None) -> Rate:
        """Return one rate; where named and anonymous ones are apart, the named one by default."""
        wanted = identity or BY_KEY[RateKey(key)].identities[0]
        return next(
            one for one in self.rates if (one.definition.key, one.identity) == (key, wanted)
        )


@dataclass(frozen=True, slots=True)
class Rating:
    """The scale reviews are counted on, and which of its levels are bad."""

    scale: Scale
    bad: tuple[str, ...]

    @property
    def levels(self) -> tuple[Level, ...]:
        """Levels that count, the best first."""
        return self.scale.scored


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Counts of one selection of a survey's reviews, and how to make groups of them.

    Attributes
    ----------
    is_complete : bool
        Whether every review is counted: until then the others would pass for not reviewed.
    """

    rating: Rating
    selection: Selection
    subjects: tuple[Subject, ...]
    units: Mapping[str, Unit]
    reviews: Sequence[ReviewCount]
    cases: Sequence[CaseCount]
    volumes: Sequence[VolumeCount]
    reviewed: Sequence[ReviewedDay]
    item_names: Mapping[str, str]
    staff_names: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = True

    def whole(self, standings: str = "valid") -> Group:
        """Return the figures of everything selected, with the standings of a key of `STANDINGS`."""
        volume = self._volumes(Dimension.SUBJECT).of(None)
        return self._group("", EVERYTHING, (self.reviews, self.cases), volume, STANDINGS[standings])

    def by(self, dimension: Dimension) -> tuple[Group, ...]:
        """Return figures in parts; those of units rolled up the tree, each below its parent."""
        if dimension is Dimension.UNIT:
            volumes = self._volumes(Dimension.SUBJECT)
            return tuple(self._units(None, 0, self._children(), volumes))
        pick = _PICKS[dimension]
        reviews, cases = _parted(self.reviews, pick), _parted(self.cases, pick)
        volumes = self._volumes(dimension)
        return tuple(
            self._group(
                key,
                self._label(dimension, key),
                (reviews[key], cases[key]),
                volumes.of({key}),
            )
            for key in self._in_order(dimension, {*reviews, *cases})
        )

    def labels(self, dimension: Dimension) -> tuple[tuple[str, Text | Message], ...]:
        """Return keys and names of the parts, for choosing one of them."""
        if dimension is Dimension.UNIT:
            below = subjects_below(self.subjects, self.units)
            return tuple((code, Text.same(self.units[code].name)) for code in sorted(below))
        keys = {_PICKS[dimension](row) for row in self.reviews}
        return tuple((key, self._label(dimension, key)) for key in self._in_order(dimension, keys))

    def _in_order(self, dimension: Dimension, keys: set[str]) -> list[str]:
        """Sort subjects as the survey does, others by key; what nobody stated comes last."""
        places = {one.key: place for place, one in enumerate(self.subjects)}
        is_subject = dimension is Dimension.SUBJECT
        return sorted(keys, key=lambda key: (not key, places.get(key, 0) if is_subject else 0, key))

    def _children(self) -> Mapping[str | None, list[tuple[Unit, frozenset[str]]]]:
        below = subjects_below(self.subjects, self.units)
        children: defaultdict[str | None, list[tuple[Unit, frozenset[str]]]] = defaultdict(list)
        for code in sorted(below):
            children[self.units[code].parent_code].append((self.units[code], below[code]))
        return children

    def _units(
        self,
        parent: str | None,
        depth: int,
        children: Mapping[str | None, list[tuple[Unit, frozenset[str]]]],
        volumes: _Volumes,
    ) -> Iterator[Group]:
        for unit, keys in children.get(parent, ()):
            group = self._group(
                unit.code,
                Text.same(unit.name),
                (
                    [row for row in self.reviews if row.where.subject in keys],
                    [row for row in self.cases if row.where.subject in keys],
                ),
                volumes.of(keys),
            )
            yield replace(group, depth=depth, parent=parent, category=unit.category)
            yield from self._units(unit.code, depth + 1, children, volumes)

    def _label(self, dimension: Dimension, key: str) -> Text | Message:
        if dimension is Dimension.SOURCE:
            return ELSEWHERE if key else HERE
        if dimension is Dimension.NAMING:
            return NAMED if key else ANONYMOUS
        if not key:
            return NOT_SAID
        if dimension is Dimension.CHANNEL:
            return channel_name(key)
        if dimension is Dimension.ITEM:
            return Text.same(self.item_names.get(key, key))
        if dimension is Dimension.STAFF:
            return Text.same(" ".join(part for part in (key, self.staff_names.get(key)) if part))
        titles = {one.key: one.title for one in self.subjects}
        return titles.get(key, Text.same(key)) if dimension is Dimension.SUBJECT else Text.same(key)

    def _group(
        self,
        key: str,
        label: Text | Message,
        rows: tuple[Sequence[ReviewCount], Sequence[CaseCount]],
        volume: Volume,
        standings: frozenset[Standing] = VALID,
    ) -> Group:
        counted = {
            identity: count(
                self.rating.scale,
                self.rating.bad,
                *rows,
                volume,
                standings=standings,
                identity=identity,
            )
            for identity in Identity
        }
        every = counted[Identity.ALL]
        return Group(
            key=key,
            label=label,
            levels=every.levels,
            defaults=sum(every.defaults.values()),
            follow_ups=int(every.quantities[Quantity.FOLLOW_UPS]),
            volume=volume,
            rates=tuple(
                rate_of(rate, identity, counted[identity])
                for rate in RATES
                for identity in rate.identities
            ),
        )

    def _volumes(self, dimension: Dimension) -> _Volumes:
        """Return how many service cases a part of this dimension had."""
        if not self.is_complete:
            return _Volumes(problem=NOT_ALL_COUNTED)
        if self.selection.splits_volume or dimension not in _VOLUME_PICKS:
            return _Volumes(problem=VOLUME_NOT_SPLIT)
        pick = _VOLUME_PICKS[dimension]
        volumes = _Volumes()
        for row in self.volumes:
            volumes.numbers[pick(row)] += row.n
            volumes.known[pick(row)].add(row.day)
        for day in self.reviewed:
            volumes.reviewed[pick(day)].add(day.day)
        return volumes


@dataclass(slots=True)
class _Volumes:
    """Service cases by part, the days they are known for, and the days with first reviews."""

    problem: Message | None = None
    numbers: Counter[str] = field(default_factory=Counter)
    known: defaultdict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    reviewed: defaultdict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    def of(self, keys: Iterable[str] | None) -> Volume:
        """Add up the service cases of some parts, None for all of them.

        Reviews on a day without a number make the sum unknown. Among all parts, a number that
        names none of them covers everything that was reviewed on its day.
        """
        if self.problem is not None:
            return Volume(problem=self.problem)
        parts = set(keys) if keys is not None else {*self.numbers, *self.reviewed}
        if not parts & set(self.numbers):
            return Volume()
        general = self.known.get("", set()) if keys is None else set()
        missing: set[date] = set()
        for key in parts & set(self.reviewed):
            missing |= self.reviewed[key] - self.known.get(key, set()) - general
        if missing:
            return Volume(problem=volume_is_incomplete(len(missing)))
        return Volume(sum(self.numbers[key] for key in parts))


def rate_of(rate: RateDefinition, identity: Identity, counted: Counted) -> Rate:
    """Compute one rate with its interval."""
    parts = counted.parts(rate)
    if isinstance(parts, Message):
        return Rate(rate, identity, reason=parts)
    numerator, denominator = parts
    value = numerator / denominator
    if rate.unit is Measure.POINTS:
        n = int(denominator)
        scatter = max(float(counted.squares - numerator * value), 0.0)
        se = math.sqrt(scatter / (n - 1) / n) if n > 1 else 0.0
        interval = t_interval(float(value), se, n - 1, CONFIDENCE)
    else:
        se = math.sqrt(float(value * (1 - value) / denominator))
        interval = wilson_interval(float(value), float(denominator), math.inf, CONFIDENCE)
    low, high = interval or (None, None)
    return Rate(rate, identity, numerator, denominator, float(value), low, high, se=se)


def subjects_below(
    subjects: Iterable[Subject], units: Mapping[str, Unit]
) -> dict[str, frozenset[str]]:
    """Return for each unit that has any the keys of the subjects of it and everything below."""
    below: defaultdict[str, set[str]] = defaultdict(set)
    for subject in subjects:
        code = subject.unit_code
        while code is not None and code in units:
            below[code].add(subject.key)
            code = units[code].parent_code
    return {code: frozenset(keys) for code, keys in below.items()}


def _parted(rows: Iterable[Row], pick: Callable[[Counts], str]) -> defaultdict[str, list[Row]]:
    parts: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[pick(row)].append(row)
    return parts


_PICKS: Mapping[Dimension, Callable[[Counts], str]] = {
    Dimension.SUBJECT: lambda row: row.where.subject,
    Dimension.ITEM: lambda row: row.where.item,
    Dimension.WINDOW: lambda row: row.where.window,
    Dimension.STAFF: lambda row: row.where.staff,
    Dimension.CHANNEL: lambda row: row.where.channel,
    Dimension.SOURCE: lambda row: "imported" if row.where.is_imported else "",
    Dimension.NAMING: lambda row: "named" if row.is_named else "",
}
_VOLUME_PICKS: Mapping[Dimension, Callable[[VolumeCount | ReviewedDay], str]] = {
    Dimension.SUBJECT: lambda row: row.subject,
    Dimension.ITEM: lambda row: row.item,
    Dimension.WINDOW: lambda row: row.window,
}
