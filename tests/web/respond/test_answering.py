"""The citizen's way: open the form, answer, read the receipt."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from tests.builders import CLERK, every_type_document, review_document
from tests.web.conftest import Site

EVERY_ANSWER = {
    "used": "yes",
    "police": "very_satisfied",
    "m.air": "neutral",
    "m.water": "dont_know",
    "why": ["a", "c"],
    "visits": "2.5",
    "remark": "很好 😀",
    "age": "40+",
}


def test_an_answer_leads_to_a_receipt(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    assert page.status == 200
    assert page.h1 == "大厅好差评"
    assert "示例县政务服务中心" in page.text
    assert "1号窗口" in page.text
    answer = browser.submit(page, {"overall": "dissatisfied"}, follow=False)
    assert answer.status == 303
    receipt = browser.get(answer.headers["Location"])
    assert receipt.status == 200
    shown = receipt.one(".code").get_text(" ", strip=True)
    assert re.fullmatch(r"[0-9A-Z]{4}( [0-9A-Z]{4}){3}", shown)
    assert shown.replace(" ", "") == receipt.path.removeprefix("/receipt/")
    assert "2026年11月23日" in receipt.text
    assert ":" not in receipt.one(".done").get_text(), "the day, never the time"
    assert site.responses() == 1


def test_every_kind_of_question_is_stored_as_answered(site: Site) -> None:
    code = site.place(every_type_document())
    browser = site.browser()
    answer = browser.submit(browser.get(f"/r/{code}"), EVERY_ANSWER)
    assert answer.path.startswith("/receipt/")
    assert site.responses("every-type") == 1


def test_nothing_is_chosen_beforehand(sqlite_site: Site) -> None:
    code = sqlite_site.place(every_type_document())
    page = sqlite_site.browser().get(f"/r/{code}")
    assert page.soup.select("[checked], [selected]") == []
    assert all(not value[0] for name, value in page.form().values.items() if name in EVERY_ANSWER)


def test_all_levels_can_be_sent(sqlite_site: Site) -> None:
    """Low levels that look like any other and cannot be submitted exist elsewhere; not here."""
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    levels = page.form().choices("overall")
    assert len(levels) == 5
    for level in levels:
        answer = browser.submit(browser.get(f"/r/{code}"), {"overall": level})
        assert answer.path.startswith("/receipt/")
    assert sqlite_site.responses() == 5


def test_tags_of_another_level_are_left_out(sqlite_site: Site) -> None:
    """Who changes the level after ticking a reason has hidden that reason."""
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    answer = browser.submit(page, {"overall": "satisfied", "reasons": ["510", "406"]})
    assert answer.path.startswith("/receipt/")


def test_opening_a_form_changes_nothing(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    first, second = browser.get(f"/r/{code}"), browser.get(f"/r/{code}")
    keys = {page.form().values["submission_key"][0] for page in (first, second)}
    assert len(keys) == 2, "a key for each page"
    assert browser.client.head(f"/r/{code}").status_code == 200
    assert site.responses() == 0


def test_the_same_answers_again_give_the_same_receipt(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    first = browser.submit(page, {"overall": "satisfied", "comment": "好"})
    again = browser.submit(page, {"overall": "satisfied", "comment": "好"})
    assert first.path == again.path
    assert site.responses() == 1


def test_other_answers_under_the_same_key_are_shown_again_with_a_new_key(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    first = browser.submit(page, {"overall": "satisfied"})
    changed = browser.submit(page, {"overall": "dissatisfied", "comment": "改主意了"})
    assert changed.status == 409
    receipt = first.path.removeprefix("/receipt/")
    assert receipt not in changed.html.replace(" ", "")
    values = changed.form().values
    assert values["overall"] == ["dissatisfied"]
    assert values["comment"] == ["改主意了"]
    assert values["submission_key"] != page.form().values["submission_key"]
    assert site.responses() == 1
    assert browser.submit(changed).path.startswith("/receipt/")
    assert site.responses() == 2


@pytest.mark.parametrize("key", ["", "x", "1234", "{%s}", "urn:uuid:%s", "%s0"])
def test_a_malformed_submission_key_is_refused_and_replaced(sqlite_site: Site, key: str) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    given = key.replace("%s", str(uuid4()))
    page = browser.get(f"/r/{code}")
    fields = {**page.form().values, "overall": "satisfied", "submission_key": given}
    answer = browser.post(f"/r/{code}", fields)
    assert answer.status == 400
    assert answer.form().values["overall"] == ["satisfied"]
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.form().values["submission_key"][0])
    assert sqlite_site.responses() == 0


def test_a_submission_key_may_be_any_uuid_in_any_case(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    fields = {**browser.get(f"/r/{code}").form().values, "overall": "satisfied"}
    key = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    lower = browser.post(f"/r/{code}", {**fields, "submission_key": key})
    upper = browser.post(f"/r/{code}", {**fields, "submission_key": key.upper()})
    assert lower.path == upper.path
    assert sqlite_site.responses() == 1


@pytest.mark.parametrize("revision", ["0", "-1", "x", "1.0", "9999999999", "7"])
def test_a_revision_that_never_was_is_refused(sqlite_site: Site, revision: str) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    answer = browser.submit(page, {"overall": "satisfied", "revision": revision})
    assert answer.status == 400
    assert answer.form().values["overall"] == ["satisfied"]
    assert answer.form().values["revision"] == ["1"]
    assert sqlite_site.responses() == 0


def test_no_revision_means_the_current_one(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    answer = browser.submit(browser.get(f"/r/{code}"), {"overall": "satisfied", "revision": None})
    assert answer.path.startswith("/receipt/")


def test_a_form_replaced_yesterday_is_shown_anew_with_what_was_typed(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    site.place(review_document(title={"zh": "新题目", "en": "New title"}))
    site.clock.advance(hours=25)
    answer = browser.submit(page, {"overall": "satisfied", "comment": "慢慢写"})
    assert answer.status == 409
    assert answer.h1 == "新题目"
    assert answer.form().values["comment"] == ["慢慢写"]
    assert answer.form().values["revision"] == ["2"]
    assert browser.submit(answer).path.startswith("/receipt/")


def test_a_form_replaced_a_moment_ago_is_still_taken(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    site.place(review_document(title={"zh": "新题目", "en": "New title"}))
    site.clock.advance(hours=23)
    assert browser.submit(page, {"overall": "satisfied"}).path.startswith("/receipt/")


def test_the_receipt_page_of_an_unknown_receipt_is_the_page_of_an_unknown_code(
    sqlite_site: Site,
) -> None:
    browser = sqlite_site.browser()
    pages = [
        browser.get(path).html
        for path in ("/receipt/0000000000000000", "/receipt/x", "/r/00000000", "/r/x", "/r/%FF")
    ]
    assert len(set(pages)) == 1


def test_unknown_revoked_and_malformed_codes_look_alike(site: Site) -> None:
    code = site.place()
    browser = site.browser()
    site.services.placing.revoke(code, CLERK)
    answers = [browser.get(f"/r/{one}") for one in (code, "ZZZZZZZZ", "a", "0" * 500)]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.html for answer in answers}) == 1
    assert site.responses() == 0
