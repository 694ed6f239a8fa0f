"""Releases of service reviews: rates, months, handled cases, comments; and nobody given away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from surveyapp.domain.errors import Conflict, NotAllowed
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.releases.releasing import Readiness, Release
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, Clock, services_on
from tests.support.reviews import a_hall, give_volumes, record

REVIEWER = Actor("reviewer", uuid4())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


def give(
    services: Services,
    key: str,
    prefix: str,
    n: int,
    level: str = "满意",
    *,
    day: str = "2026-11-05",
    subject: str = "tax",
    review: int = 1,
    default: str = "",
) -> None:
    """Import `n` reviews of one kind."""
    rows = [
        f"{prefix}{i},{day},{subject},pc,C{prefix}{i},{review},{default},,,,1,{level}"
        for i in range(n)
    ]
    assert record(services, key, *rows).errors == ()


def rate(release: Release, key: str, identity: str = "all") -> dict[str, Any]:
    (found,) = (
        one
        for one in release.figures["reviews"]["rates"]
        if (one["key"], one["identity"]) == (key, identity)
    )
    return dict(found)


def month(release: Release, key: str) -> dict[str, Any]:
    (found,) = (one for one in release.figures["reviews"]["months"] if one["key"] == key)
    return dict(found)


def subject(release: Release, key: str) -> dict[str, Any]:
    (found,) = (one for one in release.figures["subjects"] if one["key"] == key)
    return dict(found)


def test_rates_months_and_levels_are_frozen(services: Services) -> None:
    key = a_hall(services)
    for number in (8, 9, 10):
        give(services, key, f"g{number}-", 20, day=f"2026-{number:02}-05")
        give(services, key, f"b{number}-", 5, "不满意", day=f"2026-{number:02}-06")
    give(services, key, "d", 3, "满意", day="2026-10-05", default="1")
    give_volumes(services, key, *(f"2026-{m:02}-{d:02},tax,50" for m in (8, 9, 10) for d in (5, 6)))
    release = services.releasing.release(key, REVIEWER)
    reviews = release.figures["reviews"]
    assert (release.n, reviews["defaults"]) == (75, 3)
    assert (release.figures["first_day"], release.figures["last_day"]) == (
        "2026-08-05",
        "2026-10-06",
    )
    best = rate(release, "active_good")
    assert (best["numerator"], best["denominator"], best["value"]) == (60, 75, 0.8)
    assert best["low"] < 0.8 < best["high"]
    assert rate(release, "active")["value"] == 0.25
    assert [(one["key"], one["n"], one["value"]) for one in reviews["months"]] == [
        ("2026-08", 25, 0.8),
        ("2026-09", 25, 0.8),
        ("2026-10", 25, 0.8),
    ]
    assert month(release, "2026-08")["limit_low"] < 0.8 < month(release, "2026-08")["limit_high"]
    assert sum(level["n"] for level in reviews["levels"]) == 75
    assert (subject(release, "tax")["n"], subject(release, "police")["n"]) == (75, 0)
    assert reviews["set_aside"]["value"] == 0.8
    assert release.figures["indices"] == []
    give(services, key, "late", 4)
    assert services.releasing.latest(key) == release


def test_few_new_reviews_are_no_release(services: Services) -> None:
    key = a_hall(services)
    give(services, key, "a", 4)
    services.counting.fold(key)
    assert services.releasing.readiness(key) == Readiness(4, 5, ready=False)
    with pytest.raises(Conflict, match="at least 5"):
        services.releasing.release(key, REVIEWER)
    give(services, key, "b", 4)
    services.releasing.release(key, REVIEWER)
    give(services, key, "c", 1, "不满意")
    with pytest.raises(Conflict, match="1 responses have come in"):
        services.releasing.preview(key, REVIEWER)
    # Defaults of a platform are nobody's answer: they make no release either.
    give(services, key, "d", 30, default="1")
    with pytest.raises(Conflict):
        services.releasing.release(key, REVIEWER)


def test_the_author_cannot_release(services: Services) -> None:
    key = a_hall(services)
    give(services, key, "a", 9)
    author = Actor("author", uuid4())
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        SurveyRepository(work).shown(survey).created_by = author.staff_id
    with pytest.raises(NotAllowed):
        services.releasing.release(key, author)


def test_what_is_rated_by_few_is_held_back_with_its_complement(services: Services) -> None:
    key = a_hall(services)
    give(services, key, "a", 20)
    give(services, key, "p", 2, "不满意", subject="police")
    release = services.releasing.release(key, REVIEWER)
    # Two of the police: the 20 of the tax office would give them away by subtraction.
    assert subject(release, "police")["suppressed"]
    assert subject(release, "tax")["suppressed"]
    assert subject(release, "tax")["numerator"] is None
    assert subject(release, "tax")["n"] is None
    assert subject(release, "tax")["bad"] is None


def test_a_month_with_one_new_review_keeps_its_released_figure(services: Services) -> None:
    key = a_hall(services)
    give(services, key, "a", 20, day="2026-09-05")
    give(services, key, "b", 20, day="2026-10-05")
    services.releasing.release(key, REVIEWER)
    give(services, key, "c", 1, "不满意", day="2026-09-30")
    give(services, key, "d", 9, day="2026-10-06")
    release = services.releasing.release(key, REVIEWER)
    held = month(release, "2026-09")
    assert (held["n"], held["value"], held["release"], held["current"]) == (20, 1.0, 1, False)
    # October alone would tell September by subtraction from the whole, so it waits too.
    assert month(release, "2026-10")["n"] == 20
    assert rate(release, "active_good")["denominator"] == 50


def test_second_reviews_are_shown_when_they_are_enough(services: Services) -> None:
    key = a_hall(services)
    give(services, key, "a", 20, "不满意")
    rows = [f"z{i},2026-11-05,tax,pc,Ca{i},2,,,,,1,满意" for i in range(6)]
    assert record(services, key, *rows[:1]).errors == ()
    release = services.releasing.release(key, REVIEWER)
    assert rate(release, "follow_up_good")["suppressed"]
    assert rate(release, "follow_up_good")["value"] is None
    assert record(services, key, *rows[1:]).errors == ()
    give(services, key, "b", 5)
    release = services.releasing.release(key, REVIEWER)
    assert rate(release, "follow_up_good")["denominator"] == 6
    assert record(services, key, "z9,2026-11-05,tax,pc,Ca9,2,,,,,1,不满意").errors == ()
    give(services, key, "c", 5)
    release = services.releasing.release(key, REVIEWER)
    kept = rate(release, "follow_up_good")
    assert (kept["denominator"], kept["current"], kept["release"]) == (6, False, 2)


def set_aside(services: Services, key: str, n: int, standing: Standing, level: str) -> None:
    with services.database.reading() as work:
        found = [
            one.id
            for one in work.session.query(ResponseRecord).order_by(ResponseRecord.id)
            if one.standing == "counted" and one.answers["overall"] == level
        ][:n]
    for one in found:
        services.counting.set_standing(one, standing, "x", CLERK)


def test_figures_with_flagged_ones_are_shown_only_where_these_are_enough(
    services: Services,
) -> None:
    key = a_hall(services)
    give(services, key, "a", 30)
    give(services, key, "b", 10, "不满意")
    set_aside(services, key, 2, Standing.FLAGGED, "satisfied")
    release = services.releasing.release(key, REVIEWER)
    aside = release.figures["reviews"]["set_aside"]
    assert (aside["flagged"], aside["excluded"], aside["suppressed"]) == (2, 0, True)
    assert aside["value"] is None
    set_aside(services, key, 4, Standing.EXCLUDED, "satisfied")
    give(services, key, "c", 9)
    release = services.releasing.release(key, REVIEWER)
    aside = release.figures["reviews"]["set_aside"]
    assert (aside["flagged"], aside["excluded"], aside["suppressed"]) == (2, 4, False)
    assert (aside["numerator"], aside["denominator"]) == (39, 49)
    assert rate(release, "active_good")["denominator"] == 43


def numbers_of(release: Release) -> dict[str, tuple[int, int]]:
    """Everything a reader can take from a page: (good, all) by name, if it is of the present."""
    reviews = release.figures["reviews"]
    best = rate(release, "active_good")
    found = {"whole": (best["numerator"], best["denominator"])}
    for row in (*reviews["months"], *release.figures["subjects"]):
        if not row["suppressed"] and row["numerator"] is not None:
            found[row["key"]] = (row["numerator"], row["denominator"])
    aside = reviews["set_aside"]
    if not aside["suppressed"]:
        found["with aside"] = (aside["numerator"], aside["denominator"])
    return {name: (int(good), int(n)) for name, (good, n) in found.items()}


@pytest.mark.parametrize("seed", range(4))
def test_whoever_subtracts_pages_singles_nobody_out(
    services: Services, seed: int, clock: Clock
) -> None:
    """Play the attacker: release after every change, subtract everything from everything."""
    chance = Random(seed)
    key = a_hall(services)
    pages: list[dict[str, tuple[int, int]]] = []
    serial = 0
    for _ in range(10):
        for _ in range(chance.randint(1, 3)):
            serial += 1
            give(
                services,
                key,
                f"s{serial}-",
                chance.choice((1, 1, 2, 5, 9)),
                chance.choice(("满意", "不满意")),
                day=chance.choice(("2026-09-05", "2026-10-05")),
                subject=chance.choice(("tax", "police")),
            )
        if chance.random() < 0.4:
            set_aside(services, key, 1, Standing.FLAGGED, "satisfied")
        clock.advance(hours=1)
        try:
            release = services.releasing.release(key, REVIEWER)
        except Conflict:
            continue
        pages.append(numbers_of(release))
    assert len(pages) > 2
    for page in pages:
        parts = [page[name] for name in ("2026-09", "2026-10") if name in page]
        rest = page["whole"][1] - sum(n for _, n in parts)
        assert rest == 0 or rest >= 5 or len(parts) != 1
        subjects = [page[name] for name in ("tax", "police") if name in page]
        rest = page["whole"][1] - sum(n for _, n in subjects)
        assert rest == 0 or rest >= 5 or len(subjects) != 1
    for before, after in pairwise(pages):
        for name in before.keys() & after.keys():
            difference = abs(after[name][1] - before[name][1])
            assert difference >= 5 or after[name] == before[name], (name, before, after)
