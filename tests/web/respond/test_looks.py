"""The elder view and the kiosk, without a script; what is counted; how a form was sent."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from surveyapp.services.collection.inviting import InvitationOrder
from surveyapp.web.look import SIZES
from surveyapp.web.respond import visits
from surveyapp.web.respond.visits import prefix_of
from tests.builders import CLERK, every_type_document, review_document
from tests.support.pages import Browser, Page
from tests.support.receipts import counted, rows, traces
from tests.web.conftest import MakeSite, Site

LEVELS = ["very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"]


@pytest.fixture
def site(make_site: MakeSite, sqlite_url: str) -> Site:
    return make_site(sqlite_url)


def style_of(page: Page) -> str:
    return "".join(str(style.string) for style in page.soup.select("head style"))


# --- the elder view ----------------------------------------------------------------------------


def test_one_switch_and_it_is_remembered(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}")
    large = browser.get(f"/r/{code}{page.one('a.look')['href']}")
    assert "font-size:22px" in style_of(large)
    assert "font-size:22px" in style_of(browser.get(f"/r/{code}"))
    assert "font-size:22px" in style_of(browser.get("/"))
    back = next(link for link in large.soup.select("a.look") if "standard" in str(link["href"]))
    browser.get(f"/r/{code}{back['href']}")
    assert "font-size:22px" not in style_of(browser.get(f"/r/{code}"))


def test_the_size_goes_from_18_to_30_step_by_step(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}?view=elder&size=18")
    seen = [18]
    while larger := [a for a in page.soup.select("a.look") if a.get_text() == "放大"]:
        page = browser.get(f"/r/{code}{larger[0]['href']}")
        found = re.search(r"font-size:(\d+)px", style_of(page))
        assert found
        seen.append(int(found[1]))
    assert seen == list(SIZES) == [18, 20, 22, 24, 26, 28, 30]
    assert "font-size:22px" in style_of(site.browser().get(f"/r/{code}?view=elder&size=99"))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("view", ["elder", "kiosk"])
def test_one_press_on_any_level_is_a_review(site: Site, level: str, view: str) -> None:
    browser = site.browser()
    page = browser.get(f"/r/{site.place()}?view={view}")
    buttons = page.soup.select(".taps button")
    assert [button["value"] for button in buttons] == LEVELS
    assert len({str(button.get("class")) for button in buttons}) == 1, "none looks different"
    answer = browser.submit(page, button=("overall", level))
    assert answer.path.startswith("/receipt/")
    assert counted(site.services)[0].answers == {"overall": level}


def test_a_form_that_asks_more_comes_one_question_a_screen(site: Site) -> None:
    browser = site.browser()
    page = browser.get(f"/r/{site.place(every_type_document())}?view=elder")
    steps = [section["id"] for section in page.soup.select("section.step")]
    assert steps == [f"s{n}" for n in range(1, 9)]
    for link in page.soup.select(".steps a"):
        assert str(link["href"]).removeprefix("#") in steps
    assert page.one("#s4 .skip"), "what does not apply says so"
    wrong = browser.submit(page, {"used": "yes"})
    assert wrong.status == 422
    assert not wrong.soup.select("section.step"), "with something to mend everything is shown"


def test_a_review_that_must_say_more_is_no_single_press(site: Site) -> None:
    questions = review_document()["questions"]
    questions[2]["required"] = True
    page = site.browser().get(f"/r/{site.place(review_document(questions=questions))}?view=elder")
    assert not page.soup.select(".taps")
    assert page.soup.select("section.step")


# --- the kiosk ---------------------------------------------------------------------------------


def test_a_kiosk_begins_anew_and_keeps_no_cookie_of_it(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}?view=kiosk")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.one("main")["data-home"] == f"/r/{code}?view=kiosk"
    assert page.one("main form")["autocomplete"] == "off"
    thanks = browser.submit(page, button=("overall", "dissatisfied"))
    assert thanks.headers["Refresh"].endswith(f"url=/r/{code}?view=kiosk")
    assert thanks.soup.select("#change button")
    assert not thanks.soup.select("#change [aria-current]"), "the next in line sees no level"
    assert browser.client.get_cookie("view") is None
    again = browser.get(f"/r/{code}?view=kiosk")
    fresh = again.form().values["submission_key"]
    assert fresh != page.form().values["submission_key"]
    second = browser.submit(again, button=("overall", "satisfied"))
    assert second.path != thanks.path, "one tablet, one review after the other"
    assert len(rows(site.services)) == 2


def test_back_at_a_kiosk_leads_to_nobodys_receipt(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}?view=kiosk")
    thanks = browser.submit(page, button=("overall", "satisfied"))
    site.clock.now += timedelta(minutes=4)
    back = browser.get(thanks.url.removeprefix("http://localhost"))
    assert back.path == f"/r/{code}"
    assert browser.get(f"{thanks.path}?view=kiosk&at=//evil").path == "/"


def test_what_is_said_at_a_kiosk_comes_back_to_the_kiosk(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}?view=kiosk")
    thanks = browser.submit(page, button=("overall", "dissatisfied"))
    details = browser.get(str(thanks.one('a[href*="/details"]')["href"]))
    assert details.one("main")["data-home"] == f"/r/{code}?view=kiosk"
    done = browser.submit(details, {"comment": "排队太久"})
    assert "view=kiosk" in done.url
    assert done.one("main")["data-home"] == f"/r/{code}?view=kiosk"


# --- what is counted and noted -----------------------------------------------------------------


def test_opened_started_and_submitted(site: Site) -> None:
    code, browser = site.place(), site.browser()
    page = browser.get(f"/r/{code}")
    browser.client.head(f"/r/{code}")
    token = page.form().values["csrf_token"][0]
    begun = browser.client.post(f"/r/{code}/begun", data={"csrf_token": token})
    assert (begun.status_code, begun.data) == (204, b"")
    browser.submit(page, {"overall": "satisfied", "_begun": "1"})
    browser.submit(browser.get(f"/r/{code}"), {"overall": "satisfied"})
    (row,) = site.services.funnel.of_survey("hall-review").values()
    assert (row.opened, row.started, row.submitted) == (2, 2, 2)
    assert rows(site.services)[0].answers == {"overall": "satisfied"}
    assert site.browser().client.post(f"/r/{code}/begun").status_code == 400
    unknown = {"csrf_token": token}
    assert browser.client.post("/r/00000000/begun", data=unknown).status_code == 404


def test_the_funnel_is_written_down_when_an_answer_has_gone_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bool] = []
    monkeypatch.setattr(site.services.funnel, "is_due", lambda: True)
    monkeypatch.setattr(site.services.funnel, "flush", lambda: written.append(True))
    site.browser().client.get(f"/r/{site.place()}").close()
    assert written


def test_a_trace_has_seconds_and_a_hash_and_no_address(site: Site) -> None:
    browser: Browser = site.browser()
    page = browser.get(f"/r/{site.place()}")
    browser.submit(page, {"overall": "satisfied"})
    (trace,) = traces(site.services)
    assert trace.seconds in (0, 1)
    assert re.fullmatch("[0-9a-f]{64}", str(trace.device))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.!!.c"])
def test_a_token_of_another_make_says_nothing_about_time(site: Site, token: str) -> None:
    with site.app.test_request_context(method="POST", data={"csrf_token": token}):
        assert visits.visit().seconds is None


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_of_an_address_only_its_network_is_used(address: str, prefix: str) -> None:
    assert prefix_of(address) == prefix


# --- links -------------------------------------------------------------------------------------


def test_a_link_of_a_case_says_so_and_takes_two_reviews(site: Site) -> None:
    site.place()
    order = InvitationOrder(case_number="BJ-2026-7", item_name="设立登记")
    code = site.services.inviting.create("hall-review", order, CLERK).code
    browser = site.browser()
    page = browser.get(f"/i/{code}")
    assert "BJ-2026-7" in page.one(".where").get_text()
    assert page.headers["Cache-Control"] == "no-store"
    wrong = browser.submit(page)
    assert wrong.status == 422
    first = browser.submit(wrong, {"overall": "satisfied"})
    assert browser.submit(page, {"overall": "satisfied"}).path == first.path, "a retry"
    assert browser.submit(page, {"overall": "dissatisfied"}).status == 409
    again = browser.get(f"/i/{code}")
    second = browser.submit(again, {"overall": "dissatisfied"})
    assert second.path == first.path
    used = browser.get(f"/i/{code}")
    assert "BJ-2026-7" in used.text
    assert not used.soup.select("main form")
    assert len(rows(site.services)) == 2


def test_links_that_are_none_look_like_codes_that_are_none(site: Site) -> None:
    site.place()
    order = InvitationOrder(case_number="BJ-1", expires_at=site.clock() + timedelta(days=1))
    code = site.services.inviting.create("hall-review", order, CLERK).code
    browser = site.browser()
    fields = {**browser.get(f"/i/{code}").form().values, "overall": "satisfied"}
    site.clock.advance(days=1)
    pages = [browser.get(path) for path in (f"/i/{code}", "/i/0000000000000000", "/i/x", "/r/x")]
    pages.append(browser.post(f"/i/{code}", fields))
    assert {page.status for page in pages} == {404}
    assert len({page.html for page in pages}) == 1


def test_a_link_without_a_token_comes_back_with_what_was_typed(site: Site) -> None:
    site.place()
    order = InvitationOrder(case_number="BJ-1")
    code = site.services.inviting.create("hall-review", order, CLERK).code
    answer = site.browser().post(
        f"/i/{code}", {"overall": "satisfied", "submission_key": str(uuid4())}
    )
    assert answer.status == 400
    assert answer.form().values["overall"] == ["satisfied"]


def test_a_person_of_a_sample_answers_once(site: Site) -> None:
    site.place(every_type_document())
    order = InvitationOrder(attributes={"district": "1"}, base_weight="2")
    code = site.services.inviting.create("every-type", order, CLERK).code
    browser = site.browser()
    page = browser.get(f"/i/{code}")
    answers = {"used": "no", "police": "neutral", "m.air": "neutral", "m.water": "neutral"}
    assert browser.submit(page, answers).path.startswith("/receipt/")
    assert not browser.get(f"/i/{code}").soup.select("main form")
