"""Results inside: live figures for those who prepare them, released ones for the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from surveyapp.domain.roles import Role
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text
from tests.builders import CLERK, an_open_survey, every_type_document
from tests.support.results import (
    a_city,
    demo_survey,
    import_rows,
    satisfaction_document,
    set_standings,
)
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn


def charts_of(html: BeautifulSoup) -> list[str]:
    return [str(image["src"]) for image in html.select("figure img")]


def test_live_results_say_value_margin_and_number(site: Site, signed_in: SignedIn) -> None:
    key = demo_survey(site.services, "yuxi-2007.yaml", "yuxi_2007.csv")
    analyst = signed_in(site, Role.ANALYST)
    page = analyst.get(f"/console/results/{key}")
    card = page.soup.select_one(".r-card")
    assert card is not None
    words = " ".join(card.get_text(" ").split())
    assert words.startswith("Satisfaction with the city environment 73.1 points")
    assert "margin of error ±1.4 points" in words
    assert "59.1% favourable (between 55.1% and 63.0%)" in words
    assert "597 valid responses" in words
    assert "restored from the published percentages" in page.text
    # The plain sentence, the share of don't-know, and the appendix with the technical figures.
    assert "73.1 points, margin of error ±1.4 points, from 597 valid responses" in page.text
    row = page.soup.select_one(".r-levels tbody tr")
    assert row is not None
    assert [cell.get_text(strip=True) for cell in row.select("td")][-2:] == ["0.5%", "600"]
    assert "Design effect" in page.text
    (chart,) = charts_of(page.soup)
    picture = analyst.get(chart)
    assert picture.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert b"font-family: system-ui" in picture.response.data
    assert len(analyst.get(f"{chart}&size=narrow").response.data) > 1000


def test_every_kind_of_question_has_its_figures(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = an_open_survey(sqlite_site.services, every_type_document())
    header = "district,age,used,police,m.air,m.water,why,visits,remark"
    import_rows(
        sqlite_site.services,
        key,
        header,
        *["1,18-39,yes,5,5,4,a;b,2.5,好"] * 6,
        *["2,40+,yes,3,1,9,b,1,"] * 6,
    )
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/results/{key}?by=district")
    assert "Several answers were possible" in page.text
    assert "6 people wrote something" in page.text
    assert "standard deviation" in page.text
    assert "Other questions" in page.text
    assert (
        len(page.soup.select("#by-group ~ details, section[aria-labelledby=by-group] details")) == 1
    )
    for chart in charts_of(page.soup):
        assert signed_in(sqlite_site, Role.EDITOR).get(chart).status == 200


def test_an_index_counts_its_questions_wherever_they_stand(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    indices = [{"key": "all", "of": ["police", "m"]}, {"key": "surroundings", "of": ["m"]}]
    key = an_open_survey(sqlite_site.services, every_type_document(indices=indices))
    import_rows(sqlite_site.services, key, "district,police,m.air,m.water", "1,5,4,3", "1,4,2,1")
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/results/{key}")
    whole, part = (page.soup.select_one(f"#section-{name}") for name in ("all", "surroundings"))
    assert whole is not None
    assert part is not None
    assert "3 questions" in whole.get_text()
    assert "2 of these questions stand under: surroundings." in whole.get_text()
    assert "2 questions" in part.get_text()
    assert "stand under" not in part.get_text()


def test_small_groups_are_marked_for_those_who_may_see_them(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    rows = ["5,town,w1,"] * 9 + ["2,village,w1,"] * 2
    key = a_city(sqlite_site.services, *rows)
    set_standings(sqlite_site.services, key, Standing.EXCLUDED, 1)
    page = signed_in(sqlite_site, Role.REVIEWER).get(f"/console/results/{key}?by=area")
    marked = [
        row.th.get_text(strip=True)
        for row in page.soup.select("section[aria-labelledby=by-group] tbody tr")
        if row.th and "too few to publish" in row.get_text()
    ]
    assert "Village" in marked
    assert "Town" not in marked
    assert "The same indices with other responses counted" in page.text
    assert "Release results…" in page.text


def test_no_responses_and_no_such_chart_are_no_error(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    key = an_open_survey(sqlite_site.services)
    editor = signed_in(sqlite_site, Role.EDITOR)
    assert "There is nothing to show yet" in editor.get(f"/console/results/{key}").text
    for name in ("none", "groups", "levels", "subjects", "days"):
        assert editor.get(f"/console/results/{key}/charts/{name}.svg").status == 404
    assert editor.get(f"/console/results/{key}?by=none").status == 400


def test_leaders_see_what_was_released_and_nothing_live(site: Site, signed_in: SignedIn) -> None:
    key = demo_survey(site.services, "yuxi-2007.yaml", "yuxi_2007.csv")
    leader = signed_in(site, Role.LEADER)
    assert "Nothing has been released yet" in leader.get("/console/results").text
    assert leader.get(f"/console/results/{key}").status == 404
    assert leader.get(f"/console/results/{key}/charts/indices.svg").status == 404
    site.services.releasing.release(key, CLERK)
    set_standings(site.services, key, Standing.EXCLUDED, 300)
    page = leader.get("/console/results")
    assert "23 November 2026" in page.text
    page = leader.get(f"/console/results/{key}")
    assert "Release 1 of 23 November 2026" in page.text
    assert "73.1 points, margin of error ±1.4 points, from 597 valid responses" in page.text
    assert "Live figures" not in page.text
    for chart in charts_of(page.soup):
        assert leader.get(chart).status == 200
    for closed in (f"/console/surveys/{key}", f"/console/surveys/{key}/responses"):
        assert leader.get(closed).status == 403


@pytest.fixture
def two_windows(sqlite_site: Site, tmp_path: Path) -> str:
    """A released survey of two windows that belong to two units."""
    table = tmp_path / "units.csv"
    table.write_text("code,name,parent\nA,甲局,\nA-1,甲一窗口,A\nB,乙局,\n", encoding="utf-8")
    sqlite_site.services.organising.import_units(table, CLERK)
    subjects = [
        {"key": "w1", "title": "甲一窗口", "unit": "A-1"},
        {"key": "w2", "title": "乙窗口", "unit": "B"},
    ]
    key = an_open_survey(sqlite_site.services, satisfaction_document(subjects=subjects))
    rows = [f"{level},{subject}" for subject in ("w1", "w2") for level in (5, 4) for _ in range(6)]
    import_rows(sqlite_site.services, key, "overall,subject", *rows)
    sqlite_site.services.releasing.release(key, CLERK)
    return key


def test_a_unit_sees_the_whole_and_its_own_windows(
    sqlite_site: Site, signed_in: SignedIn, two_windows: str
) -> None:
    own = signed_in(sqlite_site, Role.UNIT, unit_code="A")
    page = own.get(f"/console/results/{two_windows}")
    assert "what belongs to your own unit" in page.text
    assert "甲一窗口" in page.text
    assert "乙窗口" not in page.html
    chart = next(one for one in charts_of(page.soup) if "subjects" in one)
    drawn = own.get(chart).response.get_data(as_text=True)
    assert "甲一窗口" in drawn
    assert "乙窗口" not in drawn
    leader = signed_in(sqlite_site, Role.LEADER)
    assert "乙窗口" in leader.get(f"/console/results/{two_windows}").text


def test_staff_who_prepare_results_can_look_at_the_release_too(
    sqlite_site: Site, signed_in: SignedIn, two_windows: str
) -> None:
    page = signed_in(sqlite_site, Role.ANALYST).get(f"/console/results/{two_windows}?released=1")
    assert "Release 1 of" in page.text


def test_a_title_that_is_markup_stays_text(sqlite_site: Site, signed_in: SignedIn) -> None:
    title = "<script>alert(1)</script>&"
    document = satisfaction_document(title={"zh": title, "en": title})
    document["questions"][0]["title"] = title
    key = an_open_survey(sqlite_site.services, document)
    import_rows(sqlite_site.services, key, "overall", "5", "4", "3")
    editor = signed_in(sqlite_site, Role.EDITOR)
    page = editor.get(f"/console/results/{key}")
    assert title in page.text
    drawn = editor.get(charts_of(page.soup)[-1]).response.get_data(as_text=True)
    assert "<script" not in drawn
    assert Text.same(title).zh not in drawn
