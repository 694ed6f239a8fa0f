"""Published results for everybody: light, complete, and nothing before the release."""

from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.errors import Unavailable
from surveyapp.services.releases.releasing import Releasing
from tests.builders import CLERK, an_open_survey, every_type_document
from tests.support.results import a_city, demo_survey, import_rows, satisfaction_document
from tests.web.conftest import Site

ENGLISH = {"Accept-Language": "en"}
ROWS = [f"{level},town,w1," for level in (5, 4, 2) for _ in range(4)] + ["5,village,w2,"] * 2


def test_nothing_is_public_before_the_release(site: Site) -> None:
    a_city(site.services, *ROWS)
    browser = site.browser(headers=ENGLISH)
    assert browser.get("/public/city").status == 404
    assert browser.get("/public/none").status == 404
    assert browser.get("/public/city/charts/1/indices.svg").status == 404
    assert "Published results" not in browser.get("/").text


def test_a_release_is_a_light_page_with_everything_on_it(site: Site) -> None:
    key = demo_survey(site.services, "yuxi-2007.yaml", "yuxi_2007.csv")
    site.services.releasing.release(key, CLERK)
    browser = site.browser(headers=ENGLISH)
    page = browser.get(f"/public/{key}")
    assert page.status == 200
    assert "73.1 points, margin of error ±1.4 points, from 597 valid responses" in page.text
    for words in ("restored from", "How to read the figures", "Technical appendix", "Source"):
        assert words in page.text
    assert not page.soup.select("link[rel=stylesheet], script")
    for image in page.soup.select("figure img"):
        chart = browser.get(str(image["src"]))
        assert chart.headers["Content-Type"].startswith("image/svg+xml")
        assert "max-age" in chart.headers["Cache-Control"]
    assert browser.get(f"/public/{key}/charts/1/none.svg").status == 404


def test_it_speaks_chinese_first(site: Site) -> None:
    key = demo_survey(site.services, "yuxi-2007.yaml", "yuxi_2007.csv")
    site.services.releasing.release(key, CLERK)
    page = site.browser().get(f"/public/{key}")
    assert page.soup.html is not None
    assert page.soup.html["lang"] == "zh-Hans-CN"
    assert "城市环境满意度" in page.text
    image = page.soup.select_one("figure img")
    assert image is not None
    visitor = site.browser(headers=ENGLISH)
    assert "满意率" in visitor.get(str(image["src"])).response.get_data(as_text=True)
    assert "lang" not in visitor.get(str(image["src"])).headers.get("Set-Cookie", "")


def test_what_is_held_back_is_not_on_the_page_nor_in_its_charts(sqlite_site: Site) -> None:
    a_city(sqlite_site.services, *ROWS)
    sqlite_site.services.releasing.release("city", CLERK)
    browser = sqlite_site.browser(headers=ENGLISH)
    page = browser.get("/public/city")
    rows = {
        row.th.get_text(strip=True): row.get_text(" ", strip=True)
        for row in page.soup.select("section[aria-labelledby=by-subject] tbody tr")
        if row.th
    }
    assert "not shown" in rows["Window 2"]
    chart = browser.get("/public/city/charts/1/subjects.svg?of=all").response.data.decode()
    assert "too few to show" in chart
    assert "100.0" not in chart


def test_an_old_address_of_a_chart_is_not_kept(sqlite_site: Site) -> None:
    a_city(sqlite_site.services, *ROWS)
    services = sqlite_site.services
    services.releasing.release("city", CLERK)
    import_rows(services, "city", "overall,area,subject,mode", *["1,town,w1,"] * 9)
    services.releasing.release("city", CLERK)
    chart = sqlite_site.browser().get("/public/city/charts/1/subjects.svg?of=all")
    assert chart.headers["Cache-Control"] == "no-store"


def test_figures_that_stay_as_they_were_say_so(sqlite_site: Site) -> None:
    rows = [f"{level},town,w1," for level in (5, 4) for _ in range(6)] + ["5,village,w2,"] * 6
    a_city(sqlite_site.services, *rows)
    services = sqlite_site.services
    services.releasing.release("city", CLERK)
    more = ["1,town,w1,"] * 9 + ["2,village,w2,"]
    import_rows(services, "city", "overall,area,subject,mode", *more)
    services.releasing.release("city", CLERK)
    page = sqlite_site.browser(headers=ENGLISH).get("/public/city")
    assert "Release 2 of" in page.text
    assert "(as of release 1)" in page.text


def test_every_kind_of_question_can_be_published(sqlite_site: Site) -> None:
    head: dict[str, Any] = {
        "form_number": "表1",
        "issued_by": "某局",
        "document": "某发1号",
        "approved_by": "统计局",
        "approval_number": "批2号",
        "valid_until": "2030-12-31",
    }
    document = every_type_document(legal_head=head, purpose="了解情况", contact="电话")
    key = an_open_survey(sqlite_site.services, document)
    header = "district,age,used,police,m.air,m.water,why,visits,remark"
    rows = ["1,18-39,yes,5,5,4,a;b,2.5,好"] * 6 + ["2,40+,yes,3,1,9,b,1,"] * 6
    import_rows(sqlite_site.services, key, header, *rows)
    sqlite_site.services.releasing.release(key, CLERK)
    page = sqlite_site.browser(headers=ENGLISH).get(f"/public/{key}")
    assert "批2号" in page.text
    assert "6 people wrote something" in page.text


def test_the_start_page_lists_what_is_published_samples_last(site: Site) -> None:
    services = site.services
    sample = satisfaction_document(key="sample", title="方法示例", method_sample=True)
    for key, document in (("sample", sample), ("city", satisfaction_document())):
        an_open_survey(services, document)
        import_rows(services, key, "overall,area,subject,mode", *ROWS)
        services.releasing.release(key, CLERK)
    page = site.browser().get("/")
    assert [str(link["href"]) for link in page.soup.select("p.published a")] == [
        "/public/city",
        "/public/sample",
    ]
    folded = page.soup.select_one("details")
    assert folded is not None
    assert "方法示例" in folded.get_text()


def test_the_start_page_needs_no_database(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_self: Releasing) -> None:
        raise Unavailable

    monkeypatch.setattr(Releasing, "published", lost)
    assert sqlite_site.browser().get("/").status == 200
