"""The workbook of meetings: every bad row with its line, and the empty one that is handed out."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surveyapp.domain.errors import InvalidDefinition, Problem
from surveyapp.domain.messages import message
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.meeting_files import lines_of, meetings_template, read_meetings
from tests.builders import services_on
from tests.support.evaluations import HEADINGS, a_template, meeting, refused, workbook

RULES = a_template().rules


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance")
    yield made
    made.database.dispose()


def with_cells(rows: list[list[Any]], row: int, **cells: Any) -> list[list[Any]]:
    """Change cells of one row, by heading."""
    for name, value in cells.items():
        rows[row][HEADINGS.index(name)] = value
    return rows


def test_all_bad_rows_come_out_at_once_and_nothing_is_stored(
    services: Services, tmp_path: Path
) -> None:
    first = with_cells(meeting(1, A票人数="3"), 1, 组="处级")
    second = with_cells(meeting(2, 时间="明天", B票人数=None), 3, 姓名=None)
    third = with_cells(with_cells(meeting(3), 2, 姓名="乙"), 2, 组="deputy")
    third = with_cells(third, 3, 姓名="乙", 组="副职")
    lines = refused(services, tmp_path, first, second, third)
    assert [(line, reason.split(":")[0][:26]) for line, reason in lines] == [
        (2, "The class “A” has 3 people"),
        (3, "There is no group “处级”; th"),
        (7, "“明天” is no time"),
        (7, "How many belong to Text(zh"),
        (10, "Who or what is rated is mi"),
        (15, "“乙” stands in this meeting"),
    ]
    assert services.evaluations.all() == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"单位": None}, "The name of the unit is missing"),
        ({"单位": "长" * 101}, "The name of the unit is missing"),
        ({"地点": "长" * 101}, "The place is longer"),
        ({"考核组": "长" * 65}, "The name of a team"),
        ({"A票人数": "六"}, "is no number of people"),
        ({"职务": "长" * 4001}, "longer than 4000"),
    ],
)
def test_what_concerns_the_meeting_is_refused_at_its_first_row(
    services: Services, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    ((line, said),) = refused(services, tmp_path, with_cells(meeting(1), 0, **change))
    assert line == 2
    assert reason in said


def test_a_problem_of_a_definition_stands_at_the_row_that_says_it(
    services: Services, tmp_path: Path
) -> None:
    rows = with_cells(meeting(1), 2, 姓名="长" * 201)
    assert [line for line, _reason in refused(services, tmp_path, rows)] == [4]


def test_a_problem_of_the_whole_definition_stands_at_the_first_row(
    services: Services, tmp_path: Path
) -> None:
    (planned,) = read_meetings(workbook(tmp_path, meeting(1)), RULES, services.settings.timezone)
    refusal = InvalidDefinition((Problem(None, "classes", message("no")),))
    assert [one.line for one in lines_of(refusal, planned)] == [2]


def test_the_number_of_the_meeting_says_where_a_row_belongs(
    services: Services, tmp_path: Path
) -> None:
    orphan = with_cells(meeting(1), 0, 场次=None)
    assert {reason for _line, reason in refused(services, tmp_path, orphan)} == {
        "The first row needs the number of its meeting."
    }
    for number in ("0", "1000", "1.5", "一"):
        rows = with_cells(meeting(1), 0, 场次=number)
        ((line, reason),) = refused(services, tmp_path, rows)
        assert line == 2
        assert "is no number of a meeting" in reason


def test_meeting_columns_may_be_repeated_and_must_not_contradict(
    services: Services, tmp_path: Path
) -> None:
    rows = with_cells(meeting(1), 3, 场次=1, 单位="第1局", 地点="礼堂")
    (planned,) = read_meetings(workbook(tmp_path, rows), RULES, services.settings.timezone)
    assert len(planned.rated) == 5
    ((line, reason),) = refused(services, tmp_path, with_cells(rows, 3, 地点="操场"))
    assert line == 5
    assert "differs from the first row of meeting 1" in reason


def test_a_meeting_in_two_parts_is_one(services: Services, tmp_path: Path) -> None:
    rest = with_cells(meeting(1)[4:], 0, 场次=1)
    planned = read_meetings(
        workbook(tmp_path, meeting(1)[:4], meeting(2), rest), RULES, services.settings.timezone
    )
    assert [(one.number, len(one.rated)) for one in planned] == [(1, 5), (2, 5)]


def test_a_table_without_its_columns_is_refused(services: Services, tmp_path: Path) -> None:
    ((_line, reason),) = refused(services, tmp_path, [[1, "x"]], headings=("场次", "单位"))
    assert "is missing" in reason


def test_columns_are_known_by_several_names(services: Services, tmp_path: Path) -> None:
    headings = ("no.", "unit", "A (leaders) members", "b票", "group", "name")
    rows = [[1, "Bureau", 6, 7, "chiefs", "Li"]]
    (planned,) = read_meetings(
        workbook(tmp_path, rows, headings=headings), RULES, services.settings.timezone
    )
    assert {key: roll.n for key, roll in planned.rolls.items()} == {"A": 6, "B": 7}
    assert planned.takes_place_at is None


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_empty_workbook_shows_a_meeting_that_is_left_out(
    services: Services, tmp_path: Path, language: Any
) -> None:
    sheet = openpyxl.load_workbook(BytesIO(meetings_template(RULES, language))).worksheets[0]
    shown = list(sheet.iter_rows(values_only=True))
    # One example for each group of the template.
    assert len(shown) == 1 + 4
    filled = [list(row) for row in shown]
    blank: list[Any] = [None] * len(filled[0])
    real = {
        "场次": 1,
        "单位": "民政局",
        "A票人数": 6,
        "B票人数": 7,
        "组": "正职",
        "姓名或班子名称": "李",
    }
    names = [str(cell).rstrip("*") for cell in filled[0]]
    english = dict(
        zip(real, ("Meeting", "Unit", "Members of A", "Members of B", "Group", "Name"), strict=True)
    )
    for name, value in real.items():
        blank[names.index(name if language == "zh" else english[name])] = value
    path = workbook(tmp_path, [*filled[1:], blank], headings=filled[0])
    (planned,) = read_meetings(path, RULES, services.settings.timezone)
    assert [one.name for one in planned.rated] == ["李"]
