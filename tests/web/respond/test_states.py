"""Forms that are not open, databases that fail, data that were made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from surveyapp.domain.errors import Unavailable
from tests.builders import CLERK, review_document
from tests.web.conftest import Site

WINDOW = {"opens_at": "2026-12-01T09:00", "closes_at": "2026-12-20T18:00"}
STATISTICAL = {
    "statistical_project": True,
    "legal_head": {
        "form_number": "示调1表",
        "issued_by": "示例县统计局",
        "document": "示统〔2026〕1号",
        "approved_by": "示例市统计局",
        "approval_number": "示统制〔2026〕2号",
        "valid_until": "2026-12-31",
    },
}


def test_before_the_window_the_page_says_when(site: Site) -> None:
    code = site.place(review_document(window=WINDOW))
    page = site.browser().get(f"/r/{code}")
    assert page.status == 403
    assert "2026年12月1日 09:00" in page.text
    assert not page.soup.select("main form")


def test_after_closing_the_page_says_so(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    site.services.authoring.close("hall-review", CLERK)
    assert browser.get(f"/r/{code}").status == 410
    late = browser.submit(page, {"overall": "satisfied"})
    assert late.status == 410
    assert "感谢" in late.text
    assert site.responses() == 0


def test_a_retry_after_closing_gives_the_receipt_it_had(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    first = browser.submit(page, {"overall": "satisfied"})
    site.services.authoring.close("hall-review", CLERK)
    assert browser.submit(page, {"overall": "satisfied"}).path == first.path


def test_a_window_opens_and_closes_by_the_clock(site: Site) -> None:
    code = site.place(review_document(window=WINDOW))
    browser = site.browser()
    site.clock.advance(days=10)
    page = browser.get(f"/r/{code}")
    assert page.status == 200
    site.clock.advance(days=20)
    assert browser.submit(page, {"overall": "satisfied"}).status == 410


def test_a_government_form_carries_its_legal_head(site: Site) -> None:
    code = site.place(review_document(**STATISTICAL))
    page = site.browser().get(f"/r/{code}")
    shown = page.one("header .legal").get_text(" ", strip=True)
    for label, value in (
        ("表号", "示调1表"),
        ("制定机关", "示例县统计局"),
        ("文号", "示统〔2026〕1号"),
        ("批准（备案）机关", "示例市统计局"),
        ("批准文号", "示统制〔2026〕2号"),
        ("有效期至", "2026年12月31日"),
    ):
        assert f"{label} {value}" in shown
    site.clock.advance(days=45)
    assert site.browser().get(f"/r/{code}").status == 410, "the end of its validity closes it"


@contextmanager
def _no_database(site: Site, monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[None]:
    def lost() -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        for name in names:
            patch.setattr(site.services.database, name, lost)
        yield


@pytest.mark.parametrize("names", [("writing",), ("reading", "writing")])
def test_a_lost_database_acknowledges_nothing_and_keeps_what_was_typed(
    site: Site, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    with _no_database(site, monkeypatch, *names):
        answer = browser.submit(page, {"overall": "satisfied", "comment": "别丢了"})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    values = answer.form().values
    assert values["comment"] == ["别丢了"]
    assert values["submission_key"] == page.form().values["submission_key"]
    assert site.responses() == 0
    assert browser.submit(answer).path.startswith("/receipt/")
    assert site.responses() == 1


def test_a_form_that_cannot_be_read_is_a_503_page(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = sqlite_site.place()
    with _no_database(sqlite_site, monkeypatch, "reading"):
        page = sqlite_site.browser().get(f"/r/{code}")
    assert page.status == 503
    assert "Retry-After" in page.headers


def test_a_bug_is_a_plain_page_and_a_log_without_values(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(code: str) -> None:
        raise ValueError(f"quotes {code} and 张三")

    code = sqlite_site.place()
    sqlite_site.app.testing = False
    monkeypatch.setattr(sqlite_site.services.collecting, "open_form", broken)
    page = sqlite_site.browser().get(f"/r/{code}")
    assert page.status == 500
    assert "ValueError" in caplog.text
    assert code not in caplog.text
    assert "张三" not in caplog.text


def test_simulated_data_are_marked_on_every_page(sqlite_site: Site) -> None:
    sqlite_site.services.database.mark_simulated()
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    form = browser.get(f"/r/{code}")
    receipt = browser.submit(form, {"overall": "satisfied"})
    for page in (form, receipt, browser.get("/"), browser.get("/r/0")):
        assert re.search("模拟数据[,，]不得用于考核", page.text)


def test_the_landing_page_leads_to_a_form_and_lists_none(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    landing = browser.get("/")
    assert "大厅好差评" not in landing.text
    typed = f"{code[:4]}-{code[4:]}".lower()
    page = browser.submit(landing, {"code": typed}, form="main form")
    assert page.path == f"/r/{code}"
    assert browser.submit(landing, {"code": "??"}, form="main form").status == 404


def test_what_is_rated_is_named_beside_the_place_only_where_it_says_more(
    sqlite_site: Site,
) -> None:
    key = "hall-review"
    sqlite_site.place()
    placing = sqlite_site.services.placing
    first = placing.add(key, "1号窗口", "w1", CLERK)
    second = placing.add(key, "1号窗口(北门)", "w1", CLERK)
    assert sqlite_site.browser().get(f"/r/{first.code}").text.count("1号窗口") == 1
    page = sqlite_site.browser().get(f"/r/{second.code}").text
    assert page.count("1号窗口") == 2
