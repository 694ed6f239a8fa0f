from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.services.assembly import Services
from surveyapp.services.results.report import Report
from surveyapp.services.results.report_json import report_json
from tests.builders import CLERK, an_open_survey, services_on
from tests.support.results import import_rows, satisfaction_document


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def two_revisions(
    services: Services, changed: dict[str, Any], *, before: str = "5", after: str = "1"
) -> Report:
    """Open a survey, answer it, put a changed revision in use, answer that, and report."""
    key = an_open_survey(services, satisfaction_document(subjects=[]))
    import_rows(services, key, "overall,area", f"{before},town", f"{before},")
    services.authoring.import_definition(parse_definition(changed), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "overall", after)
    return services.reporting.report(key, by=["area"] if changed["attributes"] else [], fold="all")


def rows(report: Report) -> list[tuple[str, int | None, int]]:
    return [(row.key, row.revision, row.figure.n) for row in report.overall]


def test_revisions_that_ask_the_same_are_pooled(services: Services) -> None:
    document = satisfaction_document(subjects=[], title={"zh": "新名字", "en": "New name"})
    document["questions"][0]["title"] = {"zh": "换个问法", "en": "Other words"}
    report = two_revisions(services, document)
    assert rows(report) == [("all", None, 3)]
    assert report.questions[0].answered == 3
    assert report.questions[0].revisions == ()
    assert "revision" not in report_json(report)["indices"][0]


def test_points_may_be_counted_in_other_units(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["indices"][0]["weights"] = {"overall": 7}
    report = two_revisions(services, document)
    assert rows(report) == [("all", None, 3)]
    assert report.overall[0].figure.value == pytest.approx(200 / 3)


def test_other_points_make_rows_of_their_own(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["indices"][0]["points"] = {"very_dissatisfied": 10.5}
    report = two_revisions(services, document)
    assert rows(report) == [("all", 2, 1), ("all", 1, 2)]
    assert [row.figure.value for row in report.overall] == [10.5, 100.0]
    assert report.questions[0].answered == 3
    assert [row["revision"] for row in report_json(report)["indices"]] == [2] * 4 + [1] * 4


def test_another_scale_keeps_the_answers_apart(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["questions"][0]["scale"] = "hcp5"
    report = two_revisions(services, document)
    assert rows(report) == [("all", 2, 1), ("all", 1, 2)]
    assert (report.questions[0].answered, report.questions[0].revisions) == (1, (2,))


def test_an_index_that_was_taken_out_is_still_there(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["indices"][0]["key"] = "other"
    report = two_revisions(services, document)
    assert rows(report) == [("other", None, 1), ("all", 1, 2)]


def test_a_new_attribute_is_unknown_for_earlier_answers(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["attributes"].append({"key": "age", "levels": ["young", "old"]})
    key = an_open_survey(services, satisfaction_document(subjects=[]))
    import_rows(services, key, "overall", "5")
    services.authoring.import_definition(parse_definition(document), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "overall,age", "1,young")
    report = services.reporting.report(key, by=["age"], fold="all")
    assert [(row.by.get("age"), row.figure.n) for row in report.indices] == [
        (None, 2),
        ("young", 1),
        ("old", 0),
        ("unknown", 1),
    ]


def test_a_level_that_was_taken_out_follows_the_declared_ones(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    document["attributes"][0]["levels"] = [{"key": "village"}]
    report = two_revisions(services, document)
    assert [row.by.get("area") for row in report.indices] == [None, "village", "town", "unknown"]


def test_a_scale_that_marks_nothing_favourable_has_no_favourable_share(services: Services) -> None:
    document = satisfaction_document(subjects=[])
    levels = [{"key": "warm", "points": 100}, {"key": "cold", "points": 0}]
    document |= {"scales": {"warmth": levels}}
    document["questions"][0]["scale"] = "warmth"
    key = an_open_survey(services, document)
    import_rows(services, key, "overall", "warm", "cold")
    (row,) = report_json(services.reporting.report(key, fold="all"))["indices"]
    assert (row["value"], row["favourable"]) == (50.0, None)
