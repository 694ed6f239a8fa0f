"""The same form over every way to a phone: TLS proxy, path prefix, plain http in a hall, WeChat."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest

from tests.builders import every_type_document
from tests.support.pages import Browser
from tests.support.proxy import ReverseProxy
from tests.web.conftest import MakeSite, Site
from tests.web.respond.test_answering import EVERY_ANSWER

WECHAT = (
    "Mozilla/5.0 (Linux; Android 14; M2102K1C; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20240404 MMWEBID/5005"
    " MicroMessenger/8.0.49.2600(0x28003133) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN"
)


def _go_the_whole_way(browser: Browser, code: str) -> None:
    page = browser.get(f"/r/{code}")
    wrong = browser.submit(page, {"used": "yes"})
    assert wrong.status == 422
    receipt = browser.submit(wrong, {k: v for k, v in EVERY_ANSWER.items() if k != "used"})
    assert receipt.status == 200
    assert "/receipt/" in receipt.path
    english = browser.get(urljoin(receipt.url, str(receipt.one("a.switch")["href"])))
    assert english.h1 == "Thank you for your answers"


def _cookies(browser: Browser) -> dict[str, Any]:
    return {cookie.key: cookie for cookie in (browser.client._cookies or {}).values()}


@pytest.mark.parametrize("prefix", ["", "/survey", "/a/b"])
@pytest.mark.parametrize("stripped", [True, False], ids=["stripped", "kept"])
def test_behind_a_tls_proxy(
    make_site: MakeSite, database_url: str, prefix: str, *, stripped: bool
) -> None:
    base = f"https://survey.example.gov.cn{prefix}"
    site = make_site(database_url, SURVEYAPP_BASE_URL=base, SURVEYAPP_TRUSTED_PROXIES="127.0.0.0/8")
    code = site.place(every_type_document())
    proxy = ReverseProxy(site.app, prefix=prefix if stripped else "")
    browser = site.browser(app=proxy, base_url=base)
    _go_the_whole_way(browser, code)
    cookies = _cookies(browser)
    assert cookies
    for cookie in cookies.values():
        assert cookie.secure
        assert cookie.path == (prefix or "/")
        assert cookie.same_site == "Lax"
        assert cookie.http_only


def test_over_plain_http_in_a_hall(make_site: MakeSite, database_url: str) -> None:
    base = "http://192.168.8.20:8000"
    site = make_site(database_url, SURVEYAPP_BASE_URL=base)
    code = site.place(every_type_document())
    browser = site.browser(base_url=base)
    page = browser.get(f"/r/{code}")
    assert "Strict-Transport-Security" not in page.headers
    _go_the_whole_way(browser, code)
    assert all(not cookie.secure for cookie in _cookies(browser).values())


def test_in_wechat(make_site: MakeSite, database_url: str) -> None:
    site = make_site(database_url, SURVEYAPP_BASE_URL="https://survey.example.gov.cn")
    code = site.place(every_type_document())
    headers = {"User-Agent": WECHAT, "Referer": "https://servicewechat.example/"}
    browser = site.browser(base_url="https://survey.example.gov.cn", headers=headers)
    page = browser.get(f"/r/{code}")
    assert "text-size-adjust" not in page.html, "the reader's font scale stays in force"
    assert "maximum-scale" not in page.html
    assert "user-scalable" not in page.html
    _go_the_whole_way(browser, code)


def test_a_form_page_carries_the_strict_headers(make_site: MakeSite, sqlite_url: str) -> None:
    site = make_site(sqlite_url, SURVEYAPP_BASE_URL="https://survey.example.gov.cn")
    code = site.place()
    browser = site.browser(base_url="https://survey.example.gov.cn")
    page = browser.get(f"/r/{code}")
    again = browser.submit(page)
    for shown in (page, again):
        policy = shown.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        # The script of a review says once that somebody began; it reaches nobody else.
        rest = policy.replace("form-action 'self'", "").replace("connect-src 'self'", "")
        assert "'self'" not in rest
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Referrer-Policy"] == "same-origin"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in shown.headers["Permissions-Policy"]
        assert "max-age=" in shown.headers["Strict-Transport-Security"]


def test_a_secret_may_be_replaced_while_forms_are_open(
    make_site: MakeSite, sqlite_url: str
) -> None:
    old, new = "the old secret of tests", "the new secret of tests"
    before = make_site(sqlite_url, SURVEYAPP_SECRET_KEY=old)
    code = before.place()
    browser = before.browser()
    page = browser.get(f"/r/{code}")
    after = make_site(sqlite_url, SURVEYAPP_SECRET_KEY=f"{new},{old}")
    browser.client.application = after.app
    assert browser.submit(page, {"overall": "satisfied"}).path.startswith("/receipt/")


@pytest.mark.parametrize(
    ("accepted", "cookie", "address", "expected"),
    [
        ("", "", "", "zh-Hans-CN"),
        ("en-GB,en;q=0.9,zh;q=0.1", "", "", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "", "", "zh-Hans-CN"),
        ("fr", "", "", "zh-Hans-CN"),
        ("en", "zh", "", "zh-Hans-CN"),
        ("en", "zh", "?lang=en", "en"),
        ("zh", "", "?lang=en", "en"),
        ("en", "xx", "?lang=yy", "en"),
    ],
)
def test_address_then_cookie_then_browser_decide_the_language(
    sqlite_site: Site, accepted: str, cookie: str, address: str, expected: str
) -> None:
    code = sqlite_site.place()
    browser = Browser(sqlite_site.app, headers={"Accept-Language": accepted})
    if cookie:
        browser.client.set_cookie("lang", cookie)
    page = browser.get(f"/r/{code}{address}")
    root = page.soup.html
    assert root is not None
    assert root["lang"] == expected
    assert page.headers["Content-Language"] == expected
    assert ("提交" in page.text) == (expected == "zh-Hans-CN")


def test_the_switch_keeps_the_place_and_is_remembered(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    switch = page.one("a.switch")
    assert (switch.get_text(), switch["lang"]) == ("English", "en")
    english = browser.get(f"/r/{code}{switch['href']}")
    assert english.h1 == "Hall review"
    receipt = browser.submit(english, {"overall": "satisfied"})
    assert receipt.h1 == "Thank you for your answers"
    assert "23 November 2026" in receipt.text
    assert browser.get(f"/r/{code}").h1 == "Hall review"


def test_the_language_of_the_address_survives_without_cookies(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}?lang=en")
    browser.client.delete_cookie("lang")
    assert browser.submit(page, {"overall": "satisfied"}).h1 == "Thank you for your answers"


def test_the_settings_decide_for_a_browser_that_says_nothing(
    make_site: MakeSite, sqlite_url: str
) -> None:
    site = make_site(sqlite_url, SURVEYAPP_LOCALE="en")
    assert Browser(site.app).get("/").one("button").get_text() == "Open"
