"""surveyapp margins, and figures weighted to them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surveyapp.content import demo_path
from surveyapp.services.definition_files import read_definition
from tests.contract.conftest import Operator

ANSWERS = "district,police\n" + "".join(
    f"{district},{code}\n"
    for district, code in [*[("1", "5")] * 12, *[("1", "3")] * 8, *[("2", "4")] * 6, ("2", "1")]
)
HALF = "variable,level,share\ndistrict,1,0.5\ndistrict,2,0.5\n"


def _survey(operator: Operator, data: str = ANSWERS) -> str:
    key = operator.opens()
    operator.does("responses", "import", key, operator.file("data.csv", data), "--mode", "phone")
    return key


def _set(operator: Operator, key: str, content: str | bytes = HALF, name: str = "m.csv") -> Any:
    file = operator.file(name, content)
    return operator.gets("margins", "set", key, file, "--source", "census 2020, table 3")


def test_margins_weight_the_index_and_the_unweighted_one_stands_beside(operator: Operator) -> None:
    key = _survey(operator)
    (before,) = operator.gets("index", key)["indices"]
    answer = _set(operator, key)
    assert (answer["number"], answer["replaces"]) == (1, None)
    found = operator.gets("index", key)
    (row,) = found["indices"]
    # By hand: district 1 (12·100 + 8·60) / 20 = 84, district 2 (6·80 + 1·0) / 7, half each.
    assert row["value"] == pytest.approx((84 + 480 / 7) / 2, rel=1e-12)
    assert row["unweighted"] == pytest.approx(before["value"], rel=1e-12)
    assert row["gap"] == pytest.approx(row["value"] - before["value"], rel=1e-9)
    assert row["favourable"]["value"] == pytest.approx((12 / 20 + 6 / 7) / 2, rel=1e-12)
    method = found["method"]
    assert method["weighting"] == "calibrated"
    assert method["calibration"]["method"] == "rake"
    assert method["calibration"]["g_max"] == pytest.approx(27 / 14)
    assert method["calibration"]["margin_error"] < 1e-10
    assert method["margins"]["source"] == "census 2020, table 3"
    assert method["margins"]["sha256"] == answer["sha256"]
    (plain,) = operator.gets("index", key, "--unweighted")["indices"]
    assert plain["value"] == pytest.approx(before["value"], rel=1e-12)
    assert operator.gets("index", key, "--unweighted")["method"]["weighting"] == "equal"


def test_the_demo_equals_the_estimate_command_on_its_rows(sqlite_operator: Operator) -> None:
    """Two ways to one figure: tallies and margins of the survey, rows and a file of margins."""
    operator = sqlite_operator
    name = "kcmo-2021q3"
    definition = demo_path(f"{name}.yaml")
    operator.does("survey", "import", definition)
    operator.does("survey", "publish", name)
    operator.does("responses", "import", name, demo_path("kcmo_2021q3.csv"))
    margins = demo_path("kcmo_margins.csv")
    operator.does("margins", "set", name, margins, "--source", "see the file", "--wave", "2021")
    rows = _rows_with_index(definition)
    data = operator.file("rows.csv", rows)
    found = operator.gets("index", name, "--by", "district")
    assert found["method"]["calibration"]["incomplete"] == 52
    assert found["method"]["calibration"]["unknown"] == {"district": 0, "age": 40, "gender": 17}
    arguments = ("--margins", margins, "--calibrate", "rake", "--unknown", "keep")
    options = ("estimate", data, "--value", "services", *arguments)
    (whole,) = operator.gets(*options)["estimates"]
    parts = operator.gets(*options, "--by", "district")
    wanted = [whole, *parts["estimates"]]
    ours = [row for row in found["indices"] if row["key"] == "services"]
    assert len(ours) == len(wanted) == 7
    for row, other in zip(ours, wanted, strict=True):
        assert row["by"] == other["by"]
        for part in ("n", "value", "se", "low", "high", "effective_n"):
            assert row[part] == pytest.approx(other[part], rel=1e-9), (row["by"], part)
    for part in ("g_min", "g_max", "effective_n"):
        theirs = parts["method"]["calibration"][part]
        assert found["method"]["calibration"][part] == pytest.approx(theirs, rel=1e-9)
    assert operator.gets("margins", "list", name)["margins"][0]["wave"] == "2021"


def _rows_with_index(definition: Path) -> str:
    """Return the rows with the index of each respondent, reckoned from the codes of the file."""
    read = read_definition(definition.read_bytes(), definition.name)
    index = next(one for one in read.indices if one.key == "services")
    points = {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0}
    lines = ["district,age,gender,services"]
    with demo_path("kcmo_2021q3.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            given = [points[row[item.field]] for item in index.items if row[item.field] in points]
            mean = repr(sum(given) / len(given)) if given else ""
            lines.append(f"{row['district']},{row['age']},{row['gender']},{mean}")
    return "\n".join(lines) + "\n"


def test_counts_tables_of_a_spreadsheet_and_gb18030_are_read(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    key = _survey(operator)
    shares = _set(operator, key)["weighting"]["calibration"]
    counts = "variable,level,count\ndistrict,1,700\ndistrict,2,700\n"
    assert _set(operator, key, counts)["weighting"]["calibration"] == shares
    assert _set(operator, key, "\ufeff" + HALF)["number"] == 3
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for line in (
        ["variable", "level", "share", "注"],
        ["district", 1, 0.5, "甲"],
        ["district", 2, 0.5],
    ):
        sheet.append(line)
    workbook.save(operator.folder / "m.xlsx")
    file = operator.folder / "m.xlsx"
    done = operator.gets("margins", "set", key, file, "--source", "census", "--wave", "2026")
    assert (done["number"], done["replaces"], done["wave"]) == (4, 3, "2026")
    named = "variable,level,share,说明\ndistrict,1,0.5,一区\ndistrict,2,0.5,二区\n"
    assert _set(operator, key, named.encode("gb18030"))["number"] == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("variable,level,share\nage,1,0.5\n", "has no attribute “age”; it has: district"),
        ("variable,level,share\ndistrict,9,1\n", "has no level “9”; it has: 1, 2"),
        ("variable,level,share\ndistrict,1,0.5\ndistrict,1,0.5\n", "stands in line 2 already"),
        ("variable,level\ndistrict,1\n", "have the columns variable, level"),
        ("variable,level,share\ndistrict,1,half\n", "“half” is not a number"),
    ],
)
def test_margins_that_do_not_fit_are_refused_in_one_line(
    sqlite_operator: Operator, content: str, said: str
) -> None:
    key = _survey(sqlite_operator)
    file = sqlite_operator.file("m.csv", content)
    line = sqlite_operator.is_refused("margins", "set", key, file, "--source", "census")
    assert said in line
    assert sqlite_operator.gets("margins", "list", key)["margins"] == []


def test_a_survey_and_a_source_must_be_named(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    file = operator.file("m.csv", HALF)
    assert "“nothing”" in operator.is_refused("margins", "set", "nothing", file, "--source", "x")
    key = operator.opens()
    assert "where the population figures" in operator.is_refused(
        "margins", "set", key, file, "--source", " "
    )
    assert operator.run("margins", "set", key, file).exit_code == 2


def test_people_read_what_was_set_and_what_it_does(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    key = operator.opens()
    file = operator.file("m.csv", HALF)
    said = operator.does("margins", "set", key, file, "--source", "census")
    assert "There is no response to weight yet." in said
    operator.does("responses", "import", key, operator.file("d.csv", ANSWERS), "--mode", "phone")
    said = operator.does("margins", "set", key, file, "--source", "census", "--wave", "2026")
    assert "no. 2" in said
    assert "Weights are 0.68 to 1.93 times the base weights" in said
    one = "variable,level,share\ndistrict,1,1\n"
    said = operator.does("margins", "set", key, operator.file("o.csv", one), "--source", "census")
    assert "gives no share to “2”" in said
    listed = operator.does("margins", "list", key)
    assert listed.index("o.csv") < listed.index("2026") < listed.rindex("m.csv")
    assert "has no population margins" in operator.does("margins", "list", _other(operator))


def _other(operator: Operator) -> str:
    content = operator.folder.joinpath("definition.yaml").read_text("utf-8")
    return operator.opens(content.replace("key: city\n", "key: town\n"))


def test_a_level_without_respondents_leaves_the_figures_unweighted(
    sqlite_operator: Operator,
) -> None:
    operator = sqlite_operator
    key = _survey(operator, "district,police\n1,5\n1,4\n")
    answer = _set(operator, key)
    assert answer["weighting"]["calibration"] is None
    assert "merge it with “1”" in answer["weighting"]["not_calibrated"]["en"]
    found = operator.gets("index", key)
    assert found["indices"][0]["value"] == 90
    assert found["method"]["weighting"] == "equal"
    assert "not weighted to the population" in operator.does("index", key)
    said = operator.does("margins", "set", key, operator.folder / "m.csv", "--source", "census")
    assert "not weighted" in said


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json", "parquet", "sav"])
def test_exported_indices_carry_both_figures_and_the_margins(
    sqlite_operator: Operator, file_format: str
) -> None:
    operator = sqlite_operator
    key = _survey(operator)
    _set(operator, key)
    out = operator.folder / f"out.{file_format}"
    operator.gets("export", key, "--format", file_format, "--out", out, "--indices")
    assert out.stat().st_size > 0
    if file_format == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            first = next(csv.DictReader(file))
        assert first["weighting"] == "calibrated"
        assert first["margins"] == "1"
        assert float(first["value"]) - float(first["unweighted"]) == pytest.approx(
            float(first["gap"])
        )
        assert float(first["favourable"]) == pytest.approx(100 * (12 / 20 + 6 / 7) / 2)
    if file_format == "json":
        assert "census 2020, table 3" in json.dumps(json.loads(out.read_text("utf-8")))
