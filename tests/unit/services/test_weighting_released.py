"""What releases and pages of results say of weights, and what they keep inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.roles import Actor
from surveyapp.services.assembly import Services
from surveyapp.services.releases.releasing import Release
from surveyapp.services.results.report_json import report_json
from tests.builders import CLERK, an_open_survey, every_type_document, services_on
from tests.support.results import a_city, import_rows
from tests.support.weighting import BAD, GOOD, sentences, set_margins

REVIEWER = Actor("reviewer", uuid4())
UNKNOWN = "3,,,phone"


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def released(services: Services, key: str) -> dict[str, Any]:
    release: Release = services.releasing.release(key, REVIEWER)
    return dict(release.figures)


def whole(figures: dict[str, Any]) -> dict[str, Any]:
    (row,) = (row for row in figures["indices"] if row["subject"] is None and not row["by"])
    return dict(row)


def test_a_release_freezes_both_figures_and_the_margins(services: Services) -> None:
    key = a_city(services, *[GOOD] * 12, *[BAD] * 6)
    set_margins(services, key, wave="2026")
    before = released(services, key)
    row = whole(before)
    assert row["value"] == pytest.approx(50)
    assert row["unweighted"] == pytest.approx(100 * 12 / 18)
    assert row["gap"] == pytest.approx(50 - 100 * 12 / 18)
    assert row["favourable"]["unweighted"] == pytest.approx(12 / 18)
    method = before["method"]
    assert method["weighting"] == "calibrated"
    assert (method["margins"]["number"], method["margins"]["wave"]) == (1, "2026")
    assert method["calibration"]["g_max"] == pytest.approx(1.5)
    levels = method["margins"]["variables"][0]["levels"]
    assert [(level["n"], level["population"]) for level in levels] == [(12, 0.5), (6, 0.5)]
    set_margins(services, key, "variable,level,share\narea,town,0.9\narea,village,0.1\n")
    latest = services.releasing.latest(key)
    assert latest is not None
    assert dict(latest.figures) == before


def test_only_staff_are_told_to_review_the_weights(services: Services) -> None:
    key = a_city(services, *[GOOD, "2,town,,phone"] * 10, *[BAD, "2,village,,phone"] * 4)
    set_margins(services, key)
    assert any(
        "have the sample and the weights reviewed" in one for one in sentences(services, key)
    )
    said = [one["en"] for one in released(services, key)["sentences"]]
    assert "10.7 lower than unweighted" in said[0]
    assert not any("reviewed" in one for one in said)


def test_the_weights_of_users_count_in_the_size_of_their_mean(services: Services) -> None:
    attributes = [{"key": "district", "levels": ["1", "2"]}]
    key = an_open_survey(services, document_with_users(attributes=attributes))
    rows = ["1,5,1", "1,3,2", "1,1,2", "2,4,1"]
    import_rows(services, key, "district,police,used", *rows)
    set_margins(services, key, "variable,level,share\ndistrict,1,0.5\ndistrict,2,0.5\n")
    (row,) = services.reporting.report(key, fold="all").overall
    assert row.concerned is not None
    # Weights ⅔ three times and 2; times relevance ⅔, ⅓, ⅓ and 2.
    wanted = (2 / 3 + 1 / 3 + 1 / 3 + 2) ** 2 / (4 / 9 + 1 / 9 + 1 / 9 + 4)
    assert row.concerned.relevance.effective_n == pytest.approx(wanted)


def test_parts_have_no_unweighted_figure_and_nothing_by_relevance(services: Services) -> None:
    attributes = [{"key": "district", "levels": ["1", "2"]}]
    key = an_open_survey(services, every_type_document(attributes=attributes))
    import_rows(services, key, "district,police,used", *["1,5,1"] * 9, *["2,3,2"] * 6)
    set_margins(services, key, "variable,level,share\ndistrict,1,0.5\ndistrict,2,0.5\n")
    figures = released(services, key)
    parts = [row for row in figures["indices"] if row["by"]]
    assert parts
    assert {row["unweighted"] for row in parts} == {None}
    assert {row["favourable"]["unweighted"] for row in parts} == {None}
    assert "concerned" not in json.dumps(figures)
    assert services.reporting.report(key).overall[0].concerned is not None


def test_an_unweighted_figure_that_solves_for_a_group_stays_inside(services: Services) -> None:
    """The weighted and the unweighted mean of two groups are two equations for both."""
    rows = [*[GOOD, "4,town,,phone"] * 10, *[BAD] * 3, *[UNKNOWN] * 4]
    key = a_city(services, *rows)
    set_margins(services, key)
    figures = released(services, key)
    row = whole(figures)
    assert row["value"] is not None
    assert (row["unweighted"], row["gap"], row["favourable"]["unweighted"]) == (None, None, None)
    assert "weighted to the population" in figures["sentences"][0]["en"]
    assert "unweighted" not in figures["sentences"][0]["en"]
    (question,) = figures["questions"]
    assert question["mean"] is not None
    method = figures["method"]
    assert method["calibration"]["unknown"] == {"area": None}
    assert method["calibration"]["incomplete"] is None
    assert method["calibration"]["g_max"] is None
    for level in method["margins"]["variables"][0]["levels"]:
        assert (level["n"], level["before"], level["after"], level["target"]) == (None,) * 4


def test_questions_of_two_groups_have_no_unweighted_figure(services: Services) -> None:
    """A release breaks no question down by group, so two equations would do it."""
    key = a_city(services, *[GOOD] * 12, *[BAD] * 6)
    set_margins(services, key)
    (question,) = released(services, key)["questions"]
    assert question["mean"]["value"] == pytest.approx(50)
    assert (question["unweighted_mean"], question["unweighted_favourable"]) == (None, None)
    assert {level["unweighted"] for level in question["levels"]} == {None}


def test_why_margins_cannot_be_met_is_not_told_outside(services: Services) -> None:
    key = a_city(services, *[GOOD] * 12)
    set_margins(services, key)
    figures = released(services, key)
    assert figures["method"]["weighting"] == "equal"
    assert figures["method"]["calibration"] is None
    assert figures["method"]["not_calibrated"] is None
    assert whole(figures)["unweighted"] == whole(figures)["value"]


def test_joint_margins_show_no_counts(services: Services) -> None:
    attributes = [{"key": "district", "levels": ["1", "2"]}, {"key": "age", "levels": ["y", "o"]}]
    key = an_open_survey(services, every_type_document(attributes=attributes))
    rows = ("1,y,5", "1,o,4", "2,y,3", "2,o,1")
    import_rows(services, key, "district,age,police", *rows * 6)
    joint = "variable,level,share\n" + "".join(
        f"district:age,{level},0.25\n" for level in ("1:y", "1:o", "2:y", "2:o")
    )
    set_margins(services, key, joint)
    figures = released(services, key)
    levels = figures["method"]["margins"]["variables"][0]["levels"]
    assert [level["population"] for level in levels] == [0.25] * 4
    assert {level["n"] for level in levels} == {None}


# --- users and relevance -------------------------------------------------------------------------


def document_with_users(**changes: Any) -> dict[str, Any]:
    document = every_type_document(indices=[{"key": "police", "of": ["police"]}])
    return document | changes


def test_users_and_relevance_stand_beside_the_figure_of_all(services: Services) -> None:
    key = an_open_survey(services, document_with_users())
    import_rows(services, key, "police,used", "5,1", "4,1", "3,2", "1,2", "5,9", "4,")
    report = services.reporting.report(key, fold="all")
    (row,) = report.overall
    assert row.figure.value == pytest.approx((100 + 80 + 60 + 0 + 100 + 80) / 6)
    assert row.concerned is not None
    assert row.concerned.users is not None
    assert row.concerned.users.value == pytest.approx(90)
    assert row.concerned.users.n == 2
    # By hand: users weigh 1, the others ½, open and don't-know answers nothing.
    wanted = (100 + 80 + 0.5 * 60 + 0.5 * 0) / 3
    assert row.concerned.relevance.value == pytest.approx(wanted)
    # (1 + 1 + ½ + ½)² / (1 + 1 + ¼ + ¼)
    assert row.concerned.relevance.effective_n == pytest.approx(9 / 2.5)
    question = next(one for one in report.questions if one.field == "police")
    assert question.concerned is not None
    assert question.concerned.users is not None
    assert question.concerned.favourable is not None
    assert question.concerned.users.value == pytest.approx(90)
    assert question.concerned.favourable.value == 1
    assert question.concerned.relevance.value == pytest.approx(wanted)
    assert question.concerned.relevance.se == pytest.approx(row.concerned.relevance.se)
    assert question.concerned.relevance.effective_n == pytest.approx(9 / 2.5)
    written = report_json(report)["indices"][0]["concerned"]
    assert written["users"]["n"] == 2
    assert written["relevance_weighted"]["value"] == pytest.approx(wanted)


def test_without_relevance_weights_nothing_is_shown_by_relevance(services: Services) -> None:
    key = an_open_survey(services, document_with_users(relevance_weights=None))
    import_rows(services, key, "police,used", "5,1", "4,2")
    report = services.reporting.report(key, fold="all")
    assert report.overall[0].concerned is None
    assert all(question.concerned is None for question in report.questions)


def test_other_relevance_weights_are_not_pooled(services: Services) -> None:
    key = an_open_survey(services, document_with_users())
    import_rows(services, key, "police,used", "5,1", "4,2")
    changed = document_with_users(relevance_weights={"yes": 1, "no": 0})
    services.authoring.import_definition(parse_definition(changed), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "police,used", "3,1", "1,2")
    (row,) = services.reporting.report(key, fold="all").overall
    assert row.figure.n == 4
    assert row.concerned is not None
    assert row.concerned.users is not None
    assert (row.concerned.users.n, row.concerned.users.value) == (1, 60)
    assert row.concerned.relevance.value == 60


def test_another_relevance_question_is_another_relevance(services: Services) -> None:
    key = an_open_survey(services, document_with_users())
    import_rows(services, key, "police,used", "5,1", "4,2")
    changed = document_with_users()
    changed["questions"] += [changed["questions"][0] | {"key": "called"}]
    changed["questions"][1] = changed["questions"][1] | {"relevance": "called"}
    services.authoring.import_definition(parse_definition(changed), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "police,called", "3,1")
    report = services.reporting.report(key, fold="all")
    question = next(one for one in report.questions if one.field == "police")
    assert question.answered == 3
    assert question.concerned is not None
    assert question.concerned.users is not None
    assert (question.concerned.users.n, question.concerned.users.value) == (1, 60)


def test_weights_of_items_by_their_ratios_in_favourable_shares(services: Services) -> None:
    document = every_type_document()
    key = an_open_survey(services, document)
    import_rows(services, key, "police,m.air,m.water", "5,3,3", "1,5,5")
    document["indices"][0]["weights"] = {"police": 4, "m": 2}
    services.authoring.import_definition(parse_definition(document), CLERK)
    services.authoring.publish(key, CLERK)
    import_rows(services, key, "police,m.air,m.water", "5,3,3")
    (row,) = services.reporting.report(key, fold="all").overall
    assert row.favourable is not None
    assert row.favourable.figure.n == 3
    # By hand: police counts twice: 2 of 4, 2 of 4, 2 of 4.
    assert row.favourable.figure.value == pytest.approx(0.5)


def test_an_index_of_scales_without_favourable_levels_has_no_share(
    services: Services, tmp_path: Path
) -> None:
    scale = [{"key": "good", "points": 1, "label": "g"}, {"key": "bad", "points": 0, "label": "b"}]
    question = {"key": "q", "type": "scale", "scale": "s", "title": "Q"}
    indices = [{"key": "i", "of": ["q"]}]
    document = every_type_document(scales={"s": scale}, questions=[question], indices=indices)
    key = an_open_survey(services, document)
    import_rows(services, key, "q", "good", "bad")
    (row,) = services.reporting.report(key, fold="all").overall
    assert row.favourable is None
    out = tmp_path / "out.csv"
    services.exporting.export_indices(key, out, "csv", CLERK)
    assert "favourable" in out.read_text("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize(
    ("rows", "users"),
    [
        (["5,1"] * 6 + ["3,2"] * 5, ("6", "100.0")),
        (["5,1"] * 6 + ["3,2"] * 4, ("", "")),
        (["5,1"] * 4 + ["3,2"] * 6, ("", "")),
    ],
)
def test_exports_list_users_where_they_and_the_others_are_enough(
    services: Services, tmp_path: Path, rows: list[str], users: tuple[str, str]
) -> None:
    key = an_open_survey(services, document_with_users())
    import_rows(services, key, "police,used", *rows)
    out = tmp_path / "out.csv"
    services.exporting.export_indices(key, out, "csv", CLERK, by=[])
    head, line = (one.split(",") for one in out.read_text("utf-8-sig").splitlines()[:2])
    found = dict(zip(head, line, strict=True))
    assert (found["users_n"], found["users"]) == users
    for name in ("users_se", "relevance_weighted", "relevance_se", "relevance_effective_n"):
        assert bool(found[name]) == bool(users[0])


def test_an_index_with_items_for_everybody_has_no_users(services: Services, tmp_path: Path) -> None:
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, "police,m.air,used", *["5,4,1"] * 6, *["3,3,2"] * 6)
    (row,) = services.reporting.report(key, fold="all").overall
    assert row.concerned is not None
    assert row.concerned.users is None
    out = tmp_path / "out.csv"
    services.exporting.export_indices(key, out, "csv", CLERK, by=[])
    head, line = (one.split(",") for one in out.read_text("utf-8-sig").splitlines()[:2])
    found = dict(zip(head, line, strict=True))
    assert (found["users_n"], found["users"]) == ("", "")
    assert float(found["relevance_weighted"]) == pytest.approx(row.concerned.relevance.value)
    assert float(found["relevance_se"]) == pytest.approx(row.concerned.relevance.se)
    assert (int(found["df"]), found["users_se"]) == (row.figure.df, "")
