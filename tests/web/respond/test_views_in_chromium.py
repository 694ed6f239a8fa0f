"""Reviews in a real browser: every level with and without scripts, large type, kiosk, composing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server

from tests.builders import every_type_document
from tests.support.receipts import counted, rows
from tests.web.conftest import MakeSite, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LEVELS = ["very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"]

# Text on its ground: the nearest opaque background counts, gradients by their first colour.
_LOW_CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const bad = [];
  const speaks = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  for (const e of document.querySelectorAll('body *')) {
    if (!e.offsetParent || !speaks(e)) continue;
    const a = lum(parse(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.textContent.trim().slice(0, 20)} ${ratio}`);
  }
  return bad;
}"""

_SMALL_TEXT = """(least) => [...document.querySelectorAll('body *')]
  .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => [e.textContent.trim().slice(0, 20), parseFloat(getComputedStyle(e).fontSize)])
  .filter(([, size]) => size < least)"""

_SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    'label.o, button, summary, textarea, input[type=text], a')]
  .filter(e => e.offsetParent)
  .map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
  .filter(([, r]) => r.width < least - .1 || r.height < least - .1)
  .map(([name, r]) => `${name} ${r.width}×${r.height}`)"""


class Hall:
    """A phone or a tablet in front of a running site."""

    def __init__(self, chromium: Chromium, base: str, site: Site, code: str) -> None:
        self._chromium = chromium
        self.base = base
        self.site = site
        self.code = code
        self.complaints: list[str] = []

    def open(self, query: str = "", *, width: int = 360, path: str = "", **kwargs: Any) -> Page:
        """Open the form of the window."""
        kwargs.setdefault("locale", "zh-CN")
        context = self._chromium.new_context(viewport={"width": width, "height": 740}, **kwargs)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda text: self._heard(text.text))
        page.goto(f"{self.base}{path or '/r/' + self.code}{query}")
        return page

    def _heard(self, text: str) -> None:
        if "favicon" not in text and "404" not in text:
            self.complaints.append(text)


@pytest.fixture
def hall(chromium: Chromium, make_site: MakeSite, sqlite_url: str) -> Iterator[Hall]:
    site = make_site(sqlite_url)
    code = site.place()
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Hall(chromium, f"http://127.0.0.1:{server.server_port}", site, code)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_sent_from_a_phone(hall: Hall, level: str, scripts: bool) -> None:
    page = hall.open(java_script_enabled=scripts, is_mobile=True, has_touch=True)
    assert page.locator("input:checked").count() == 0, "nothing is chosen beforehand"
    page.locator(f'label.o:has(input[value="{level}"])').tap()
    page.get_by_role("button", name="提交").tap()
    page.wait_for_url("**/receipt/**")
    assert [row.answers["overall"] for row in counted(hall.site.services)] == [level]
    assert hall.complaints == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_level_is_smaller_or_further_away_than_another(hall: Hall, width: int) -> None:
    page = hall.open(width=width)
    boxes = [
        page.locator(f'label.o:has(input[value="{level}"])').bounding_box() for level in LEVELS
    ]
    sizes = {(round(box["width"]), round(box["height"])) for box in boxes if box}
    assert len(sizes) == 1
    assert all(box and box["y"] + box["height"] <= 740 for box in boxes), "all on the first screen"
    page.context.close()


def test_the_button_never_covers_a_level(hall: Hall) -> None:
    page = hall.open(width=320)
    page.locator('label.o:has(input[value="very_satisfied"])').click()
    for level in LEVELS:
        option = page.locator(f'label.o:has(input[value="{level}"])')
        option.scroll_into_view_if_needed()
        box = option.bounding_box()
        button = page.get_by_role("button", name="提交").bounding_box()
        assert box
        assert button
        assert box["y"] + box["height"] <= button["y"] or button["y"] >= 740
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_mind_is_changed_with_one_press(hall: Hall, scripts: bool) -> None:
    page = hall.open(java_script_enabled=scripts)
    page.locator('label.o:has(input[value="very_satisfied"])').click()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    page.locator('#change button[value="very_dissatisfied"]').click()
    page.wait_for_selector('#change [value="very_dissatisfied"][aria-current]')
    assert counted(hall.site.services)[0].answers["overall"] == "very_dissatisfied"
    page.context.close()


def test_that_somebody_began_is_said_once_and_nothing_more(hall: Hall) -> None:
    page = hall.open()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    with page.expect_request("**/begun"):
        page.locator('label.o:has(input[value="dissatisfied"])').click()
    page.locator('label.o:has(input[value="satisfied"])').click()
    assert len(sent) == 1
    assert "satisfied" not in sent[0]
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    (row,) = hall.site.services.funnel.of_survey("hall-review").values()
    assert (row.opened, row.started, row.submitted) == (1, 1, 1)
    assert hall.complaints == []
    page.context.close()


def test_letters_being_composed_count_when_they_are_written(hall: Hall) -> None:
    page = hall.open()
    area, count = page.get_by_label("意见"), page.locator(".count")
    area.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition",
                 {"text": "fu'wu'hao", "selectionStart": 9, "selectionEnd": 9})  # fmt: skip
    assert area.input_value() == "fu'wu'hao"
    assert count.text_content() == "0 / 150", "the letters are not the text yet"
    session.send("Input.insertText", {"text": "服务好"})
    assert area.input_value() == "服务好"
    assert count.text_content() == "3 / 150"
    area.fill("好" * 149 + "e\N{COMBINING ACUTE ACCENT}\ufeff\n")
    assert count.text_content() == "151 / 150", "a mark of byte order is no white space to Python"
    page.context.close()


def test_what_the_browser_counts_as_150_the_server_takes(hall: Hall) -> None:
    page = hall.open()
    page.locator('label.o:has(input[value="satisfied"])').click()
    area = page.get_by_label("意见")
    area.fill(" 😀" + "e\N{COMBINING ACUTE ACCENT}" * 148 + "\n字 ")
    assert page.locator(".count").text_content() == "151 / 150"
    area.fill(" 😀" + "e\N{COMBINING ACUTE ACCENT}" * 147 + "\n字 ")
    assert page.locator(".count").text_content() == "150 / 150"
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    assert len(counted(hall.site.services)[0].answers["comment"]) == 150
    page.context.close()


@pytest.mark.parametrize("size", [18, 30])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_elder_view_is_large_everywhere(hall: Hall, size: int, locale: str) -> None:
    page = hall.open(f"?view=elder&size={size}", width=320, locale=locale)

    def check() -> None:
        assert page.evaluate(_SMALL_TEXT, size) == []
        assert page.evaluate(_SMALL_TARGETS, 60) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(_LOW_CONTRAST) == []

    check()
    page.locator('button[value="dissatisfied"]').click()
    page.wait_for_url("**/receipt/**")
    check()
    page.locator('a[href*="/details"]').click()
    page.wait_for_url("**/details**")
    check()
    for _ in range(3):
        page.locator("a.next").locator("visible=true").click()
        check()
    assert hall.complaints == []
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_one_question_a_screen_without_a_script(hall: Hall, scripts: bool) -> None:
    code = hall.site.place(every_type_document())
    page = hall.open("?view=elder", path=f"/r/{code}", java_script_enabled=scripts)
    shown = page.locator("section.step").locator("visible=true")
    seen = []
    for n in range(1, 8):
        assert shown.count() == 1
        seen.append(shown.get_attribute("id"))
        if n == 1:
            page.get_by_label("否").check()
        shown.locator("a.next").click()
    assert seen == [f"s{n}" for n in range(1, 8)]
    assert page.get_by_role("button", name="提交").is_visible()
    page.go_back()
    assert shown.get_attribute("id") == "s7"
    page.goto(page.url.split("#")[0] + "#s4")
    assert page.locator("#s4 .skip").is_visible(), "asked only of those who said yes"
    page.context.close()


def test_reading_aloud_is_offered_where_there_is_a_voice(hall: Hall) -> None:
    voice = """
      const said = []; window.said = said;
      window.SpeechSynthesisUtterance = function (text) { this.text = text; };
      Object.defineProperty(window, 'speechSynthesis', { value: {
        getVoices: () => [{ lang: 'zh-CN' }], speak: one => said.push(one.text),
        cancel: () => {}, addEventListener: () => {} } });
    """
    silent = hall.open("?view=elder")
    assert silent.locator("button.read").count() == 0 or silent.evaluate(
        "speechSynthesis.getVoices().length > 0"
    )
    silent.context.close()
    page = hall.open()
    page.add_init_script(voice)
    page.goto(f"{hall.base}/r/{hall.code}?view=elder")
    page.get_by_role("button", name="朗读本页").click()
    assert "非常不满意" in page.evaluate("said[0]")
    assert len(rows(hall.site.services)) == 0, "reading aloud sends nothing"
    page.context.close()


def test_a_kiosk_forgets_one_person_before_the_next(hall: Hall) -> None:
    page = hall.open("?view=kiosk", width=1024)
    page.clock.install()
    page.goto(f"{hall.base}/r/{hall.code}?view=kiosk")
    key = page.locator("[name=submission_key]").input_value()
    page.locator('button[value="very_dissatisfied"]').click()
    page.wait_for_url("**/receipt/**")
    assert page.locator(".qr img").is_visible()
    assert "·" not in page.locator("#change").inner_text(), "no level is marked"
    page.clock.fast_forward(46_000)
    page.wait_for_url(re.compile(r"/r/"))
    assert page.locator("[name=submission_key]").input_value() != key
    page.go_back()
    page.wait_for_load_state()
    assert "/receipt/" not in page.url, "the receipt is gone from the history"
    page.locator('button[value="satisfied"]').click()
    page.wait_for_url("**/receipt/**")
    assert len(rows(hall.site.services)) == 2
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["standard", "elder", "kiosk"])
def test_text_stands_out_from_its_ground(hall: Hall, scheme: Any, view: str) -> None:
    page = hall.open(f"?view={view}", color_scheme=scheme)
    assert page.evaluate(_LOW_CONTRAST) == []
    button = page.locator('button[value="satisfied"]')
    if button.count():
        button.click()
    else:
        page.locator('label.o:has(input[value="satisfied"])').click()
        page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/**")
    assert page.evaluate(_LOW_CONTRAST) == []
    page.context.close()
