"""The log as auditors read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain import case_rules, rectification
from surveyapp.domain.roles import Actor, Role
from surveyapp.web.console.words import ACTIONS
from tests.builders import CLERK
from tests.support.pages import Browser, Page
from tests.support.staff import staff_member
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

LOGGING = ("record_event", "auditing.note", "_log", "_change", "_record", "_hand_out")
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
PACKAGE = Path(__file__).resolve().parents[3] / "surveyapp"


@pytest.fixture
def auditor(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.AUDITOR, name="auditor")


def rows(page: Page) -> list[list[str]]:
    return [
        [re.sub(r"\s+", " ", cell.get_text(" ", strip=True)) for cell in row.select("td")]
        for row in page.soup.select("tbody tr")
    ]


def test_events_are_told_in_words(sqlite_site: Site, auditor: Browser) -> None:
    staff_member(sqlite_site.services, Role.EDITOR, name="li")
    sqlite_site.clock.advance(minutes=3)
    sqlite_site.services.auditing.note(
        Actor("li"), "survey.publish", "hall", {"revision": 2, "file_sha256": "a" * 64, "who": 1}
    )
    page = auditor.get("/console/log")
    assert rows(page)[0] == [
        "23 November 2026 09:03",
        "li",
        "Survey put in use",
        "hall",
        f"file {'a' * 12}… revision 2 who 1",
    ]
    assert ["Account made", "li", "roles Editor"] in [row[2:] for row in rows(page)]


def test_what_has_no_word_shows_its_key(sqlite_site: Site, auditor: Browser) -> None:
    note = sqlite_site.services.auditing.note
    note(CLERK, "thing.done", "x", {"roles": ["king", "unit:01"]})
    assert rows(auditor.get("/console/log?action=thing.done"))[0][2:] == [
        "thing.done",
        "x",
        "roles king, Unit:01",
    ]


def test_numbers_by_class_and_truth_values_are_told_in_words(
    sqlite_site: Site, auditor: Browser
) -> None:
    detail = {"classes": {"A": 2, "B": 3}, "restricted": True, "A": {"issued": 2, "returned": 1}}
    sqlite_site.services.auditing.note(CLERK, "archive", "cadres", detail)
    text = auditor.get("/console/log").text
    assert "classes A 2, B 3" in " ".join(text.split())
    assert "issued 2, returned 1" in text
    assert "with whole ballots yes" in " ".join(text.split())


def test_the_log_is_filtered_by_what_who_and_local_day(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    note = sqlite_site.services.auditing.note
    note(Actor("li"), "survey.publish", "first")
    # Half past eleven at night in Shanghai, then half past midnight: another day there, not in UTC.
    sqlite_site.clock.advance(hours=14, minutes=30)
    note(Actor("li"), "survey.close", "second")
    sqlite_site.clock.advance(hours=1)
    note(Actor("sun"), "survey.close", "third")
    auditor = signed_in(sqlite_site, Role.AUDITOR)

    def targets(query: str) -> list[str]:
        found = rows(auditor.get(f"/console/log?{query}"))
        return [row[3] for row in found if row[1] in ("li", "sun")]

    assert targets("action=survey.close") == ["third", "second"]
    assert targets("actor=li") == ["second", "first"]
    assert targets("day=2026-11-23") == ["second", "first"]
    assert targets("day=2026-11-24") == ["third"]
    assert targets("actor=li&day=2026-11-24") == []


def test_reading_is_logged(auditor: Browser) -> None:
    auditor.get("/console/log")
    page = auditor.get("/console/log?action=log.read")
    assert [row[1:3] for row in rows(page)] == [["auditor", "Log read"]]


@pytest.mark.parametrize(
    "query", ["day=yesterday", "day=0001-01-01", "day=9999-12-31", "page=-1", "actor=%00x"]
)
def test_senseless_filters_do_no_harm(auditor: Browser, query: str) -> None:
    assert auditor.get(f"/console/log?{query}").status == 200


def test_a_filter_that_matches_nothing_says_so(auditor: Browser) -> None:
    page = auditor.get("/console/log?actor=nobody")
    assert "No event matches." in page.text
    assert "0 events" in page.text


def test_a_long_log_keeps_its_filter_from_page_to_page(sqlite_site: Site, auditor: Browser) -> None:
    for number in range(51):
        sqlite_site.services.auditing.note(CLERK, "place.add", str(number))
    page = auditor.get("/console/log?action=place.add")
    link = page.soup.select_one("a[rel=next]")
    assert link is not None
    assert "action=place.add" in str(link["href"])
    assert len(rows(auditor.get(str(link["href"])))) == 1


def _logged(tree: ast.AST) -> Iterator[str]:
    """Find what is logged anywhere in a module: constants that reach one of the logging calls."""
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(LOGGING):
            given = node.args
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "action":
            given = [node.value]
        for part in (part for one in given for part in ast.walk(one)):
            if isinstance(part, ast.Constant) and ACTION.fullmatch(str(part.value)):
                yield str(part.value)


def test_every_action_of_the_product_has_a_word() -> None:
    found = {
        action
        for path in PACKAGE.rglob("*.py")
        for action in _logged(ast.parse(path.read_text("utf-8")))
    }
    found |= {f"case.{step}" for step in case_rules.RULES}
    found |= {f"item.{step}" for step in rectification.RULES}
    assert len(found) > 15
    assert sorted(found - ACTIONS.keys()) == []
    assert sorted(ACTIONS.keys() - found) == []
