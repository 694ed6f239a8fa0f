"""surveyapp index and export."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest

from surveyapp.cli.results import FORMATS
from surveyapp.services.exports import exporting
from tests.contract.conftest import REVIEW, Operator

DATA = "district,police,comment\n" + "".join(
    f"{district},{code},{comment}\n"
    for district, code, comment in [
        *[("2", "5", "")] * 6,
        *[("1", "4", "很好")] * 6,
        *[("", "1", "")] * 3,
        *[("1", "9", "")],
    ]
)


def _survey(operator: Operator) -> str:
    key = operator.opens()
    operator.does("responses", "import", key, operator.file("data.csv", DATA), "--mode", "phone")
    return key


def test_an_index_is_counted_to_the_end_and_carries_its_precision(operator: Operator) -> None:
    key = _survey(operator)
    answer = operator.gets("index", key)
    assert answer["survey"] == key
    (row,) = answer["indices"]
    # By hand: (6·100 + 6·80 + 3·0) / 15.
    assert row["value"] == pytest.approx(72)
    assert (row["key"], row["subject"], row["by"], row["n"]) == ("services", None, {}, 15)
    assert row["low"] < row["value"] < row["high"]
    assert row["effective_n"] == pytest.approx(15)
    assert row["se"] > 0
    assert row["suppressed"] is False
    assert set(row) >= {"deff"}
    assert answer["method"]["confidence"] == 0.95


def test_breakdowns_follow_the_declared_order_with_unknown_last(operator: Operator) -> None:
    key = _survey(operator)
    rows = operator.gets("index", key, "--by", "district")["indices"]
    assert [row["by"] for row in rows] == [
        {},
        {"district": "1"},
        {"district": "2"},
        {"district": "unknown"},
    ]
    assert [row["n"] for row in rows] == [15, 6, 6, 3]
    assert [row["suppressed"] for row in rows] == [False, False, False, True]
    assert rows[-1]["value"] == pytest.approx(0)  # the operator sees it, marked


def test_subjects_have_rows_of_their_own(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    for number in (1, 2):
        operator.does("place", "add", key, "--label", f"{number}号窗口", "--subject", f"w{number}")
    file = operator.file(
        "reviews.csv", "id,observed_on,subject,overall\na,2026-01-05,w1,5\nb,2026-01-05,w2,1\n"
    )
    operator.does("responses", "import", key, file, "--source", "terminal")
    rows = operator.gets("index", key)["indices"]
    assert [(row["subject"], row["value"]) for row in rows] == [(None, 60), ("w1", 100), ("w2", 20)]


def test_an_unweighted_index_leaves_weights_out(operator: Operator) -> None:
    key = operator.opens()
    operator.does(
        "responses", "import", key, operator.file("w.csv", "police,weight\n5,3\n5,3\n1,1\n1,1\n")
    )
    assert operator.gets("index", key)["indices"][0]["value"] == pytest.approx(75)
    unweighted = operator.gets("index", key, "--unweighted")
    assert unweighted["indices"][0]["value"] == pytest.approx(50)


def test_without_responses_figures_are_null_and_never_nan(operator: Operator) -> None:
    key = operator.opens()
    (row,) = operator.gets("index", key)["indices"]
    assert (row["n"], row["value"], row["se"], row["low"]) == (0, None, None, None)
    assert row["suppressed"] is True


def test_people_read_a_table(sqlite_operator: Operator) -> None:
    key = _survey(sqlite_operator)
    said = sqlite_operator.does("index", key, "--by", "district")
    assert "72.00" in said
    assert "too few to publish" in said


def test_what_cannot_be_shown_is_refused_in_one_line(sqlite_operator: Operator) -> None:
    key = _survey(sqlite_operator)
    assert "colour" in sqlite_operator.is_refused("index", key, "--by", "colour")
    assert "nowhere" in sqlite_operator.is_refused("index", "nowhere")
    out = sqlite_operator.folder / "out.csv"
    refusal = sqlite_operator.is_refused("export", "nowhere", "--format", "csv", "--out", out)
    assert "nowhere" in refusal
    missing = sqlite_operator.folder / "none" / "out.csv"
    refusal = sqlite_operator.is_refused("export", key, "--format", "csv", "--out", missing)
    assert "folder" in refusal
    assert not list(sqlite_operator.folder.glob("*out.csv*"))


def _rows(path: Path) -> int:
    match path.suffix:
        case ".csv":
            return len(list(csv.reader(path.read_text("utf-8-sig").splitlines()))) - 1
        case ".xlsx":
            return int(openpyxl.load_workbook(path).worksheets[0].max_row) - 1
        case ".parquet":
            return int(pyarrow.parquet.read_metadata(path).num_rows)
        case ".json":
            assert json.loads(path.read_bytes())
    return 16


@pytest.mark.parametrize("file_format", FORMATS)
def test_responses_are_exported_in_every_format(
    sqlite_operator: Operator, file_format: str
) -> None:
    key = _survey(sqlite_operator)
    out = sqlite_operator.folder / f"out.{file_format}"
    answer = sqlite_operator.gets("export", key, "--format", file_format, "--out", out)
    assert (answer["survey"], answer["file"], answer["rows"]) == (key, str(out), 16)
    assert _rows(out) == 16
    said = sqlite_operator.does("export", key, "--format", file_format, "--out", out, "--indices")
    assert str(out) in said


def test_the_formats_are_those_of_the_product() -> None:
    assert set(FORMATS) == set(exporting.FORMATS)


def test_an_export_can_be_imported_again(operator: Operator) -> None:
    key = _survey(operator)
    out = operator.folder / "out.csv"
    operator.does("export", key, "--format", "csv", "--out", out)
    copy = (
        (operator.folder / "definition.yaml").read_text("utf-8").replace("key: city", "key: copy")
    )
    operator.opens(copy)
    assert operator.gets("responses", "import", "copy", out)["accepted"] == 16
    for arguments in (("--by", "district"), ("--by", "mode")):
        first, second = (operator.gets("index", one, *arguments) for one in (key, "copy"))
        assert first["indices"] == second["indices"]
