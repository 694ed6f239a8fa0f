"""Printed ballots in the console: keying, settling, confirming; and the receipts for staff."""

from __future__ import annotations

import pytest

from surveyapp.domain.roles import Role
from tests.builders import CLERK
from tests.support.ballots import GRADES, cast, issue, pattern, put_in_use
from tests.support.pages import Browser, Page
from tests.support.papers import Count, a_count, lines, print_papers
from tests.support.staff import browser_of
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

COUNT = "/console/ballots/cadres/paper"
KEY = f"{COUNT}/class/B"


@pytest.fixture
def count(sqlite_site: Site) -> Count:
    """A vote with two papers that has ended, and two tellers."""
    services = sqlite_site.services
    put_in_use(services)
    for number, code in enumerate(issue(services, B=8)["B"]):
        cast(services, code, pattern(number))
    print_papers(services, A=1, B=2)
    return a_count(services)


@pytest.fixture
def tellers(sqlite_site: Site, count: Count) -> tuple[Browser, Browser]:
    """The browsers of both."""
    site, clerks = sqlite_site, (count.first, count.second)
    first, second = (browser_of(site.app, site.services, site.clock, one.name) for one in clerks)
    return first, second


def typed(number: int, **more: str) -> dict[str, str]:
    return {name: values[0] for name, values in lines(number).items()} | more


def key_in(browser: Browser, page: Page, number: int, **more: str) -> Page:
    return browser.submit(page, typed(number, **more), follow=False)


def test_two_tellers_bring_the_papers_to_the_urn(
    sqlite_site: Site, tellers: tuple[Browser, Browser]
) -> None:
    first, second = tellers
    assert [row.get_text() for row in first.get(COUNT).soup.select("tbody tr th")] == ["A", "B"]
    for browser, overall in ((first, "111"), (second, "112")):
        page = browser.get(KEY)
        assert page.one("#number")["value"] == "1"
        answer = key_in(browser, page, 7, d2=overall)
        assert answer.status == 302
        assert browser.get(KEY).one("#number")["value"] == "2"
    page = first.get(COUNT)
    assert "They differ" in page.text
    assert "can be confirmed once" in page.text
    settle = first.get(f"{COUNT}/1")
    marks = {one["value"] for one in settle.soup.select("input[name='d2.overall']")}
    assert marks == {*GRADES, "dont_know", "blank", "invalid"}
    # Whoever misread the paper corrects their own keying.
    assert first.submit(settle, {"d2.overall": "competent"}, follow=False).status == 302
    assert "Both say the same" in first.get(f"{COUNT}/1").text
    for browser in tellers:
        assert "You have confirmed" in browser.submit(browser.get(COUNT)).text
    assert "The count is settled" in second.get(COUNT).text
    services = sqlite_site.services
    assert services.ballot_closing.close("cadres", CLERK).ballots == 9
    result = first.get("/console/ballots/cadres")
    cells = [cell.get_text() for cell in result.soup.select("#reconciled ~ div tbody td")]
    assert cells[-8:] == ["8", "8", "0", "–", "2", "1", "1", "0"]
    assert "before its urn is opened" in first.get(COUNT).text


def test_mistakes_are_told_and_nothing_typed_is_lost(
    tellers: tuple[Browser, Browser], count: Count
) -> None:
    first, _second = tellers
    page = first.get(KEY)
    answer = key_in(first, page, 7, c1="1x1", d1="11")
    assert answer.status == 400
    assert len(answer.soup.select(".wrong")) == 2
    assert answer.one("#f-c1")["value"] == "1x1"
    assert answer.one("#f-d2")["value"] == lines(7)["d2"][0]
    assert key_in(first, page, 7, _number="none").status == 400
    assert key_in(first, page, 7).status == 302
    again = key_in(first, page, 8)
    assert again.status == 409
    assert "number stamped" in again.text
    (link,) = [a for a in first.get(COUNT).soup.select("main a") if "again" in a.get_text()]
    mine = first.get(str(link["href"]))
    assert mine.one("#f-c1")["value"] == lines(7)["c1"][0]
    assert "replaces it" in mine.text
    assert first.submit(mine, typed(8)).path == COUNT
    other_class = first.get(f"{COUNT}/class/A?number=1")
    assert "replaces it" in other_class.text
    assert other_class.one("#f-c1")["value"] == ""
    assert first.get(f"{COUNT}/class/Z").status == 404


def test_enter_stores_a_paper_and_never_makes_it_void(tellers: tuple[Browser, Browser]) -> None:
    page = tellers[0].get(KEY)
    pressed = page.soup.select("form.keying button[type=submit]")[0]
    assert "name" not in pressed.attrs
    assert "formnovalidate" not in pressed.attrs


