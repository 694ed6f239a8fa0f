"""The page helper itself: a rule that never fires guards nothing."""

from __future__ import annotations

import base64
import hashlib

import pytest
from flask import Flask, Response, request

from tests.support.pages import Browser, check_page

_POLICY = (
    "default-src 'none'; script-src 'nonce-abc'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def _page(body: str, *, head: str = "", language: str = "zh-Hans") -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>评价</title>'
        f"{head}</head><body><main>{body}</main></body></html>"
    )


GOOD = _page(
    '<h1>评价</h1><form method="post" action="/r/A">'
    '<input type="hidden" name="csrf_token" value="t">'
    '<fieldset><legend>总体</legend><label><input type="radio" name="q" value="1"> 满意</label>'
    '</fieldset><label for="c">意见</label><textarea id="c" name="c"></textarea>'
    '<button>提交</button></form><script nonce="abc">1</script>'
)

BROKEN = {
    "valid": ("<h1>a</h1><p><div></div></p>", "Unexpected end tag"),
    "two headings": ("<h1>a</h1><h1>b</h1>", "2 h1 elements"),
    "no heading": ("<p>a</p>", "0 h1 elements"),
    "heading levels": ("<h1>a</h1><h3>b</h3>", "jumps from h1"),
    "ids": ('<h1 id="x">a</h1><p id="x">b</p>', "used 2 times"),
    "dangling": ('<h1>a</h1><label for="y">b</label>', "names no element"),
    "label": ('<h1>a</h1><input name="q">', "no label"),
    "silent button": ("<h1>a</h1><button></button>", "no text"),
    "alt": ('<h1>a</h1><img src="/a.png">', "no alt text"),
    "radio": ('<h1>a</h1><label><input type="radio" name="q">b</label>', "outside of a fieldset"),
    "legend": ("<h1>a</h1><fieldset></fieldset>", "without a legend"),
    "csrf": ('<h1>a</h1><form method="post" action="/"></form>', "no CSRF token"),
    "foreign image": ('<h1>a</h1><img alt="" src="//b.example/a.png">', "leaves the product"),
    "foreign set": ('<h1>a</h1><img alt="" srcset="/a 1x, http://b.example/a 2x">', "leaves"),
    "foreign link": ('<h1>a</h1><a href="https://b.example/">b</a>', "leaves the product"),
    "foreign form": ('<h1>a</h1><form action="https://b.example/"></form>', "leaves the product"),
    "style": ('<h1 style="color:red">a</h1>', "style attribute"),
    "handler": ('<h1 onclick="x()">a</h1>', "event handler onclick"),
    "script address": ('<h1>a</h1><a href="javascript:x()">b</a>', "javascript address"),
    "inline script": ("<h1>a</h1><script>1</script>", "would not run"),
    "inline style": ("<h1>a</h1><style>p{}</style>", "would not apply"),
    "loading style": ("<h1>a</h1><style>@import 'x'</style>", "a style loads something"),
    "obsolete": ("<h1>a</h1><center>b</center>", "obsolete element"),
    "list": ("<h1>a</h1><ul><p>b</p></ul>", "a list holds"),
}


def test_a_good_page_passes() -> None:
    check_page(GOOD, url="http://localhost/r/A", public=True, headers=_HEADERS)


@pytest.mark.parametrize(("body", "complaint"), BROKEN.values(), ids=BROKEN.keys())
def test_each_broken_rule_is_named(body: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_page(_page(body), url="http://localhost/x", public=True, headers=_HEADERS)


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        ("", "the policy lacks default-src"),
        (_POLICY.replace("'nonce-abc'", "'unsafe-inline'"), "script-src 'unsafe-inline'"),
        (_POLICY.replace("style-src", "style-src cdn.example"), "reach cdn.example"),
    ],
    ids=["none", "unsafe", "foreign"],
)
def test_a_weak_policy_is_named(policy: str, complaint: str) -> None:
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    with pytest.raises(AssertionError, match=complaint):
        check_page(GOOD, url="http://localhost/r/A", public=True, headers=headers)


def test_inline_code_may_be_allowed_by_its_hash() -> None:
    digest = base64.b64encode(hashlib.sha256("p{color:red}\n人".encode()).digest()).decode()
    html = _page("<h1>a</h1>", head="<style>p{color:red}\n人</style>")
    policy = _POLICY.replace("style-src 'self'", f"style-src 'sha256-{digest}'")
    headers = {**_HEADERS, "Content-Security-Policy": policy}
    check_page(html, url="http://localhost/r/A", public=True, headers=headers)


def test_a_missing_language_or_title_is_named() -> None:
    html = GOOD.replace("<title>评价</title>", "<title></title>").replace("zh-Hans", "de")
    with pytest.raises(AssertionError, match=r"(?s)<html lang> is 'de'.*no title"):
        check_page(html, url="http://localhost/r/A", public=True, headers=_HEADERS)


def test_staff_pages_may_link_out_and_own_hosts_are_no_strangers() -> None:
    linked = _page('<h1>a</h1><a href="https://b.example/">b</a>')
    check_page(linked, url="http://localhost/console/", public=False, headers=_HEADERS)
    check_page(
        linked,
        url="http://localhost/r/A",
        public=True,
        headers=_HEADERS,
        own_hosts=["b.example"],
    )


def test_the_browser_sends_what_a_form_holds_and_follows_to_the_answer() -> None:
    app = Flask(__name__)

    @app.route("/r/A", methods=["GET", "POST"])
    def _form() -> Response:
        if request.method == "POST":
            assert request.form.to_dict(flat=False) == {
                "csrf_token": ["t"],
                "q": ["1"],
                "c": ["好"],
            }
            return Response("", 303, {"Location": "/done"})
        return Response(GOOD, headers=_HEADERS)

    @app.route("/done")
    def _done() -> Response:
        return Response(_page("<h1>谢谢</h1>"), headers=_HEADERS)

    browser = Browser(app)
    page = browser.get("/r/A")
    answer = browser.submit(page, {"q": "1", "c": "好"})
    assert (answer.path, answer.h1) == ("/done", "谢谢")
    with pytest.raises(AssertionError, match="no field 'z'"):
        browser.submit(page, {"z": "1"})
    with pytest.raises(AssertionError, match="offers"):
        browser.submit(page, {"q": "2"})
