"""Keying a printed ballot in a real browser: quick on the keyboard, and within 320 pixels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from surveyapp.services.assembly import Services
from tests.builders import Clock
from tests.support.ballots import ballots_on, put_in_use
from tests.support.papers import Count, a_count, lines, print_papers
from tests.support.serving import serving
from tests.support.staff import token_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

COUNT = "/console/ballots/cadres/paper"
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Desk:
    """A teller at a browser."""

    def __init__(self, chromium: Chromium, base: str, services: Services, count: Count) -> None:
        self._chromium, self._base, self.services, self.count = chromium, base, services, count
        self.complaints: list[str] = []

    def open(self, path: str, width: int = 1280) -> Page:
        context = self._chromium.new_context(viewport={"width": width, "height": 740})
        token = token_for(self.services, Clock(datetime.now(UTC)), self.count.first.name)
        context.add_cookies(
            [{"name": "staff", "value": token, "domain": "127.0.0.1", "path": "/console"}]
        )
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self._base + path)
        return page


@pytest.fixture
def desk(chromium: Chromium, sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    with ballots_on(sqlite_url, tmp_path, Clock(datetime.now(UTC))) as services:
        put_in_use(services)
        print_papers(services, B=3)
        count = a_count(services)
        with serving(sqlite_url, tmp_path) as served:
            yield Desk(chromium, f"http://127.0.0.1:{served.port}", services, count)


def a_paper_is_keyed_without_leaving_the_digits(desk: Desk) -> None:
    page = desk.open(f"{COUNT}/class/B")
    # The cursor stands in the first line; a full line leads to the next one.
    expect(page.locator("#f-c1")).to_be_focused()
    page.keyboard.type("1111211090")
    page.keyboard.press("Enter")
    expect(page.locator("#f-d4")).to_be_focused()
    page.keyboard.type("888")
    expect(page.locator(".keying > .buttons button")).to_be_focused()
    assert page.url.endswith("/class/B"), "Enter in a line stores nothing"
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_value("2")
    keyed = desk.services.paper_counting.form("cadres", "B", 1, desk.count.first).mine
    assert keyed is not None
    assert keyed.marks["c1"] == dict.fromkeys(("de", "neng", "overall"), "excellent")
    assert "d3" not in keyed.marks


TOUCHED = "main input:visible:not([type=radio]), main button:not([aria-hidden])"


def pages_of_the_count_fit_any_screen(desk: Desk) -> None:
    desk.count.key(2, lines(3), lines(4))
    for path in (COUNT, f"{COUNT}/class/B", f"{COUNT}/2", f"{COUNT}/2/take-out"):
        for width in (1280, 320):
            page = desk.open(path, width)
            assert not page.evaluate(WIDE), (path, width)
            for field in page.locator(TOUCHED).all():
                box = field.bounding_box()
                assert box is not None
                assert box["height"] >= 44, (path, width)
            page.close()


def test_papers_are_counted_at_a_desk_and_on_a_phone(desk: Desk) -> None:
    # One server for both: starting it is what takes time.
    a_paper_is_keyed_without_leaving_the_digits(desk)
    pages_of_the_count_fit_any_screen(desk)
    assert desk.complaints == []
