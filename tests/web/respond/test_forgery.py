"""Requests that are not what they seem, and bodies that no form has sent."""

from __future__ import annotations

import pytest

from tests.web.conftest import Site


def _filled(site: Site) -> tuple[str, dict[str, list[str]]]:
    code = site.place()
    page = site.browser().get(f"/r/{code}")
    return code, {**page.form().values, "overall": ["satisfied"], "comment": ["慢慢写的话"]}


@pytest.mark.parametrize("token", [None, "", "made-up", "IjAi.aQ.x"])
def test_without_a_good_token_the_form_comes_back_complete(site: Site, token: str | None) -> None:
    code, fields = _filled(site)
    browser = site.browser()
    answer = browser.post(f"/r/{code}", {**fields, "csrf_token": token})
    assert answer.status == 400
    values = answer.form().values
    assert values["comment"] == ["慢慢写的话"]
    assert values["overall"] == ["satisfied"]
    assert values["submission_key"] == fields["submission_key"]
    assert values["csrf_token"] != fields["csrf_token"]
    assert site.responses() == 0
    assert browser.submit(answer).path.startswith("/receipt/"), "the new token works"
    assert site.responses() == 1


def test_a_lost_cookie_costs_one_more_tap_and_nothing_else(sqlite_site: Site) -> None:
    code, fields = _filled(sqlite_site)
    answer = sqlite_site.browser().post(f"/r/{code}", fields)
    assert answer.status == 400
    assert "cookie" in answer.text.lower()


def test_without_a_token_an_unknown_code_is_still_unknown(sqlite_site: Site) -> None:
    browser = sqlite_site.browser()
    assert browser.post("/r/00000000", {"overall": "satisfied"}).status == 404


def test_a_form_sent_from_another_site_is_refused(site: Site) -> None:
    code, _ = _filled(site)
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = browser.submit(page, {"overall": "satisfied"}, headers=headers)
    assert answer.status == 403
    assert site.responses() == 0
    for fine in ("same-origin", "none", "same-site"):
        page = browser.get(f"/r/{code}", headers=headers)
        sent = browser.submit(page, {"overall": "satisfied"}, headers={"Sec-Fetch-Site": fine})
        assert sent.path.startswith("/receipt/")


def test_a_megabyte_is_refused(site: Site) -> None:
    code, fields = _filled(site)
    answer = site.browser().post(f"/r/{code}", {**fields, "comment": "x" * 1_000_000})
    assert answer.status == 413
    assert "过大" in answer.text
    assert site.responses() == 0


@pytest.mark.parametrize("body", ["comment=%FF%FE", "comment=%D6%D0", "%FF=1"])
def test_a_body_in_another_encoding_is_refused(sqlite_site: Site, body: str) -> None:
    code, fields = _filled(sqlite_site)
    answer = sqlite_site.browser().client.post(
        f"/r/{code}",
        data=f"{body}&submission_key={fields['submission_key'][0]}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
    assert sqlite_site.responses() == 0


def test_a_multipart_body_in_another_encoding_is_refused(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    body = b'--x\r\nContent-Disposition: form-data; name="comment"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    answer = sqlite_site.browser().client.post(
        f"/r/{code}", data=body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_body_that_is_no_form_is_refused(sqlite_site: Site, kind: str) -> None:
    code = sqlite_site.place()
    client = sqlite_site.browser().client
    assert client.post(f"/r/{code}", data="{}", content_type=kind).status_code == 415


def test_strange_queries_do_no_harm(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    for query in ("lang=%FF", "lang=fr", "lang=zh&lang=en", "x=" + "y" * 2000):
        assert sqlite_site.browser().get(f"/r/{code}?{query}").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(sqlite_site: Site, method: str) -> None:
    code = sqlite_site.place()
    answer = sqlite_site.browser().client.open(f"/r/{code}", method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_nothing_typed_reaches_the_log(sqlite_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    code, fields = _filled(sqlite_site)
    browser = sqlite_site.browser()
    with caplog.at_level("DEBUG"):
        browser.post(f"/r/{code}", fields)
        sent = browser.submit(browser.get(f"/r/{code}"), {"overall": "satisfied"})
    receipt = sent.path.removeprefix("/receipt/")
    for secret in (code, receipt, "慢慢写的话", fields["submission_key"][0]):
        assert secret not in caplog.text
