"""Places: codes for windows, several at once, re-pointed without printing, revoked."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image

from surveyapp.domain.roles import Role
from tests.builders import CLERK, a_place, an_open_survey, review_document, submit
from tests.support.pages import Browser
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

UNITS = "code,name,parent,category\nSL,示例县,,\nSL-1,政务中心,SL,\nSL-1-1,1号窗口,SL-1,窗口\n"
SUBJECTS = [
    {"key": "w1", "title": {"zh": "综合窗口", "en": "General"}},
    {"key": "w2", "title": "社保"},
]
PLACES = "/console/surveys/hall-review/places"


@pytest.fixture
def editor(site: Site, signed_in: SignedIn) -> Browser:
    an_open_survey(site.services, review_document(subjects=SUBJECTS))
    return signed_in(site, Role.EDITOR)


def with_units(site: Site, folder: Path) -> None:
    table = folder / "units.csv"
    table.write_text(UNITS, encoding="utf-8")
    site.services.organising.import_units(table, CLERK)


def places_of(site: Site) -> list[tuple[str, str | None]]:
    rows = site.services.placing.of("hall-review")
    return [(row.place.label, row.place.subject_key) for row in rows if not row.place.revoked]


def test_several_windows_get_their_places_at_once(
    site: Site, editor: Browser, tmp_path: Path
) -> None:
    with_units(site, tmp_path)
    page = editor.get(PLACES)
    assert "There is no place yet" in page.text
    page = editor.submit(
        page, {"subjects": ["w1"], "units": ["SL-1-1"]}, form="form[action$=several]"
    )
    assert "2 places are added" in page.text
    assert sorted(places_of(site)) == [("1号窗口", "SL-1-1"), ("综合窗口", "w1")]
    subjects = site.services.authoring.get("hall-review").subjects
    assert [(one.key, one.unit_code) for one in subjects][-1] == ("SL-1-1", "SL-1-1")
    # What has its place is not offered again.
    assert not page.soup.select("[name=units][value=SL-1-1], [name=subjects][value=w1]")
    page = editor.submit(page, form="form[action$=several]")
    assert (page.status, "Choose at least one window" in page.text) == (400, True)


def test_a_single_place_needs_a_label(site: Site, editor: Browser) -> None:
    page = editor.get(PLACES)
    page = editor.submit(
        page, {"label": "大厅东门", "subject": "w2"}, form="form[method=post][action$=places]"
    )
    assert "The place is added" in page.text
    assert places_of(site) == [("大厅东门", "w2")]
    page = editor.submit(page, {"label": " "}, form="form[method=post][action$=places]")
    assert (page.status, "needs a label" in page.text) == (400, True)
    values = page.form("form[method=post][action$=places]").values
    page = editor.post(PLACES, {**values, "label": "x", "subject": "none"})
    assert (page.status, "rates no “none”" in page.text) == (400, True)


def test_the_code_on_the_page_and_the_files_leads_to_the_form(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    place = a_place(sqlite_site.services, "hall-review", label="3号窗口 社保/医保")
    clerk = signed_in(sqlite_site, Role.EDITOR)
    page = clerk.get(PLACES)
    assert page.soup.select(".place-card .qr svg path")
    assert place.url in page.text
    picture = clerk.get(f"{PLACES}/{place.code}/qr.png")
    decoded = zxingcpp.read_barcodes(Image.open(BytesIO(picture.response.data)))
    assert [one.text for one in decoded] == [place.url]
    name = picture.headers["Content-Disposition"]
    assert name.endswith(quote(f"3号窗口 社保／医保 {place.code}.png"))
    drawing = clerk.get(f"{PLACES}/{place.code}/qr.svg")
    assert drawing.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert drawing.response.data.startswith(b"<svg")


def test_sheets_are_printed_for_all_places_or_for_one(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    one, _ = (a_place(sqlite_site.services, "hall-review", label) for label in ("甲窗口", "乙窗口"))
    analyst = signed_in(sqlite_site, Role.ANALYST)
    assert "乙窗口" in analyst.get(f"{PLACES}/print").text
    assert "乙窗口" not in analyst.get(f"{PLACES}/print?code={one.code}").text


def test_a_place_stands_for_something_else_from_now_on(site: Site, editor: Browser) -> None:
    place = site.services.placing.add("hall-review", "窗口", "w1", CLERK)
    change = f"{PLACES}/{place.code}/change"
    site.clock.advance(minutes=1)
    page = editor.submit(
        editor.get(change),
        {"subject": "w2", "hall": " 一楼  大厅 ", "window": "5", "rates": "person"},
    )
    assert "stands for what you chose" in page.text
    assert places_of(site) == [("窗口", "w2")]
    moved = site.services.placing.find(place.code)
    assert (moved.where, moved.rates) == ("一楼 大厅 5", "person")
    site.clock.advance(minutes=1)
    page = editor.submit(editor.get(change), {"subject": "", "window": "6"})
    assert places_of(site) == [("窗口", None)]
    rows = editor.get(change).soup.select("tbody tr")
    assert [row.select("td")[1].get_text() for row in rows] == ["6", "5", "–"]
    page = editor.submit(editor.get(change), {"label": " "})
    assert (page.status, "needs a label" in page.text) == (400, True)
    assert page.form("main form").values["window"] == ["6"]


def test_a_revoked_code_is_worthless_and_its_answers_stay(site: Site, editor: Browser) -> None:
    place = a_place(site.services, "hall-review")
    submit(site.services, place, overall="satisfied")
    site.services.counting.fold("hall-review")
    page = editor.get(f"{PLACES}/{place.code}/revoke")
    assert "take the sheet down" in page.text
    assert site.browser().get(f"/r/{place.code}").status == 200
    page = editor.submit(page)
    assert "Revoked codes" in page.text
    assert site.browser().get(f"/r/{place.code}").status == 404
    assert site.responses() == 1
    assert "revoked already" in editor.get(f"{PLACES}/{place.code}/revoke").text


def test_codes_are_printed_in_the_layout_that_was_chosen(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    for number in range(7):
        a_place(sqlite_site.services, "hall-review", f"{number}号窗口")
    clerk = signed_in(sqlite_site, Role.EDITOR)
    page = clerk.submit(clerk.get(PLACES), {"layout": "sheet"}, form="form[action$=print]")
    assert [len(one.select("article")) for one in page.soup.select(".page")] == [6, 1]
    assert clerk.get(f"{PLACES}/print?layout=poster").status == 400


def test_the_funnel_of_a_place_is_shown_for_the_days_chosen(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    place = a_place(sqlite_site.services, "hall-review")
    clerk = signed_in(sqlite_site, Role.EDITOR)
    visitor = sqlite_site.browser()
    for _ in range(4):
        visitor.get(f"/r/{place.code}")
    submit(sqlite_site.services, place, overall="satisfied")
    sqlite_site.services.funnel.flush()
    facts = clerk.get(PLACES).soup.select(".place-text dl")[0].get_text(" ", strip=True)
    assert "4 opened · 1 begun (25.0%) · 1 submitted (25.0%)" in facts
    later = clerk.get(f"{PLACES}?since=2026-11-24&until=x")
    assert "0 opened" in later.text
    before = clerk.get(f"{PLACES}?until=2026-11-22")
    assert "0 opened" in before.text


def test_a_code_of_another_survey_is_not_found_here(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services)
    an_open_survey(sqlite_site.services, review_document(key="other"))
    strange = a_place(sqlite_site.services, "other")
    clerk = signed_in(sqlite_site, Role.EDITOR)
    for ending in ("revoke", "change", "qr.svg", "qr.png"):
        assert clerk.get(f"{PLACES}/{strange.code}/{ending}").status == 404
    assert clerk.get(f"{PLACES}/none/revoke").status == 404


def test_those_who_only_look_cannot_change_places(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services)
    place = a_place(sqlite_site.services, "hall-review")
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert not reviewer.get(PLACES).soup.select("main form[method=post]")
    assert reviewer.get(f"{PLACES}/{place.code}/revoke").status == 403
