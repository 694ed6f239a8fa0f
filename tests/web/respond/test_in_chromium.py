"""The page in a real browser: sizes, dark mode, what depends on what, and the little script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from tests.builders import every_type_document, review_document
from tests.web.conftest import MakeSite
from tests.web.respond.test_states import STATISTICAL

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


class Phone:
    """Opens pages of a running site and remembers what the browser complained about."""

    def __init__(self, chromium: Chromium, base: str, codes: dict[str, str]) -> None:
        self._chromium = chromium
        self._base = base
        self.codes = codes
        self.complaints: list[str] = []

    def open(
        self, kind: str, *, width: int = 360, init: str = "", locale: str = "zh-CN", **kwargs: Any
    ) -> Page:
        """Open a form at a size in CSS pixels."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": 740}, locale=locale, **kwargs
        )
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if init:
            page.add_init_script(init)
        page.goto(f"{self._base}/r/{self.codes[kind]}")
        return page


@pytest.fixture
def phone(chromium: Chromium, make_site: MakeSite, sqlite_url: str) -> Iterator[Phone]:
    """A phone in front of a site that runs in this process."""
    site = make_site(sqlite_url)
    codes = {
        "every": site.place(every_type_document(**STATISTICAL)),
        "review": site.place(review_document()),
    }
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Phone(chromium, f"http://127.0.0.1:{server.server_port}", codes)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("width", [1280, 360, 320, 180], ids=["desk", "phone", "small", "zoomed"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_nothing_sticks_out_at_any_size(phone: Phone, width: int, locale: str) -> None:
    """180 is a phone of 360 at 200 % zoom."""
    for kind in phone.codes:
        page = phone.open(kind, width=width, locale=locale)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.close()
    assert phone.complaints == []


@pytest.mark.parametrize("width", [360, 320])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_whatever_is_tapped_is_at_least_48_pixels(phone: Phone, width: int, locale: str) -> None:
    for kind in phone.codes:
        page = phone.open(kind, width=width, locale=locale)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                 'label.o, button, summary, textarea, input[type=text], a.switch')]
               .filter(e => e.offsetParent)
               .map(e => [e.className || e.tagName, e.getBoundingClientRect()])
               .filter(([, r]) => r.width < 47.9 || r.height < 47.9)
               .map(([name, r]) => `${name} ${r.width}×${r.height}`)"""
        )
        assert small == []
        page.context.close()


def test_a_question_appears_where_it_applies(phone: Phone) -> None:
    page = phone.open("every", java_script_enabled=False)
    why = page.get_by_role("group", name="为什么")
    assert not why.is_visible()
    page.get_by_role("radiogroup", name="用过").get_by_label("是").check()
    assert why.is_visible()
    assert not page.get_by_text("仅当").is_visible()


def test_tags_follow_the_level(phone: Phone) -> None:
    page = phone.open("review", java_script_enabled=False)
    assert not page.get_by_role("group", name="原因").is_visible()
    page.get_by_label("非常不满意").check()
    assert page.get_by_label("服务态度差效率低").is_visible()
    page.get_by_label("非常满意", exact=True).check()
    assert not page.get_by_label("服务态度差效率低").is_visible()
    assert page.get_by_label("服务热情效率高").is_visible()


def test_a_browser_that_cannot_select_by_what_follows_uses_the_script(phone: Phone) -> None:
    page = phone.open("review", init="CSS.supports = () => false")
    group = page.locator("details.group").nth(4)
    assert group.evaluate("e => e.hidden")
    page.get_by_label("非常不满意").check()
    assert not group.evaluate("e => e.hidden")
    assert page.locator("details.group").nth(3).evaluate("e => e.hidden")
    assert phone.complaints == []


def test_characters_are_counted_like_the_server_counts(phone: Phone) -> None:
    page = phone.open("every")
    area = page.get_by_label("备注")
    count = page.locator(".count")
    assert count.text_content() == "0 / 10"
    area.fill(" 😀\r\n字 ")
    assert count.text_content() == "3 / 10"
    area.fill("é" * 10)
    assert count.text_content() == "10 / 10"
    area.fill("一" * 11)
    assert area.input_value() == "一" * 11, "nothing is cut off"
    assert "over" in str(count.get_attribute("class"))


def test_problems_get_the_focus_and_lead_to_their_fields(phone: Phone) -> None:
    page = phone.open("every")
    page.get_by_role("button", name="提交").click()
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    page.locator("#problems a").first.click()
    assert page.evaluate("document.activeElement.name") == "used"


def test_a_citizen_without_scripts_gets_a_receipt(phone: Phone) -> None:
    page = phone.open("review", java_script_enabled=False, color_scheme="dark")
    page.get_by_label("满意", exact=True).check()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    page.get_by_role("heading", name="感谢").wait_for()
    page.go_back()
    page.get_by_role("button", name="提交").wait_for()


def test_dark_and_light_are_what_the_reader_chose(phone: Phone) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page = phone.open("review", color_scheme=scheme)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert grounds == {"rgb(242, 245, 249)", "rgb(15, 21, 28)"}


def test_a_larger_font_makes_everything_larger(phone: Phone) -> None:
    """WeChat's font scale: text grows, nothing is cut off."""
    page = phone.open("every")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_going_back_to_a_page_the_browser_threw_away_sends_no_second_response(
    phone: Phone,
) -> None:
    """Playwright keeps no page in memory for Back: it is fetched anew, with a new key."""
    page = phone.open("review")
    page.get_by_text("非常满意", exact=True).first.click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    receipt = page.url
    for _ in range(2):
        page.go_back()
        page.get_by_text("非常满意", exact=True).first.click()
        page.get_by_role("button", name="提交").click()
        page.wait_for_url("**/receipt/**")
        assert page.url == receipt

    page.go_back()
    page.get_by_text("不满意", exact=True).first.click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_selector("#problems, [role=alert], .notice")
    assert "/receipt/" not in page.url
    page.context.close()

    fresh = phone.open("review")
    fresh.get_by_text("非常满意", exact=True).first.click()
    fresh.get_by_role("button", name="提交").click()
    fresh.wait_for_url("**/receipt/**")
    assert fresh.url != receipt
    fresh.context.close()
