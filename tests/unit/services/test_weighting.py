from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import Message
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.report_json import report_json, weighting_json
from surveyapp.services.sample_weights import listed
from surveyapp.services.weighting import margin_set_document, margin_set_of
from surveyapp.storage.margins import MarginRepository, MarginSetRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, an_open_survey, every_type_document, services_on
from tests.support.results import a_city, import_rows, satisfaction_document, set_standings

TOWN_HALF = "variable,level,share\narea,town,0.5\narea,village,0.5\n"
GOOD, BAD = "5,town,,phone", "1,village,,phone"
DISTRICT = {"key": "district", "levels": ["1", "2"]}


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def a_file(services: Services, content: str, name: str = "margins.csv") -> Path:
    path = Path(services.settings.instance_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def set_margins(services: Services, key: str, content: str = TOWN_HALF, **more: Any) -> Any:
    services.counting.fold(key)
    path = a_file(services, content)
    return services.weighting.set_file(key, path, CLERK, **{"source": "census", **more})


def problem_of(services: Services, key: str, content: str) -> str:
    """Set margins that cannot be met; return why, once it is clear that nothing is weighted."""
    done = set_margins(services, key, content).calibrated
    assert done.weights is None
    assert (done.report, done.trimming) == (None, None)
    report = services.reporting.report(key, fold="all")
    assert report.method.weighting == "equal"
    assert report.method.calibrated is not None
    assert report.overall[0].figure.value == report.overall[0].unweighted
    said = translate(report.method.calibrated.problem, "en")
    assert said in translate(report.method.notes[-1], "en")
    assert weighting_json(report.method.calibrated)["not_calibrated"]["en"] == said
    return said


def refusal(services: Services, key: str, content: str) -> str:
    with pytest.raises(BadInput) as caught:
        set_margins(services, key, content)
    return translate(caught.value.message, "en")


def notes(services: Services, key: str) -> list[str]:
    report = services.reporting.report(key, fold="all")
    return [translate(note, "en") for note in report.method.notes]


def sentences(services: Services, key: str) -> list[str]:
    report = services.reporting.report(key, fold="all")
    return [translate(one, "en") for one in report.sentences if isinstance(one, Message)]


# --- setting ------------------------------------------------------------------------------------


def test_margins_are_added_and_replaced_with_who_and_when(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    set_margins(services, key, wave=" 2026  spring ")
    set_margins(services, key, source="a later table")
    later, first = services.weighting.history(key)
    assert (first.number, first.replaces, first.wave) == (1, None, "2026 spring")
    assert (later.number, later.replaces, later.wave) == (2, 1, None)
    assert (later.source, later.set_by, later.file_name) == (
        "a later table",
        "a clerk",
        "margins.csv",
    )
    events = services.auditing.read(LogQuery(action="margins.set"), 1, CLERK).events
    details = sorted((event.detail for event in events), key=lambda one: int(one["number"]))
    assert [one["number"] for one in details] == [1, 2]
    assert (details[1]["responses"], details[1]["sha256"]) == (8, later.file_sha256)
    assert margin_set_of(margin_set_document(later)) == later


def test_a_preview_stores_nothing_and_shows_no_result(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    services.counting.fold(key)
    path = a_file(services, TOWN_HALF)
    preview = services.weighting.preview(key, path, CLERK, source="census")
    assert preview.calibrated is not None
    assert preview.calibrated.report is not None
    assert preview.calibrated.report.g_max == pytest.approx(2)
    assert services.weighting.history(key) == ()
    assert services.weighting.present(key) is None


def test_others_margins_in_between_are_not_overwritten(services: Services) -> None:
    key = a_city(services, GOOD, BAD)
    path = a_file(services, TOWN_HALF)
    one = services.weighting.preview(key, path, CLERK, source="census").margins
    services.weighting.apply(key, one, CLERK)
    with pytest.raises(Conflict):
        services.weighting.apply(key, one, CLERK)
    assert len(services.weighting.history(key)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"source": " "}, "where the population figures come from"),
        ({"source": "x" * 501}, "longer than 500"),
        ({"source": "census", "wave": "x" * 65}, "longer than 64"),
    ],
)
def test_a_source_is_needed_and_words_are_short(
    services: Services, words: dict[str, str], said: str
) -> None:
    key = a_city(services, GOOD, BAD)
    with pytest.raises(BadInput, match=said):
        set_margins(services, key, **words)


