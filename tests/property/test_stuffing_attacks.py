"""Honest halls raise alarms as seldom as stated; who fills in is seen, or moves little.

The hall is simulated: people come in a rhythm with two peaks, some days are busier than others, and
nobody is the machine. The attacker has other people's addresses (a new device for each review),
takes his time over each form, copies nothing, and rates as the public does, only better.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from surveyapp.domain.stuffing import Arrival, Sign
from surveyapp.services.reviews.figures import ReviewSurvey, rating_of
from surveyapp.services.reviews.stuffing_look import StuffingReport, look_at
from tests.builders import a_definition, review_document

TODAY = date(2026, 11, 23)
DAYS = 58
ATTACKED = 7
LEVELS = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied")
HONEST, MADE_UP = (0.50, 0.25, 0.12, 0.13), (0.75, 0.20, 0.05, 0.0)
GOOD = frozenset(LEVELS[:3])
PLACES = {UUID(int=number): f"{number}号窗口" for number in (1, 2, 3)}
ALARMS = {Sign.BURST, Sign.SURGE}


def a_survey() -> ReviewSurvey:
    definition = a_definition(review_document())
    assert definition.review is not None
    return ReviewSurvey(UUID(int=9), "hall", definition, definition.review, rating_of(definition))


SURVEY = a_survey()


def rhythm(random: Generator, n: int) -> list[float]:
    """Seconds of the day, from nine to five."""
    found: list[float] = []
    while len(found) < n:
        morning = random.random() < 0.65
        moment = random.normal(10.3 if morning else 15.2, 0.9) * 3600
        if 9 * 3600 <= moment < 17 * 3600:
            found.append(float(moment))
    return found


def given(
    random: Generator, place: UUID, day: date, moments: list[float], shares: tuple[float, ...]
) -> Iterator[Arrival]:
    for moment in moments:
        yield Arrival(
            id=UUID(bytes=random.bytes(16)),
            place=place,
            day=day,
            seconds_of_day=moment,
            level=str(random.choice(LEVELS, p=shares)),
            tags=(),
            comment="",
            device=random.bytes(8).hex(),
            seconds=int(random.integers(6, 90)),
            standing="counted",
        )


def a_hall(random: Generator, usual: float) -> list[Arrival]:
    """Three windows; a day is busier or quieter than the next by some 15 %."""
    found: list[Arrival] = []
    for back in range(DAYS, 0, -1):
        day = TODAY - timedelta(days=back)
        if day.weekday() < 5:
            busy = random.gamma(44, 1 / 44)
            for place in PLACES:
                n = int(random.poisson(usual * busy))
                found += given(random, place, day, rhythm(random, n), HONEST)
    return found


def alarmed(report: StuffingReport) -> bool:
    return any(one.sign in ALARMS for one in report.findings)


def rate(arrivals: list[Arrival]) -> float:
    return sum(one.level in GOOD for one in arrivals) / len(arrivals)


@pytest.mark.parametrize("usual", [8, 60])
def test_an_honest_hall_raises_alarms_as_seldom_as_stated(usual: float) -> None:
    random = default_rng(20261123 + int(usual))
    runs = 40
    reports = [look_at(SURVEY, a_hall(random, usual), PLACES, TODAY) for _ in range(runs)]
    assert all(one.to_flag == frozenset() or alarmed(one) for one in reports)
    for sign in ALARMS:
        seen = sum(any(one.sign is sign for one in report.findings) for report in reports)
        # Stated: 5 % of the periods, each rule: more than 6 of 40 have a chance of 0.4 %.
        assert seen <= 6, sign


def attack(random: Generator, a_day: int, *, at_once: bool) -> list[Arrival]:
    """Made-up reviews at the first window on the last seven working days."""
    days = [TODAY - timedelta(days=back) for back in range(1, 12)]
    found: list[Arrival] = []
    for day in [one for one in days if one.weekday() < 5][:ATTACKED]:
        start = random.uniform(9.5, 16) * 3600
        moments = (
            [start + float(step) for step in random.uniform(0, 1100, a_day)]
            if at_once
            else rhythm(random, a_day)
        )
        found += given(random, next(iter(PLACES)), day, moments, MADE_UP)
    return found


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "spread over the day"])
@pytest.mark.parametrize("a_day", [4, 10, 20, 40, 80])
def test_who_fills_in_is_seen_or_moves_the_rate_less_than_stated(a_day: int, at_once: bool) -> None:
    random = default_rng(7 * a_day + at_once)
    seen = 0
    for _ in range(6):
        honest = a_hall(random, 60)
        (first, *_) = look_at(SURVEY, honest, PLACES, TODAY - timedelta(days=11)).unnoticed
        made_up = attack(random, a_day, at_once=at_once)
        report = look_at(SURVEY, honest + made_up, PLACES, TODAY)
        attacked = {one.day for one in made_up}
        place = made_up[0].place
        before = [one for one in honest if one.day in attacked and one.place == place]
        moved = rate(before + made_up) - rate(before)
        if alarmed(report):
            seen += 1
        else:
            assert moved < first.share, (moved, first)
        kept = [one for one in before + made_up if one.id not in report.to_flag]
        assert rate(kept) <= rate(before + made_up) + 1e-12, "flags never flatter"
    if a_day >= 80 or (at_once and a_day >= 20):
        assert seen == 6


def test_bad_reviews_cannot_be_flagged_away_by_a_burst_around_them() -> None:
    random = default_rng(5)
    honest = a_hall(random, 60)
    day = TODAY - timedelta(days=3)
    place = next(iter(PLACES))
    noon = list(np.linspace(10 * 3600, 10.3 * 3600, 60))
    cover = list(given(random, place, day, noon, (1.0, 0.0, 0.0, 0.0)))
    bad = list(given(random, place, day, [noon[20], noon[30]], (0.0, 0.0, 0.0, 1.0)))
    report = look_at(SURVEY, [*honest, *cover, *bad], PLACES, TODAY)
    assert {one.id for one in cover} <= report.to_flag
    assert not report.to_flag & {one.id for one in bad}
    assert all(Sign.BURST in report.signs[one.id] for one in bad)
