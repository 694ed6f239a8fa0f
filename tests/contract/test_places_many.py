"""surveyapp place import | roster | move | print --layout, invitation create, token."""

from __future__ import annotations

from io import BytesIO

import openpyxl
from bs4 import BeautifulSoup

from tests.contract.conftest import REVIEW, Operator

PLACES = (
    "label,hall,window,subject,subject_title,rates\n"
    "1号窗口,一楼,1,w1,税务,person\n2号窗口,一楼,2,,,\n"
)
ROSTER = (
    "window,staff_number,staff_name,starts_at,ends_at\n"
    "1,0107,李明,2026-11-23 08:00,2026-11-23 12:00\n"
)


def test_places_and_rosters_come_from_tables(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    made = operator.gets("place", "import", key, operator.file("places.csv", PLACES))
    assert [one["label"] for one in made["places"]] == ["1号窗口", "2号窗口"]
    roster = operator.file("roster.csv", ROSTER)
    done = operator.gets("place", "roster", key, roster)
    assert done == {"survey": key, "new": 1, "removed": 0, "unchanged": 0}
    assert "1 unchanged" in operator.does("place", "roster", key, roster)
    assert "2 places" in operator.does("place", "import", key, operator.file("p.csv", PLACES))
    bad = operator.run("place", "import", key, operator.file("bad.csv", "label,window\n,3\n"))
    assert bad.exit_code == 1
    assert "bad.csv:2:" in bad.stderr
    cards = operator.folder / "cards.html"
    printed = operator.gets("place", "print", key, "--out", cards, "--layout", "sticker")
    assert printed["sheets"] == 4
    page = BeautifulSoup(cards.read_bytes(), "html5lib")
    assert len(page.select(".sticker article")) == 4
    refused = operator.is_refused("place", "print", key, "--out", cards, "--layout", "poster")
    assert "poster" in refused


def test_a_place_moves_and_keeps_what_was_not_named(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    code = operator.gets("place", "add", key, "--label", "3号窗口", "--subject", "w3")["code"]
    moved = operator.gets(
        "place", "move", code, "--window", "5", "--hall", "二楼", "--rates", "事项"
    )
    assert moved == {
        "code": code, "label": "3号窗口", "hall": "二楼", "window": "5", "subject": "w3",
        "rates": "item", "changed": True, "shifts_ended": 0,
    }  # fmt: skip
    again = operator.gets("place", "move", code, "--window", "5")
    assert (again["changed"], again["rates"]) == (False, "item")
    assert operator.gets("place", "move", code, "--subject", "")["subject"] is None
    assert "3号窗口" in operator.does("place", "move", code, "--hall", "")
    assert "nothing" in operator.is_refused("place", "move", code, "--subject", "nothing")


def test_links_are_written_beside_their_rows(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    cases = operator.file("cases.csv", "case_number,手机号\n51-1,13900000000\n51-2,\n")
    out = operator.folder / "links.xlsx"
    made = operator.gets("invitation", "create", key, cases, "--out", out)
    assert made == {
        "survey": key, "file": str(out), "links": 2, "new": 2, "handed_back": ["手机号"],
    }  # fmt: skip
    rows = list(openpyxl.load_workbook(BytesIO(out.read_bytes())).worksheets[0].values)
    assert str(rows[1][2]).startswith("https://survey.example.gov.cn/i/")
    page = operator.folder / "links.html"
    assert "0 of them new" in operator.does("invitation", "create", key, cases, "--out", page)
    assert "51-1" in page.read_text("utf-8")
    pdf = operator.folder / "links.pdf"
    assert ".xlsx" in operator.is_refused("invitation", "create", key, cases, "--out", pdf)
    twice = operator.file("twice.csv", "case_number\n51-1\n51-1\n")
    refused = operator.run("invitation", "create", key, twice, "--out", out)
    assert (refused.exit_code, "twice.csv:3:" in refused.stderr) == (1, True)


def test_tokens_are_made_listed_and_revoked(operator: Operator) -> None:
    made = operator.gets("token", "add", "hall", "--scope", "volumes", "--days", "30")
    assert made["token"].startswith("sva_")
    assert made["state"] == "valid"
    listed = operator.gets("token", "list")["tokens"]
    assert [(one["name"], one["scope"], one["state"]) for one in listed] == [
        ("hall", "volumes", "valid")
    ]
    assert "token" not in listed[0]
    assert operator.gets("token", "revoke", "hall")["state"] == "revoked"
    assert "hall" in operator.does("token", "revoke", "hall")
    assert "hall\tvolumes" in operator.does("token", "list")
    text = operator.does("token", "add", "other", "--scope", "figures", "--days", "1")
    assert text.startswith("sva_")
    assert "other" in operator.is_refused("token", "add", "other", "--scope", "figures",
                                          "--days", "1")  # fmt: skip
    assert "all" in operator.is_refused("token", "add", "x", "--scope", "all", "--days", "1")
    both = ("--scope", "figures", "--scope", "volumes")
    refused = operator.run("token", "add", "both", *both, "--days", "1")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
    assert "both" not in operator.does("token", "list")
    assert "731" in operator.is_refused("token", "add", "x", "--scope", "figures", "--days", "0")
    assert "none" in operator.is_refused("token", "revoke", "none")
