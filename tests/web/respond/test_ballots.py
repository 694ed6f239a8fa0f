"""The ballot on a phone without JavaScript: opened, looked over, cast once, found again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from surveyapp.domain.errors import Unavailable
from surveyapp.services.ballots.casting import Balloting
from tests.builders import CLERK
from tests.support.ballots import cast, issue, pattern, put_in_use
from tests.support.fetched import Page
from tests.support.pages import Browser
from tests.web.conftest import MakeSite, Site

GRADED = {"d1._card": "competent", "d1.de": "excellent", "c1.overall": "excellent"}
NEEDED = {"class": 5, "subject": 2}


def receipt_on(page: Page) -> str:
    (shown,) = page.soup.select(".receipt .code")
    return re.sub(r"\s", "", shown.get_text())


def ballot(site: Site, *, n: int = 1, **changes: Any) -> tuple[Browser, list[str]]:
    put_in_use(site.services, **changes)
    return site.browser(), issue(site.services, B=n)["B"]


def test_a_ballot_is_looked_over_and_cast(site: Site) -> None:
    browser, (code,) = ballot(site)
    form = browser.get(f"/b/{code.lower()}")
    assert form.headers["Cache-Control"] == "no-store"
    review = browser.submit(form, GRADED, button=("_review", "1"))
    assert "11" in review.soup.select(".card.lead h2")[1].get_text()
    shown = receipt_on(review)
    back = browser.submit(review, button=("_edit", "1"))
    assert back.form("main form[method=post i]").values["d1.de"] == ["excellent"]
    done = browser.submit(back, {"c1.overall": "competent"})
    assert done.status == 200
    assert receipt_on(done) == shown
    closed = site.services.ballot_closing.close("cadres", CLERK)
    assert closed.ballots == 1


def test_looking_uses_nothing_up_and_a_second_ballot_is_not_counted(sqlite_site: Site) -> None:
    browser, (code,) = ballot(sqlite_site)
    for _look in range(3):
        page = browser.get(f"/b/{code}")
    first = browser.submit(page, GRADED)
    looked_over = browser.submit(page, GRADED, button=("_review", "1"))
    assert "已收到" in looked_over.text
    assert not looked_over.soup.select(".receipt .code")
    again = browser.submit(page, {"c1.overall": "incompetent"})
    assert again.status == 200
    assert "此前已收到" in again.text or "已收到" in again.text
    assert not again.soup.select(".receipt .code")
    assert receipt_on(first)
    assert browser.get(f"/b/{code}").status == 200
    (turnout,) = [one for one in sqlite_site.services.balloting.turnout("cadres") if one.voted]
    assert (turnout.voting_class.key, turnout.voted, turnout.issued) == ("B", 1, 1)


@pytest.mark.parametrize("code", ["0", "ABCDEFGHJKMN", "ABC DEF", "%20"])
def test_every_wrong_code_gets_the_same_page(sqlite_site: Site, code: str) -> None:
    browser, _codes = ballot(sqlite_site)
    page = browser.get(f"/b/{code}")
    assert page.status == 404
    assert code not in page.text or len(code) < 4


def test_a_code_can_be_typed(sqlite_site: Site) -> None:
    browser, (code,) = ballot(sqlite_site)
    page = browser.submit(browser.get("/b/"), {"code": f"{code[:4]} {code[4:].lower()}"})
    assert page.path == f"/b/{code}"
    wrong = browser.submit(browser.get("/b/"), {"code": "nonsense"})
    assert (wrong.status, wrong.one("[role=alert]").get_text()) == (
        404,
        "测评码无效，或者投票已经截止。",
    )
    assert browser.submit(wrong, {"code": code}).path == f"/b/{code}"


def test_whoever_fills_nothing_in_reads_what_becomes_of_it(sqlite_site: Site) -> None:
    browser, (code,) = ballot(sqlite_site)
    form = browser.get(f"/b/{code}")
    assert "整张未填" in browser.submit(form, {}, button=("_review", "1")).text
    some = {"c1.overall": "excellent"}
    assert "整张未填" not in browser.submit(form, some, button=("_review", "1")).text


def test_a_ballot_that_is_wrong_comes_back_with_everything_chosen(sqlite_site: Site) -> None:
    browser, (code,) = ballot(sqlite_site, quota={"share": 0.25, "rule": "hard"})
    form = browser.get(f"/b/{code}")
    too_many = {f"{key}.overall": "excellent" for key in ("d1", "d2")}
    wrong = browser.submit(form, too_many)
    assert wrong.status == 422
    assert [one["href"] for one in wrong.soup.select(".problems a")] == ["#part1"]
    assert wrong.form("main form[method=post i]").values["d2.overall"] == ["excellent"]
    mine = browser.submit(wrong, {"d1._card": "myself", "d2.overall": "competent"})
    assert mine.status == 422
    assert len(mine.soup.select(".person .problem")) == 1
    assert [one["href"] for one in mine.soup.select(".problems a")] == ["#card2"]


@pytest.mark.parametrize(
    "fields", [{"x.overall": "excellent"}, {"d1.overall": "superb"}, {"d1.de": ["a", "b"]}]
)
def test_what_the_form_cannot_send_is_refused(
    sqlite_site: Site, fields: dict[str, str | list[str]]
) -> None:
    browser, (code,) = ballot(sqlite_site)
    own = browser.get(f"/b/{code}").form("main form[method=post i]").values
    assert browser.post(f"/b/{code}", {**own, **fields}).status == 400


def test_a_receipt_of_another_slip_or_none_is_refused(sqlite_site: Site) -> None:
    browser, (code, other) = ballot(sqlite_site, n=2)
    foreign = browser.get(f"/b/{other}").form("main form[method=post i]").values
    answer = browser.post(f"/b/{code}", foreign)
    assert answer.status == 400
    assert browser.submit(answer).status == 200
    assert browser.post(f"/b/{other}", {**foreign, "_receipt": "0" * 16}).status == 400


def test_without_a_token_everything_comes_back(sqlite_site: Site) -> None:
    browser, (code,) = ballot(sqlite_site)
    form = browser.get(f"/b/{code}")
    again = browser.submit(form, {**GRADED, "csrf_token": "stale"})
    assert again.status == 400
    assert again.form("main form[method=post i]").values["c1.overall"] == ["excellent"]
    assert browser.submit(again).status == 200
    assert browser.post("/b/", {"code": code}).status == 400
    assert browser.post("/verify/cadres", {"receipt": "0" * 16}).status == 400
    assert browser.post("/b/0", {}).status == 404


def test_while_the_database_is_lost_the_page_keeps_the_ballot(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, (code,) = ballot(sqlite_site)
    form = browser.get(f"/b/{code}")

    def lost(*_arguments: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(Balloting, "cast", lost)
        kept = browser.submit(form, GRADED)
    assert kept.status == 503
    assert receipt_on(browser.submit(kept))


def test_before_and_after_the_window_nothing_is_taken(sqlite_site: Site) -> None:
    window = {"opens_at": "2026-11-23T10:00", "closes_at": "2026-11-23T12:00"}
    browser, (code,) = ballot(sqlite_site, window=window)
    assert browser.get(f"/b/{code}").status == 403
    sqlite_site.clock.advance(hours=2)
    form = browser.get(f"/b/{code}")
    assert form.status == 200
    sqlite_site.clock.advance(hours=2)
    assert browser.submit(form, GRADED).status == 410
    assert browser.submit(form, {**GRADED, "csrf_token": "stale"}).status == 410
    assert browser.get(f"/b/{code}").status == 410
    sqlite_site.clock.advance(hours=-4)
    assert browser.submit(form, GRADED).status == 403


def test_a_signed_ballot_says_so_and_wants_a_name(sqlite_site: Site) -> None:
    classes = [
        {"key": "L", "title": "领导", "weight": 40, "roll": 2, "signed": True},
        {"key": "B", "title": "B票", "weight": 60, "roll": 20},
    ]
    put_in_use(sqlite_site.services, classes=classes, remarks=50)
    (code,) = issue(sqlite_site.services, L=1)["L"]
    browser = sqlite_site.browser()
    form = browser.get(f"/b/{code}")
    assert "署名" in form.text
    unsigned = browser.submit(form, {"_remark": "好"})
    assert unsigned.status == 422
    review = browser.submit(unsigned, {"_signature": "王芳"}, button=("_review", "1"))
    assert "王芳" in review.text
    assert browser.submit(review).status == 200
    assert browser.submit(form, {"_signature": "王" * 41}).status == 422


def test_a_rehearsal_shows_everything_and_reaches_no_urn(sqlite_site: Site) -> None:
    services = sqlite_site.services
    put_in_use(services)
    (code,) = services.ballot_preparing.issue("cadres", {"A": 1}, CLERK, rehearsal=True).by_class[
        "A"
    ]
    browser = sqlite_site.browser()
    form = browser.get(f"/b/{code}")
    assert "演练" in form.text
    assert "演练" in browser.submit(form, GRADED).text
    assert browser.submit(form, GRADED).status == 200
    assert services.ballot_closing.close("cadres", CLERK).ballots == 0
    assert browser.get(f"/b/{code}").status == 404


def test_holders_of_a_receipt_see_the_list_and_nobody_else(sqlite_site: Site) -> None:
    services = sqlite_site.services
    browser, codes = ballot(sqlite_site, n=6)
    receipts = [str(cast(services, code, pattern(n))) for n, code in enumerate(codes)]
    form = browser.get("/verify/cadres")
    assert receipts[0] not in form.text
    assert "尚未开箱" in browser.submit(form, {"receipt": receipts[0]}).text
    root = services.ballot_closing.close("cadres", CLERK).root
    assert root not in browser.submit(form, {"receipt": "0" * 16}).text
    found = browser.submit(form, {"receipt": receipts[3].lower()})
    assert all(receipt in found.text for receipt in receipts)
    assert root in found.text
    assert "民主测评" not in found.text
    assert browser.get("/public/cadres").status == 404
    assert browser.get("/verify/none").status == 404


def test_the_page_of_receipts_can_be_switched_off(sqlite_site: Site) -> None:
    browser, _codes = ballot(sqlite_site, receipts_page=False)
    assert browser.get("/verify/cadres").status == 404


def test_both_languages_and_views_show_a_ballot(make_site: MakeSite, sqlite_url: str) -> None:
    site = make_site(sqlite_url)
    browser, (code,) = ballot(site, remarks=100)
    for query in ("lang=en", "lang=zh", "view=elder"):
        page = browser.get(f"/b/{code}?{query}")
        assert browser.submit(page, GRADED, button=("_review", "1")).status == 200
