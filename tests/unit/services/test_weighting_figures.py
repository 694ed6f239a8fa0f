"""Figures weighted to population margins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.assembly import Services
from surveyapp.services.results.report_json import report_json, weighting_json
from tests.builders import an_open_survey, every_type_document, services_on
from tests.support.results import a_city, import_rows
from tests.support.weighting import (
    BAD,
    DISTRICT,
    GOOD,
    notes,
    sentences,
    set_margins,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_figures_are_weighted_and_say_so(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    set_margins(services, key)
    report = services.reporting.report(key, by=["area"], fold="all")
    (row,) = report.overall
    assert row.figure.value == pytest.approx(50)
    assert row.unweighted == 75
    assert row.gap == pytest.approx(-25)
    assert row.favourable is not None
    assert row.favourable.figure.value == pytest.approx(0.5)
    assert row.favourable.unweighted == 0.75
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


def test_sentences_and_tables_use_the_short_name_of_an_attribute(services: Services) -> None:
    area = {
        "key": "area",
        "title": {"zh": "您住在哪里？", "en": "Where do you live?"},
        "name": {"zh": "居住地", "en": "Residence"},
        "levels": ["town", "village"],
    }
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2, attributes=[area])
    set_margins(services, key)
    assert "by Residence; source" in notes(services, key)[0]
    report = services.reporting.report(key, by=["area"], fold="all")
    titles = [row.group.attribute_title for row in report.composition]
    assert Text("居住地", "Residence") in titles
    assert Text("您住在哪里？", "Where do you live?") not in titles
    (table,) = weighting_json(report.method.calibrated)["margins"]["variables"]
    assert table["title"] == {"zh": "居住地", "en": "Residence"}


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


def test_both_sentences_of_a_gap_name_the_printed_one(services: Services) -> None:
    village = ["1,village,,phone", "2,village,,phone"] * 5
    key = a_city(services, GOOD, "2,town,,phone", *village)
    set_margins(services, key, "variable,level,share\narea,town,0.0632\narea,village,0.9368\n")
    first, second, *_ = sentences(services, key)
    # 18.16 and 23.333: 5.2 apart, but 5.1 as printed.
    assert "18.2 points, 5.1 lower than unweighted" in first
    assert "moves the figure by 5.1 points" in second


@pytest.mark.parametrize(
    ("shares", "total"),
    [((0.52, 0.42), "0.94"), ((52, 42), "94"), ((0.5, 0.51), "1.01"), ((3, 1), "4")],
)
def test_shares_that_do_not_add_up_are_pointed_out(
    services: Services, shares: tuple[float, float], total: str
) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    content = "variable,level,share\narea,town,{}\narea,village,{}\n".format(*shares)
    (note,) = set_margins(services, key, content).notes
    assert f"The shares of “Area” add up to {total}, neither to 1 nor to 100" in translate(
        note, "en"
    )


@pytest.mark.parametrize(
    ("measure", "numbers"),
    [("share", (0.5, 0.5)), ("share", (33.3, 66.6)), ("share", (0.333, 0.666)), ("count", (7, 9))],
)
def test_shares_of_all_and_counts_need_no_remark(
    services: Services, measure: str, numbers: tuple[float, float]
) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    content = f"variable,level,{measure}\narea,town,{numbers[0]}\narea,village,{numbers[1]}\n"
    assert set_margins(services, key, content).notes == ()


def test_a_stop_after_the_source_is_not_doubled(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    set_margins(services, key, source="Census, table 3.")
    assert notes(services, key)[0].endswith("figures: Census, table 3.")


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
