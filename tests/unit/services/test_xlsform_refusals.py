"""What XLSForm workbooks ask for in vain: refused with sheet, row and reason, all at once."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.services.definition_files import read_definition
from tests.support.workbooks import (
    CHOICES,
    HEADER,
    SETTINGS,
    Rows,
    places_of,
    problems_of,
    workbook,
)

GOOD = ["select_one grade", "q1", "服务", "Service"]


def test_all_problems_of_all_sheets_come_at_once() -> None:
    problems = places_of(
        ["geopoint", "q1", "位置", "Place"],
        ["select_one nowhere", "q2", "哪里", "Where"],
        ["text", "9", "意见", "Remarks"],
        settings=[["form_id", "kind"], ["city", "poll"]],
        choices=[*CHOICES, [None, "x", "甲", "A"], ["grade", "good", "好", "Good", 7, 1]],
    )
    assert problems == [
        ("choices", 7),
        ("choices", 8),
        ("settings", 2),
        ("settings", 2),
        ("survey", 2),
        ("survey", 3),
        ("survey", 4),
    ]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("start", "does not collect"),
        ("geopoint", "does not collect"),
        ("image", "cannot be answers"),
        ("calculate", "Calculated"),
        ("begin_repeat", "Repeated"),
        ("date", "ask for a choice or a text"),
        ("riddle", "“riddle” is not known"),
        (None, "“type” is empty"),
        ("select_one grade or_other", "“or_other” is not supported"),
        ("select_one", "There is no list “”"),
    ],
)
def test_a_type_without_counterpart_is_refused(kind: str | None, reason: str) -> None:
    problems = problems_of(GOOD, [kind, "q2", "另一题", "Another"])
    assert [(sheet, row) for sheet, row, _ in problems][:1] == [("survey", 3)]
    assert reason in problems[0][2]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("default", "good", "Nothing may be filled in or chosen beforehand"),
        ("calculation", "1+1", "Calculated"),
        ("choice_filter", "a=${b}", "depend on an earlier answer"),
        ("media::image", "a.png", "Pictures"),
    ],
)
def test_a_feature_without_counterpart_is_refused_where_it_is_used(
    column: str, cell: str, reason: str
) -> None:
    header = [*HEADER[:4], column]
    problems = problems_of([*GOOD, cell], ["text", "q2", "意见", "Remarks"], header=header)
    assert [(sheet, row) for sheet, row, _ in problems] == [("survey", 2)]
    assert reason in problems[0][2]


def test_columns_that_nobody_knows_are_refused_once() -> None:
    header = ["type", "name", "label::中文", "label::English", "label::français", "colour", "type"]
    assert [(row, sentence) for _, row, sentence in problems_of(GOOD, header=header)] == [
        (1, "The column “colour” is not known here."),
        (1, "The column “label::français” is in a language other than Chinese and English."),
        (1, "The column “type” is there twice."),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["text", "q2", "意见", "Remarks", None, "${q1} != 'good'"], "condition is not supported"),
        (["text", "q2", "意见", "Remarks", None, None, "regex(., 'x')"], "string-length(.) <= 9"),
        (["integer", "q2", "次数", "Times", None, None, ". > 3"], ". >= 9, . <= 9"),
        (["select_one grade", "q2", "服务", "S", None, None, ". != 'bad'"], "cannot have a constr"),
        (["text", "q2", "意见", "Remarks", "perhaps"], "“required” is yes or no"),
        (["note", "n", None, None], "A text is missing"),
        (["note", "n", "注", "Note", None, "${q1} = 'good'"], "A note cannot depend"),
        (["note", "n", "注", "Note"], "none follows"),
        (["end_group"], "There is no group to end"),
        (["begin_group", "g", None, None], "has no “end_group”"),
    ],
)
def test_a_row_that_cannot_be_honoured_is_refused(row: list[Any], reason: str) -> None:
    (problem,) = problems_of(GOOD, row)
    assert problem[:2] == ("survey", 3)
    assert reason in problem[2]


def test_a_group_and_its_question_cannot_depend_on_the_same_answer() -> None:
    problems = problems_of(
        GOOD,
        ["begin_group", "g", None, None, None, "${q1} = 'good'"],
        ["text", "q2", "意见", "Remarks", None, "${q1} = 'bad'"],
        ["end_group"],
    )
    assert problems == [("survey", 4, "The group around it already depends on this question.")]


def test_a_matrix_holds_choices_from_one_list_only() -> None:
    problems = problems_of(
        ["begin_group", "m", "各方面", "Aspects", None, None, None, "table-list"],
        ["select_one grade", "air", "空气", "Air"],
        ["select_one sat5", "water", "水", "Water"],
        ["text", "why", "原因", "Why"],
        ["begin_group", "g"],
        ["end_group"],
        ["end_group"],
        header=[*HEADER, "appearance"],
    )
    assert [row for _, row, _ in problems] == [2, 5, 6]


def test_a_matrix_needs_rows() -> None:
    problems = problems_of(
        ["begin_group", "m", "各方面", "Aspects", None, None, None, "table-list"],
        ["end_group"],
        header=[*HEADER, "appearance"],
    )
    assert {(sheet, row) for sheet, row, _ in problems} == {("survey", 2)}


def test_an_attribute_is_a_choice_that_everybody_is_asked() -> None:
    header = [*HEADER, "attribute"]
    problems = problems_of(
        ["integer", "age", "年龄", "Age", None, None, None, "yes"], GOOD, header=header
    )
    assert ("survey", 2) in [(sheet, row) for sheet, row, _ in problems]


def test_settings_have_one_row() -> None:
    problems = problems_of(GOOD, settings=[*SETTINGS, ["城市", "City", "city"]])
    assert problems == [("settings", 3, "Only one row belongs here.")]


def test_a_workbook_without_settings_says_what_is_missing() -> None:
    problems = problems_of(GOOD, settings=[])
    assert {sheet for sheet, _, _ in problems} == {"settings"}


def test_a_legal_head_is_complete_or_refused() -> None:
    rows: Rows = [["form_id", "form_title", "valid_until"], ["city", "城市", dt.date(2026, 12, 31)]]
    assert set(places_of(GOOD, settings=rows)) == {("settings", 2)}


def test_an_index_of_unknown_items_names_its_row() -> None:
    rows: Rows = [["name", "of"], ["all", "q1"], ["other", "q7"]]
    assert places_of(GOOD, indices=rows) == [("indices", 3)]


def test_a_workbook_without_questions_is_refused() -> None:
    data = workbook(settings=SETTINGS)
    with pytest.raises(BadInput, match="errors"):
        read_definition(data, "city.xlsx")


@pytest.mark.parametrize("data", [b"PK\x03\x04 no archive", b"PK\x03\x04"])
def test_a_file_that_only_looks_like_a_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read as an Excel workbook"):
        read_definition(data, "city.xlsx")


def archive(**entries: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return file.getvalue()


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot be read as an Excel workbook"):
        read_definition(archive(letter=b"dear"), "city.xlsx")


def test_an_archive_that_unpacks_into_a_flood_is_refused_unread() -> None:
    with pytest.raises(BadInput, match="too large to be a questionnaire"):
        read_definition(archive(flood=bytes(30_000_000)), "city.xlsx")
