"""Proof of work in a real browser: the script does the sum under the strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from tests.builders import review_document
from tests.support.receipts import rows
from tests.web.conftest import MakeSite
from tests.web.respond.test_views_in_chromium import Hall

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

pytestmark = pytest.mark.browser


@pytest.fixture
def hall(chromium: Chromium, make_site: MakeSite, sqlite_url: str) -> Iterator[Hall]:
    site = make_site(sqlite_url)
    code = site.place(review_document(review={"proof_of_work": True}))
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Hall(chromium, f"http://127.0.0.1:{server.server_port}", site, code)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_quick_tap_waits_for_the_sum_and_is_sent(hall: Hall) -> None:
    page = hall.open()
    page.locator('label.o:has(input[value="satisfied"])').click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    assert [row.answers["overall"] for row in rows(hall.site.services)] == ["satisfied"]
    assert hall.complaints == []
    page.context.close()


def test_one_tap_at_a_kiosk_keeps_its_level(hall: Hall) -> None:
    page = hall.open("?view=kiosk", width=768)
    page.locator('button[value="dissatisfied"]').click()
    page.wait_for_url("**/receipt/**")
    assert [row.answers["overall"] for row in rows(hall.site.services)] == ["dissatisfied"]
    page.context.close()


def test_without_scripts_the_form_says_so_and_comes_back_filled(hall: Hall) -> None:
    page = hall.open(java_script_enabled=False)
    page.locator('label.o:has(input[value="satisfied"])').click()
    with page.expect_response(lambda response: response.status == 409):
        page.get_by_role("button", name="提交").click()
    page.wait_for_load_state()
    assert page.locator('input[value="satisfied"]').is_checked()
    hall.site.clock.advance(seconds=11)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    assert len(rows(hall.site.services)) == 1
    page.context.close()
