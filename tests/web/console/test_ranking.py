"""The ranking on the page of live results: words first, figures in the appendix."""

from __future__ import annotations

from bs4 import BeautifulSoup

from surveyapp.domain.roles import Role
from tests.support.results import a_city
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

SUBJECTS = [
    {"key": "w1", "title": {"zh": "1号窗口", "en": "Window <b>1</b>"}},
    {"key": "w2", "title": {"zh": "2号窗口", "en": "Window 2"}},
    {"key": "w3", "title": {"zh": "3号窗口", "en": "Window 3"}},
]
ROWS = ["1,town,w1,", "2,town,w1,"] * 20 + ["5,town,w2,", "4,town,w2,"] * 20 + ["5,town,w3,"] * 2


def words(html: BeautifulSoup, place: str) -> list[str]:
    return [" ".join(one.get_text(" ").split()) for one in html.select(place)]


def test_the_ranking_says_who_can_be_told_apart(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_city(sqlite_site.services, *ROWS, subjects=SUBJECTS)
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/results/{key}")
    section = "section[aria-labelledby=ranking]"
    assert words(page.soup, f"{section} li") == [
        "First is “Window 2” (90.0 points); it differs from all others.",
        "Last is “Window <b>1</b>” (15.0 points); it differs from all others.",
    ]
    rows = words(page.soup, f"{section} tbody tr")
    assert rows[0].startswith("1 Window 2 90.0 ")
    assert rows[0].endswith("differs from all others")
    assert rows[1].startswith("2 Window <b>1</b> 15.0 ")
    assert rows[2].endswith("too few responses to be ranked")
    appendix = page.soup.select_one("section[aria-labelledby=appendix] details")
    assert appendix is not None
    assert not appendix.has_attr("open")
    assert "Probability of the first place" in appendix.get_text()
    assert "all 1 comparisons" in appendix.get_text()
    chinese = signed_in(sqlite_site, Role.EDITOR).get(f"/console/results/{key}?lang=zh")
    assert "与其他对象均有显著差异" in chinese.text


def test_without_subjects_there_is_no_ranking(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_city(sqlite_site.services, "5,town,,", "4,town,,", subjects=[])
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/results/{key}")
    assert page.soup.select_one("#ranking") is None


def test_people_outside_see_no_live_ranking(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_city(sqlite_site.services, *ROWS, subjects=SUBJECTS)
    page = signed_in(sqlite_site, Role.LEADER).get(f"/console/results/{key}")
    assert "ranking" not in page.text
