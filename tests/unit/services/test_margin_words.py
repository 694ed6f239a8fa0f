"""Margins as people write them: Chinese headings, titles for keys, percent signs, thousands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput
from surveyapp.domain.margins import PopulationMargins
from surveyapp.domain.survey import Definition
from surveyapp.services.tabular import open_table
from surveyapp.services.weights.files import margins_csv, margins_template
from surveyapp.services.weights.margin_fitting import fit
from surveyapp.services.weights.margin_tables import read_margins
from tests.builders import every_type_document

GENDER = {
    "key": "gender",
    "title": {"zh": "您的性别是？", "en": "What is your gender?"},
    "name": {"zh": "性别", "en": "Gender"},
    "levels": [
        {"key": "female", "code": 1, "label": {"zh": "女", "en": "Female"}},
        {"key": "male", "code": 2, "label": {"zh": "男", "en": "Male"}},
    ],
}
AGE = {
    "key": "age",
    "title": {"zh": "您的年龄段是？", "en": "How old are you?"},
    "levels": [
        {"key": "young", "label": {"zh": "18—29岁", "en": "18 to 29"}},
        {"key": "old", "label": {"zh": "30岁及以上", "en": "30 or over"}},
    ],
}


def a_definition(*attributes: dict[str, Any]) -> Definition:
    return parse_definition(every_type_document(attributes=list(attributes or (GENDER, AGE))))


def fitted(
    folder: Path, content: str | bytes, definition: Definition | None = None, name: str = "m.csv"
) -> PopulationMargins:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return fit(definition or a_definition(), read_margins(open_table(path), path)).margins


@pytest.mark.parametrize(
    "content",
    [
        "variable,level,share\ngender,female,0.52\ngender,male,0.48\n",
        "变量,类别,比例\n性别,女,52%\n性别,男,48%\n",
        "属性,类别,占比（%）\n您的性别是,女,52％\n您的性别是,男,48 %\n",
        "Variable,LEVEL,Share (%)\nwhat is your GENDER?,Female,52%\n"
        "what is your GENDER?,Male,48%\n",
        "变量,类别,比例,备注\nGender,1,0.52,x\nGender,2,0.48,\n",
    ],
)
def test_shares_in_any_words(tmp_path: Path, content: str) -> None:
    (margin,) = fitted(tmp_path, content).variables
    assert margin.attributes == ("gender",)
    assert dict(margin.targets) == {("female",): 0.52, ("male",): 0.48}


def test_counts_with_thousands(tmp_path: Path) -> None:
    content = '变量,类别,人数（人）\n性别,女,"52,000"\n性别,男,"1，048，000.5"\n'
    (margin,) = fitted(tmp_path, content).variables
    assert list(margin.targets.values()) == [52000, 1048000.5]


@pytest.mark.parametrize("cell", ["52,00", "0,520", "52%", "5 2x"])
def test_other_counts_are_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(BadInput, match=r"column “人数”: “.*” is not a number"):
        fitted(tmp_path, f'变量,类别,人数\n性别,女,"{cell}"\n')


def test_shares_have_no_thousands(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a number"):
        fitted(tmp_path, '变量,类别,比例\n性别,女,"52,000"\n')


def test_shares_with_and_without_percent_signs_do_not_mix(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: some shares have a percent sign"):
        fitted(tmp_path, "变量,类别,比例\n性别,女,52%\n性别,男,48\n")
    (margin,) = fitted(tmp_path, "变量,类别,比例\n性别,女,100%\n性别,男,0\n").variables
    assert margin.total == 1


def test_cross_classifications_by_titles(tmp_path: Path) -> None:
    content = "变量,类别,比例\n" + "".join(
        f"性别：您的年龄段是？,{level},25%\n"
        for level in ("女：18-29岁", "女:30岁及以上", "male:young", "男：old")
    )
    (margin,) = fitted(tmp_path, content).variables
    assert margin.attributes == ("gender", "age")
    assert set(margin.targets) == {(a, b) for a in ("female", "male") for b in ("young", "old")}
    with pytest.raises(BadInput, match="no attribute “性别:gender”"):
        fitted(tmp_path, "变量,类别,比例\n性别:gender,女:女,1\n")


def test_an_ambiguous_title_is_refused_by_name(tmp_path: Path) -> None:
    twice = a_definition(GENDER, GENDER | {"key": "sex"})
    with pytest.raises(BadInput, match=r"“性别” may be several attributes \(gender, sex\)"):
        fitted(tmp_path, "变量,类别,比例\n性别,女,1\n", twice)
    assert fitted(tmp_path, "变量,类别,比例\nsex,女,1\nsex,男,1\n", twice).variables[
        0
    ].attributes == ("sex",)
    levels = [{"key": "a", "label": "x"}, {"key": "b", "label": "X"}]
    alike = a_definition(GENDER | {"levels": levels})
    with pytest.raises(BadInput, match=r"“x” may be several levels \(a, b\)"):
        fitted(tmp_path, "变量,类别,比例\n性别,x,1\n", alike)


def test_an_attribute_goes_by_one_name_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: “性别” and “gender” are the same attribute"):
        fitted(tmp_path, "变量,类别,比例\n性别,女,1\ngender,女,1\n性别,男,1\ngender,男,1\n")


def test_a_formula_without_its_result_is_not_called_empty(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (["变量", "类别", "比例"], ["性别", "女", "=1-C3"], ["性别", "男", 0.48]):
        workbook.worksheets[0].append(row)
    workbook.save(tmp_path / "m.xlsx")
    content = (tmp_path / "m.xlsx").read_bytes()
    with pytest.raises(BadInput, match="line 2, column “比例”: the cell holds a formula"):
        fitted(tmp_path, content, name="m.xlsx")
    workbook.worksheets[0]["C2"] = None
    workbook.save(tmp_path / "m.xlsx")
    with pytest.raises(BadInput, match="the cell is empty: write the number, or delete"):
        fitted(tmp_path, (tmp_path / "m.xlsx").read_bytes(), name="m.xlsx")
    with pytest.raises(BadInput, match=r"column “类别”: the cell is empty[.]"):
        fitted(tmp_path, "变量,类别,比例\n性别,,1\n")


@pytest.fixture(params=["csv", "xlsx"])
def template(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"template.{request.param}"
    path.write_bytes(margins_template(a_definition(), "zh", request.param))
    return path


def test_a_template_has_every_level_and_can_be_handed_in(template: Path, tmp_path: Path) -> None:
    table = open_table(template)
    assert table.header == ("变量", "类别", "比例", "变量名称", "类别名称")
    rows = [cells for _, cells in table.rows()]
    assert rows[0] == ["gender", "female", "", "性别", "女"]
    assert [cells[:2] for cells in rows[1:]] == [
        ["gender", "male"],
        ["age", "young"],
        ["age", "old"],
    ]
    filled = "".join(",".join([a, b, "50%", *more]) + "\n" for a, b, _, *more in rows)
    margins = fitted(tmp_path, "变量,类别,比例,变量名称,类别名称\n" + filled)
    assert [one.attributes for one in margins.variables] == [("gender",), ("age",)]


def test_a_template_names_levels_so_that_they_are_not_confused() -> None:
    crossed = [
        {"key": "1", "code": 2, "label": "one"},
        {"key": "2", "code": 1, "label": "two"},
        {"key": "x", "code": "y", "label": "z"},
        {"key": "y", "code": "x", "label": "z"},
    ]
    text = margins_template(a_definition(GENDER | {"levels": crossed}), "en", "csv").decode(
        "utf-8-sig"
    )
    assert text.splitlines()[:4] == [
        "variable,level,share,name of the variable,name of the level",
        "gender,one,,Gender,one",
        "gender,two,,Gender,two",
        "gender,x,,Gender,z",
    ]


@pytest.mark.parametrize("measure", ["share", "count"])
def test_stored_margins_come_back_in_full_precision(tmp_path: Path, measure: str) -> None:
    third = repr(1 / 3)
    content = f"variable,level,{measure}\ngender:age,female:young,{third}\n"
    content += "gender:age,male:young,1e-05\ngender:age,female:old,0\ngender:age,male:old,7\n"
    stored = fitted(tmp_path, content)
    written = margins_csv(stored)
    assert f"gender:age,female:young,{third}\r\n".encode() in written
    assert fitted(tmp_path, written) == stored
