"""Rates of reviews: worked by hand, told apart by standing, source and naming."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.rates import Identity, RateKey
from surveyapp.domain.review_counts import Selection
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.results.counting import FoldState
from surveyapp.services.reviews.figures import Wanted, rating_of
from surveyapp.services.reviews.groups import Dimension, Group
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import (
    CLERK,
    a_definition,
    a_place,
    an_open_survey,
    every_type_document,
    services_on,
    submit,
)
from tests.support.results import responses_of, satisfaction_document
from tests.support.reviews import a_hall, give_volumes, record, some


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(database_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def sqlite_services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def worked_example(services: Services) -> str:
    """100 service cases; 40 reviews given, 20 by default, so 40 without.

    Given: 30 very satisfied, 4 basically satisfied, 4 dissatisfied (2 of them named), 2 very
    dissatisfied. Default: 20 basically satisfied. One second review, good.
    """
    key = a_hall(services)
    result = record(
        services,
        key,
        *some("a", 30, "2026-11-02,tax,pc,,,,,,,1,非常满意"),
        *some("b", 4, "2026-11-02,tax,pc,,,,,,,1,基本满意"),
        *some("c", 2, "2026-11-02,tax,hotline,,,,实名,,,2,不满意"),
        *some("d", 2, "2026-11-03,police,hotline,,,,匿名,0101,护照,2,不满意"),
        *some("e", 2, "2026-11-03,police,phone,,,,,0101,护照,,very_dissatisfied"),
        *some("f", 20, "2026-11-03,police,系统默认评价,,,,,,,,基本满意"),
        "g,2026-11-03,police,sms,CASE-1,2,,,,,,满意",
    )
    assert (result.accepted, result.errors) == (61, ())
    given = give_volumes(services, key, "2026-11-02,tax,50", "2026-11-03,police,50")
    assert (given.new, given.errors) == (2, ())
    return key


def parts(group: Group, key: RateKey, identity: Identity | None = None) -> tuple[int, int]:
    rate = group.rate(key, identity)
    assert rate.numerator is not None
    assert rate.denominator is not None
    return int(rate.numerator), int(rate.denominator)


def test_the_rates_are_those_worked_by_hand(services: Services) -> None:
    overview = services.review_figures.overview(worked_example(services))
    whole = overview.whole
    assert parts(whole, RateKey.ACTIVE) == (40, 100)
    assert parts(whole, RateKey.DEFAULT) == (20, 100)
    assert parts(whole, RateKey.UNREVIEWED) == (40, 100)
    assert parts(whole, RateKey.GOOD) == (54, 60)
    assert parts(whole, RateKey.ACTIVE_GOOD) == (34, 40)
    assert parts(whole, RateKey.BAD) == (6, 60)
    assert parts(whole, RateKey.FOLLOW_UP_GOOD) == (1, 1)
    # 30·100 + 4·60 + 4·40 + 2·20 + 20·60 = 4640 points of 60 reviews.
    assert parts(whole, RateKey.MEAN) == (4640, 60)
    mean = whole.rate(RateKey.MEAN)
    assert mean.value == pytest.approx(4640 / 60)
    # Sample variance: (30·10000 + 24·3600 + 4·1600 + 2·400)/59 - 60/59·(4640/60)² = 589.38;
    # t(59; 97.5 %) = 2.000995.
    assert mean.low == pytest.approx(4640 / 60 - 6.2715, abs=1e-3)
    good = whole.rate(RateKey.ACTIVE_GOOD)
    # Wilson: 0.85, n = 40, 1.96.
    assert good.low == pytest.approx(0.70928, abs=1e-5)
    assert good.high == pytest.approx(0.92938, abs=1e-5)
    assert list(whole.levels.values()) == [30, 0, 4, 4, 2]
    assert (whole.n, whole.defaults, whole.follow_ups) == (40, 20, 1)


def test_figures_come_in_parts(services: Services) -> None:
    overview = services.review_figures.overview(worked_example(services))
    units = {one.key: one for one in overview.parts[Dimension.UNIT]}
    assert [(one.key, one.depth, one.n) for one in units.values()] == [
        ("51", 0, 40),
        ("5101", 1, 36),
        ("5102", 1, 4),
    ]
    assert parts(units["5102"], RateKey.UNREVIEWED) == (26, 50)
    by = {dimension: overview.parts[dimension] for dimension in Dimension}
    assert [(one.key, one.n) for one in by[Dimension.SUBJECT]] == [("tax", 36), ("police", 4)]
    assert [(one.key, one.n) for one in by[Dimension.WINDOW]] == [("1", 34), ("2", 4), ("", 2)]
    assert [one.label for one in by[Dimension.ITEM] if one.key] == [Text.same("护照")]
    assert {one.key: one.n for one in by[Dimension.CHANNEL]} == {
        "default": 0, "hotline": 4, "pc": 34, "phone": 2, "sms": 0,
    }  # fmt: skip
    assert [(one.key, one.n) for one in by[Dimension.SOURCE]] == [("imported", 40)]
    assert [(one.key, one.n) for one in by[Dimension.NAMING]] == [("named", 2), ("", 38)]
    channel = by[Dimension.CHANNEL][0].rate(RateKey.ACTIVE)
    assert channel.value is None
    assert "channel" in str(channel.reason)


def test_filters_choose_a_part(services: Services) -> None:
    key = worked_example(services)
    figures = services.review_figures

    def n(**wanted: object) -> int:
        unit, subject = wanted.pop("unit", None), wanted.pop("subject", None)
        selection = Selection(**wanted)  # type: ignore[arg-type]  # the test names the fields
        return figures.overview(key, Wanted(selection, unit, subject)).whole.n  # type: ignore[arg-type]

    assert n(unit="5101") == 36
    assert n(unit="5101", subject="police") == 0
    assert n(subject="police") == 4
    assert n(item="0101") == 4
    assert n(window="2") == 4
    assert n(channel="hotline") == 4
    assert n(is_imported=False) == 0
    assert n(is_imported=True) == 40
    assert n(is_named=True) == 2
    assert n(since=date(2026, 11, 3)) == 4
    assert n(until=date(2026, 11, 2)) == 36
    overview = figures.overview(key, Wanted(Selection(is_named=True)))
    assert [one for one, _ in overview.choices[Dimension.UNIT]] == ["51", "5101", "5102"]
    assert overview.span == (date(2026, 11, 2), date(2026, 11, 3))


def test_without_service_cases_nothing_is_divided_by_them(services: Services) -> None:
    key = a_hall(services)
    record(services, key, *some("a", 3, "2026-11-02,tax,pc,,,,,,,1,满意"))
    for rate in (RateKey.ACTIVE, RateKey.UNREVIEWED, RateKey.DEFAULT):
        one = services.review_figures.overview(key).whole.rate(rate)
        assert (one.value, one.low, one.numerator) == (None, None, None)
        assert "No number of service cases" in str(one.reason)
    give_volumes(services, key, "2026-11-03,tax,50")
    one = services.review_figures.overview(key).whole.rate(RateKey.ACTIVE)
    assert "for 1 days" in str(one.reason)
    give_volumes(services, key, "2026-11-02,tax,2", "2026-11-03,tax,0")
    one = services.review_figures.overview(key).whole.rate(RateKey.UNREVIEWED)
    assert "More reviews than service cases" in str(one.reason)
    # A number for the whole hall covers everything on its day.
    give_volumes(services, key, "2026-11-02,,20")
    overview = services.review_figures.overview(key)
    assert parts(overview.whole, RateKey.ACTIVE) == (3, 22)
    window = overview.parts[Dimension.WINDOW][0].rate(RateKey.ACTIVE)
    assert "No number of service cases" in str(window.reason)


def test_figures_stand_beside_those_with_flagged_and_excluded_ones(services: Services) -> None:
    key = a_hall(services)
    record(services, key, *some("a", 10, "2026-11-02,tax,pc,,,,,,,1,满意"))
    first, second, third, *_ = responses_of(services, key)
    services.review_figures.overview(key)
    services.counting.set_standing(first.id, Standing.FLAGGED, "a burst", CLERK)
    services.counting.set_standing(second.id, Standing.EXCLUDED, "malicious", CLERK)
    services.counting.set_standing(third.id, Standing.REPLACED, "changed", CLERK)
    overview = services.review_figures.overview(key)
    assert overview.whole.n == 7
    assert {name: one.n for name, one in overview.alternatives.items()} == {
        "flagged": 8,
        "excluded": 8,
        "all": 9,
    }
    # An application that has just started reads the definition anew.
    restarted = services_on(services.database.url, services.settings.instance_dir)
    restarted.counting.rebuild(key)
    restarted.database.dispose()
    assert services.review_figures.overview(key).whole.n == 7


def a_case(services: Services, key: str, response: object, **changes: object) -> None:
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        values = {
            "id": uuid4(),
            "number": f"CP{uuid4().hex[:12]}",
            "survey_id": survey.id,
            "response_id": response,
            "subject_key": "tax",
            "unit_code": "5101",
            "is_named": True,
            "has_contact": True,
            "state": "assessing",
            "events": 1,
            "received_on": date(2026, 11, 2),
            "opened_at": datetime(2026, 11, 2, tzinfo=UTC),
            "due_on": date(2026, 12, 31),
            "reopened": 0,
        }
        work.session.add(CaseRecord(**values | changes))


def name_some(services: Services, key: str, n: int) -> None:
    some_of_them = responses_of(services, key)[:n]
    with services.database.writing() as work:
        for one in some_of_them:
            work.session.get_one(type(one), one.id).is_named = True


def test_cases_have_rates_for_named_and_for_anonymous_reviews(services: Services) -> None:
    key = a_hall(services)
    place = a_place(services, key)
    for _ in range(6):
        submit(services, place, overall="dissatisfied")
    name_some(services, key, 4)
    # What other channels recorded is theirs to put right.
    record(services, key, *some("n", 4, "2026-11-02,tax,pc,,,,实名,,,1,不满意"))
    rows = [one for one in responses_of(services, key) if one.batch_id is None]
    named = [one.id for one in rows if one.is_named]
    hidden = [one.id for one in rows if not one.is_named]
    answered = {"answered_on": date(2026, 11, 3), "rectified_in_time": True}
    closed = {"state": "closed", "closed_on": date(2026, 11, 5)}
    a_case(services, key, named[0], call_back="satisfied", **answered, **closed)
    a_case(services, key, named[1], call_back="unsatisfied", state="called_back", **answered)
    a_case(services, key, named[2], due_on=date(2026, 11, 20))
    a_case(services, key, hidden[0], is_named=False, call_back="unreachable", **answered, **closed)
    overview = services.review_figures.overview(key)
    whole = overview.whole
    imported = next(one for one in overview.parts[Dimension.SOURCE] if one.key)
    assert "Nothing to divide by" in str(imported.rate(RateKey.REPLIED).reason)
    assert parts(whole, RateKey.BAD) == (10, 10)
    assert parts(whole, RateKey.REPLIED, Identity.NAMED) == (2, 4)
    assert parts(whole, RateKey.CALLED_BACK, Identity.NAMED) == (2, 4)
    assert parts(whole, RateKey.RECTIFIED, Identity.NAMED) == (1, 4)
    assert parts(whole, RateKey.SATISFIED, Identity.NAMED) == (1, 2)
    # The third one is overdue without an answer: it stays in the denominator.
    assert parts(whole, RateKey.IN_TIME, Identity.NAMED) == (2, 3)
    assert parts(whole, RateKey.REPLIED, Identity.ANONYMOUS) == (1, 2)
    assert parts(whole, RateKey.CALLED_BACK, Identity.ANONYMOUS) == (0, 2)
    assert whole.rate(RateKey.SATISFIED, Identity.ANONYMOUS).value is None
    with pytest.raises(StopIteration):
        whole.rate(RateKey.REPLIED, Identity.ALL)
    for selection in (
        Selection(is_named=False),
        Selection(
            channel="qr",
            is_imported=False,
            is_named=False,
            window="",
            item="",
            since=date(2026, 11, 1),
            until=date(2026, 12, 1),
            subjects=frozenset({""}),
        ),
    ):
        only = services.review_figures.overview(key, Wanted(selection)).whole
        assert parts(only, RateKey.REPLIED, Identity.ANONYMOUS) == (1, 2)


def test_reviews_given_here_are_told_apart_from_imported_ones(services: Services) -> None:
    key = a_hall(services)
    place = a_place(services, key)
    submit(services, place, overall="satisfied")
    record(services, key, "a,2026-11-02,tax,pc,,,,,,,1,不满意")
    overview = services.review_figures.overview(key)
    assert [(one.key, one.n) for one in overview.parts[Dimension.SOURCE]] == [
        ("imported", 1),
        ("", 1),
    ]
    own = services.review_figures.overview(key, Wanted(Selection(is_imported=False)))
    assert (own.whole.n, [one.key for one in own.parts[Dimension.CHANNEL]]) == (1, ["qr"])


def test_only_reviews_have_these_figures(sqlite_services: Services) -> None:
    services = sqlite_services
    key = an_open_survey(services, satisfaction_document())
    with pytest.raises(Conflict):
        services.review_figures.overview(key)
    with pytest.raises(NotFound):
        services.review_figures.survey("nowhere")
    with pytest.raises(ValueError, match="no survey of reviews"):
        rating_of(a_definition(every_type_document()))
    own = an_open_survey(services)
    assert services.review_figures.survey(own).title.zh == "大厅好差评"
    survey, counts = services.review_figures.counts(own)
    assert (survey.key, counts.whole().n) == (own, 0)
    assert counts.whole().rate(RateKey.GOOD).value is None


def test_while_reviews_wait_to_be_counted_none_passes_for_missing(
    sqlite_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = sqlite_services
    key = a_hall(services)
    record(services, key, *some("a", 3, "2026-11-02,tax,pc,,,,,,,1,满意"))
    give_volumes(services, key, "2026-11-02,tax,50")
    waiting = FoldState(1, 3)
    monkeypatch.setattr(type(services.counting), "fold_some", lambda _self, _key: waiting)
    rate = services.review_figures.overview(key).whole.rate(RateKey.UNREVIEWED)
    assert "Not every review is counted yet" in str(rate.reason)
