"""The 汇总表 as tables, as a workbook, and joined over all meetings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.tabulation import rate_cells, rate_headings, short, tabulations
from surveyapp.services.ballots.tabulation_cells import Heading, Score, Share, Table, written
from surveyapp.services.ballots.tabulation_head import foot_of, head_facts
from tests.builders import CLERK
from tests.support.ballots import ballots_on, cast, issue, pattern, put_in_use
from tests.support.evaluations import (
    TEMPLATE,
    a_template,
    cards,
    import_meetings,
    meeting,
    vote,
    workbook,
)

GOOD = cards("excellent", "excellent", "excellent", "competent", "approve")
FAIR = cards("good", "competent", "basically_competent", "incompetent", "disapprove")
POOR = cards("fair", "incompetent", "incompetent", "dont_know", "abstain")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


@pytest.fixture
def counted(services: Services, tmp_path: Path) -> Services:
    """Three meetings, two of them counted: A票 6, B票 10 each."""
    import_meetings(services, tmp_path, meeting(1), meeting(2, B票人数="3并入A"), meeting(3))
    vote(services, "year-001", [GOOD, FAIR])
    vote(services, "year-002", [GOOD, GOOD, FAIR])
    return services


def texts(table: Table) -> list[list[str]]:
    return [[written(cell, "en") for cell in row] for row in table.rows]


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_headings_stand_above_their_parts() -> None:
    part = Heading(Text.same("n"))
    table = Table(
        Text.same("t"), (Heading(Text.same("a")), Heading(Text.same("b"), (part, part))), ()
    )
    first, second = table.heading_rows()
    assert [(one.column, one.columns, one.rows) for one in first] == [(0, 1, 2), (1, 2, 1)]
    assert [(one.column, one.columns, one.rows) for one in second] == [(1, 1, 1), (2, 1, 1)]
    assert table.width == 3


def test_a_team_has_a_row_for_each_class_and_one_for_all(counted: Services) -> None:
    team, _cadres, _promoted = tabulations(counted.ballot_results.result("year-001"))
    (table,) = team.tables
    rows = texts(table)
    assert [row[0] for row in rows] == ["A (leaders)", "B票", "Total"]
    # 6 of A and 10 of B, every second one GOOD: 3 and 5 excellent, as many good.
    assert rows[0][1:5] == ["3", "50.00%", "3", "50.00%"]
    assert rows[1][1:5] == ["5", "50.00%", "5", "50.00%"]
    assert rows[2][1:5] == ["8", "50.00%", "8", "50.00%"]
    # Means of the class (100 + 80) / 2, weighted the same, rank 1.
    assert rows[0][-4:-1] == ["90.000", "", ""]
    assert rows[2][-4:-1] == ["", "90.000", "1"]
    assert [len(row) for row in rows] == [table.width] * 3
    assert texts(team.ballots) == [
        ["A (leaders)", "60.00%", "6", "6", "6", "0", "6", "0"],
        ["B票", "40.00%", "10", "10", "10", "0", "10", "0"],
        ["Total", "100.00%", "16", "16", "16", "0", "16", "0"],
    ]


def test_people_stand_one_below_the_other_with_rates_and_remarks(counted: Services) -> None:
    _team, cadres, promoted = tabulations(counted.ballot_results.result("year-001"))
    chiefs, deputies = cadres.tables
    titles = [one.title.zh for one in chiefs.headings]
    assert titles == [
        "序号", "姓名", "职务", "总体评价", "优秀率", "优秀称职率", "不称职率",
        "票种均分", "加权得分", "组内名次", "备注",
    ]  # fmt: skip
    (chief,) = texts(chiefs)
    assert chief[:5] == ["1", "甲", "局长", "8", "50.00%"]
    rates = chief[3 + 12 : 3 + 12 + 3]
    assert rates == ["50.00%", "100.00%", "0.00%"]
    assert chief[-5:-1] == ["90.000", "90.000", "90.000", "1"]
    first, second = texts(deputies)
    assert [first[-2], second[-2]] == ["1", "2"]
    # 乙: half excellent, half basically competent: below two thirds. The flag speaks too.
    assert first[-1].startswith("Low")
    assert deputies.note is not None
    (new,) = texts(promoted.tables[0])
    assert new[:5] == ["1", "丁", "科长", "8", "50.00%"]
    assert "加权得分" not in [one.title.zh for one in promoted.tables[0].headings]


def test_what_is_withheld_says_why(services: Services) -> None:
    put_in_use(services, quota=None)
    for number, code in enumerate(issue(services, B=7)["B"]):
        cast(services, code, pattern(number))
    services.ballot_closing.close("cadres", CLERK)
    (one,) = tabulations(services.ballot_results.result("cadres"))
    for table in one.tables:
        for row in texts(table):
            assert row[-1] == "Fewer than 8 valid ballots: no result"
            assert len(row) == table.width
        assert table.note is None


def test_without_ballots_every_layout_says_so(services: Services, tmp_path: Path) -> None:
    import_meetings(services, tmp_path, meeting(1, 时间=None))
    services.ballot_preparing.put_in_use("year-001", CLERK)
    services.ballot_closing.close("year-001", CLERK)
    for one in tabulations(services.ballot_results.result("year-001")):
        for table in one.tables:
            assert [len(row) for row in table.rows] == [table.width] * len(table.rows)
            assert all("valid ballots" in row[-1] for row in texts(table))
    assert services.tabulating.tabulated("year-001").head.time is None


def test_several_teams_are_told_apart(services: Services, tmp_path: Path) -> None:
    rows = meeting(1)
    import_meetings(services, tmp_path, [rows[0], [*[None] * 7, "班子表", "二班子", None]])
    vote(services, "year-001", [{"p1": "excellent", "p2": "good"}])
    (team,) = tabulations(services.ballot_results.result("year-001"))
    (table,) = team.tables
    assert {row[0] for row in texts(table)} == {"第1局班子", "二班子"}
    assert [len(row) for row in table.rows] == [table.width] * 6


def test_a_sheet_without_overall_grade_or_with_few_grades_has_fewer_columns(
    services: Services,
) -> None:
    put_in_use(services, overall=False, quota=None)
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    services.ballot_closing.close("cadres", CLERK)
    (one,) = tabulations(services.ballot_results.result("cadres"))
    assert "总体评价" not in [heading.title.zh for heading in one.tables[0].headings]
    assert all(len(row) == one.tables[0].width for row in one.tables[0].rows)


def test_the_workbook_holds_numbers_and_who_met_where(counted: Services) -> None:
    sheets = sheets_of(counted.tabulating.workbook("year-001", "zh", CLERK))
    assert list(sheets) == ["班子表", "干部表", "评议表", "技术附录"]
    flat = [cell for row in sheets["班子表"] for cell in row if cell is not None]
    assert "考核单位：第1局" in flat
    assert "测评时间：2026-12-01 14:30" in flat
    assert "地点：礼堂" in flat
    root = counted.ballot_results.result("year-001").root
    assert f"校验码：{root}" in flat
    assert 0.5 in flat
    assert 90 in flat
    assert any(isinstance(cell, str) and "计分标准：优秀 100；良好 80" in cell for cell in flat)
    assert any(isinstance(cell, str) and cell.startswith("签字：") for cell in flat)


def test_a_name_that_looks_like_a_formula_stays_text(services: Services, tmp_path: Path) -> None:
    rows = meeting(1)
    rows[1][8] = "+甲"
    import_meetings(services, tmp_path, rows)
    vote(services, "year-001", [GOOD])
    book = openpyxl.load_workbook(BytesIO(services.tabulating.workbook("year-001", "zh", CLERK)))
    cells = [cell for row in book["干部表"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert [cell.value for cell in cells if cell.value == "'+甲"]


def test_a_single_vote_names_its_office_and_the_day_it_ended(services: Services) -> None:
    put_in_use(services, office="示例县考核办")
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    services.ballot_closing.close("cadres", CLERK)
    one = services.tabulating.tabulated("cadres")
    assert one.head.unit.zh == "示例县考核办"
    assert (one.head.time, one.head.place, one.head.team) == (None, None, None)
    facts = {fact.name.zh: written(fact.value, "zh") for fact in head_facts(one.result, one.head)}
    assert facts["测评时间"] == one.head.closed
    assert facts["地点"].startswith("＿")
    assert "考核组" not in facts


def test_a_day_without_an_hour_is_shown_as_a_day(services: Services, tmp_path: Path) -> None:
    import_meetings(services, tmp_path, meeting(1, 时间="2026-12-05", 考核组=None))
    vote(services, "year-001", [GOOD])
    assert services.tabulating.tabulated("year-001").head.time == "2026-12-05"


def test_the_foot_says_what_shares_divide_by_and_whether_the_vote_stands(
    services: Services,
) -> None:
    put_in_use(services, quorum="2/3", count_unknown=True, criteria=[])
    services.ballot_closing.close("cadres", CLERK)
    one = services.tabulating.tabulated("cadres")
    facts = {fact.name.zh: fact for fact in head_facts(one.result, one.head)}
    assert "注意" in facts
    assert "说明" not in facts
    foot = {fact.name.zh: fact for fact in foot_of(one.result, one.result.rules.sheets[0])}
    assert "with “Not familiar”" in str(foot["得票率"].value)
    assert "各项权重" not in foot
    (only,) = tabulations(one.result)
    assert all(row[-1] == "Quorum not reached" for row in texts(only.tables[0]))


def test_the_joint_tabulation_ranks_over_all_counted_meetings(counted: Services) -> None:
    done: list[int] = []
    sheets = sheets_of(counted.tabulating.joint("year", "zh", CLERK, advance=done.append))
    assert done == [1, 1, 1]
    assert list(sheets) == ["班子表", "干部表", "评议表", "各场次进度"]
    teams = [row for row in sheets["班子表"] if row[2] and str(row[2]).endswith("班子")]
    # 第2局: 6 of 9 GOOD give (6·100 + 3·80) / 9; B票 joined A票 and has no mean of its own.
    assert [(row[0], row[-4], row[-3], row[-2]) for row in teams] == [
        (2, 93.333, 1, 1),
        (1, 90, 2, 1),
    ]
    assert [row[-5] for row in teams] == ["–", 90]
    flat = [cell for row in sheets["班子表"] for cell in row]
    assert "尚缺场次：3 第3局" in flat
    progress = [row for row in sheets["各场次进度"] if isinstance(row[0], int)]
    assert [(row[0], row[3], row[5], row[7]) for row in progress] == [
        (1, "已计票", 16, 16),
        (2, "已计票", 9, 9),
        (3, "准备中", 16, 0),
    ]
    assert progress[0][9] == counted.ballot_results.result("year-001").root


def test_meetings_without_a_result_stand_at_the_end_of_the_joint_tabulation(
    services: Services, tmp_path: Path
) -> None:
    import_meetings(services, tmp_path, meeting(1), meeting(2))
    vote(services, "year-001", [POOR])
    services.ballot_preparing.put_in_use("year-002", CLERK)
    services.ballot_closing.close("year-002", CLERK)
    sheets = sheets_of(services.tabulating.joint("year", "en", CLERK))
    chiefs = [row for row in sheets["Cadres"] if row[2] == "甲"]
    assert [(row[0], row[-3]) for row in chiefs] == [(1, 1), (2, None)]
    assert "Fewer than 8" in str(chiefs[1][-1])


def test_a_vote_that_does_not_stand_has_no_rank_in_the_joint_tabulation(
    services: Services, tmp_path: Path
) -> None:
    template = a_template(TEMPLATE.replace("quorum: 0", "quorum: 2/3"))
    services.evaluating.import_meetings(template, workbook(tmp_path, meeting(1)), CLERK)
    services.ballot_preparing.put_in_use("year-001", CLERK)
    services.ballot_closing.close("year-001", CLERK)
    sheets = sheets_of(services.tabulating.joint("year", "en", CLERK))
    (chief,) = [row for row in sheets["Cadres"] if row[2] == "甲"]
    assert chief[-1] == "Quorum not reached"
    assert not [cell for row in sheets["Cadres"] for cell in row if "missing" in str(cell)]


def test_rates_follow_the_number_of_grades() -> None:
    sheet = a_template().rules.sheet("cadres")
    three = replace(sheet, levels=sheet.levels[:3])
    assert [one.title.zh for one in rate_headings(three)] == ["优秀率", "基本称职率"]
    assert rate_headings(replace(sheet, levels=sheet.levels[:2])) == ()
    assert rate_cells(three, ()) == [Share(None), Share(None)]


def test_classes_are_called_by_their_short_names() -> None:
    assert short(Text("A票（领导）、B票（职工）", "A (leaders) and B (staff)")) == Text(
        "A票、B票", "A and B"
    )
    assert short(Text("（领导）", "(x)")) == Text("（领导）", "(x)")


def test_cells_are_written_as_they_are_shown() -> None:
    assert written(Share(Fraction(1, 3)), "zh") == "33.33%"
    assert written(Score(Fraction(2, 3)), "zh") == "0.667"
    assert written(("甲", Text("乙", "B")), "en") == "甲；B"
    assert [written(one, "zh") for one in (None, 3, "x", Share(None))] == ["", "3", "x", "–"]
