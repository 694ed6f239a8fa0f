"""The rules against made-up reviews, applied to the arrivals of one survey: no database here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from surveyapp.domain.review import ReviewRules, StuffingRules
from surveyapp.domain.stuffing import (
    LEAST_REFERENCE,
    PERIOD_DAYS,
    REFERENCE_DAYS,
    Arrival,
    Sign,
    copied,
    flags,
    is_fast,
    same_device,
)
from surveyapp.services.reviews.figures import ReviewSurvey
from surveyapp.stats.bursts import scan_bursts
from surveyapp.stats.quality import identical_vectors
from surveyapp.stats.surges import largest_unremarkable, surge_p_value

DAY_SECONDS = 24 * 3600
LEAST_BURST = 5
"""Fewer reviews in a window are no burst, however quiet the place is."""

LEAST_ALIKE = 2
"""Reasons ticked before the same ones mean anything."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is conspicuous.

    Attributes
    ----------
    place : str or None
        Its name, where the sign belongs to one place.
    day : date or None
        Local day, where it belongs to one.
    begins : str
        Of a burst the local time, ``HH:MM``.
    n, bad : int
        Reviews it concerns, and bad ones among them: those are not flagged.
    usual : float or None
        What was to be expected.
    p_value : float or None
        Chance of such a thing anywhere at that place and day; None where none is known.
    level : float or None
        The p-value up to which it is an alarm.
    ids : frozenset of UUID
    """

    sign: Sign
    n: int
    bad: int
    ids: frozenset[UUID]
    place: str | None = None
    day: date | None = None
    begins: str = ""
    usual: float | None = None
    p_value: float | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """How far somebody gets who spreads made-up reviews evenly and raises no alarm.

    Attributes
    ----------
    usual : float
        Reviews of a day at the place, on average.
    most : int
        Reviews of a day that raise no alarm.
    """

    place: str
    usual: float
    most: int

    @property
    def share(self) -> float:
        """Largest share of made-up reviews, 0 to 1: by so much of the rest the rate can move."""
        return max(0.0, 1 - self.usual / self.most) if self.most else 0.0


@dataclass(frozen=True, slots=True)
class StuffingReport:
    """What the rules say about the last days of a survey.

    Attributes
    ----------
    since, until : date
        First and last day looked at; the running day is not over and not among them.
    checked : int
        Reviews looked at.
    level : float
        The p-value up to which a burst or a surge at one place on one day is an alarm.
    signs : mapping of UUID to frozenset of Sign
        All signs on each review that has any.
    to_flag : frozenset of UUID
        Reviews the rules flag, whether they are flagged already or were cleared since.
    not_compared : int
        Days at places for which nothing is known yet about what is usual.
    """

    survey: ReviewSurvey
    since: date
    until: date
    checked: int
    level: float
    findings: tuple[Finding, ...]
    signs: Mapping[UUID, frozenset[Sign]]
    to_flag: frozenset[UUID]
    unnoticed: tuple[Unnoticed, ...]
    not_compared: int

    @property
    def rules(self) -> StuffingRules:
        """The rules, as fixed in the definition."""
        return self.survey.rules.stuffing


def look_at(
    survey: ReviewSurvey, arrivals: Sequence[Arrival], labels: Mapping[UUID, str], today: date
) -> StuffingReport:
    """Apply all rules.

    Parameters
    ----------
    arrivals : sequence of Arrival
        Those of `PERIOD_DAYS` + `REFERENCE_DAYS` days before today.
    labels : mapping of UUID to str
        Names of the places.
    today : date
        The local day, which is not over.
    """
    return _Look(survey, arrivals, labels, today - timedelta(days=PERIOD_DAYS), today).report()


class _Look:
    """One look at the arrivals of a survey."""

    def __init__(
        self,
        survey: ReviewSurvey,
        arrivals: Sequence[Arrival],
        labels: Mapping[UUID, str],
        since: date,
        today: date,
    ) -> None:
        self._survey = survey
        self._rules: ReviewRules = survey.rules
        self._labels = labels
        self._since = since
        self._today = today
        self._recent = [one for one in arrivals if one.day >= since]
        self._places: defaultdict[UUID, defaultdict[date, list[Arrival]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for one in arrivals:
            if one.place is not None:
                self._places[one.place][one.day].append(one)
        looked_at = sum(max(days) >= since for days in self._places.values())
        # Shared out over all places and days, so that all together keep the level of the rules.
        self._level = self._rules.stuffing.burst_level / (PERIOD_DAYS * max(1, looked_at))
        self._not_compared = 0

    def report(self) -> StuffingReport:
        """Apply every rule."""
        findings = [
            *self._by_place(),
            *self._copied(),
            *self._alike(),
            *self._fast(),
            *self._devices(),
        ]
        signs: defaultdict[UUID, set[Sign]] = defaultdict(set)
        for finding in findings:
            for response_id in finding.ids:
                signs[response_id].add(finding.sign)
        return StuffingReport(
            survey=self._survey,
            since=self._since,
            until=self._today - timedelta(days=1),
            checked=len(self._recent),
            level=self._level,
            findings=tuple(findings),
            signs={one: frozenset(found) for one, found in signs.items()},
            to_flag=frozenset(
                one.id
                for one in self._recent
                if flags(signs.get(one.id, ()), is_bad=self._rules.is_bad(one.level))
            ),
            unnoticed=tuple(self._unnoticed()),
            not_compared=self._not_compared,
        )

    def _found(
        self, sign: Sign, group: Sequence[Arrival], place: UUID | None = None, **about: object
    ) -> Finding:
        return Finding(
            sign=sign,
            n=len(group),
            bad=sum(self._rules.is_bad(one.level) for one in group),
            ids=frozenset(one.id for one in group),
            place=None if place is None else self._labels[place],
            **about,  # type: ignore[arg-type]  # named fields of Finding
        )

    # --- when they came ---

    def _by_place(self) -> Iterator[Finding]:
        for place, days in sorted(self._places.items(), key=lambda one: self._labels[one[0]]):
            for day in sorted(day for day in days if day >= self._since):
                yield from self._of_day(place, day)

    def _of_day(self, place: UUID, day: date) -> Iterator[Finding]:
        own = self._places[place][day]
        before = self._earlier(place, day)
        if len(before) >= LEAST_REFERENCE:
            usual = [one.seconds_of_day for group in before for one in group]
            yield from self._surge(place, day, [len(group) for group in before])
        else:
            usual = [
                one.seconds_of_day
                for other, days in self._places.items()
                if other != place
                for one in days.get(day, ())
            ]
        if not usual:
            self._not_compared += 1
        elif len(own) >= LEAST_BURST:
            yield from self._burst(place, day, usual)

    def _earlier(self, place: UUID, day: date) -> list[list[Arrival]]:
        first = day - timedelta(days=REFERENCE_DAYS)
        days = self._places[place]
        return [days[one] for one in sorted(days) if first <= one < day]

    def _surge(self, place: UUID, day: date, earlier: Sequence[int]) -> Iterator[Finding]:
        own = self._places[place][day]
        p_value = surge_p_value(len(own), earlier)
        if p_value <= self._level:
            usual = sum(earlier) / len(earlier)
            yield self._found(
                Sign.SURGE, own, place, day=day, usual=usual, p_value=p_value, level=self._level
            )

    def _burst(self, place: UUID, day: date, usual: Sequence[float]) -> Iterator[Finding]:
        """Compare the times of a day with the usual rhythm: other days here, or other places."""
        own = self._places[place][day]
        times = [one.seconds_of_day for one in own] + list(usual)
        # The scan corrects for every arrival; only those of this day are asked about.
        corrected = len(own) / len(times)
        scan = scan_bursts(
            times,
            np.arange(len(times)) < len(own),
            window=min(self._rules.stuffing.burst_minutes * 60, DAY_SECONDS - 1),
            start=0,
            end=DAY_SECONDS,
            rate="shared",
            significance=min(self._level / corrected, 0.999999),
        )
        burst = next(one for one in scan.bursts if one.place)
        group = [one for one, found in zip(own, scan.flagged, strict=False) if found]
        if len(group) >= LEAST_BURST:
            yield self._found(
                Sign.BURST,
                group,
                place,
                day=day,
                begins=f"{int(burst.start) // 3600:02}:{int(burst.start) % 3600 // 60:02}",
                usual=burst.expected,
                p_value=burst.p_value * corrected,
                level=self._level,
            )

    def _unnoticed(self) -> Iterator[Unnoticed]:
        for place in sorted(self._places, key=lambda one: self._labels[one]):
            counts = [len(group) for group in self._earlier(place, self._today)]
            if len(counts) >= LEAST_REFERENCE:
                most = largest_unremarkable(counts, self._level)
                yield Unnoticed(self._labels[place], sum(counts) / len(counts), most)

    # --- what they say, how quick, from where ---

    def _copied(self) -> Iterator[Finding]:
        for group in copied(self._recent, self._rules.stuffing):
            yield self._found(Sign.COPIED, group)

    def _alike(self) -> Iterator[Finding]:
        """Find reasons ticked alike more often than chance lets expect; that alone flags none."""
        rows = [one for one in self._recent if len(one.tags) >= LEAST_ALIKE]
        names = sorted({tag for one in rows for tag in one.tags})
        levels = sorted({one.level for one in rows})
        if not rows:
            return
        matrix = [[levels.index(one.level), *(name in one.tags for name in names)] for one in rows]
        level = self._rules.stuffing.burst_level
        found = identical_vectors(
            np.asarray(matrix, np.float64), minimum_items=2, significance=level
        )
        for group in found.groups:
            if group.p_value <= level:
                yield self._found(
                    Sign.ALIKE,
                    [rows[row] for row in group.rows],
                    usual=group.expected + 1,
                    p_value=group.p_value,
                    level=level,
                )

    def _fast(self) -> Iterator[Finding]:
        days: defaultdict[date, list[Arrival]] = defaultdict(list)
        for one in self._recent:
            if is_fast(one, self._rules.stuffing):
                days[one.day].append(one)
        for day, group in sorted(days.items()):
            yield self._found(Sign.FAST, group, day=day)

    def _devices(self) -> Iterator[Finding]:
        found = same_device(self._recent, self._rules.stuffing)
        for (day, _device), group in sorted(found.items(), key=lambda one: one[0]):
            places = Counter(one.place for one in group)
            (place, n) = places.most_common(1)[0]
            yield self._found(Sign.DEVICE, group, place if n == len(group) else None, day=day)
