"""How far reporting is, what awaits whom, and the table with every value that is due."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from surveyapp.domain.periods import Period
from surveyapp.services.assessment.awaiting import Awaited
from surveyapp.storage.objectives import ValueQuery
from tests.support.values import (
    EAST,
    LEADER,
    OFFICE,
    REVIEWER,
    SCHEME,
    STATS,
    WEST,
    ValueBook,
)


def test_progress_says_what_is_missing(book: ValueBook) -> None:
    book.verified("6.5")
    book.report("5.9", unit="east", period="2026Q3")
    progress = {
        (one.indicator.key, str(one.period)): one
        for one in book.services.objectives.progress(SCHEME, STATS)
        if one.indicator.key == "gdp"
    }
    second, third = progress["gdp", "2026Q2"], progress["gdp", "2026Q3"]
    assert (second.due, second.verified, second.missing) == (2, 1, ("east",))
    assert (third.reported, third.missing) == (1, ("west",))
    assert ("gdp", "2026Q4") not in progress
    of_west = book.services.objectives.progress(SCHEME, WEST)
    assert {one.due for one in of_west if one.indicator.key == "gdp"} == {1}
    assert {one.due for one in of_west if one.indicator.key == "report"} == {2}
    assert all(
        one.indicator.key != "air" for one in book.services.objectives.progress(SCHEME, STATS)
    )


def test_a_filled_in_template_comes_back_as_values(book: ValueBook, tmp_path: Path) -> None:
    objectives = book.services.objectives
    path = tmp_path / "填报.xlsx"
    path.write_bytes(objectives.template(SCHEME, Period.parse("2026Q2"), STATS, "zh"))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:5] for row in rows] == [
        ["gdp", "地区生产总值增速", "east", "东城县", "2026Q2"],
        ["gdp", "地区生产总值增速", "west", "西山县", "2026Q2"],
    ]
    sheet.cell(3, 7, 6.5)
    workbook.save(path)
    result = objectives.import_file(SCHEME, path, "", STATS)
    assert (result.new, result.left_empty, result.errors) == (1, 1, ())
    (line,) = objectives.page(ValueQuery(SCHEME), STATS, 1).lines
    assert (line.unit_code, line.value, line.source) == ("west", "6.5", "填报.xlsx")
    assert objectives.value(line.id, STATS).file_sha256 is not None
    empty = objectives.template(SCHEME, Period.parse("2026Q2"), EAST, "en")
    path.write_bytes(empty)
    assert openpyxl.load_workbook(path).worksheets[0].max_row == 1


def test_what_awaits_whom(book: ValueBook) -> None:
    awaiting = book.services.awaiting
    book.report("5.9", unit="east", period="2026Q1")
    book.enter()
    value_id = book.verified("6.5", period="2026Q1")
    book.services.objecting.against_value(value_id, "偏低", WEST)
    assert awaiting.of(REVIEWER) == Awaited(values=1, entries=1, objections=1)
    # Two quarters have ended for two counties; of four values two are there.
    assert awaiting.of(STATS) == Awaited(missing=2)
    for person in (EAST, OFFICE, LEADER):
        assert awaiting.of(person) == Awaited()
