"""Reported values and occurrences from the command line: two people, all rows or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Role
from tests.contract.conftest import Operator
from tests.support.staff import staff_member
from tests.support.values import OFFICE, SCHEME, ValueBook, a_value_book

HEADER = "indicator,unit,period,value,note\n"


@pytest.fixture
def operator(sqlite_operator: Operator) -> Operator:
    return sqlite_operator


@pytest.fixture
def book(operator: Operator, sqlite_url: str, tmp_path: Path) -> Iterator[ValueBook]:
    with a_value_book(sqlite_url, tmp_path) as made:
        for name, role, unit in (
            ("stats", Role.UNIT, "stats"),
            ("env", Role.UNIT, "env"),
            ("zhao", Role.REVIEWER, None),
            ("both", Role.EDITOR, None),
        ):
            staff_member(made.services, role, name=name, unit_code=unit)
        yield made


def _table(operator: Operator, *rows: str) -> Path:
    return operator.file("values.csv", HEADER + "\n".join(rows) + "\n")


def test_values_come_in_and_count_on_a_witness(operator: Operator, book: ValueBook) -> None:
    file = _table(operator, "gdp,west,2026Q1,6.5,", "air,east,2026-02,27,一天沙尘")
    assert operator.gets("objective", "import", SCHEME, file, "--source", "快报") == {
        "scheme": SCHEME, "new": 2, "corrected": 0, "unchanged": 0, "left_empty": 0, "errors": [],
    }  # fmt: skip
    done = operator.gets("objective", "verify", SCHEME, "--witness", "zhao", "--period", "2026Q1")
    assert done == {"scheme": SCHEME, "verified": 1, "left": 0}
    assert book.counted() == {("gdp", "west", "2026Q1"): "13/2"}
    listed = operator.gets("objective", "list", SCHEME, "--status", "reported")
    assert [(one["indicator"], one["value"], one["note"]) for one in listed["values"]] == [
        ("air", "27", "一天沙尘")
    ]
    shown = operator.run("objective", "list", SCHEME, "--unit", "west", "--period", "2026q1")
    assert "gdp\twest\t2026Q1\t6.5\tv1\tVerified" in shown.output
    said = operator.run("objective", "verify", SCHEME, "--witness", "zhao", "--indicator", "air")
    assert "Verified: 1. Left for another witness: 0." in said.output


def test_bad_rows_are_all_named_and_nothing_is_stored(operator: Operator, book: ValueBook) -> None:
    file = _table(operator, "gdp,west,2026Q1,6.5,", "gdp,east,2026Q1,85%,", "gdp,x,2026Q1,1,")
    result = operator.run("objective", "import", SCHEME, file)
    assert result.exit_code == 1
    assert "values.csv:3:" in result.stderr
    assert "without a percent sign" in result.stderr
    refused = operator.run("objective", "import", SCHEME, file, "--json")
    assert [one["line"] for one in operator.json_of(refused)["errors"]] == [3, 4]
    assert operator.gets("objective", "list", SCHEME)["values"] == []


def test_people_are_named_and_nobody_is_both(operator: Operator, book: ValueBook) -> None:
    file = _table(operator, "gdp,west,2026Q1,6.5,")
    assert operator.run("objective", "import", SCHEME, file, "--by", "env").exit_code == 1
    ok = operator.run("objective", "import", SCHEME, file, "--by", "stats")
    assert "Values: 1 new, 0 corrected, 0 unchanged, 0 left empty." in ok.output
    nobody = operator.run("objective", "verify", SCHEME, "--witness", "nobody")
    assert (nobody.exit_code, "no account “nobody”" in nobody.stderr) == (1, True)
    assert operator.run("objective", "verify", SCHEME, "--witness", "stats").exit_code == 1
    assert operator.run("objective", "verify", SCHEME).exit_code == 2


def test_a_witness_who_reported_it_all_verifies_nothing(
    operator: Operator, book: ValueBook
) -> None:
    staff_member(book.services, Role.EDITOR, Role.REVIEWER, name="two")
    file = _table(operator, "gdp,west,2026Q1,6.5,")
    operator.gets("objective", "import", SCHEME, file, "--by", "two")
    refused = operator.run("objective", "verify", SCHEME, "--witness", "two")
    assert (refused.exit_code, "Name another witness" in refused.stderr) == (1, True)


def test_the_template_of_a_period_is_filled_in_and_imported(
    operator: Operator, book: ValueBook
) -> None:
    out = operator.folder / "填报.xlsx"
    operator.run(
        "objective", "template", SCHEME, "--period", "2026Q2", "--by", "stats", "--out", out
    )
    workbook = openpyxl.load_workbook(out)
    workbook.worksheets[0].cell(2, 7, "5.8")
    workbook.save(out)
    done = operator.gets("objective", "import", SCHEME, out, "--by", "stats")
    assert (done["new"], done["left_empty"]) == (1, 1)


def test_an_occurrence_needs_its_document_and_a_witness(
    operator: Operator, book: ValueBook
) -> None:
    given = ("--unit", "west", "--rule", "honour", "--reason", "获全省表彰")
    paper = operator.folder / "省政府〔2026〕3号.pdf"
    paper.write_bytes(b"%PDF-1.7")
    operator.gets("adjust", "add", SCHEME, *given, "--period", "2026Q1", "--document", paper)
    entered = operator.run(
        "adjust", "add", SCHEME, *given, "--day", "2026-05-04", "--document", "通报〔2026〕9号",
        "--occurrences", "2", "--by", "both",
    )  # fmt: skip
    assert "Entered; it counts once" in entered.output
    assert operator.run("adjust", "add", SCHEME, *given, "--document", "x").exit_code == 1
    assert book.services.objectives.adjustments(SCHEME, Period.parse("2026")) == ()
    assert operator.gets("adjust", "verify", SCHEME, "--witness", "zhao")["verified"] == 2
    found = book.services.objectives.adjustments(SCHEME, Period.parse("2026"))
    assert [(str(one.day), one.occurrences, one.document) for one in found] == [
        ("2026-03-31", 1, "省政府〔2026〕3号"),
        ("2026-05-04", 2, "通报〔2026〕9号"),
    ]
    entries = operator.gets("adjust", "list", SCHEME)["entries"]
    assert [(one["rule"], one["status"]) for one in entries] == [("honour", "verified")] * 2
    assert "×2" in operator.run("adjust", "list", SCHEME).output
    assert book.services.adjusting.lines(SCHEME, OFFICE)[1].files[0].size == 8
