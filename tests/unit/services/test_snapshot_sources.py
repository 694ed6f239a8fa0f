"""Snapshots of reviews, ballots and evaluations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import Conflict
from surveyapp.domain.periods import Period
from surveyapp.domain.rates import RateKey
from surveyapp.domain.review_counts import Selection
from surveyapp.services.assembly import Services
from surveyapp.services.reviews.figures import Wanted
from tests.builders import CLERK, services_on
from tests.support.ballots import cast, issue, put_in_use, whole_cards
from tests.support.indicators import (
    COUNTY,
    add_units,
    an_indicator,
    freeze,
    import_indicators,
    value_of,
)
from tests.support.reviews import a_hall, give_volumes, record, some

NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def reviewed(services: Services) -> str:
    """November: taxes 6 very satisfied and 2 dissatisfied, police 4 satisfied; October: 5 bad."""
    key = a_hall(services)
    result = record(
        services,
        key,
        *some("a", 6, "2026-11-02,tax,pc,,,,,,,1,非常满意"),
        *some("b", 2, "2026-11-03,tax,pc,,,,,,,1,不满意"),
        *some("c", 4, "2026-11-03,police,pc,,,,,,,1,满意"),
        *some("d", 5, "2026-10-31,police,pc,,,,,,,1,非常不满意"),
    )
    assert not result.errors
    give_volumes(services, key, "2026-11-02,tax,50", "2026-11-03,tax,10", "2026-11-03,police,20")
    return key


def test_rates_count_the_reviews_of_the_period(services: Services) -> None:
    key = reviewed(services)
    made = freeze(services, key, NOVEMBER)
    good = value_of(made, "rate.good")
    assert good.value == pytest.approx(100 * 10 / 12)
    assert (good.n, good.unit) == (12, "percent")
    assert value_of(made, "rate.good", "5101").value == 75.0
    assert value_of(made, "rate.good", "5102").suppressed
    assert value_of(made, "rate.good", "51").n == 12
    mean = value_of(made, "rate.mean", "5101")
    assert (mean.value, mean.unit) == (85.0, "points")
    assert mean.se == pytest.approx(((6 * 15**2 + 2 * 45**2) / 7 / 8) ** 0.5)
    assert value_of(made, "rate.active").value == pytest.approx(100 * 12 / 80)
    assert made.find("rate.active", "5101") is not None
    assert made.find("rate.replied@named") is None


def test_rates_are_those_of_the_review_pages(services: Services) -> None:
    key = reviewed(services)
    made = freeze(services, key, NOVEMBER)
    selection = Selection(since=NOVEMBER.first_day, until=NOVEMBER.last_day)
    _, counts = services.review_figures.counts(key, Wanted(selection))
    rate = counts.whole().rate(RateKey.GOOD)
    good = value_of(made, "rate.good")
    assert rate.low is not None
    assert rate.high is not None
    assert good.low == pytest.approx(100 * rate.low)
    assert good.high == pytest.approx(100 * rate.high)


def test_an_indicator_over_reviews_takes_rates_and_indices(services: Services) -> None:
    key = reviewed(services)
    parts = [
        {"survey": key, "figure": "rate.mean", "weight": 1},
        {"survey": key, "figure": "index.overall", "weight": 1},
    ]
    import_indicators(services, an_indicator(parts=parts))
    made = freeze(services, "public", NOVEMBER)
    assert value_of(made, "part.1", "5101").value == 85.0
    assert value_of(made, "part.2", "5101").value == 85.0
    assert value_of(made, "value", "5102").value == 80.0
    assert all(one.ok for one in services.checking.verify("public"))
    whole = [{"survey": key, "figure": "rate.mean", "during": "survey", "units": {"police": "51"}}]
    import_indicators(services, an_indicator(parts=whole))
    made = freeze(services, "public", NOVEMBER)
    assert value_of(made, "value").n == 17
    assert made.find("value", "5102") is None


def test_rates_count_everything_or_are_refused(services: Services) -> None:
    key = reviewed(services)
    part = {"survey": key, "figure": "rate.good", "where": {"mode": "imported"}}
    import_indicators(services, an_indicator(parts=[part]))
    with pytest.raises(Conflict, match="leave out"):
        freeze(services, "public", NOVEMBER)


@pytest.fixture
def voted(services: Services) -> Services:
    """Class A: c1 100 twice and 40 four times; class B: c1 100 six times.

    The deputies get 100, 80, 60 and 40 from everybody.
    """
    put_in_use(services)
    codes = issue(services, A=6, B=6)
    rest = ("excellent", "competent", "basically_competent", "incompetent")
    for number, code in enumerate(codes["A"]):
        cast(services, code, whole_cards("excellent" if number < 2 else "incompetent", *rest))
    for code in codes["B"]:
        cast(services, code, whole_cards("excellent", *rest))
    services.ballot_closing.close("cadres", CLERK)
    return services


def test_a_ballot_gives_the_scores_of_its_tabulation(voted: Services) -> None:
    made = freeze(voted, "cadres")
    result = voted.ballot_results.result("cadres")
    lines = [line for sheet in result.sheets for group in sheet.groups for line in group.subjects]
    for line in lines:
        score = value_of(made, f"ballot.{line.subject.key}")
        assert line.score is not None
        assert score.value == float(line.score)
        assert score.se == line.se
        assert (score.n, score.method) == (12, "classes")
    assert value_of(made, "ballot.c1").value == 0.4 * 60 + 0.6 * 100
    assert made.find("ballot") is None


def test_no_whole_ballot_is_in_a_snapshot(voted: Services) -> None:
    made = freeze(voted, "cadres")
    content = voted.snapshots.input_of(made.id)
    assert b"excellent" not in content
    assert b'"scores":[["40",4],["100",2]]' in content


def test_subjects_of_a_ballot_belong_to_units(voted: Services) -> None:
    add_units(voted, *COUNTY)
    part = {
        "survey": "cadres",
        "figure": "ballot",
        "units": {"c1": "5101", "d1": "5102", "d2": "5102"},
    }
    import_indicators(voted, an_indicator(parts=[part]))
    made = freeze(voted, "public")
    assert value_of(made, "value", "5101").value == 84.0
    both = value_of(made, "value", "5102")
    assert (both.value, both.n, both.method) == (90.0, 12, "combined")
    import_indicators(voted, an_indicator(parts=[part | {"figure": "ballot.chief"}]))
    chief = freeze(voted, "public")
    assert value_of(chief, "value").value == 84.0
    assert chief.find("value", "5102") is None
    assert all(one.ok for one in voted.checking.verify("public"))


def test_an_urn_that_is_not_open_is_not_frozen(services: Services) -> None:
    put_in_use(services)
    with pytest.raises(Conflict, match="not open"):
        freeze(services, "cadres")


def test_a_vote_that_does_not_stand_has_no_score(services: Services) -> None:
    put_in_use(services, quorum=0.5)
    code = issue(services, A=1)["A"][0]
    cast(services, code, whole_cards(*["excellent"] * 5))
    services.ballot_closing.close("cadres", CLERK)
    with pytest.raises(Conflict, match="nothing to freeze"):
        freeze(services, "cadres")
