"""Indicators and snapshots on the command line, from definition to verification years later."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.contract.conftest import SURVEY, Operator

INDICATORS = """\
indicators:
  - key: public
    title: {zh: 公众满意度, en: Public satisfaction}
    parts:
      - {survey: city, figure: index.services, weight: 6, where: {mode: phone}}
      - {survey: city, figure: index.services, weight: 4, where: {mode: web}}
"""


@pytest.fixture
def city(sqlite_operator: Operator) -> Operator:
    sqlite_operator.opens()
    give(sqlite_operator, "rows.csv", *["very_satisfied,phone"] * 6, *["very_satisfied,web"] * 6)
    return sqlite_operator


def give(operator: Operator, name: str, *rows: str) -> None:
    lines = "\n".join(("police,mode", *rows)) + "\n"
    operator.does("responses", "import", "city", operator.file(name, lines))


def test_the_whole_way(operator: Operator) -> None:
    operator.opens(SURVEY)
    give(operator, "a.csv", *["very_satisfied,phone"] * 6, *["very_dissatisfied,web"] * 6)
    file = operator.file("indicators.yaml", INDICATORS)
    assert operator.gets("indicator", "import", file)["new"] == ["public"]
    assert operator.gets("indicator", "import", file)["unchanged"] == ["public"]
    (listed,) = operator.gets("indicator", "list")["indicators"]
    assert (listed["key"], listed["version"], listed["surveys"]) == ("public", 1, ["city"])
    first = operator.gets("snapshot", "public", "--period", "2026Q4")
    assert (first["period"], first["number"], first["supersedes"]) == ("2026Q4", 1, None)
    value = first["values"][0]
    assert (value["figure"], value["value"], value["shown"], value["n"]) == (
        "value",
        60,
        "60.00",
        12,
    )
    second = operator.gets("snapshot", "public", "--period", "2026Q4")
    assert (second["number"], second["supersedes"]) == (2, first["id"])
    checked = operator.gets("verify", "public")
    assert (checked["ok"], checked["receipts"], checked["root"]) == (True, 0, None)
    assert [one["number"] for one in checked["snapshots"]] == [1, 2]
    assert checked["snapshots"][0]["figures"] == len(first["values"])
    whole = operator.gets("snapshot", "city", "--period", "2026")
    index = operator.gets("index", "city")["indices"][0]
    assert whole["values"][0]["value"] == index["value"]
    found = operator.gets("snapshots")["snapshots"]
    assert {one["source"]["key"] for one in found} == {"city", "public"}
    assert len(operator.gets("snapshots", "public")["snapshots"]) == 2


def test_everything_is_said_to_people_too(city: Operator) -> None:
    assert "There are no indicators yet." in city.does("indicator", "list")
    assert "There are no snapshots yet." in city.does("snapshots")
    file = city.file("indicators.yaml", INDICATORS)
    assert "1 new, 0 changed, 0 unchanged." in city.does("indicator", "import", file)
    assert "Public satisfaction" in city.does("indicator", "list")
    made = city.does("snapshot", "public", "--period", "2026-11")
    assert "100.00" in made
    assert "frozen as no. 1" in made
    assert "6 : 4" in made
    assert "which supersedes no. 1" in city.does("snapshot", "public", "--period", "2026-11")
    assert "November 2026" in city.does("snapshots")
    assert "all 3 figures come out again" in city.does("verify", "public", "--period", "2026-11")


def test_example_coefficients_are_loaded(sqlite_operator: Operator) -> None:
    definition = SURVEY.replace(
        "indices:",
        "  - {key: know, type: single, title: 知情,\n"
        "     options: [{key: k1, code: 1, label: 很了解}, {key: k2, code: 2, label: 不了解}]}\n"
        "indices:",
    )
    sqlite_operator.opens(definition)
    content = INDICATORS + "    relevance: {knowledge: {question: know}}\n"
    file = sqlite_operator.file("indicators.yaml", content)
    sqlite_operator.does("indicator", "import", file)
    assert sqlite_operator.gets("indicator", "load-example", "public")["version"] == 2
    assert "no empty" in sqlite_operator.is_refused("indicator", "load-example", "public")
    sqlite_operator.does("indicator", "import", file)
    said = sqlite_operator.does("indicator", "load-example", "public")
    assert "not laid down by the state" in said


def test_mistakes_are_refused_with_their_lines(city: Operator) -> None:
    bad = INDICATORS.replace("index.services", "index.none", 1).replace("weight: 4", "weight: 0")
    result = city.run("indicator", "import", city.file("bad.yaml", bad))
    assert result.exit_code == 1
    assert "bad.yaml:6: " in result.stderr
    assert "no period" in city.is_refused("snapshot", "city", "--period", "soon")
    assert "nowhere" in city.is_refused("snapshot", "nowhere", "--period", "2026")
    assert "nothing to check" in city.is_refused("verify", "city")
    assert city.run("snapshot", "city").exit_code == 2


def test_a_changed_snapshot_is_found(city: Operator, tmp_path: Path) -> None:
    city.does("snapshot", "city", "--period", "2026")
    url = city.environ["SURVEYAPP_DATABASE_URL"] or ""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE snapshot SET seed = 1")
    assert "another source, period or seed" in city.is_refused("verify", "city")
    result = city.run("verify", "city", "--json")
    assert result.exit_code == 1
    assert city.json_of(result)["ok"] is False