def test_a_paper_is_void_or_taken_out(tellers: tuple[Browser, Browser]) -> None:
    first, second = tellers
    assert first.submit(first.get(KEY), button=("_void", "1")).path == KEY
    key_in(second, second.get(KEY), 3)
    settle = second.get(f"{COUNT}/1")
    assert "void as a whole, the other did not" in settle.text
    token = {
        "csrf_token": str(settle.one(".sign-out input[name=csrf_token]")["value"]),
        "_void": "True",
    }
    assert second.post(f"{COUNT}/1", token).status == 400
    out = second.get(f"{COUNT}/1/take-out")
    assert second.submit(out).path == COUNT
    assert "None yet" in first.get(COUNT).text
    assert first.get(f"{COUNT}/1").status == 404


def test_numbers_no_paper_has_are_not_found(tellers: tuple[Browser, Browser]) -> None:
    first, _second = tellers
    huge = 10**30
    assert first.get(f"{COUNT}/{huge}").status == 404
    out = first.get(f"{COUNT}/{huge}/take-out")
    assert first.submit(out, follow=False).status == 404
    assert first.get(f"{KEY}?number={huge}").status == 200
    assert key_in(first, first.get(KEY), 3, _number=str(huge)[:5] + "9" * 9).status == 400
    assert first.get("/console/ballots/nothing/paper").status == 404


def test_a_stale_page_confirms_nothing(tellers: tuple[Browser, Browser], count: Count) -> None:
    first, _second = tellers
    page = first.get(COUNT)
    count.key(1, lines(3))
    answer = first.submit(page)
    assert answer.status == 409
    assert "changed meanwhile" in answer.text


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.ADMIN, Role.LEADER])
def test_others_count_nothing_and_see_no_receipts(
    sqlite_site: Site, signed_in: SignedIn, role: Role
) -> None:
    put_in_use(sqlite_site.services)
    browser = signed_in(sqlite_site, role)
    for address in (COUNT, KEY, f"{COUNT}/1", "/console/ballots/cadres/receipts"):
        assert browser.get(address).status == 403


def test_receipts_are_listed_for_staff_with_that_right_and_name_nobody(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services, office={"zh": "示例县民政局", "en": "Example office"})
    receipts = [
        str(cast(services, code, pattern(n))) for n, code in enumerate(issue(services, B=9)["B"])
    ]
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    address = "/console/ballots/cadres/receipts"
    assert browser.get(address).status == 409
    root = services.ballot_closing.close("cadres", CLERK).root
    page = browser.get(address)
    listed = [row.get_text().replace(" ", "") for row in page.soup.select(".receipts li")]
    assert listed == sorted(receipts)
    assert root in page.text
    for name in ("甲", "乙", "局长", "Director", "示例县", "Example office", "Evaluation of 2026"):
        assert name not in page.text
    assert browser.get("/console/ballots/cadres").soup.select(f"a[href='{address}']")


def test_receipts_are_switched_off_for_everybody(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    put_in_use(services, receipts_page=False)
    services.ballot_closing.close("cadres", CLERK)
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    assert browser.get("/console/ballots/cadres/receipts").status == 404
    assert "Receipts and hashes" not in browser.get("/console/ballots/cadres").text


def test_papers_are_downloaded_and_the_vote_is_ended_without_its_key(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services)
    (key_file,) = services.settings.key_dir.iterdir()
    key = key_file.read_bytes()
    key_file.unlink()
    editor = signed_in(sqlite_site, Role.EDITOR)
    slips = editor.get("/console/ballots/cadres/slips")
    asked = {"n_A": "2", "n_B": "0"}
    fields = slips.form().values | {name: [value] for name, value in asked.items()}
    fields["paper"] = ["yes"]
    # A file for the printer is no page of the console: the browser does not look at it.
    papers = editor.client.post(slips.path, data=fields, headers=editor.headers)
    assert papers.headers["Content-Disposition"].startswith("attachment")
    assert papers.headers["Cache-Control"] == "no-store"
    assert papers.get_data(as_text=True).count('<article class="ballot">') == 2
    refused = editor.submit(slips, {"n_A": "11", "n_B": ""}, button=("paper", "yes"))
    assert refused.status == 409
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    end = reviewer.get("/console/ballots/cadres/end")
    ended = reviewer.submit(end, button=("end_only", "yes"))
    assert "its urn is sealed" in ended.text
    key_file.write_bytes(key)
    waits = reviewer.submit(reviewer.get("/console/ballots/cadres/end"))
    assert waits.status == 409
    assert "printed ballots are counted" in waits.text
