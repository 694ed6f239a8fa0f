"""surveyapp place add | print | revoke."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from tests.contract.conftest import REVIEW, Operator


def test_a_place_has_a_code_and_an_address(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    place = operator.gets("place", "add", key, "--label", "3号窗口", "--subject", "w3")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{8}", place["code"])
    assert place == {
        "code": place["code"],
        "url": f"https://survey.example.gov.cn/r/{place['code']}",
        "survey": key,
        "label": "3号窗口",
        "subject": "w3",
    }


def test_people_get_the_code_in_groups(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens(REVIEW)
    said = sqlite_operator.does("place", "add", key, "--label", "3号窗口")
    assert re.match(r"[0-9A-Z]{4} [0-9A-Z]{4}\thttps://\S+\t3号窗口\n", said)


def test_sheets_are_written_for_places_that_are_valid(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    kept = operator.gets("place", "add", key, "--label", "1号窗口")
    gone = operator.gets("place", "add", key, "--label", "2号窗口")
    revoked = operator.gets("place", "revoke", gone["code"].lower())
    assert revoked == {"code": gone["code"], "survey": key, "label": "2号窗口", "revoked": True}
    out = operator.folder / "sheets.html"
    printed = operator.gets("place", "print", key, "--out", out)
    assert printed == {"survey": key, "file": str(out), "sheets": 1}
    page = BeautifulSoup(out.read_bytes(), "html5lib").get_text()
    assert kept["url"].removeprefix("https://") in page
    assert "2号窗口" not in page
    assert str(out) in operator.does("place", "print", key, "--out", out)
    assert [path.name for path in operator.folder.glob("*sheets*")] == ["sheets.html"]


def test_what_cannot_be_done_is_refused_in_one_line(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    assert "nowhere" in operator.is_refused("place", "add", "nowhere", "--label", "1号窗口")
    assert "label" in operator.is_refused("place", "add", key, "--label", " ")
    assert operator.is_refused("place", "revoke", "00000000")
    assert operator.is_refused("place", "revoke", "no code at all")
    out = operator.folder / "sheets.html"
    assert "no place" in operator.is_refused("place", "print", key, "--out", out)
    operator.does("place", "add", key, "--label", "1号窗口")
    missing = operator.folder / "no-such-folder" / "sheets.html"
    assert "no-such-folder" in operator.is_refused("place", "print", key, "--out", missing)


def test_people_are_told_what_was_revoked(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens(REVIEW)
    place = sqlite_operator.gets("place", "add", key, "--label", "1号窗口")
    assert "1号窗口" in sqlite_operator.does("place", "revoke", place["code"])
