"""The data files of the demo: what was published, no more, and readable as every import is."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from surveyapp import content
from surveyapp.domain.answers import column_names, read_cells
from surveyapp.domain.survey import Definition
from surveyapp.services.definition_files import read_definition

SCRIPT = Path(__file__).parents[3] / "scripts" / "make_demo_data.py"
RECORD_COLUMNS = {"id", "mode", "subject", "observed_on", "weight"}


def rows_of(name: str) -> list[dict[str, str]]:
    with content.demo_path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def definition_of(name: str) -> Definition:
    return read_definition(content.demo_path(name).read_bytes(), name)


def problems_of(definition: Definition, rows: list[dict[str, str]]) -> list[str]:
    def cells(row: Mapping[str, str]) -> dict[str, str]:
        return {column: cell for column, cell in row.items() if column not in RECORD_COLUMNS}

    return [str(one) for row in rows for one in read_cells(definition, cells(row))[1]]


def test_the_restored_answers_are_those_of_the_published_shares() -> None:
    rows = rows_of("yuxi_2007.csv")
    counts = Counter(row["overall"] for row in rows)
    assert counts == {"5": 85, "4": 268, "3": 216, "2": 24, "1": 4, "9": 3}
    published = {"5": "14.17", "4": "44.67", "3": "36.00", "2": "4.00", "1": "0.67"}
    assert {code: f"{100 * counts[code] / 600:.2f}" for code in published} == published


def test_no_smaller_sample_gives_the_published_shares() -> None:
    published = ("14.17", "44.67", "36.00", "4.00", "0.67")

    def fits(size: int) -> bool:
        return all(
            any(f"{100 * count / size:.2f}" == share for count in range(size + 1))
            for share in published
        )

    assert [size for size in range(1, 601) if fits(size)] == [600]


def test_the_restored_answers_give_the_published_index() -> None:
    definition = definition_of("yuxi-2007.yaml")
    item = definition.indices[0].items[0]
    levels = [read_cells(definition, row)[0].answers["overall"] for row in rows_of("yuxi_2007.csv")]
    points = [item.points[level] for level in levels if level in item.points]
    assert round(float(Fraction(sum(points), len(points))), 3) == 73.065


@pytest.mark.parametrize(
    ("survey", "data", "n"),
    [("yuxi-2007.yaml", "yuxi_2007.csv", 600), ("kcmo-2021q3.yaml", "kcmo_2021q3.csv", 1033)],
)
def test_a_data_file_can_be_imported_as_it_is(survey: str, data: str, n: int) -> None:
    definition, rows = definition_of(survey), rows_of(data)
    assert len(rows) == n
    assert set(rows[0]) <= column_names(definition) | RECORD_COLUMNS
    assert problems_of(definition, rows) == []


def test_the_column_that_no_example_needs_is_left_out() -> None:
    assert "race" not in rows_of("kcmo_2021q3.csv")[0]


def test_the_public_data_has_every_question_of_its_definition() -> None:
    definition = definition_of("kcmo-2021q3.yaml")
    columns = set(rows_of("kcmo_2021q3.csv")[0])
    assert {question.key for question in definition.questions} <= columns
    assert {attribute.key for attribute in definition.attributes} <= columns


def test_a_restored_result_says_so() -> None:
    notes = definition_of("yuxi-2007.yaml").notes
    assert notes is not None
    assert "还原" in notes.zh
    assert "restored" in notes.en


def test_the_script_makes_the_files_from_the_published_one(tmp_path: Path) -> None:
    published = tmp_path / "published.csv"
    with published.open("w", encoding="utf-8", newline="") as file:
        rows = [row | {"race": "", "post_code": ""} for row in rows_of("kcmo_2021q3.csv")]
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    subprocess.run([sys.executable, SCRIPT, published, tmp_path], check=True, capture_output=True)
    for name in ("kcmo_2021q3.csv", "yuxi_2007.csv"):
        assert (tmp_path / name).read_bytes() == content.demo_path(name).read_bytes()


@pytest.mark.parametrize("name", ["example-county-review.yaml", "example-county-services.yaml"])
def test_the_example_county_says_that_it_is_fictional(name: str) -> None:
    definition = definition_of(name)
    assert definition.office is not None
    assert "示例" in definition.office.zh
    assert "虚构" in definition.office.zh
