"""The ballot in a real browser: one tap a card, exceptions, the quota, and room for a thumb."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from surveyapp.domain.definition import parse_definition
from tests.support.ballots import issue, packet_document, put_definition_in_use
from tests.web.conftest import MakeSite

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

OpenBallot = Callable[..., "Page"]

SMALL = """() => Array.from(document.querySelectorAll(
        'main .o span, main summary, main button, main a'))
    .filter(one => one.offsetParent !== null)
    .filter(one => {
        const box = one.getBoundingClientRect();
        return box.width < 43.9 || box.height < 43.9;
    }).map(one => one.textContent.trim())"""


@pytest.fixture
def open_ballot(chromium: Chromium, make_site: MakeSite, sqlite_url: str) -> Iterator[OpenBallot]:
    """Open a fresh packet on a phone in front of a site that runs in this process."""
    site = make_site(sqlite_url)
    put_definition_in_use(site.services, parse_definition(packet_document(remarks=50)))
    codes = iter(issue(site.services, B=9)["B"])
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    contexts = []

    def open_page(*, width: int = 360, query: str = "lang=zh", **kwargs: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 740}, **kwargs)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"http://127.0.0.1:{server.server_port}/b/{next(codes)}?{query}")
        return page

    try:
        yield open_page
    finally:
        for context in contexts:
            context.close()
        server.shutdown()
        thread.join()


def card(page: Page, name: str) -> Locator:
    return page.locator(".person", has=page.get_by_role("heading", name=name))


def choose(part: Locator, grade: str) -> None:
    part.locator(".o", has_text=grade).first.click()


def test_one_tap_grades_a_card_and_items_may_differ(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    chief = card(page, "甲")
    choose(chief.locator(".grades"), "优秀")
    expect(chief.locator(".items input:checked")).to_have_count(3)
    chief.locator("summary").click()
    choose(chief.locator(".item").first, "称职")
    expect(chief.locator(".apart-from")).to_have_text("德 称职")
    expect(chief.locator(".whole input:checked")).to_have_value("excellent")
    for item in chief.locator(".item").all()[1:]:
        choose(item, "称职")
    expect(chief.locator(".whole input:checked")).to_have_count(0)
    choose(chief.locator(".asides"), "本人")
    expect(chief.locator(".items input:checked")).to_have_count(0)
    choose(chief.locator(".item").first, "称职")
    expect(chief.locator(".whole input:checked")).to_have_count(0)


def test_what_is_graded_and_the_quota_are_counted_live(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    sheet = page.locator("#part2")
    tally = sheet.locator(".tally")
    expect(tally).to_contain_text("已评 0/5")
    choose(card(page, "甲").locator(".grades"), "优秀")
    expect(tally.locator(".top-of b")).to_have_text("1")
    expect(tally.get_by_role("status")).to_be_empty()
    choose(card(page, "乙").locator(".grades"), "优秀")
    expect(tally.get_by_role("status")).to_have_text("超出")
    expect(tally.locator(".onwards")).to_have_attribute("href", "#card4")
    for name in "丙丁戊":
        choose(card(page, name).locator(".grades"), "称职")
    expect(tally).to_contain_text("已评 5/5")
    expect(tally.locator(".onwards")).to_be_hidden()
    choose(card(page, "乙").locator(".grades"), "称职")
    expect(tally.get_by_role("status")).to_be_empty()


def test_all_cards_unfold_at_once(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    unfold = page.locator("#part2").get_by_role("button", name="全部展开")
    unfold.click()
    expect(page.locator("#part2 .items[open]")).to_have_count(5)
    unfold.click()
    expect(page.locator(".items[open]")).to_have_count(0)


def test_a_reason_is_asked_for_its_grade_only(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    new = card(page, "己")
    expect(new.locator("textarea")).to_be_hidden()
    choose(new.locator(".grades"), "不认同")
    new.locator("textarea").fill("不熟悉业务")
    choose(new.locator(".grades"), "基本认同")
    expect(new.locator("textarea")).to_be_hidden()


def test_what_is_blank_is_one_tap_from_its_card(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    choose(card(page, "甲").locator(".grades"), "优秀")
    page.locator("button[name=_review]").click()
    page.locator(".blanks button", has_text="丙").click()
    expect(card(page, "丙")).to_be_in_viewport()
    expect(card(page, "甲").locator(".whole input:checked")).to_have_value("excellent")


def test_going_back_from_the_review_loses_nothing_and_submitting_leaves_nothing(
    open_ballot: OpenBallot,
) -> None:
    page = open_ballot()
    choose(card(page, "甲").locator(".grades"), "优秀")
    page.locator("#remark").fill("多下基层")
    page.locator("button[name=_review]").click()
    page.locator("#cast").wait_for(state="attached")
    page.go_back()
    expect(card(page, "甲").locator(".whole input:checked")).to_have_value("excellent")
    expect(page.locator("#remark")).to_have_value("多下基层")
    page.locator("button[name=_review]").click()
    page.locator("#cast button:not([name])").click()
    page.locator(".tick").wait_for()
    assert page.evaluate("sessionStorage.length") == 0
    page.goto(page.url)
    page.locator(".sheet").first.wait_for()
    expect(page.locator("input:checked")).to_have_count(0)


def test_the_ballot_of_another_slip_is_forgotten(open_ballot: OpenBallot) -> None:
    page = open_ballot()
    page.evaluate("sessionStorage.setItem('ballot:/b/0', '{}'); sessionStorage.setItem('x', '1')")
    page.reload()
    page.locator(".sheet").first.wait_for()
    assert page.evaluate("Object.keys(sessionStorage)") == ["x"]


@pytest.mark.parametrize(
    ("width", "query"),
    [(320, "lang=zh"), (360, "lang=zh"), (320, "lang=en"), (360, "view=elder"), (1280, "lang=zh")],
)
def test_there_is_room_for_a_thumb_and_nothing_sideways(
    open_ballot: OpenBallot, width: int, query: str
) -> None:
    page = open_ballot(width=width, query=query)
    for button in page.locator(".unfold").all():
        button.click()
    assert page.evaluate(SMALL) == []
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == width
    page.locator("button[name=_review]").click()
    page.locator("#cast").wait_for(state="attached")
    assert page.evaluate(wide) == width
    assert page.evaluate(SMALL) == []
