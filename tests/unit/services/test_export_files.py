from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pyreadstat
import pytest
from pyarrow import parquet

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.scales import Level
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.exports import files as export_files
from surveyapp.services.exports import spss as export_spss
from surveyapp.services.exports.files import WRITERS, Document
from surveyapp.services.exports.spss import write_sav
from surveyapp.services.exports.tables import Column, Content, Sheet, Value
from tests.builders import CLERK, services_on
from tests.support.results import a_city

LEVELS = (
    Level("good", "2", Text("好", "Good")),
    Level("bad", "1", Text("差", "Bad")),
)
COLUMNS = (
    Column("row", "行", Content.WHOLE),
    Column("=code", "代码", Content.WORD),
    Column("m.air", "空气", Content.CHOICE, LEVELS),
    Column("why", "原因", Content.CHOICES, LEVELS),
    Column("visits", "次数", Content.NUMBER),
    Column("remark", "备注", Content.TEXT),
)
ROWS: list[list[Value]] = [
    [1, "530400000000000001", "good", ["good", "bad"], "-12.50", "=HYPERLINK(A1)\x07"],
    [2, None, None, None, "123456789012345678", "#N/A"],
    [3, "+1-1", "bad", [], None, "两\n行"],
]


def document(rows: Sequence[Sequence[Value]] = ROWS, **changes: object) -> Document:
    sheet = Sheet("数据", COLUMNS, rows)
    about = [(message("Note"), "说明")]
    made = Document("标题", sheet, about, "zh", more=[Sheet("另", COLUMNS[:1], [[7]])])
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_csv_has_the_mark_spreadsheets_need_and_no_formula(tmp_path: Path) -> None:
    made = document()
    WRITERS["csv"](made, path := tmp_path / "a.csv")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(content.decode("utf-8-sig").splitlines(keepends=True))
    assert header == ["row", "'=code", "m.air", "why", "visits", "remark"]
    assert rows[0] == ["1", "530400000000000001", "good", "good;bad", "-12.50",
                       "'=HYPERLINK(A1)\x07"]  # fmt: skip
    assert rows[2][1] == "'+1-1"
    assert made.rows == 3


def test_the_rows_have_the_same_checksum_in_every_format(tmp_path: Path) -> None:
    checksums = set()
    for name, write in (*WRITERS.items(), ("sav", write_sav)):
        made = document()
        write(made, tmp_path / name)
        checksums.add((made.rows, made.data_sha256))
    assert len(checksums) == 1


def test_a_workbook_keeps_long_codes_and_runs_nothing(tmp_path: Path) -> None:
    WRITERS["xlsx"](document(), path := tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:2] == ["数据", "另"]
    data = book["数据"]
    assert data.freeze_panes == "A2"
    assert [cell.value for cell in data[1]][1] == "'=code"
    code, number, remark = data["B2"], data["E2"], data["F2"]
    assert (code.value, code.data_type) == ("530400000000000001", "s")
    assert (number.value, number.data_type) == (-12.5, "n")
    assert (remark.value, remark.data_type) == ("'=HYPERLINK(A1)\ufffd", "s")
    # a number that a spreadsheet would round, and a text that it would take for an error
    assert [(data[cell].value, data[cell].data_type) for cell in ("E3", "F3")] == [
        ("123456789012345678", "s"),
        ("#N/A", "s"),
    ]
    about = [value for _, value in book.worksheets[-1].values]
    assert "说明" in about
    assert "3" in about


def test_texts_end_where_a_cell_ends(tmp_path: Path) -> None:
    long: list[list[Value]] = [[1, "x" * 40_000, None, None, None, None]]
    WRITERS["xlsx"](document(long), path := tmp_path / "a.xlsx")
    value = openpyxl.load_workbook(path)["数据"]["B2"].value
    assert isinstance(value, str)
    assert len(value) == 32_767


def test_a_workbook_that_fails_leaves_nothing_open(tmp_path: Path) -> None:
    def failing() -> Iterator[list[Value]]:
        yield ROWS[0]
        raise RuntimeError("the database is gone")

    broken = document()
    broken.sheet = Sheet("数据", COLUMNS, failing())
    with pytest.raises(RuntimeError, match="the database is gone"):
        WRITERS["xlsx"](broken, tmp_path / "a.xlsx")


def test_json_keeps_lists_and_explains_its_columns(tmp_path: Path) -> None:
    WRITERS["json"](document(), path := tmp_path / "a.json")
    content = json.loads(path.read_text("utf-8"))
    assert content["rows"][0]["why"] == ["good", "bad"]
    assert content["rows"][1]["=code"] is None
    assert content["columns"][2] == {
        "name": "m.air",
        "title": "空气",
        "content": "choice",
        "levels": [
            {"key": "good", "code": "2", "zh": "好", "en": "Good"},
            {"key": "bad", "code": "1", "zh": "差", "en": "Bad"},
        ],
    }
    assert "说明" in content["about"].values()


