"""Reading the workbooks and tables of the organisation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.domain.organisation import Sheet, Unit
from surveyapp.domain.roles import Grant, Role
from surveyapp.domain.text import LANGUAGES, Language
from surveyapp.services.organisation import files as organisation_files
from surveyapp.services.organisation.files import MAXIMUM_BYTES, read_units, read_workbook
from surveyapp.services.organisation.template import organisation_template

UNITS = ["单位编码", "单位名称", "上级编码", "考核类别"]
WINDOWS = ["窗口编码", "窗口名称", "所属单位编码"]
ACCOUNTS = ["登录名", "姓名", "角色", "单位编码"]


def a_workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        worksheet = workbook.create_sheet(title)
        for row in rows:
            worksheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def problems_of(data: bytes) -> list[tuple[str | None, int, str]]:
    return [(one.sheet, one.row, str(one.message)) for one in read_workbook(data).problems]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_that_is_handed_out_can_be_read_back(language: Language) -> None:
    file = read_workbook(organisation_template(language))
    assert (file.units, file.accounts, file.problems, file.examples) == ((), (), (), 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_explains_its_columns_and_keeps_codes_as_text(language: Language) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(organisation_template(language)))
    assert len(workbook.worksheets) == 3
    for worksheet in workbook.worksheets:
        assert worksheet["A1"].value
        for heading in worksheet[2]:
            assert heading.comment is not None
            assert "%(" not in heading.comment.text
        assert worksheet["A3"].number_format == "@"
        assert worksheet.column_dimensions["A"].number_format == "@"


def test_units_windows_and_accounts_are_read() -> None:
    file = read_workbook(
        a_workbook(
            账号=[ACCOUNTS, ["Li.Qiang", "李强", "问卷编辑、Analyst；unit", "01"], [None] * 4],
            窗口=[WINDOWS, ["01-1", "1号窗口", "01"]],
            单位=[["说明"], UNITS, [1, "示例县"], ["01", "民政局", "1", "县直部门"]],
        )
    )
    assert file.problems == ()
    assert [(row.sheet, row.row, row.unit) for row in file.units] == [
        (Sheet.UNITS, 3, Unit("1", "示例县")),
        (Sheet.UNITS, 4, Unit("01", "民政局", "1", "县直部门")),
        (Sheet.WINDOWS, 2, Unit("01-1", "1号窗口", "01", "窗口")),
    ]
    account = file.accounts[0]
    assert (account.row, account.name, account.full_name) == (2, "li.qiang", "李强")
    roles = (Grant(Role.EDITOR), Grant(Role.ANALYST), Grant(Role.UNIT, "01"))
    assert account.grants == roles
    assert len(file.sha256) == 64


def test_english_headings_in_any_order_and_other_sheets_are_fine() -> None:
    rows: list[list[Any]] = [
        ["Name *", "CODE", None, "parent"],
        ["County", "a"],
        [None, None, "a stray note"],
    ]
    data = a_workbook(Units=rows, Notes=[["anything"]])
    assert [row.unit for row in read_workbook(data).units] == [Unit("a", "County")]


def test_a_sheet_that_is_named_in_the_old_way_is_found() -> None:
    assert read_workbook(a_workbook(帐号=[ACCOUNTS])).problems == ()


def test_every_bad_row_is_listed_with_its_sheet_and_reason() -> None:
    data = a_workbook(
        单位=[
            UNITS,
            [123456789012345678, "甲"],
            [1.5, "乙"],
            ["6.10402E+17", "丙"],
            [date(2026, 1, 1), "丁"],
            [True, "戊"],
            ["#REF!", "己"],
            ["ok", ""],
            ["fine", "好"],
        ],
        窗口=[WINDOWS, ["w1", "1号窗口", ""]],
        账号=[
            ACCOUNTS,
            ["li", "李强", "国王", ""],
            ["sun", "孙丽", "编辑", "01"],
            ["sun", "孙丽", "单位人员", ""],
            ["zhou", "周杰", "审计员", "01"],
            ["x", "", "", ""],
        ],
    )
    found = problems_of(data)
    assert [(sheet, row) for sheet, row, _ in found] == [
        *(("units", row) for row in range(2, 9)),
        ("windows", 2),
        *(("accounts", row) for row in range(2, 7)),
    ]
    reasons = [reason for _, _, reason in found]
    assert all("was rounded" in reason for reason in reasons[:3])
    assert all("a date or a truth value" in reason for reason in reasons[3:5])
    assert reasons[5:8] == [
        "The cell shows an error (#REF!).",
        "The name needs 1 to 200 characters.",
        "A window needs the code of the unit it belongs to.",
    ]
    assert reasons[8:12] == [
        "There is no role “国王”.",
        "There is no role “编辑”.",
        "The unit role needs a unit, and no other role has one.",
        "Only the unit role has a unit: leave the unit code empty.",
    ]
    assert [row.unit.code for row in read_workbook(data).units] == ["fine"]


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        (["单位编码", "单位名称", "电话"], ["The column “电话” is unknown."]),
        (["单位编码", "单位名称", "编码"], ["The column “单位编码” stands here twice."]),
        (["单位编码", "上级编码"], ["The column “单位名称” is missing."]),
    ],
)
def test_headings_that_cannot_be_used_are_named(headings: list[str], says: list[str]) -> None:
    found = read_workbook(a_workbook(单位=[headings, ["a", "甲"]]))
    assert [one.row for one in found.problems] == [1]
    values = [one.message.template % _chinese(one.message.values) for one in found.problems]
    assert values == says


def _chinese(values: Any) -> dict[str, Any]:
    return {name: getattr(value, "zh", value) for name, value in values.items()}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["甲", "乙"]],
        [["x"]] * 8,
        [[1, 2]],
    ],
)
def test_a_sheet_without_headings_says_which_are_missing(rows: list[list[str]]) -> None:
    found = read_workbook(a_workbook(单位=rows))
    assert [str(one.message) for one in found.problems] == [
        "The headings are missing: 单位编码, 单位名称."
    ]


def test_a_workbook_without_any_of_the_sheets_is_refused() -> None:
    with pytest.raises(BadInput, match="needs a sheet named"):
        read_workbook(a_workbook(其他=[["a"]]))


@pytest.mark.parametrize("data", [b"", b"code,name\n", b"PK\x03\x04" + b"0" * 100])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_workbook(data)


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BadInput, match="cannot be read"):
        read_workbook(file.getvalue())


def test_a_workbook_whose_sheet_is_broken_is_refused() -> None:
    whole = a_workbook(单位=[UNITS, ["a", "甲"]])
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                content = content[: len(content) // 2]
            new.writestr(part, content)
    with pytest.raises(BadInput, match="cannot be read"):
        read_workbook(file.getvalue())


def test_files_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="too large"):
        read_workbook(b"0" * (MAXIMUM_BYTES + 1))
    monkeypatch.setattr(organisation_files, "MAXIMUM_ROWS", 3)
    rows = [[str(number), "x"] for number in range(9)]
    with pytest.raises(BadInput, match="too large"):
        read_workbook(a_workbook(单位=[UNITS, *rows]))
    monkeypatch.setattr(organisation_files, "_UNPACKED_BYTES", 1000)
    with pytest.raises(BadInput, match="too large"):
        read_workbook(a_workbook(单位=[UNITS]))


def test_empty_rows_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organisation_files, "MAXIMUM_ROWS", 3)
    empty: list[list[Any]] = [[None, ""]] * 50
    file = read_workbook(a_workbook(单位=[UNITS, *empty, ["a", "甲"]]))
    assert [(row.row, row.unit.code) for row in file.units] == [(52, "a")]


CSV = "code,name,parent,category\n1,示例县,,\n2,民政局,1,县直部门\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_of_units_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(CSV.encode(encoding))
    expected = [(2, Unit("1", "示例县")), (3, Unit("2", "民政局", "1", "县直部门"))]
    rows, problems = read_units(path)
    assert [(row.row, row.unit) for row in rows] == expected
    assert problems == ()


def test_the_first_sheet_of_a_workbook_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "units.xlsx"
    path.write_bytes(a_workbook(随便=[["编码", "名称"], ["1", "示例县"]]))
    rows, problems = read_units(path)
    assert [(row.sheet, row.row, row.unit) for row in rows] == [(None, 2, Unit("1", "示例县"))]
    assert problems == ()


def test_bad_rows_of_a_table_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("编码,名称\n6.1E+17,甲\n,乙\n1,丙\n", encoding="utf-8")
    rows, problems = read_units(path)
    assert [row.unit.code for row in rows] == ["1"]
    assert [(one.sheet, one.row) for one in problems] == [(None, 2), (None, 3)]


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("units.xlsx", "units.csv"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_units(tmp_path / name)


def test_the_team_of_examiners_and_scrutineers_is_read() -> None:
    headings = ["登录名", "姓名", "角色", "考核组"]
    data = a_workbook(
        账号=[
            headings,
            ["li", "李强", "考核组、问卷编辑", "第一组"],
            ["sun", "孙丽", "监票人", ""],
            ["zhou", "周杰", "审计员", "第一组"],
        ]
    )
    read = read_workbook(data)
    assert [one.grants for one in read.accounts] == [
        (Grant(Role.EDITOR), Grant(Role.EXAMINER, team="第一组")),
        (Grant(Role.SCRUTINEER),),
    ]
    ((_sheet, row, reason),) = problems_of(data)
    assert (row, "Only examiners and scrutineers" in reason) == (4, True)
