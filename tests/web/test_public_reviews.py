"""The public page of reviews: off until released, chosen by the office, never by the unit."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from surveyapp.domain.roles import Role
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.records import ResponseRecord
from tests.support.arrivals import arrivals, place_of
from tests.support.pages import Browser
from tests.support.reviews import a_hall, record, some
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn, signed_in

__all__ = ["signed_in"]
PUBLIC = "/console/reviews/hall-review/public"


def reviewed(site: Site) -> str:
    key = a_hall(site.services)
    rows = []
    for month in (8, 9, 10):
        rows += some(f"g{month}-", 20, f"2026-{month:02}-05,tax,pc,,,,,,,1,满意")
        rows += some(f"b{month}-", 5, f"2026-{month:02}-05,tax,pc,,,,,,,1,不满意")
    record(site.services, key, *rows, *some("p", 2, "2026-10-05,police,pc,,,,,,,1,满意"))
    place, then = place_of(site.services, key), site.clock.now - timedelta(days=1)
    for text in ("很好 13812345678", "<b>张三</b>态度差"):
        arrivals(site.services, key, place, [then], comment=text)
    (bad,) = arrivals(site.services, key, place, [then], level="dissatisfied")
    site.services.counting.fold(key)
    with site.services.database.writing() as work:
        survey_id = work.session.get_one(ResponseRecord, bad).survey_id
        work.session.add(
            CaseRecord(
                id=uuid4(), number="2026-1", survey_id=survey_id, response_id=bad,
                subject_key="tax", is_named=False, has_contact=False, state="closed", events=0,
                received_on=then.date(), opened_at=then, reopened=0, remedy="at_once",
                answer="已增开窗口", closed_on=then.date(),
            )
        )  # fmt: skip
    return key


def test_a_page_is_chosen_released_and_read(site: Site, signed_in: SignedIn) -> None:
    key = reviewed(site)
    citizen = Browser(site.app)
    assert citizen.get(f"/public/{key}").status == 404
    editor = signed_in(site, Role.EDITOR)
    page = editor.get(PUBLIC)
    assert "Not yet looked at: 2." in page.text
    assert "13812345678" not in page.text
    forms = [form for form in page.soup.select("form") if "/comments/" in str(form.get("action"))]
    good = next(form for form in forms if form.parent and "很好" in form.parent.get_text())
    other = next(form for form in forms if form is not good)
    for form, decision in ((good, "public"), (other, "personal")):
        page = editor.get(PUBLIC)
        selector = f'form[action="{form["action"]}"]'
        page = editor.submit(page, {"decision": decision}, form=selector)
        assert "takes effect with the next release" in page.text
    page = editor.submit(page, {"decision": ""}, form=f'form[action="{good["action"]}"]')
    assert (page.status, "or why not" in page.text) == (400, True)
    case = 'form[action*="/cases/"]'
    for chosen in ("yes", "no", "yes"):
        page = editor.submit(editor.get(PUBLIC), form=case, button=("chosen", chosen))
    assert editor.get(f"/console/results/{key}/release").status == 403
    reviewer = signed_in(site, Role.REVIEWER, name="wang")
    page = reviewer.get(f"/console/results/{key}/release")
    assert "Comments published: 1 of 2; handled cases as examples: 1" in page.text
    assert citizen.get(f"/public/{key}").status == 404
    reviewer.submit(page)
    page = citizen.get(f"/public/{key}?lang=en")
    for words in (
        "80 reviews",
        "80 reviews were given; good: 64, that is 80.0%",
        "Period: 5 August 2026 to 22 November 2026",
        "No number of service cases: cannot be computed.",
        "Held back: too few reviews, or too few new ones",
        "Closed cases: 1.",
        "已增开窗口",
        "很好 【已隐去】",
        "Withheld: 1. Names people or personal matters: 1.",
        "2026-09",
        "Put right at once",
    ):
        assert words in page.text, words
    assert "张三" not in page.text
    assert "张三" not in citizen.get(f"/public/{key}?lang=zh").text
    assert "好评" in citizen.get(f"/public/{key}?lang=zh").text
    unit = signed_in(site, Role.UNIT, unit_code="5102")
    page = unit.get(f"/console/results/{key}")
    assert "Police" in page.text
    assert "By what is rated" in page.text
    table = page.soup.select_one("section[aria-labelledby=subjects]")
    assert table is not None
    assert "Tax" not in table.get_text()


def test_a_rate_too_good_to_be_true_is_said_before_releasing(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    key = a_hall(sqlite_site.services)
    record(sqlite_site.services, key, *some("g", 900, "2026-10-05,tax,pc,,,,,,,1,满意"))
    page = signed_in(sqlite_site, Role.REVIEWER).get(f"/console/results/{key}/release")
    assert "So good a rate is not believed unseen" in page.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.LEADER, Role.UNIT])
def test_nobody_else_chooses(sqlite_site: Site, signed_in: SignedIn, role: Role) -> None:
    reviewed(sqlite_site)
    browser = signed_in(sqlite_site, role, unit_code="5101" if role is Role.UNIT else None)
    assert browser.get(PUBLIC).status == 403
    page = browser.get("/console/account")
    token = str(page.one("input[name=csrf_token]")["value"])
    for kind in ("comments", "cases"):
        answer = browser.post(f"{PUBLIC}/{kind}/{uuid4()}", {"csrf_token": token, "chosen": "yes"})
        assert answer.status == 403


def test_what_is_of_another_survey_is_not_there(sqlite_site: Site, signed_in: SignedIn) -> None:
    reviewed(sqlite_site)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get(PUBLIC)
    token = str(page.soup.select("input[name=csrf_token]")[0]["value"])
    sent = {"csrf_token": token, "chosen": "yes", "decision": "public"}
    for kind in ("comments", "cases"):
        assert reviewer.post(f"{PUBLIC}/{kind}/{uuid4()}", sent).status == 404


def test_a_trend_with_limits_is_drawn_for_everybody(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_hall(sqlite_site.services)
    for month in range(1, 11):
        bad = 15 if month == 7 else 3
        rows = some(f"g{month}-", 30 - bad, f"2026-{month:02}-05,tax,pc,,,,,,,1,满意")
        record(
            sqlite_site.services,
            key,
            *rows,
            *some(f"b{month}-", bad, f"2026-{month:02}-05,tax,pc,,,,,,,1,不满意"),
        )
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    reviewer.submit(reviewer.get(f"/console/results/{key}/release"))
    citizen = Browser(sqlite_site.app)
    page = citizen.get(f"/public/{key}?lang=en")
    address = str(page.one("section[aria-labelledby=months] img")["src"])
    picture = citizen.client.get(address)
    assert picture.content_type.startswith("image/svg+xml")
    assert "outside the limits" in picture.text
    assert "below the limits" in page.text
