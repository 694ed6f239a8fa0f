"""Margins that cannot be met: figures stay unweighted, and one sentence says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.results.sample_weights import listed
from tests.builders import CLERK, an_open_survey, every_type_document, services_on
from tests.support.results import a_city, import_rows, set_standings
from tests.support.weighting import (
    BAD,
    DISTRICT,
    GOOD,
    TOWN_HALF,
    notes,
    problem_of,
    refusal,
    set_margins,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_a_level_without_respondents_is_named_with_its_neighbour(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6)
    said = problem_of(services, key, TOWN_HALF)
    assert "No response has the level “Village” of “Area”, 50.0 % of the population" in said
    assert "merge it with “Town”" in said


def test_the_unknown_are_nobodys_neighbour(services: Services) -> None:
    attribute = DISTRICT | {"levels": ["1", "2", "3"], "unknown": "allowed"}
    key = an_open_survey(services, every_type_document(attributes=[attribute]))
    import_rows(services, key, "district,police", "1,5", ",4")
    content = "variable,level,share\ndistrict,1,0.4\ndistrict,2,0.2\ndistrict,3,0.4\n"
    assert "merge it with “1”" in problem_of(services, key, content)
    only = "variable,level,share\ndistrict,2,0.5\ndistrict,3,0.5\n"
    assert "No response has a level of “district”" in problem_of(services, key, only)
    empty = "variable,level,share\ndistrict,1,0.5\ndistrict,2,0\ndistrict,3,0.5\n"
    assert "merge it with another level" in problem_of(services, key, empty)


def test_a_level_of_nobody_must_have_no_respondents(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    said = problem_of(services, key, "variable,level,share\narea,town,1\narea,village,0\n")
    assert "2 responses have the level “Village” of “Area”" in said


def test_bounds_that_would_do_are_named(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2, weighting={"bounds": [0.8, 1.5]})
    said = problem_of(services, key, TOWN_HALF)
    assert "No weights between 0.8 and 1.5 times" in said
    assert "0.6666 to 2 would do" in said


def two_by_two(services: Services, **changes: Any) -> str:
    attributes = [DISTRICT, {"key": "age", "levels": ["young", "old"]}]
    key = an_open_survey(services, every_type_document(attributes=attributes, **changes))
    import_rows(services, key, "district,age,police", *["1,young,5"] * 6, *["2,old,4"] * 6)
    return key


CROSSED = "variable,level,share\ndistrict,1,0.5\ndistrict,2,0.5\nage,young,0.8\nage,old,0.2\n"


def test_variables_of_different_totals_are_refused(services: Services) -> None:
    content = CROSSED.replace("young,0.8", "young,0.6")
    said = refusal(services, two_by_two(services), content)
    assert "totals disagree: “age” adds up to 0.8, but “district” to 1." in said


def test_margins_that_contradict_each_other_are_named(services: Services) -> None:
    said = problem_of(services, two_by_two(services), CROSSED)
    assert "No weights meet all population margins at once" in said
    assert "merge levels near “" in said


def test_bounds_of_margins_that_contradict_each_other_do_not_matter(services: Services) -> None:
    key = two_by_two(services, weighting={"bounds": [0.9, 1.1]})
    assert "No weights meet all population margins" in problem_of(services, key, CROSSED)


@pytest.mark.parametrize("weighting", [{}, {"bounds": [0.9, 1.1]}])
def test_no_response_is_left_out(services: Services, weighting: dict[str, Any]) -> None:
    attributes = [DISTRICT, {"key": "age", "levels": ["young", "old"]}]
    document = every_type_document(attributes=attributes, weighting=weighting)
    key = an_open_survey(services, document)
    rows = [*["1,young,5"] * 3, *["2,old,4"] * 3, "1,old,2"]
    import_rows(services, key, "district,age,police", *rows)
    content = "variable,level,share\ndistrict,1,0.5\ndistrict,2,0.5\nage,young,0.5\nage,old,0.5\n"
    assert "only by leaving some responses out" in problem_of(services, key, content)


def test_a_method_of_one_margin_refuses_several_that_were_set_before(services: Services) -> None:
    key = two_by_two(services)
    content = "variable,level,share\ndistrict,1,0.4\ndistrict,2,0.6\nage,young,0.4\nage,old,0.6\n"
    set_margins(services, key, content)
    attributes = [DISTRICT, {"key": "age", "levels": ["young", "old"]}]
    changed = every_type_document(attributes=attributes, weighting={"method": "poststratify"})
    services.authoring.import_definition(parse_definition(changed), CLERK)
    services.authoring.publish(key, CLERK)
    assert "takes the margins of one variable" in notes(services, key)[0]


def test_margins_without_responses_weigh_nothing(services: Services) -> None:
    key = a_city(services)
    assert set_margins(services, key).calibrated is None
    report = services.reporting.report(key, fold="all")
    assert (report.method.weighting, report.method.calibrated) == ("equal", None)


def test_flagged_responses_are_weighted_when_they_are_counted_as_well(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 4)
    set_margins(services, key)
    set_standings(services, key, Standing.FLAGGED, 2)
    (one,) = services.reporting.report(key, fold="all").alternatives
    assert one.figure.value == pytest.approx(50)


def test_names_in_a_row_are_joined_as_each_language_does() -> None:
    assert listed([Text("甲", "A"), "b", None]) == Text("甲、b、", "A, b, ")
