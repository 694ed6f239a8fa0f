"""surveyapp survey publish | close, credentials issue | replace and verify, for closed ballots."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from surveyapp.config import Settings
from surveyapp.services.assembly import Services, assemble
from tests.contract.conftest import Operator
from tests.support.ballots import cast, pattern

BALLOT = """\
key: cadres
kind: ballot
title: {zh: 年度民主测评, en: Yearly evaluation}
scale: cadre4
subjects:
  - {key: c1, title: 甲}
  - {key: d1, title: 乙}
  - {key: d2, title: 丙}
  - {key: d3, title: 丁}
  - {key: d4, title: 戊}
classes:
  - {key: A, title: A票, weight: 40, roll: 12}
  - {key: B, title: B票, weight: 60, roll: 40}
"""


def services_of(operator: Operator) -> Services:
    return assemble(
        Settings.from_environ({name: value or "" for name, value in operator.environ.items()})
    )


def a_ballot(operator: Operator) -> None:
    operator.does("init")
    operator.does("survey", "import", operator.file("cadres.yaml", BALLOT))


def vote(operator: Operator, codes: list[str]) -> list[str]:
    services = services_of(operator)
    receipts = [str(cast(services, code, pattern(n))) for n, code in enumerate(codes)]
    services.database.dispose()
    return receipts


def test_a_ballot_goes_from_slips_to_a_root(operator: Operator) -> None:
    a_ballot(operator)
    slips, more = operator.folder / "slips.html", operator.folder / "more.html"
    issue = ("credentials", "issue", "cadres")
    assert "draft" in operator.is_refused(*issue, "--class", "A=1", "--out", slips)
    assert not slips.exists()
    operator.gets(*issue, "--class", "A=1", "--out", more, "--rehearsal")
    published = operator.gets("survey", "publish", "cadres")
    assert published["status"] == "open"
    assert published["passphrase"] is None
    issued = operator.gets(*issue, "--class", "A=12", "--class", "B=40", "--out", slips)["classes"]
    assert {key: len(codes) for key, codes in issued.items()} == {"A": 12, "B": 40}
    assert stat.S_IMODE(slips.stat().st_mode) == 0o600
    text = slips.read_text("utf-8")
    assert all(f"{code[:4]} {code[4:8]} {code[8:]}" in text for code in issued["A"])
    assert "exists already" in operator.is_refused(*issue, "--class", "B=1", "--out", slips)
    receipts = vote(operator, issued["A"][:6] + issued["B"][:9])
    (listed,) = operator.gets("survey", "list")["surveys"]
    assert (listed["kind"], listed["responses"]) == ("ballot", 15)
    assert "not open yet" in operator.is_refused("verify", "cadres")
    closed = operator.gets("survey", "close", "cadres")
    assert (closed["status"], closed["ballots"]) == ("closed", 15)
    verified = operator.gets("verify", "cadres", "--root", closed["root"])
    assert (verified["ok"], verified["receipts"]) == (True, 15)
    assert verified["root"] == closed["root"]
    assert verified["receipt_list"] == sorted(receipts)
    wrong = operator.run("verify", "cadres", "--root", "0" * 64, "--json")
    assert wrong.exit_code == 1
    assert '"ok": false' in wrong.stdout
    assert "15 ballots" in operator.does("verify", "cadres")


def test_scrutineers_open_the_urn_with_both_halves(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    a_ballot(operator)
    sheet = operator.folder / "sheet.html"
    said = operator.does("survey", "publish", "cadres", "--scrutineers", "--recovery-sheet", sheet)
    halves = [line.partition(": ")[2] for line in said.splitlines() if "writes down" in line]
    assert len(halves) == 2
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert "--passphrase-file" in operator.is_refused("survey", "close", "cadres")
    wrong = operator.file("wrong.txt", halves[0])
    assert "ballots are safe" in operator.is_refused(
        "survey", "close", "cadres", "--passphrase-file", wrong
    )
    right = operator.file("right.txt", "\n".join(halves))
    said = operator.does("survey", "close", "cadres", "--passphrase-file", right)
    assert "0 ballots" in said


def test_a_slip_is_replaced_before_two(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    a_ballot(operator)
    operator.does("survey", "publish", "cadres")
    for name in ("wang", "li"):
        operator.does("staff", "add", name, "--role", "reviewer")
    slips = operator.folder / "slips.html"
    said = operator.does("credentials", "issue", "cadres", "--class", "A=1", "--out", slips)
    assert "1 slips" in said
    code = slips.read_text("utf-8").partition('class="code">')[2][:14]
    replace = ("credentials", "replace", "cadres", code, "--witness", "wang")
    again = operator.folder / "again.html"
    assert "two different accounts" in operator.is_refused(*replace, "--out", again)
    operator.does(*replace, "--witness", "li", "--out", again)
    assert code not in again.read_text("utf-8")


@pytest.mark.parametrize("given", ["A", "A=x", "A=1234567", "A=-1"])
def test_numbers_of_slips_are_read_strictly(
    sqlite_operator: Operator, tmp_path: Path, given: str
) -> None:
    a_ballot(sqlite_operator)
    refusal = sqlite_operator.is_refused(
        "credentials", "issue", "cadres", "--class", given, "--out", tmp_path / "x.html"
    )
    assert "no class with a number" in refusal


def test_only_a_ballot_has_a_sheet_and_a_key(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    for arguments in (
        ("survey", "publish", key, "--recovery-sheet", sqlite_operator.folder / "s.html"),
        ("survey", "close", key, "--recovery-file", sqlite_operator.file("k.txt", "x")),
    ):
        assert "only for ballots" in sqlite_operator.is_refused(*arguments)
    assert "is no ballot" in sqlite_operator.is_refused("verify", key)
