"""surveyapp estimate."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from tests.contract.conftest import Operator

ROWS = ["区,满意度,权重", "2,80,1", "2,60,1.5", "10,100,2", "10,,1", "10,40,1"]
MARGINS = "variable,level,share\n区,2,0.5\n区,10,0.5\n"
BY_WARD = ("--value", "满意度", "--weight", "权重", "--by", "区")


def _text(encoding: str) -> object:
    def make(folder: Path) -> Path:
        (folder / "data.csv").write_text("\n".join(ROWS) + "\n", encoding)
        return folder / "data.csv"

    return make


def _workbook(folder: Path) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(ROWS[0].split(","))
    for row in ROWS[1:]:
        sheet.append([float(cell) if cell else None for cell in row.split(",")])
    workbook.save(folder / "data.xlsx")
    return folder / "data.xlsx"


def _parquet(folder: Path) -> Path:
    rows = [[float(cell) if cell else None for cell in row.split(",")] for row in ROWS[1:]]
    columns = {name: [row[n] for row in rows] for n, name in enumerate(ROWS[0].split(","))}
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "data.parquet")
    return folder / "data.parquet"


@pytest.mark.parametrize(
    "make",
    [_text("utf-8"), _text("utf-8-sig"), _text("gb18030"), _workbook, _parquet],
    ids=["UTF-8", "UTF-8 with BOM", "GB18030", "XLSX", "Parquet"],
)
def test_every_format_gives_the_same_figures(
    sqlite_operator: Operator, tmp_path: Path, make: object
) -> None:
    assert callable(make)
    answer = sqlite_operator.gets("estimate", make(tmp_path), *BY_WARD)
    two, ten = answer["estimates"]
    assert (two["by"], ten["by"]) == ({"区": "2"}, {"区": "10"})
    assert (two["n"], two["value"]) == (2, 68.0)
    assert (ten["n"], ten["value"]) == (2, 80.0)
    assert two["effective_n"] == pytest.approx(2.5**2 / 3.25)
    keys = {"by", "n", "value", "se", "low", "high", "effective_n", "deff"}
    assert keys <= set(two)
    assert answer["method"]["statistic"] == "mean"
    assert answer["method"]["interval"] == "t"
    assert answer["method"]["confidence"] == 0.95
    assert answer["method"]["calibration"] is None


def test_proportions_have_a_level_each(sqlite_operator: Operator) -> None:
    file = sqlite_operator.file("data.csv", "\n".join(ROWS))
    answer = sqlite_operator.gets(
        "estimate", file, "--value", "区", "--statistic", "proportion", "--interval", "beta"
    )
    assert [one["level"] for one in answer["estimates"]] == ["2", "10"]
    assert [one["value"] for one in answer["estimates"]] == pytest.approx([0.4, 0.6])
    assert answer["method"]["interval"] == "beta"


def test_weights_are_calibrated_and_trimmed(sqlite_operator: Operator) -> None:
    file = sqlite_operator.file("data.csv", "\n".join(ROWS) + "\n7,50,1\n")
    margins = sqlite_operator.file("margins.csv", MARGINS)
    asked = ("estimate", file, *BY_WARD[:4], "--margins", margins, "--calibrate", "logit")
    weighting = ("--bounds", "0.5,2", "--unknown", "keep", "--trim", "0,1.8")
    answer = sqlite_operator.gets(*asked, *weighting)
    report = answer["method"]["calibration"]
    assert report["method"] == "logit"
    assert 0.5 < report["g_min"] <= 1 <= report["g_max"] < 2
    assert report["margin_error"] <= 1e-10
    assert report["iterations"] >= 1
    assert report["unknown"] == {"区": 1}
    assert answer["method"]["trimming"]["trimmed"] == 1
    said = sqlite_operator.does(*asked, *weighting)
    assert "Calibrated (logit" in said
    assert "1 rows have no known level of “区”." in said
    assert "1 rows were brought to a limit" in said


def test_people_get_a_table_and_programs_null(sqlite_operator: Operator) -> None:
    file = sqlite_operator.file("data.csv", "ward,y\na,1\nb,2\nb,4\n,3\n")
    one = sqlite_operator.gets("estimate", file, "--value", "y", "--by", "ward")["estimates"][0]
    assert (one["n"], one["value"], one["se"], one["low"], one["deff"]) == (1, 1, None, None, None)
    said = sqlite_operator.does("estimate", file, "--value", "y", "--by", "ward")
    assert "y: mean" in said
    assert "1 rows without a level of the groups" in said
    levels = ("--value", "ward", "--statistic", "proportion")
    assert "0.666667" in sqlite_operator.does("estimate", file, *levels)
    empty = sqlite_operator.file("empty.csv", "ward,y\na,\n")
    nobody = ("--value", "y", "--statistic", "proportion")
    assert sqlite_operator.gets("estimate", empty, *nobody)["estimates"] == []
    assert "from 1 rows" in sqlite_operator.does("estimate", empty, *nobody)


def test_a_refusal_is_one_line_that_names_the_place(sqlite_operator: Operator) -> None:
    file = sqlite_operator.file("data.csv", "y,w\n1,1\ntwo,1\n")
    refusal = sqlite_operator.is_refused("estimate", file, "--value", "y")
    assert refusal == "“data.csv”, line 3, column “y”: “two” is not a number."
    refusal = sqlite_operator.is_refused("estimate", file, "--value", "y", "--level", "0.5")
    assert "--statistic quantile" in refusal


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--value",),
        ("--value", "y", "--statistic", "mode"),
        ("--value", "y", "--confidence", "95"),
        ("--value", "y", "--statistic", "quantile", "--level", "1"),
        ("--value", "y", "--trim", "5"),
        ("--value", "y", "--trim", "2,1"),
        ("--value", "y", "--trim", "nan,1"),
        ("--value", "y", "--unknown", "drop"),
    ],
)
def test_wrong_usage_ends_with_2(sqlite_operator: Operator, wrong: tuple[str, ...]) -> None:
    file = sqlite_operator.file("data.csv", "y\n1\n2\n")
    result = sqlite_operator.run("estimate", file, *wrong)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sqlite_operator.run("estimate", "nowhere.csv", "--value", "y").exit_code == 2
