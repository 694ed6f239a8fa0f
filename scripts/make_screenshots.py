"""Make the pictures of the README from the running product: a demo of its own, a real browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
RESULTS = "console/results/kcmo-2021q3?by=district"

sys.path.insert(0, str(ROOT))

from tests.support.chromium import running_chromium  # noqa: E402


@contextmanager
def running_demo(*options: str) -> Iterator[str]:
    """Start a demo in a folder of its own and yield what it prints."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if "SURVEYAPP" not in name}
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "said.txt").open("w+", encoding="utf-8") as said,
        subprocess.Popen(
            [Path(sys.executable).with_name("surveyapp"), "demo", "--port", str(port), *options],
            cwd=folder,
            env=environ,
            stdout=said,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            _wait_for(f"http://127.0.0.1:{port}/readyz")
            said.seek(0)
            yield said.read()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _wait_for(address: str) -> None:
    for _attempt in range(300):
        try:
            with urlopen(address, timeout=5):  # noqa: S310 our own server
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the demo did not start")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(f"the demo does not print {pattern}")
    return found[1]


def _phone(browser: Browser, address: str) -> Page:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        device_scale_factor=2,
        locale="zh-CN",
        is_mobile=True,
        has_touch=True,
    )
    page = context.new_page()
    page.goto(address)
    return page


def form_on_a_phone(browser: Browser, address: str) -> None:
    """Picture the form as a citizen holds it."""
    page = _phone(browser, address)
    page.get_by_text("非常满意", exact=True).first.click()
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=IMAGES / "form-phone.png")
    page.context.close()


def ballot_on_a_phone(browser: Browser, address: str) -> None:
    """Picture the cards of a ballot as an evaluator holds them."""
    page = _phone(browser, address)
    for name in ("示例甲", "示例乙"):
        card = page.locator("section.person", has_text=name)
        card.locator("label.o", has_text="称职").first.click()
    page.locator("section.person", has_text="示例甲").evaluate("one => one.scrollIntoView()")
    page.screenshot(path=IMAGES / "ballot-phone.png")
    page.context.close()


def score_in_the_console(browser: Browser, base: str, password: str) -> None:
    """Picture a score and what it is worth; the numbers are simulated, and the page says so."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 900}, device_scale_factor=1.5, locale="zh-CN"
    )
    page = context.new_page()
    _sign_in(page, base, password)
    page.goto(f"{base}console/assessment/scores")
    page.locator("main table a").last.click()
    page.locator("main table a").nth(1).click()
    page.get_by_text("加减分").wait_for()
    page.screenshot(path=IMAGES / "score.png")
    context.close()


def results_in_the_console(browser: Browser, base: str, password: str) -> None:
    """Picture results as an editor reads them."""
    context = browser.new_context(
        viewport={"width": 1200, "height": 1240}, device_scale_factor=1.5, locale="zh-CN"
    )
    page = context.new_page()
    _sign_in(page, base, password)
    page.goto(base + RESULTS)
    _show_all_pictures(page)
    page.screenshot(path=IMAGES / "results.png")
    context.close()


def _sign_in(page: Page, base: str, password: str) -> None:
    page.goto(f"{base}console/")
    page.locator("input[name=name]").fill("demo-editor")
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/console/")


def _show_all_pictures(page: Page) -> None:
    """Wait for pictures that a page loads only when they come into sight."""
    page.evaluate("document.querySelectorAll('img').forEach(one => { one.loading = 'eager' })")
    for _attempt in range(200):
        if page.evaluate("Array.from(document.images).every(one => one.naturalWidth > 0)"):
            return
        page.wait_for_timeout(200)
    raise SystemExit("a picture of the page does not load")


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running_demo() as said, running_chromium() as browser:
        address = _found(r"(http://\S+/r/\S+)", said)
        password = _found(r"demo-editor +(\S+)", said)
        form_on_a_phone(browser, address)
        results_in_the_console(browser, address.partition("r/")[0], password)
        ballot_on_a_phone(browser, _found(r"(http://\S+/b/\S+)", said))
    with running_demo("--simulate") as said, running_chromium() as browser:
        base = _found(r"(http://\S+)r/\S+", said)
        score_in_the_console(browser, base, _found(r"demo-editor +(\S+)", said))


if __name__ == "__main__":
    main()
