"""Schemes and scores from the command line: what each command says, and a whole simulated year."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.assembly import Services
from tests.builders import services_on
from tests.contract.conftest import Operator
from tests.support.scores import towns
from tests.support.staff import staff_member

SURVEY = """\
key: towns
kind: satisfaction
title: {zh: 模拟数据：乡镇满意度调查, en: "Simulated data: survey of towns"}
questions:
  - {key: overall, type: scale, scale: sat5, title: {zh: 总体, en: Overall}}
indices:
  - {key: services, of: [overall]}
"""
INDICATOR = """\
indicators:
  - key: public
    title: {zh: 模拟数据：群众满意度, en: "Simulated data: public satisfaction"}
    by: subject
    parts:
      - {survey: towns, figure: index.services, weight: 1, during: period}
"""
SCHEME = """\
key: towns-2025
year: 2025
category: 乡镇
title: {zh: 模拟数据：乡镇综合考核方案, en: "Simulated data: scheme of towns"}
missing: block
groups:
  - {key: common, title: 共性, weight: 60, role: common}
  - {key: voice, title: 主观评价, weight: 40, role: subjective}
indicators:
  - {key: growth, group: common, title: 增长, weight: 60, normalisation: target, best: 12,
     every: month, accumulation: sum}
  - {key: public, group: voice, title: 群众满意度, weight: 40, indicator: public,
     normalisation: direct, every: quarter, accumulation: mean}
adjustments:
  - {key: honour, title: 表彰, points: 2}
overrides:
  - {key: veto, title: 一票否决, effect: cap, grade: 良好}
grades: [{from: 85, quota: 50%}, {from: 70}, {from: 50}, {}]
"""
UNITS = "code,name,category,parent\n" + "".join(f"T{n},第{n}镇,乡镇,\n" for n in range(1, 5))
SUBJECTS = "key,title,unit\n" + "".join(f"t{n},第{n}镇,T{n}\n" for n in range(1, 5))
POINTS = {"very_satisfied": 100, "satisfied": 80, "neutral": 60}
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]


@pytest.fixture
def operator(sqlite_operator: Operator) -> Operator:
    return sqlite_operator


@pytest.fixture
def services(operator: Operator, sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """The same database from inside."""
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def _growth(town: int, month: int) -> Fraction:
    """Make up the growth of a town in a month: later months are better, later towns worse."""
    return Fraction(12 + month - 2 * town, 10)


def _answers(town: int, quarter: int) -> list[str]:
    """Make up twenty answers about a town in a quarter."""
    good = 16 - 3 * town + quarter
    return ["very_satisfied"] * good + ["very_dissatisfied"] * (20 - good)


def test_a_simulated_year_month_by_month(operator: Operator, services: Services) -> None:
    staff_member(services, Role.REVIEWER, name="zhao")
    operator.does("unit", "import", operator.file("units.csv", UNITS))
    operator.opens(SURVEY)
    operator.does("subject", "import", "towns", operator.file("subjects.csv", SUBJECTS))
    operator.does("indicator", "import", operator.file("indicator.yaml", INDICATOR))
    made = operator.gets("scheme", "import", operator.file("scheme.yaml", SCHEME))
    assert (made["draft"], made["unfilled"], made["version"]) == (True, [], 1)
    operator.does("scheme", "publish", "towns-2025")
    ranks: dict[str, list[str]] = {}
    for month, period in enumerate(MONTHS, start=1):
        _report(operator, month, period)
        if month % 3 == 0:
            _survey(operator, month // 3)
        if month == 5:
            _honour(operator, "T4")
        found = operator.gets("score", "towns-2025", "--period", period, "--seed", str(month))
        assert found["final"] is False
        result = found["result"]
        assert result["due"] == ("60" if month < 3 else "100")
        assert (result["before_run"] is None) == (month == 1)
        missing = {one["unit"] for one in result["units"] if one["score"] is None}
        assert missing == set()
        ranks[period] = [one["unit"] for one in result["units"]]
        assert operator.gets("score", "towns-2025", "--period", period, "--check")["ok"]
    # What the months accumulated makes the year's score without anything further.
    year = operator.gets("score", "towns-2025", "--period", "2025", "--seed", "1")["result"]
    expected = {f"T{town}": _year(town) for town in range(1, 5)}
    found_scores = {one["unit"]: Fraction(one["score"]) for one in year["units"]}
    for unit, score in expected.items():
        assert abs(found_scores[unit] - score) < Fraction(1, 10**9), unit
    assert [one["unit"] for one in year["units"]] == ["T1", "T2", "T3", "T4"]
    # Of the two places of the best grade one unit reaches 85 points and is not vetoed.
    assert [one["grade"] for one in year["units"]] == _grades(expected)
    assert year["uncertain"]
    assert all(one["interval"]["low"] < float(one["score"]) for one in year["units"])


def _report(operator: Operator, month: int, period: str) -> None:
    rows = "".join(
        f"growth,T{town},{period},{float(_growth(town, month))},模拟数据\n" for town in range(1, 5)
    )
    file = operator.file("values.csv", "indicator,unit,period,value,note\n" + rows)
    operator.does("objective", "import", "towns-2025", file, "--source", "模拟数据")
    operator.does("objective", "verify", "towns-2025", "--witness", "zhao")


def _survey(operator: Operator, quarter: int) -> None:
    day = f"2025-{3 * quarter:02d}-15"
    rows = "".join(
        f"t{town},{day},{answer}\n" for town in range(1, 5) for answer in _answers(town, quarter)
    )
    file = operator.file("answers.csv", "subject,observed_on,overall\n" + rows)
    operator.does("responses", "import", "towns", file, "--mode", "phone")
    snapshot = operator.gets("snapshot", "public", "--period", f"2025Q{quarter}")
    assert {one["subject"] for one in snapshot["values"]} >= {"T1", "T2", "T3", "T4"}


def _honour(operator: Operator, unit: str) -> None:
    operator.does(
        "adjust", "add", "towns-2025", "--unit", unit, "--rule", "honour", "--period", "2025-05",
        "--occurrences", "3", "--reason", "模拟数据：表彰", "--document", "模拟数据：文件1号",
    )  # fmt: skip
    operator.does("adjust", "verify", "towns-2025", "--witness", "zhao")


def _year(town: int) -> Fraction:
    """Compute the year's score of a town from what was made up, by hand."""
    growth = sum((_growth(town, month) for month in range(1, 13)), Fraction(0))
    quarters = [
        Fraction(100 * _answers(town, quarter).count("very_satisfied"), 20)
        for quarter in range(1, 5)
    ]
    satisfaction = sum(quarters, Fraction(0)) / 4
    honours = 6 if town == 4 else 0
    return 60 * min(growth / 12, Fraction(1)) + Fraction(40, 100) * satisfaction + honours


