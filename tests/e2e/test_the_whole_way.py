"""From the printed code to the figure in the console, as a citizen and an editor go it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import zxingcpp
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import BrowserContext, Page, ViewportSize

SURVEYAPP = Path(sys.executable).with_name("surveyapp")
PHONE: ViewportSize = {"width": 360, "height": 740}
REVIEW = "example-county-review"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demonstration and what it printed."""

    address: str
    said: str

    def password(self, name: str) -> str:
        """Return the password printed for an account."""
        found = re.search(rf"^ *{name} +(\S+)", self.said, re.MULTILINE)
        assert found
        return found[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The product as ``make demo`` starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    environ = {name: value for name, value in os.environ.items() if "SURVEYAPP" not in name}
    with (folder / "said").open("w+") as said:
        process = subprocess.Popen(
            [SURVEYAPP, "demo", "--port", str(port)],
            cwd=folder,
            env=environ,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield Demo(f"http://127.0.0.1:{port}", (folder / "said").read_text("utf-8"))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the demonstration ended"
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own server on loopback
                return
        except URLError:
            time.sleep(0.2)
    raise AssertionError("the demonstration did not start")


def sign_in(context: BrowserContext, demo: Demo, name: str) -> Page:
    """Sign in to the console."""
    page = context.new_page()
    page.goto(f"{demo.address}/console/")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(demo.password(name))
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()
    return page


def test_a_citizen_scans_answers_and_the_editor_sees_the_index_change(
    demo: Demo, chromium: Chromium
) -> None:
    office = chromium.new_context(locale="zh-CN")
    citizen = chromium.new_context(
        locale="zh-CN", viewport=PHONE, is_mobile=True, has_touch=True, java_script_enabled=False
    )
    try:
        editor = sign_in(office, demo, "demo-editor")
        results = f"{demo.address}/console/results/{REVIEW}"
        editor.goto(results)
        before = editor.inner_text("main")
        assert "100.0" not in before

        editor.goto(f"{demo.address}/console/surveys/{REVIEW}/places")
        picture = editor.locator("a[href$='qr.png']").first.get_attribute("href")
        assert picture
        png = office.request.get(f"{demo.address}{picture}")
        assert png.ok
        (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(png.body())))
        assert code.text.startswith(f"{demo.address}/r/")

        phone = citizen.new_page()
        phone.goto(code.text)
        phone.get_by_text("非常满意", exact=True).first.click()
        phone.get_by_role("button", name=re.compile("提交")).click()
        phone.wait_for_url(re.compile("/receipt/"))
        receipt = phone.url.rpartition("/")[2]
        shown = phone.inner_text("main").replace(" ", "")
        assert receipt in shown.replace("\n", "")

        editor.goto(results)
        after = editor.inner_text("main")
        assert "100.0" in after
    finally:
        office.close()
        citizen.close()
