"""What a citizen sees when something is not right yet: every word they typed, and where to look."""

from __future__ import annotations

import pytest

from tests.builders import every_type_document
from tests.web.conftest import Site

TYPED = {
    "used": "yes",
    "police": "satisfied",
    "m.air": "neutral",
    "why": ["a", "c"],
    "visits": "2.5",
    "remark": "<b>&\"'",
    "age": "40+",
}


def _complete(**changes: object) -> dict[str, object]:
    return {
        "used": "yes",
        "police": "neutral",
        "m.air": "neutral",
        "m.water": "dont_know",
        **changes,
    }


def test_missing_answers_are_named_and_everything_typed_is_kept(site: Site) -> None:
    code = site.place(every_type_document())
    browser = site.browser()
    page = browser.get(f"/r/{code}")
    answer = browser.submit(page, {**TYPED, "police": None})
    assert answer.status == 422
    values = answer.form().values
    assert {name: values[name] for name in ("used", "m.air", "why", "visits", "remark", "age")} == {
        "used": ["yes"],
        "m.air": ["neutral"],
        "why": ["a", "c"],
        "visits": ["2.5"],
        "remark": ["<b>&\"'"],
        "age": ["40+"],
    }
    assert values["submission_key"] == page.form().values["submission_key"]
    assert site.responses("every-type") == 0


def test_each_problem_is_a_link_to_its_field_and_a_text_beside_it(sqlite_site: Site) -> None:
    code = sqlite_site.place(every_type_document())
    browser = sqlite_site.browser()
    answer = browser.submit(browser.get(f"/r/{code}"), {"police": "neutral", "m.air": "neutral"})
    links = answer.soup.select("#problems a")
    assert [link.get_text() for link in links] == ["用过", "环境"]
    for link in links:
        target = answer.one(str(link["href"]))
        assert target.name == "input"
        group = target.find_parent("fieldset")
        assert group is not None
        assert group["aria-invalid"] == "true"
        described = answer.one(f"#{str(group['aria-describedby']).split()[-1]}")
        assert described.get_text(strip=True)
    assert answer.one("#problems")["role"] == "alert"
    assert answer.soup.title is not None
    assert "请检查" in answer.soup.title.get_text()


def test_a_mended_form_is_accepted(sqlite_site: Site) -> None:
    code = sqlite_site.place(every_type_document())
    browser = sqlite_site.browser()
    wrong = browser.submit(browser.get(f"/r/{code}"), {"used": "yes"})
    right = browser.submit(wrong, {"police": "neutral", "m.air": "neutral", "m.water": "neutral"})
    assert right.path.startswith("/receipt/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("remark", "一二三四五六七八九十一"),
        ("remark", "a\x00b"),
        ("visits", "two"),
        ("visits", "51"),
        ("visits", "-1"),
        ("visits", "1.25"),
        ("why", ["a", "b", "c"]),
    ],
)
def test_what_can_be_mended_is_422(sqlite_site: Site, field: str, value: str | list[str]) -> None:
    code = sqlite_site.place(every_type_document())
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    fields = {**page.form().values, **_complete(), field: value}
    answer = browser.post(f"/r/{code}", fields)  # type: ignore[arg-type]
    assert answer.status == 422
    assert sqlite_site.responses("every-type") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("no_such_field", "1"),
        ("police", "superb"),
        ("police", ["neutral", "dont_know"]),
        ("why", ["a", "a"]),
        ("why", "z"),
        ("age", "17"),
        ("m.fire", "neutral"),
        ("district", "1"),
    ],
)
def test_what_no_browser_sends_is_400(
    sqlite_site: Site, field: str, value: str | list[str]
) -> None:
    code = sqlite_site.place(every_type_document())
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    fields = {**page.form().values, **_complete(), field: value}
    answer = browser.post(f"/r/{code}", fields)  # type: ignore[arg-type]
    assert answer.status == 400
    assert answer.form().values["used"] == ["yes"]
    assert sqlite_site.responses("every-type") == 0


def test_text_is_counted_in_characters_not_in_bytes(sqlite_site: Site) -> None:
    code = sqlite_site.place(every_type_document())
    browser = sqlite_site.browser()
    page = browser.get(f"/r/{code}")
    fields = {**page.form().values, **_complete(remark="😀" * 8 + "\r\n字")}
    assert browser.post(f"/r/{code}", fields).path.startswith("/receipt/")  # type: ignore[arg-type]


def test_a_question_that_does_not_apply_is_neither_asked_for_nor_stored(sqlite_site: Site) -> None:
    document = every_type_document()
    document["questions"][3]["required"] = True
    code = sqlite_site.place(document)
    browser = sqlite_site.browser()
    complete = {"used": "no", "police": "neutral", "m.air": "neutral", "m.water": "neutral"}
    assert browser.submit(browser.get(f"/r/{code}"), complete).path.startswith("/receipt/")
    asked = browser.submit(browser.get(f"/r/{code}"), {**complete, "used": "yes"})
    assert asked.status == 422


def test_the_texts_of_a_definition_cannot_become_markup(sqlite_site: Site) -> None:
    evil = "<script>alert(1)</script>"
    document = every_type_document(title=evil, purpose=evil, contact=evil, retention=evil)
    document["questions"][0]["title"] = evil
    document["questions"][5]["hint"] = evil
    code = sqlite_site.place(document, label=evil)
    page = sqlite_site.browser().get(f"/r/{code}")
    assert page.h1 == evil
    assert evil not in page.html


def test_the_script_of_the_page_holds_a_problem_of_no_field_too(sqlite_site: Site) -> None:
    code = sqlite_site.place()
    browser = sqlite_site.browser()
    fields = {**browser.get(f"/r/{code}").form().values, "overall": "satisfied"}
    answer = browser.post(f"/r/{code}", {**fields, "<i>": "1", "other": "2"})
    assert len(answer.soup.select("#problems li")) == 1
