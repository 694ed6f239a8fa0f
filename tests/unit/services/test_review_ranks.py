"""Ranks of units, trends with control limits, and alerts on either side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from surveyapp.domain.rates import RateKey
from surveyapp.services.assembly import Services
from surveyapp.services.reviews.figures import Overview
from surveyapp.services.reviews.trend import Step
from tests.builders import a_place, an_open_survey, services_on, submit
from tests.support.reviews import a_hall, record, some


@pytest.fixture
def sqlite_services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_ranks_are_cautious_and_come_in_bands(sqlite_services: Services) -> None:
    services = sqlite_services
    key = a_hall(services)
    rows = [
        *some("a", 40, "2026-11-02,tax,pc,,,,,,,1,满意"),
        *some("b", 300, "2026-11-02,police,pc,,,,,,,1,满意"),
        *some("c", 2, "2026-11-02,police,pc,,,,,,,1,不满意"),
    ]
    record(services, key, *rows)
    county, departments = services.review_figures.overview(key).peers
    assert (county.title, county.has_ranks) == ("县", False)
    # 300 of 302 has a higher lower end (97.6 %) than 40 of 40 (91.2 %), but chance explains it.
    assert [(one.group.key, one.rank, one.bands) for one in departments.ranked] == [
        ("5102", 1, (1,)),
        ("5101", 2, (1,)),
    ]
    record(services, key, *some("d", 60, "2026-11-02,tax,pc,,,,,,,1,非常不满意"))
    ranked = services.review_figures.overview(key).peers[1].ranked
    assert [(one.group.key, one.bands) for one in ranked] == [("5102", (1,)), ("5101", (2,))]


def test_few_reviews_are_not_ranked_and_surveys_without_units_rank_subjects(
    sqlite_services: Services,
) -> None:
    services = sqlite_services
    key = an_open_survey(services)
    assert services.review_figures.overview(key).peers == ()
    place = a_place(services, key)
    submit(services, place, overall="satisfied")
    (peers,) = services.review_figures.overview(key).peers
    assert [(one.rank, str(one.note)) for one in peers.ranked] == [
        (None, "Too few reviews: not ranked")
    ]


def overview_of_months(services: Services, goods: list[tuple[int, int]]) -> Overview:
    key = a_hall(services)
    rows = []
    for month, (good, bad) in enumerate(goods, start=1):
        rows += some(f"g{month}-", good, f"2026-{month:02}-05,tax,pc,,,,,,,1,满意")
        rows += some(f"b{month}-", bad, f"2026-{month:02}-06,tax,pc,,,,,,,1,不满意")
    record(services, key, *rows)
    return services.review_figures.overview(key)


def test_a_month_outside_its_limits_raises_an_alert(sqlite_services: Services) -> None:
    usual = [(90, 10)] * 8
    overview = overview_of_months(sqlite_services, [*usual, (60, 40), (100, 0)])
    assert overview.trend.step is Step.MONTH
    assert overview.trend.has_limits
    assert [point.signal for point in overview.trend.points[:8]] == [None] * 8
    low, high = overview.alerts
    assert (low.is_good, high.is_good) == (False, True)
    assert "2026-09: 60.0 % good, below" in str(low.text)
    assert "2026-10: 100.0 % good, above" in str(high.text)


def test_a_rate_too_good_to_be_believed_raises_an_alert(sqlite_services: Services) -> None:
    overview = overview_of_months(sqlite_services, [(900, 0)])
    assert overview.trend.step is Step.DAY
    assert (overview.trend.has_limits, overview.trend.centre) == (False, None)
    assert len(overview.alerts) == 3
    assert "900 of 900 reviews are good" in str(overview.alerts[0].text)
    monthly = sqlite_services.review_figures.overview("hall-review", step=Step.MONTH)
    assert [point.begins for point in monthly.trend.points] == [date(2026, 1, 1)]


def test_one_review_has_a_mean_without_an_interval(sqlite_services: Services) -> None:
    key = an_open_survey(sqlite_services)
    submit(sqlite_services, a_place(sqlite_services, key), overall="satisfied")
    mean = sqlite_services.review_figures.overview(key).whole.rate(RateKey.MEAN)
    assert (mean.value, mean.low, mean.high) == (80.0, None, None)