def test_a_survey_must_exist(services: Services) -> None:
    path = a_file(services, TOWN_HALF)
    for call in (
        lambda: services.weighting.preview("none", path, CLERK, source="census"),
        lambda: services.weighting.history("none"),
        lambda: services.weighting.present("none"),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("variable,level,share\nage,1,1\n", "no attribute “age”; it has: area"),
        ("variable,level,share\narea,city,1\n", "no level “city”; it has: town, village"),
        ("variable,level,share\narea:mode,town,1\n", "no attribute “area:mode”"),
        ("variable,level,share\narea,town,0.5\narea,village,0.4\nx,a,1\n", "totals disagree"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(
    services: Services, content: str, said: str
) -> None:
    key = a_city(services, GOOD, BAD)
    with pytest.raises(BadInput, match=said) as caught:
        set_margins(services, key, content)
    assert "margins.csv" in str(caught.value.message)


def test_every_level_is_needed_where_nobody_may_be_unknown(services: Services) -> None:
    key = an_open_survey(services, every_type_document(attributes=[DISTRICT]))
    said = refusal(services, key, "variable,level,share\ndistrict,1,1\n")
    assert "lacks the level “2”" in said


def test_levels_named_by_key_and_code_are_one(services: Services) -> None:
    levels = [{"key": "a", "code": 1}, {"key": "b", "code": 2}, {"key": "1", "code": 3}]
    attribute = {"key": "district", "levels": [level | {"label": "x"} for level in levels]}
    key = an_open_survey(services, every_type_document(attributes=[attribute]))
    with pytest.raises(BadInput, match="stands in line 2 already"):
        set_margins(services, key, "variable,level,share\ndistrict,2,0.5\ndistrict,b,0.5\n")
    with pytest.raises(BadInput, match="names two different levels"):
        set_margins(services, key, "variable,level,share\ndistrict,1,1\n")


def test_a_survey_without_attributes_cannot_be_weighted(services: Services) -> None:
    key = an_open_survey(services, satisfaction_document(attributes=[]))
    with pytest.raises(BadInput, match="has no attributes"):
        set_margins(services, key)


def test_there_is_a_limit_to_levels(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveyapp.services.margin_fitting.MAX_LEVELS", 1)
    with pytest.raises(BadInput, match="more than 1 levels"):
        set_margins(services, a_city(services, GOOD))


def test_long_lists_of_levels_are_cut(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveyapp.services.margin_fitting._MOST_NAMED", 1)
    attribute = DISTRICT | {"levels": ["1", "2", "3"]}
    key = an_open_survey(services, every_type_document(attributes=[attribute]))
    said = refusal(services, key, "variable,level,share\ndistrict,1,1\n")
    assert "lacks the level “2, …”" in said


# --- weighting ----------------------------------------------------------------------------------


def test_figures_are_weighted_and_say_so(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    set_margins(services, key)
    report = services.reporting.report(key, by=["area"], fold="all")
    (row,) = report.overall
    assert (row.figure.value, row.unweighted) == (pytest.approx(50), 75)
    assert row.gap == pytest.approx(-25)
    assert row.favourable is not None
    assert (row.favourable.figure.value, row.favourable.unweighted) == (pytest.approx(0.5), 0.75)
    assert row.favourable.gap == pytest.approx(-0.25)
    assert report.questions[0].levels[0].unweighted == 0.75
    assert report.questions[0].unweighted_mean == 75
    assert (report.method.weighting, report.n) == ("calibrated", 8)
    assert report.method.effective_n == pytest.approx(8**2 / (6 * (4 / 6) ** 2 + 2 * 2**2))
    assert notes(services, key) == [
        "The figures are weighted to the population by Area; source of the population figures:"
        " census."
    ]
    plain = services.reporting.report(key, weighted=False, fold="all")
    assert (plain.overall[0].figure.value, plain.method.calibrated) == (75, None)
    assert report_json(report)["method"]["calibration"]["incomplete"] == 0


def test_the_gap_is_said_and_a_large_one_asks_for_a_review(services: Services) -> None:
    rows = [*["5,town,,phone", "2,town,,phone"] * 10, *["1,village,,phone", "2,village,,phone"] * 4]
    key = a_city(services, *rows)
    set_margins(services, key)
    first, second, *_ = sentences(services, key)
    assert "weighted to the population 40.0 points, 10.7 lower than unweighted" in first
    assert "moves the figure by 10.7 points, more than 3; have the sample" in second
    set_margins(services, key, "variable,level,share\narea,town,0.9\narea,village,0.1\n")
    assert "higher than unweighted" in sentences(services, key)[0]
    set_margins(services, key, "variable,level,count\narea,town,20\narea,village,8\n")
    assert "the same as unweighted" in sentences(services, key)[0]


def test_respondents_of_unknown_level_keep_their_share(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2, *["3,,,phone"] * 2)
    set_margins(services, key)
    report = services.reporting.report(key, fold="all")
    # By hand: 0.2·60 + 0.4·100 + 0.4·0.
    assert report.overall[0].figure.value == pytest.approx(52)
    done = report.method.calibrated
    assert done is not None
    assert (done.unknown, done.incomplete) == ({"area": 2}, 2)
    unknown = done.tables[0].levels[-1]
    assert (unknown.levels, unknown.population, unknown.n) == (None, None, 2)
    assert unknown.target == unknown.before == pytest.approx(unknown.after) == pytest.approx(0.2)
    assert "Fewer than 5 responses have no level of “Area”" in notes(services, key)[1]
    import_rows(services, key, "overall", *["3"] * 3)
    assert "5 responses have no level of “Area”" in notes(services, key)[1]


def test_levels_that_a_file_leaves_out_count_as_unknown(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    preview = set_margins(services, key, "variable,level,share\narea,town,1\n")
    (note,) = preview.notes
    assert "gives no share to “Village” of “Area”" in translate(note, "en")
    assert preview.calibrated.unknown == {"area": 2}


def test_large_weights_are_pointed_out(services: Services) -> None:
    key = a_city(services, *[GOOD] * 60, *[BAD] * 2)
    set_margins(services, key)
    assert "largest weight is 15.5 times" in notes(services, key)[1]


def test_base_weights_are_calibrated(services: Services) -> None:
    key = a_city(services)
    import_rows(services, key, "overall,area,weight", "5,town,2", "1,town,1", "5,village,4")
    set_margins(services, key)
    report = services.reporting.report(key, fold="all")
    # By hand: town (2·100 + 1·0) / 3, village 100, half each.
    assert report.overall[0].figure.value == pytest.approx((200 / 3 + 100) / 2)
    set_margins(services, key, "variable,level,share\narea,town,0\narea,village,1\n")
    assert "give nobody" in notes(services, key)[0]
    assert notes(services, key)[1] == "The figures use the weights that came with the data."


def test_weights_are_trimmed_as_the_definition_says(services: Services) -> None:
    key = a_city(services, *[GOOD] * 60, *[BAD] * 2, weighting={"trim": [0.1, 5]})
    done = set_margins(services, key).calibrated
    assert done.trimming.trimmed == 2
    assert done.trimming.high == 5
    document = weighting_json(done)
    assert document["trimming"]["trimmed"] == 2
    assert [level["after"] for level in document["margins"]["variables"][0]["levels"]] == [
        pytest.approx(52 / 62),
        pytest.approx(10 / 62),
    ]


@pytest.mark.parametrize("method", ["linear", "logit", "poststratify"])
def test_each_method_meets_the_margins(services: Services, method: str) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2, weighting={"method": method, "bounds": [0, 3]})
    done = set_margins(services, key).calibrated
    assert [level.after for level in done.tables[0].levels] == [pytest.approx(0.5)] * 2
    assert weighting_json(done)["calibration"]["method"] == method
    assert weighting_json(done)["calibration"]["bounds"] == [0, 3]


def test_joint_cells_are_one_margin(services: Services) -> None:
    attributes = [DISTRICT, {"key": "age", "levels": ["young", "old"]}]
    document = every_type_document(attributes=attributes, weighting={"method": "poststratify"})
    key = an_open_survey(services, document)
    joint = "variable,level,count\n" + "".join(
        f"district:age,{level},{count}\n"
        for level, count in (("1:young", 10), ("1:old", 20), ("2:young", 30), ("2:old", 40))
    )
    with pytest.raises(BadInput, match="give their joint cells as district:age"):
        set_margins(services, key, "variable,level,share\ndistrict,1,1\ndistrict,2,0\nage,old,1\n")
    with pytest.raises(BadInput, match="no combination of levels"):
        set_margins(services, key, joint.replace("2:old", "2"))
    import_rows(
        services, key, "district,age,police", "1,young,5", "1,old,4", "2,young,3", "2,old,1"
    )
    done = set_margins(services, key, joint).calibrated
    assert [level.after for level in done.tables[0].levels] == pytest.approx([0.1, 0.2, 0.3, 0.4])


# --- when it cannot be done ---------------------------------------------------------------------


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


def test_margins_that_contradict_each_other_are_named(services: Services) -> None:
    said = problem_of(services, two_by_two(services), CROSSED)
    assert "No weights meet all population margins at once" in said
    assert "merge levels near “" in said


def test_bounds_of_margins_that_contradict_each_other_do_not_matter(services: Services) -> None:
    key = two_by_two(services, weighting={"bounds": [0.9, 1.1]})
    assert "No weights meet all population margins" in problem_of(services, key, CROSSED)


def test_no_response_is_left_out(services: Services) -> None:
    attributes = [DISTRICT, {"key": "age", "levels": ["young", "old"]}]
    key = an_open_survey(services, every_type_document(attributes=attributes))
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


# --- the table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"number": 0},
        {"replaces": 1},
        {"number": 2, "replaces": None},
        {"source": ""},
        {"number": 1, "replaces": None, "id": uuid4()},
    ],
)
def test_the_database_keeps_the_order_of_margins(
    database_url: str, tmp_path: Path, change: dict[str, Any]
) -> None:
    services = services_on(database_url, tmp_path)
    key = a_city(services, GOOD, BAD)
    set_margins(services, key)
    with pytest.raises(IntegrityError):
        _store(services, key, change)
    assert len(services.weighting.history(key)) == 1
    services.database.dispose()


def _store(services: Services, key: str, change: dict[str, Any]) -> None:
    """Change the only set, or add a second one under its number."""
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        (first,) = MarginRepository(work).of(survey.id)
        columns = {one.key: getattr(first, one.key) for one in inspect(MarginSetRecord).columns}
        if "id" in change:
            MarginRepository(work).add(MarginSetRecord(**columns | change))
        else:
            work.session.execute(update(MarginSetRecord).values(**change))
