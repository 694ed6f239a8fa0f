from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.results.counting import FoldState
from surveyapp.services.results.report import Including, Report
from surveyapp.services.results.report_json import report_json
from tests.builders import (
    CLERK,
    a_definition,
    a_place,
    every_type_document,
    review_document,
    services_on,
    submit,
)
from tests.builders import an_open_survey as opened
from tests.support.databases import SqliteTemplate
from tests.support.results import (
    a_city,
    demo_survey,
    import_rows,
    satisfaction_document,
    set_standings,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def demo(
    _sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("demo")
    made = services_on(_sqlite_template.copy_to(folder), folder)
    demo_survey(made, "yuxi-2007.yaml", "yuxi_2007.csv")
    demo_survey(made, "kcmo-2021q3.yaml", "kcmo_2021q3.csv")
    for key in ("yuxi-2007", "kcmo-2021q3"):
        made.counting.fold(key)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def city(demo: Services) -> Report:
    return demo.reporting.report("kcmo-2021q3", by=None, fold="none")


def groups(report: Report, key: str, subject: str | None = None) -> list[tuple[str, int]]:
    return [
        (next(iter(row.by.values()), ""), row.figure.n)
        for row in report.rows_of(key)
        if (row.subject.key if row.subject else None) == subject
    ]


def test_a_published_result_comes_out_again(demo: Services) -> None:
    report = demo.reporting.report("yuxi-2007", fold="all")
    (row,) = report.overall
    # (85·100 + 268·80 + 216·60 + 24·30 + 4·0) / 597
    assert row.figure.value == pytest.approx(43_620 / 597, rel=1e-14)
    assert (row.figure.n, report.n) == (597, 600)
    assert f"{row.figure.low:.2f} {row.figure.high:.2f}" == "71.68 74.45"
    (question,) = report.questions
    assert [level.count for level in question.levels] == [85, 268, 216, 24, 4, 3]
    assert question.favourable is not None
    assert question.dont_know is not None
    assert question.favourable.value == pytest.approx(353 / 597)
    assert question.dont_know.value == pytest.approx(3 / 600)
    assert [str(one) for one in report.sentences] == [
        "Text(zh='城市环境满意度', en='Satisfaction with the city environment'): 73.1 points,"
        " margin of error ±1.4 points, from 597 valid responses.",
        "59.1 % of them are satisfied (between 55.1 % and 63.0 %).",
    ]


def test_a_breakdown_is_in_declared_order_and_ends_with_unknown(demo: Services) -> None:
    report = demo.reporting.report("kcmo-2021q3", by=["age", "district", "age"], fold="all")
    rows = groups(report, "services")
    assert [level for level, _ in rows] == [
        *["", "18-24", "25-34", "35-44", "45-54", "55-64", "65+", "unknown"],
        *["1", "2", "3", "4", "5", "6"],
    ]
    assert rows[0][1] == sum(n for _, n in rows[1:8]) == sum(n for _, n in rows[8:]) == 1033


def test_all_breakdowns_come_with_none_named(city: Report) -> None:
    attributes = {name for row in city.indices for name in row.by}
    assert attributes == {"district", "age", "gender", "tenure", "mode"}


def test_the_mode_is_always_an_attribute(city: Report) -> None:
    rows = [row for row in city.rows_of("services") if "mode" in row.by]
    assert [(row.by["mode"], row.figure.n) for row in rows] == [
        ("mail", 392),
        ("phone", 17),
        ("web", 624),
    ]
    assert [str(row.group.title) for row in rows if row.group] == ["Mail", "Telephone", "Web"]


def test_the_composition_tells_every_group(city: Report) -> None:
    tenure = [row for row in city.composition if row.group.attribute == "tenure"]
    assert [(row.group.level, row.n) for row in tenure] == [
        ("own", 824),
        ("rent", 193),
        ("unknown", 16),
    ]
    assert tenure[0].share == pytest.approx(824 / 1033)


def test_unknown_is_a_group_only_where_it_may_be(services: Services) -> None:
    document = satisfaction_document()
    document["attributes"][0]["unknown"] = "refused"
    key = opened(services, document)
    import_rows(services, key, "overall,area", "5,town")
    report = services.reporting.report(key, by=["area"], fold="all")
    assert groups(report, "all") == [("", 1), ("town", 1), ("village", 0)]


def test_each_subject_has_its_rows(services: Services) -> None:
    key = a_city(services, "5,town,w1,phone", "1,,w1,phone", "3,village,w2,paper", "4,town,,paper")
    report = services.reporting.report(key, by=["area"], fold="all")
    assert groups(report, "all") == [("", 4), ("town", 2), ("village", 1), ("unknown", 1)]
    assert groups(report, "all", "w1") == [("", 2), ("town", 1), ("village", 0), ("unknown", 1)]
    assert groups(report, "all", "w2") == [("", 1), ("town", 0), ("village", 1), ("unknown", 0)]
    values = [row.figure.value for row in report.rows_of("all")]
    assert values[:6] == [60.0, 90.0, 60.0, 0.0, 50.0, 100.0]
    assert values[6] is None
    assert all(row.suppressed for row in report.indices)


def test_questions_can_be_those_of_one_subject(services: Services) -> None:
    key = a_city(services, "5,town,w1,phone", "1,,w2,phone")
    report = services.reporting.report(key, subject="w1", fold="all")
    assert report.questions_of is not None
    assert report.questions_of.key == "w1"
    assert report.questions[0].answered == 1
    with pytest.raises(NotFound, match="rates no “w9”"):
        services.reporting.report(key, subject="w9")


def test_an_unknown_attribute_is_refused_with_the_known_ones(services: Services) -> None:
    key = a_city(services)
    with pytest.raises(BadInput, match="no attribute “age”; it has: area, mode"):
        services.reporting.report(key, by=["age"])


def test_an_unknown_survey_is_refused(services: Services) -> None:
    for fold in ("some", "all", "none"):
        with pytest.raises(NotFound):
            services.reporting.report("none", fold=fold)


def test_a_draft_and_a_survey_without_answers_have_empty_figures(services: Services) -> None:
    definition = a_definition(every_type_document())
    services.authoring.import_definition(definition, CLERK)
    report = services.reporting.report(definition.key, by=["age"])
    assert (report.n, report.days, report.overall[0].figure.value) == (0, (), None)
    assert report.method.effective_n == 0
    assert str(report.sentences[0]).endswith("too few valid responses (0).")
    assert report_json(report)["indices"][0]["value"] is None


def test_base_weights_count_unless_told_otherwise(services: Services) -> None:
    key = opened(services, satisfaction_document())
    import_rows(services, key, "overall,weight", "5,3", "1,1", "1,1")
    report = services.reporting.report(key, fold="all")
    (row,) = report.overall
    assert row.figure.value == pytest.approx(60)
    assert row.unweighted == pytest.approx(100 / 3)
    assert row.figure.effective_n == pytest.approx(25 / 11)
    assert report.method.weighting == "base"
    assert report.method.effective_n == pytest.approx(25 / 11)
    assert "weights that came with the data" in str(report.method.notes[0])
    equal = services.reporting.report(key, weighted=False)
    assert equal.overall[0].figure.value == equal.overall[0].unweighted == pytest.approx(100 / 3)
    assert equal.method.weighting == "equal"


def test_flagged_and_excluded_responses_are_told_apart(services: Services) -> None:
    key = a_city(services, *["5,,,phone"] * 3, *["1,,,phone"] * 3)
    assert services.reporting.report(key, fold="all").alternatives == ()
    set_standings(services, key, Standing.FLAGGED, 1)
    set_standings(services, key, Standing.EXCLUDED, 2)
    set_standings(services, key, Standing.REHEARSAL, 1)
    report = services.reporting.report(key)
    assert dict(report.standings) == {"counted": 2, "excluded": 2, "flagged": 1, "rehearsal": 1}
    assert report.overall[0].figure.n == report.n == 2
    assert [(one.including, one.figure.n) for one in report.alternatives] == [
        (Including.FLAGGED, 3),
        (Including.EXCLUDED, 5),
    ]
    assert [(day.n) for day in report.days] == [2]


def test_answers_of_open_forms_are_named_as_such(services: Services) -> None:
    key = opened(services, review_document())
    place = a_place(services, key)
    submit(services, place, overall="satisfied")
    report = services.reporting.report(key, by=["mode"], fold="some")
    assert report.fold == FoldState(1, 1)
    assert report.method.open_form
    assert "people who chose to take part" in str(report.method.notes[0])
    assert groups(report, "overall") == [("", 1), ("open", 1)]


def test_simulated_data_say_so(services: Services) -> None:
    key = a_city(services)
    services.database.mark_simulated()
    report = services.reporting.report(key)
    assert report.method.simulated
    assert report_json(report)["method"]["notes"][0]["en"].startswith("Simulated data")


def test_a_release_of_real_data_withholds_what_could_be_computed(demo: Services) -> None:
    figures = demo.releasing.release("kcmo-2021q3", CLERK).figures
    assert figures["n"] == 1033
    shown = {
        (row["key"], row["by"]["gender"]): row["n"]
        for row in figures["indices"]
        if "gender" in row["by"]
    }
    # 12 and 5 people rated the services; the court too few of either, and 4 would be the rest
    assert [shown["services", level] for level in ("other", "unknown")] == [12, 5]
    assert [shown["court", level] for level in ("other", "unknown")] == [None, None]
    assert shown["court", "female"] is not None
