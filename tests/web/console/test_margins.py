"""Population margins in the console: looked at, set, listed; and what pages of results say."""

from __future__ import annotations

import re

import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK, an_open_survey, every_type_document
from tests.support.pages import Browser, Page
from tests.support.results import a_city, import_rows
from tests.support.weighting import BAD, GOOD, TOWN_HALF
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

ADDRESS = "/console/surveys/city/margins"
MIXED = [*[GOOD, "2,town,,phone"] * 10, *[BAD, "2,village,,phone"] * 4]


@pytest.fixture
def editor(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    a_city(sqlite_site.services, *MIXED)
    return signed_in(sqlite_site, Role.EDITOR, name="editor")


def upload(browser: Browser, content: str = TOWN_HALF, source: str = "census", **more: str) -> Page:
    page = browser.get(ADDRESS)
    fields = {"source": source, **more}
    return browser.submit(page, fields, files={"file": ("人口.csv", content.encode())})


def test_margins_are_looked_at_then_set(site: Site, signed_in: SignedIn) -> None:
    a_city(site.services, *MIXED)
    editor = signed_in(site, Role.EDITOR, name="editor")
    page = editor.get(ADDRESS)
    assert "No population margins are set" in page.text
    preview = upload(editor, wave="2026")
    assert (preview.status, preview.h1) == (200, "What these margins would do")
    assert "Results are not shown here on purpose" in preview.text
    assert re.search(r"Village 50\.0 28\.6 50\.0 8", preview.text)
    assert "40.0" not in preview.text
    assert site.services.weighting.history("city") == ()
    done = editor.submit(preview)
    assert "Population margins no. 1 hold from now on." in done.text
    assert "census" in done.text
    assert "人口.csv" in done.text
    (margins,) = site.services.weighting.history("city")
    assert (margins.set_by, margins.wave) == ("editor", "2026")
    (event,) = site.services.auditing.read(LogQuery(action="margins.set"), 1, CLERK).events
    assert (event.actor, event.target) == ("editor", "city")


def test_chinese_pages_say_the_same(editor: Browser) -> None:
    editor.get(f"{ADDRESS}?lang=zh")
    preview = upload(editor)
    assert preview.h1 == "这份人口构成的效果"
    done = editor.submit(preview)
    assert "第1号人口构成即日起生效。" in done.text
    page = editor.get("/console/results/city")
    assert "按人口构成加权后为40.0分，比未加权低10.7分" in page.text
    assert "加权使结果变动10.7分，超过3分；使用前请复核样本和权重。" in page.text


@pytest.mark.parametrize(
    ("content", "source", "said"),
    [
        (TOWN_HALF, " ", "Say where the population figures come from"),
        ("variable,level,share\nage,1,1\n", "census", "no attribute “age”; it has: area"),
        ("variable;level\n", "census", "margins have the columns variable, level"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_and_nothing_typed_is_lost(
    editor: Browser, content: str, source: str, said: str
) -> None:
    page = upload(editor, content, source, wave="2026")
    assert page.status == 400
    assert said in page.text
    assert page.one("#wave")["value"] == "2026"


def test_a_file_must_be_chosen(editor: Browser) -> None:
    page = editor.submit(editor.get(ADDRESS), {"source": "census"})
    assert (page.status, "Choose a file first." in page.text) == (400, True)


def test_what_was_previewed_is_what_is_set(sqlite_site: Site, editor: Browser) -> None:
    preview = upload(editor)
    form = preview.form()
    changed = editor.submit(preview, {"preview": f"{form.values['preview']}x"})
    assert changed.status == 400
    assert "begin again" in changed.text
    upload_page = upload(editor)
    editor.submit(preview)
    late = editor.submit(upload_page)
    assert late.status == 409
    assert "Other population margins were set meanwhile" in late.text
    assert len(sqlite_site.services.weighting.history("city")) == 1


def test_a_preview_of_one_survey_sets_no_other(sqlite_site: Site, editor: Browser) -> None:
    an_open_survey(sqlite_site.services, every_type_document())
    preview = upload(editor)
    form = preview.form()
    answer = editor.client.post("/console/surveys/every-type/margins/apply", data=dict(form.values))
    assert answer.status_code == 400
    assert sqlite_site.services.weighting.history("every-type") == ()


def test_a_preview_says_when_margins_cannot_be_met(sqlite_site: Site, editor: Browser) -> None:
    none = "variable,level,share\narea,town,1\narea,village,0\n"
    preview = upload(editor, none)
    assert "the figures stay unweighted" in preview.text
    editor.submit(preview)
    page = editor.get(ADDRESS)
    assert "not weighted to the population at present" in page.text
    results = editor.get("/console/results/city")
    assert results.status == 200
    assert "8 responses have the level “Village” of “Area”" in results.text
    assert sqlite_site.services.weighting.present("city") is not None


def test_margins_can_be_set_before_the_first_response(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    a_city(sqlite_site.services)
    browser = signed_in(sqlite_site, Role.EDITOR)
    preview = upload(browser)
    assert "There is no response to weight yet." in preview.text
    page = browser.submit(preview)
    assert "There is no response to weight yet." in page.text


def test_a_survey_without_attributes_says_so(sqlite_site: Site, signed_in: SignedIn) -> None:
    a_city(sqlite_site.services, attributes=[])
    page = signed_in(sqlite_site, Role.EDITOR).get(ADDRESS)
    assert "This survey has no attributes" in page.text


def test_who_may_not_edit_sees_margins_without_the_form(
    sqlite_site: Site, editor: Browser, signed_in: SignedIn
) -> None:
    editor.submit(upload(editor))
    page = signed_in(sqlite_site, Role.ANALYST).get(ADDRESS)
    assert "census" in page.text
    assert page.soup.select_one("input[type=file]") is None


def test_results_show_the_unweighted_figure_the_gap_and_the_appendix(
    sqlite_site: Site, editor: Browser, signed_in: SignedIn
) -> None:
    editor.submit(upload(editor))
    page = editor.get("/console/results/city")
    words = " ".join(page.one(".r-card").get_text(" ").split())
    assert "40.0 points" in words
    assert "unweighted 50.7 points (weighting: −10.7)" in words
    assert "Weighting to the population" in page.text
    assert "raking to the population margins" in page.text
    headings = [one.get_text() for one in page.soup.select(".r-technical thead th")]
    assert {"Unweighted", "Gap", "Favourable share (%)", "Design effect"} <= set(headings)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    reviewer.submit(reviewer.get("/console/results/city/release"))
    public = sqlite_site.browser(headers={"Accept-Language": "en"}).get("/public/city")
    assert "weighted to the population 40.0 points, 10.7 lower than unweighted" in public.text
    assert "Responses are weighted so that the sample has the composition" in public.text
    assert "Population and sample: Area" in public.text


def test_users_and_relevance_are_shown_inside_only(sqlite_site: Site, signed_in: SignedIn) -> None:
    document = every_type_document(indices=[{"key": "police", "of": ["police"]}])
    key = an_open_survey(sqlite_site.services, document)
    import_rows(sqlite_site.services, key, "police,used", *["5,1", "4,1", "3,2", "1,2"] * 5)
    page = signed_in(sqlite_site, Role.ANALYST).get(f"/console/results/{key}")
    assert "Those it concerns" in page.text
    assert re.search(r"60\.0 ±[\d.]+ 90\.0 ±[\d.]+ 10 70\.0 ±", page.text)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    reviewer.submit(reviewer.get(f"/console/results/{key}/release"))
    public = sqlite_site.browser(headers={"Accept-Language": "en"}).get(f"/public/{key}")
    assert public.status == 200
    assert "Those it concerns" not in public.text


def test_a_table_to_fill_in_is_offered(sqlite_site: Site, editor: Browser) -> None:
    page = editor.get(ADDRESS)
    links = [str(a["href"]) for a in page.soup.select("a[href*='/margins/template.']")]
    assert [link.rpartition(".")[2] for link in links] == ["xlsx", "csv"]
    answer = editor.client.get(f"{ADDRESS}/template.csv?lang=zh")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.decode("utf-8-sig").startswith(
        "变量,类别,比例,变量名称,类别名称\r\narea,town,,"
    )
    assert editor.client.get(f"{ADDRESS}/template.xlsx").data.startswith(b"PK")
    assert editor.client.get(f"{ADDRESS}/template.sav").status_code == 404
    assert editor.client.get("/console/surveys/none/margins/template.csv").status_code == 404


def test_margins_that_hold_can_be_taken_out_as_they_are_stored(
    sqlite_site: Site, editor: Browser, signed_in: SignedIn
) -> None:
    editor.submit(upload(editor, "变量,类别,比例\nArea,Town,33.33%\nArea,Village,66.67%\n"))
    analyst = signed_in(sqlite_site, Role.ANALYST)
    page = analyst.get(ADDRESS)
    (link,) = page.soup.select("a[href$='/margins/1.csv']")
    answer = analyst.client.get(str(link["href"]))
    assert answer.data.decode("utf-8-sig") == (
        "variable,level,share\r\narea,town,0.3333\r\narea,village,0.6667\r\n"
    )
    assert analyst.client.get(f"{ADDRESS}/2.csv").status_code == 404
    assert analyst.client.get(f"{ADDRESS}/template.csv").status_code == 403
    assert "/sign-in" in sqlite_site.browser().get(f"{ADDRESS}/1.csv").url
    (margins,) = sqlite_site.services.weighting.history("city")
    assert margins.file_sha256 in page.text
    assert margins.file_sha256 in analyst.get("/console/results/city").text


def test_weights_of_cells_are_taken_out_and_logged(
    sqlite_site: Site, editor: Browser, signed_in: SignedIn
) -> None:
    assert "Weights (CSV)" not in editor.get(ADDRESS).text
    editor.submit(upload(editor))
    analyst = signed_in(sqlite_site, Role.ANALYST, name="analyst")
    page = analyst.get(ADDRESS)
    (form,) = page.soup.select("form[action$='/results/city/export']")
    (token,) = form.select("input[name=csrf_token]")
    fields = {"csrf_token": str(token["value"]), "what": "weights", "format": "csv"}
    answer = analyst.client.post(str(form["action"]), data=fields, buffered=True)
    assert answer.data.decode("utf-8-sig").startswith("area,n,base_weight,g,weight\r\ntown,20,1.0,")
    (event,) = sqlite_site.services.auditing.read(
        LogQuery(action="weights.export"), 1, CLERK
    ).events
    assert (event.actor, event.target) == ("analyst", "city")


def test_staff_alone_are_told_to_review_the_weights(
    sqlite_site: Site, editor: Browser, signed_in: SignedIn
) -> None:
    editor.submit(upload(editor))
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert "使用前请复核" in reviewer.get("/console/results/city?lang=zh").text
    reviewer.submit(reviewer.get("/console/results/city/release?lang=zh"))
    public = sqlite_site.browser().get("/public/city?lang=zh")
    assert "比未加权低10.7分" in public.text
    assert "复核" not in public.text


def test_the_appendix_has_standard_errors_by_relevance(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    document = every_type_document(indices=[{"key": "police", "of": ["police"]}])
    key = an_open_survey(sqlite_site.services, document)
    import_rows(sqlite_site.services, key, "police,used", *["5,1", "4,1", "3,2", "1,2"] * 5)
    page = signed_in(sqlite_site, Role.ANALYST).get(f"/console/results/{key}")
    (table,) = [
        one
        for one in page.soup.select(".r-technical")
        if one.caption is not None and one.caption.get_text() == "Indices by relevance"
    ]
    kinds = [cell.get_text() for cell in table.select("tbody td[data-label=Figure]")]
    assert kinds[:2] == ["Users only", "By relevance"]
    sizes = [cell.get_text() for cell in table.select("td[data-label='Effective n']")]
    # Ten users count once, ten others half: 15² / 12.5.
    assert sizes[:2] == ["10.0", "18.0"]
    errors = [cell.get_text() for cell in table.select("td[data-label='Standard error']")]
    assert all(float(error) > 0 for error in errors[:2])
    assert "Degrees of freedom" in page.text
