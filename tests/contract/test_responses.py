"""surveyapp responses import; tally fold | rebuild."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from tests.contract.conftest import REVIEW, Operator

HEADER = "id,district,police,reasons,comment"
ROWS = [
    "a-1,1,5,a;b,很好",
    "a-2,2,very_satisfied,,",
    "a-3,,9,1,",
]
CSV = "\n".join([HEADER, *ROWS]) + "\n"


def _csv(folder: Path) -> Path:
    path = folder / "data.csv"
    path.write_text(CSV, "utf-8")
    return path


def _csv_with_bom(folder: Path) -> Path:
    path = folder / "data.csv"
    path.write_text(CSV, "utf-8-sig")
    return path


def _csv_in_gb18030(folder: Path) -> Path:
    path = folder / "data.csv"
    path.write_text(CSV, "gb18030")
    return path


def _workbook(folder: Path) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (HEADER, *ROWS):
        sheet.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    workbook.save(folder / "data.xlsx")
    return folder / "data.xlsx"


def _parquet(folder: Path) -> Path:
    cells = [row.split(",") for row in ROWS]
    columns = {name: [row[n] for row in cells] for n, name in enumerate(HEADER.split(","))}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "data.parquet")
    return folder / "data.parquet"


@pytest.mark.parametrize("make", [_csv, _csv_with_bom, _csv_in_gb18030, _workbook, _parquet])
def test_every_format_brings_in_the_same_responses(
    sqlite_operator: Operator, tmp_path: Path, make: object
) -> None:
    assert callable(make)
    key = sqlite_operator.opens()
    file = make(tmp_path)
    result = sqlite_operator.gets("responses", "import", key, file, "--mode", "phone")
    assert result == {"accepted": 3, "refused": 0, "duplicates": 0, "errors": []}


def test_importing_twice_finds_only_duplicates(operator: Operator) -> None:
    key = operator.opens()
    file = _csv(operator.folder)
    operator.does("responses", "import", key, file)
    again = operator.gets("responses", "import", key, file)
    assert again == {"accepted": 0, "refused": 0, "duplicates": 3, "errors": []}
    more = operator.file("more.csv", CSV + "a-4,1,4,,\n")
    assert operator.gets("responses", "import", key, more)["accepted"] == 1
    assert operator.gets("survey", "list")["surveys"][0]["responses"] == 4


def test_without_ids_a_line_of_the_same_file_is_the_duplicate(operator: Operator) -> None:
    key = operator.opens()
    file = operator.file("twins.csv", "police\n5\n5\n")
    first = operator.gets("responses", "import", key, file)
    assert (first["accepted"], first["duplicates"]) == (2, 0)
    again = operator.gets("responses", "import", key, file)
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_one_bad_row_stores_nothing_and_every_bad_row_is_listed(operator: Operator) -> None:
    key = operator.opens()
    file = operator.file("bad.csv", "district,police\n1,5\n3,5\n1,满意\n2,4\n")
    result = operator.run("responses", "import", key, file)
    assert (result.exit_code, result.stdout) == (1, "")
    summary, *rows = result.stderr.splitlines()
    assert "Nothing was imported" in summary
    assert [row.split(": ")[0] for row in rows] == [f"{file}:3", f"{file}:4"]
    assert operator.gets("survey", "list")["surveys"][0]["responses"] == 0


def test_programs_get_the_bad_rows_as_json(operator: Operator) -> None:
    key = operator.opens()
    file = operator.file("bad.csv", "district,police\n1,5\n3,5\n1,满意\n")
    result = operator.run("responses", "import", key, file, "--json")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    answer = operator.json_of(result)
    assert (answer["accepted"], answer["refused"], answer["duplicates"]) == (0, 2, 0)
    assert [error["line"] for error in answer["errors"]] == [3, 4]
    assert all(error["reason"] for error in answer["errors"])


def test_an_unknown_column_is_refused(operator: Operator) -> None:
    key = operator.opens()
    file = operator.file("odd.csv", "police,colour\n5,red\n")
    assert "colour" in operator.is_refused("responses", "import", key, file)


def test_a_draft_takes_no_responses(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    changed = REVIEW.replace("key: hall", "key: other")
    sqlite_operator.does("survey", "import", sqlite_operator.file("other.yaml", changed))
    file = _csv(sqlite_operator.folder)
    assert "draft" in sqlite_operator.is_refused("responses", "import", "other", file)
    assert "nowhere" in sqlite_operator.is_refused("responses", "import", "nowhere", file)
    refusal = sqlite_operator.is_refused("responses", "import", key, file, "--mode", "open")
    assert "open" in refusal


def test_reviews_come_only_from_a_named_channel_with_id_and_day(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    file = operator.file("reviews.csv", "id,observed_on,overall\nr-1,2026-01-05,5\n")
    assert "--source" in operator.is_refused("responses", "import", key, file)
    bare = operator.file("bare.csv", "overall\n5\n")
    refusal = operator.is_refused("responses", "import", key, bare, "--source", "hotline")
    assert "observed_on" in refusal
    result = operator.gets("responses", "import", key, file, "--source", "hotline")
    assert result["accepted"] == 1


def test_a_file_that_is_no_table_is_refused(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    for name, content in (("photo.png", b"\x89PNG"), ("false.xlsx", b"no workbook")):
        file = sqlite_operator.file(name, content)
        assert name in sqlite_operator.is_refused("responses", "import", key, file)


def test_people_read_how_an_import_went(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    said = sqlite_operator.does("responses", "import", key, _csv(sqlite_operator.folder))
    assert "Imported 3 responses" in said


def test_the_tally_is_folded_once_and_can_be_made_anew(operator: Operator) -> None:
    key = operator.opens()
    operator.does("responses", "import", key, _csv(operator.folder))
    assert operator.gets("tally", "fold", key) == {"survey": key, "folded": 3, "counted": 3}
    assert operator.gets("tally", "fold", key)["folded"] == 0
    assert operator.gets("tally", "rebuild", key) == {"survey": key, "counted": 3}
    assert "3 responses anew" in operator.does("tally", "rebuild", key)
    assert "0 responses" in operator.does("tally", "fold", key)
    for command in ("fold", "rebuild"):
        assert "nowhere" in operator.is_refused("tally", command, "nowhere")


def test_a_terminal_shows_how_far_a_long_command_is(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    sqlite_operator.environ |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    imported = sqlite_operator.run("responses", "import", key, _csv(sqlite_operator.folder))
    assert (imported.exit_code, imported.stdout.count("\n")) == (0, 1)
    assert "Reading rows" in imported.stderr
    assert "Counting" in sqlite_operator.run("tally", "fold", key).stderr
