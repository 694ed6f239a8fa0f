"""XLSForm workbooks for tests: a small questionnaire with two lists of choices."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.survey import Definition
from surveyapp.services.definition_files import read_definition

Rows = list[list[Any]]

SETTINGS: Rows = [["form_title::中文", "form_title::English", "form_id"], ["城市", "City", "city"]]
CHOICES: Rows = [
    [
        "list_name",
        "name",
        "label::中文",
        "label::English",
        "code",
        "points",
        "favourable",
        "unscored",
    ],
    ["grade", "good", "好", "Good", 2, 100, "yes", None],
    ["grade", "bad", "差", "Bad", 1, 0.5, None, None],
    ["grade", "none", "说不清", "Don't know", 9, None, None, "yes"],
    ["where", "town", "城镇", "Town", None, None, None, None],
    ["where", "village", "乡村", "Village", None, None, None, None],
]
HEADER = [
    "type",
    "name",
    "label::中文",
    "label::English (en)",
    "required",
    "relevant",
    "constraint",
]


def workbook(**sheets: Rows) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def read(*rows: list[Any], header: list[str] = HEADER, **sheets: Rows) -> Definition:
    given = {"settings": SETTINGS, "choices": CHOICES} | sheets
    return read_definition(workbook(survey=[header, *rows], **given), "city.xlsx")


def problems_of(
    *rows: list[Any], header: list[str] = HEADER, **sheets: Rows
) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InvalidDefinition) as caught:
        read(*rows, header=header, **sheets)
    return [(one.path, one.line, str(one.message)) for one in caught.value.problems]


def places_of(*rows: list[Any], **sheets: Rows) -> list[tuple[str, int | None]]:
    return [(sheet, row) for sheet, row, _ in problems_of(*rows, header=HEADER, **sheets)]
