from __future__ import annotations

import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.services.tabular import open_table

ROWS = [(2, ["5", "好"]), (3, ["", "差"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_every_encoding_offices_use(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("满意,意见\n5,好\n, 差\n".encode(encoding))
    table = open_table(path)
    assert table.header == ("满意", "意见")
    assert list(table.rows()) == list(table.rows()) == ROWS
    assert len(table.sha256) == 64


def test_a_row_is_known_by_the_line_it_begins_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n\n1,"two\nlines"\n,\n2,x\n')
    assert list(open_table(path).rows()) == [(3, ["1", "two\nlines"]), (6, ["2", "x"])]


def test_a_quotation_mark_that_never_ends_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n3,"4\n')
    with pytest.raises(BadInput, match=r"“a\.csv”, line 3: the quotation marks"):
        list(open_table(path).rows())


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["a", "b", None])
    book.active.append([5.0, "好"])
    book.active.append([None, "中"])
    book.active.append([])
    book.active.append([2.5, datetime.fromisoformat("2026-11-21")])
    book.active.append([True, datetime.fromisoformat("2026-11-21T08:30")])
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx")
    assert table.header == ("a", "b")
    assert list(table.rows()) == [
        (2, ["5", "好"]),
        (3, ["", "中"]),
        (5, ["2.5", "2026-11-21"]),
        (6, ["True", "2026-11-21T08:30:00"]),
    ]


def test_parquet_is_read_column_types_and_all(tmp_path: Path) -> None:
    columns = {"a": [5, None], "b": ["好", "差"], "c": [date(2026, 11, 21), None]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    table = open_table(tmp_path / "a.parquet")
    assert table.header == ("a", "b", "c")
    assert list(table.rows()) == [(2, ["5", "好", "2026-11-21"]), (3, ["", "差", ""])]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.doc", b"", "end in .csv"),
        ("a.xlsx", b"no workbook", "cannot be read"),
        ("a.parquet", b"no parquet", "cannot be read"),
        ("a.csv", b"\xff\xff\xff", "cannot be read"),
        ("a.csv", b"", "names of the columns"),
        ("a.csv", b"a,a\n", "name of its own"),
        ("a.csv", b"a,,b\n", "name of its own"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        open_table(tmp_path / name)


def test_a_file_that_is_not_there_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        open_table(tmp_path / "nothing.csv")


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}'
    "<sheetData>{}</sheetData></worksheet>"
)
_FIRST = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


def _workbook_with(path: Path, sheet: str) -> Path:
    """Write a workbook whose only worksheet is given as XML."""
    openpyxl.Workbook().save(path.with_suffix(".empty"))
    with (
        zipfile.ZipFile(path.with_suffix(".empty")) as parts,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in parts.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            made.writestr(name, sheet if is_sheet else parts.read(name))
    return path


def test_a_workbook_does_not_get_work_done_by_the_size_it_claims(tmp_path: Path) -> None:
    last = '<row r="300000"><c r="A300000"><v>1</v></c></row>'
    claimed = _SHEET.format('<dimension ref="A1:XFD300000"/>', _FIRST + last)
    path = _workbook_with(tmp_path / "a.xlsx", claimed)
    began = time.process_time()
    assert list(open_table(path).rows()) == [(300000, ["1"])]
    assert time.process_time() - began < 20


def test_a_workbook_of_gaps_between_cells_is_refused(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 400))
    path = _workbook_with(tmp_path / "a.xlsx", _SHEET.format("", _FIRST + rows))
    with pytest.raises(BadInput, match="cannot be read"):
        list(open_table(path).rows())


def test_a_workbook_packed_to_fill_the_memory_is_refused_unopened(tmp_path: Path) -> None:
    path = _workbook_with(tmp_path / "a.xlsx", _SHEET.format("", _FIRST + " " * 60_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match="cannot be read"):
        open_table(path)


def test_an_archive_of_something_else_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("readme.txt", "no workbook")
    with pytest.raises(BadInput, match="cannot be read"):
        list(open_table(path).rows())
