from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.results.figures import Figure
from surveyapp.services.results.sentences import overall_sentence
from tests.builders import an_open_survey, every_type_document, services_on
from tests.support.results import a_city, import_rows


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def sentences(services: Services, key: str, *by: str) -> list[str]:
    report = services.reporting.report(key, by=by, fold="all")
    return [one.template % {**one.values, "title": "I"} for one in report.sentences]


def test_differences_larger_than_chance_are_named(services: Services) -> None:
    good = ["5,town,w1,phone", "4,town,w1,phone"] * 20
    bad = ["1,village,w2,phone", "2,village,w2,phone"] * 20
    said = sentences(services, a_city(services, *good, *bad), "area")
    assert len(said) == 4
    assert "difference is larger than chance explains" in said[2]
    assert "Window 1" in said[2]
    assert "(90.0)" in said[2]
    assert "(15.0)" in said[2]
    assert "Town" in said[3]


def test_differences_that_may_be_chance_are_not_ranked(services: Services) -> None:
    rows = ["5,town,w1,phone", "2,town,w1,phone", "4,town,w2,phone", "2,town,w2,phone"] * 5
    said = sentences(services, a_city(services, *rows), "area")
    assert len(said) == 3
    assert "do not rank the groups by them" in said[2]


def test_nothing_is_compared_with_groups_that_are_too_small_or_unknown(services: Services) -> None:
    rows = ["5,town,,phone", "2,town,,phone"] * 5 + ["1,village,,phone"] * 4 + ["4,,,phone"] * 9
    assert len(sentences(services, a_city(services, *rows), "area")) == 2


def test_a_group_whose_answers_are_all_alike_is_not_compared(services: Services) -> None:
    rows = ["5,town,,phone", "2,town,,phone"] * 5 + ["1,village,,phone"] * 9
    assert len(sentences(services, a_city(services, *rows), "area")) == 2


def test_an_index_of_several_questions_has_no_share(services: Services) -> None:
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, "police,m.air", *["5,3", "4,1"] * 4)
    assert len(sentences(services, key)) == 1


def test_shares_without_an_interval_are_not_said(services: Services) -> None:
    key = a_city(services, "5,,,phone", minimum_group=1)
    assert sentences(services, key) == [
        "I: 100.0 points, from 1 valid responses; no margin of error can be given."
    ]


def test_a_group_of_one_person_is_not_compared(services: Services) -> None:
    rows = ["5,town,,phone", "2,town,,phone", "1,village,,phone"]
    said = sentences(services, a_city(services, *rows, minimum_group=1), "area")
    assert len(said) == 2


def test_the_questions_of_one_subject_are_not_taken_for_all(services: Services) -> None:
    key = a_city(services, *["5,town,w1,phone", "2,town,w1,phone"] * 5)
    report = services.reporting.report(key, subject="w1", fold="all")
    assert len(report.sentences) == 1


@pytest.mark.parametrize(("suppressed", "value"), [(True, 50.0), (False, None)])
def test_too_few_answers_have_no_value(suppressed: bool, value: float | None) -> None:
    figure = Figure(3, value, None, None, None, 3.0, None, 2)
    assert figure.margin is None
    said = overall_sentence(Text.same("I"), figure, suppressed=suppressed)
    assert "too few valid responses (%(n)s)" in said.template