def _grades(scores: dict[str, Fraction]) -> list[int]:
    bounds = (85, 70, 50)
    return [next((n for n, b in enumerate(bounds) if s >= b), 3) for s in scores.values()]


def test_each_command_of_schemes_says_what_it_did(operator: Operator) -> None:
    assert operator.does("scheme", "list") == "There is no scheme yet.\n"
    assert "ankang\tAfter the structure reported of Ankang" in operator.does("scheme", "preset")
    file = operator.folder / "draft.yaml"
    operator.does("scheme", "preset", "ankang", "--key", "own", "--year", "2026", "--out", file)
    said = operator.does("scheme", "import", file)
    assert "Imported “After the structure reported of Ankang” as own, version 1; 25 places" in said
    assert "  groups[1].weight" in said
    assert "25 places are still empty" in operator.is_refused("scheme", "publish", "own")
    assert "key: ruian-2012-" in operator.does("scheme", "preset", "ruian-2012")
    complete = operator.does("scheme", "preset", "ruian-2012", "--year", "2012")
    operator.does("scheme", "import", operator.file("ruian.yaml", complete))
    assert "is in use (version 1)." in operator.does("scheme", "publish", "ruian-2012-2012")
    listed = operator.gets("scheme", "list")["schemes"]
    assert [(one["key"], one["version"], one["unfilled"]) for one in listed] == [
        ("own", None, 25),
        ("ruian-2012-2012", 1, 0),
    ]
    assert "own\t2026\t部门\tdraft\t-\t" in operator.does("scheme", "list")
    pages = operator.does("scheme", "print", "ruian-2012-2012")
    assert "Share of votes for excellent" in pages
    assert "This fits on one page." in pages
    wrong = operator.run("scheme", "import", operator.file("bad.yaml", "key: own\ntotal: 0\n"))
    assert wrong.exit_code == 1
    assert "bad.yaml:2: total: The total of a scheme is more than 0 points." in wrong.stderr
    broken = operator.run("scheme", "import", operator.file("bad.yaml", "a: b: c"))
    assert "bad.yaml:1: From here on this is not valid YAML" in broken.stderr


def test_a_page_that_overflows_says_by_how_much(operator: Operator) -> None:
    lines = "".join(
        f"  - {{key: a{n}, group: g, title: 指标, weight: 2, normalisation: own_best,"
        f" responsible: S, definition: {'由责任部门核实后填报' * 8}}}\n"
        for n in range(50)
    )
    head = "key: long\nyear: 2026\ncategory: 县\ntitle: 长\nmissing: block\n"
    scheme = f"{head}groups: [{{key: g, title: 组, weight: 100}}]\nindicators:\n{lines}"
    done = operator.gets("scheme", "import", operator.file("long.yaml", scheme))
    assert done["unfilled"] == []
    (page,) = operator.gets("scheme", "print", "long")["pages"]
    assert (page["responsible"], page["fits"]) == ("S", False)
    assert page["too_many"] > 20
    assert page["overflow_mm"] > 200
    said = operator.does("scheme", "print", "long")
    assert f"This is more than one page: {page['too_many']} indicators" in said


def test_scores_are_shown_with_what_they_are_worth(operator: Operator, services: Services) -> None:
    towns(services)
    said = operator.does("score", "towns-2026", "--period", "2026Q1", "--seed", "3")
    assert said.startswith("Computed result, for study and reference; not the final grade.\n")
    assert "1\tT1\t东河镇\t95.20\t94." in said
    assert "\tGood\n" in said
    lacking = operator.does("score", "towns-2026", "--period", "2026Q2", "--draws", "100")
    assert "-\tT1\t东河镇\t-\t\t\n  Missing: growth, satisfaction" in lacking
    assert "The scores follow from what was stored" in operator.does(
        "score", "towns-2026", "--period", "2026Q1", "--check"
    )
    nothing = operator.is_refused("score", "towns-2026", "--period", "2026Q3", "--check")
    assert "no scores of “towns-2026” for this period yet" in nothing
    assert "is no period" in operator.is_refused("score", "towns-2026", "--period", "soon")
    assert "no scheme “x”" in operator.is_refused("score", "x", "--period", "2026")
    _damage(services)
    damaged = operator.run("score", "towns-2026", "--period", "2026Q1", "--check", "--json")
    assert damaged.exit_code == 1
    assert operator.json_of(damaged)["ok"] is False
    assert "do not follow from what was stored" in damaged.stderr


def _damage(services: Services) -> Any:
    with services.database.writing() as work:
        statement = "UPDATE score_run SET input_sha256 = result_sha256"
        work.connection.exec_driver_sql(statement)