def test_parquet_is_written_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "BATCH", 3)
    for rows in (ROWS, [*ROWS, *ROWS[:1]]):
        WRITERS["parquet"](document(rows), path := tmp_path / "a.parquet")
        table = parquet.read_table(path)
        assert table.num_rows == len(rows)
        assert table.column("why").to_pylist()[:3] == ["good;bad", None, ""]
        assert table.column("visits").to_pylist()[0] == -12.5
    metadata = parquet.ParquetFile(tmp_path / "a.parquet").metadata.metadata
    assert "说明" in json.loads(metadata[b"about"]).values()


def test_spss_gets_codes_with_labels(tmp_path: Path) -> None:
    write_sav(document(), path := tmp_path / "a.sav")
    frame, meta = pyreadstat.read_sav(path)
    assert list(frame.columns) == ["row", "v2__code", "m.air", "why", "visits", "remark"]
    assert frame["m.air"].tolist()[::2] == [2.0, 1.0]
    assert meta.variable_value_labels == {"m.air": {2.0: "好", 1.0: "差"}}
    assert meta.column_names_to_labels["m.air"] == "空气"
    assert frame["why"].tolist() == ["good;bad", "", ""]
    assert meta.file_label == "标题"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["by", "By", "a", "A"], ["v1_by", "v2_By", "a", "v4_A"]),
        (["模拟", "1st", "x."], ["v1", "v2_1st", "x"]),
    ],
)
def test_spss_gets_names_it_accepts(tmp_path: Path, names: list[str], expected: list[str]) -> None:
    columns = tuple(Column(name, "题" * 200, Content.WORD) for name in names)
    made = document()
    made.sheet = Sheet("数据", columns, [["a"] * len(names)])
    write_sav(made, path := tmp_path / "a.sav")
    assert list(pyreadstat.read_sav(path)[0].columns) == expected


def test_levels_whose_codes_are_words_stay_keys_in_spss(tmp_path: Path) -> None:
    levels = (Level("good", "g", Text.same("好")), Level("bad", "b", Text.same("差")))
    made = document()
    made.sheet = Sheet("数据", (Column("q", "题", Content.CHOICE, levels),), [["good"], [None]])
    write_sav(made, path := tmp_path / "a.sav")
    frame, meta = pyreadstat.read_sav(path)
    assert (frame["q"].tolist(), meta.variable_value_labels) == (["good", ""], {})


def test_more_rows_than_spss_can_take_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_spss, "MOST_ROWS", 2)
    with pytest.raises(BadInput, match="at most 2 rows"):
        write_sav(document(), tmp_path / "a.sav")


# --- indices --------------------------------------------------------------------------------------


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_indices_of_small_groups_are_empty(services: Services, tmp_path: Path) -> None:
    key = a_city(services, *["5,town,w1,phone"] * 6, *["1,village,w1,phone"] * 4)
    done = services.exporting.export_indices(key, path := tmp_path / "a.csv", "csv", CLERK)
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert done.rows == len(rows) == 3 * 5
    found = {(row["subject"], row["attribute"], row["level"]): row for row in rows}
    assert found["", "", ""]["value"] == "60.0"
    assert found["w1", "area", "town"]["n"] == "6"
    small = found["", "area", "village"]
    assert (small["n"], small["value"], small["suppressed"]) == ("", "", "1")
    assert small["group_title"] == "乡村"


def test_a_workbook_of_indices_has_the_distributions(services: Services, tmp_path: Path) -> None:
    key = a_city(services, *["5,town,w1,phone"] * 6, "9,town,w1,phone")
    services.exporting.export_indices(
        key, path := tmp_path / "a.xlsx", "xlsx", CLERK, by=["area"], language="en"
    )
    indices, distributions, about = openpyxl.load_workbook(path).worksheets
    assert len(list(indices.values)) == 1 + 3 * 4
    assert ("overall", "Overall", "very_satisfied", "Very satisfied", 6, 1) in [
        row[:6] for row in distributions.values
    ]
    assert ("Smallest group listed", "5") in list(about.values)


def test_sources_and_notes_are_in_the_file(services: Services, tmp_path: Path) -> None:
    key = a_city(services, "5,,,phone", source="来源在此", notes="注意这里")
    for export in (services.exporting.export_responses, services.exporting.export_indices):
        export(key, path := tmp_path / "a.json", "json", CLERK)
        about = json.loads(path.read_text("utf-8"))["about"]
        assert {"来源在此", "注意这里"} <= set(about.values())
