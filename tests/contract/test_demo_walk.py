"""The demo's walk: from zero reviews over one bad one to the citizen's word that it is fixed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.roles import Role
from surveyapp.factory import create_app
from surveyapp.services.assembly import assemble
from surveyapp.services.auditing import LogQuery
from surveyapp.services.demonstration.demonstrating import REVIEW, UNIT, Demo, load_demo
from surveyapp.services.demonstration.samples import VOLUME_SOURCE
from tests.builders import CLERK, Clock, settings_for
from tests.support.pages import Browser, Page
from tests.support.staff import browser_of, staff_member
from tests.web.conftest import Site

PLACES = f"/console/surveys/{REVIEW}/places"
RATES = f"/console/reviews/{REVIEW}"


@pytest.fixture
def demo_site(tmp_path: Path, sqlite_url: str) -> Iterator[tuple[Site, Demo]]:
    """The demo as it is after it was loaded, and a clock to set."""
    clock = Clock()
    settings = settings_for(sqlite_url, tmp_path / "instance")
    services = assemble(settings, now=clock)
    loaded = load_demo(services, now=clock)
    yield Site(create_app(settings, services), services, clock), loaded
    services.database.dispose()


def staff_of(site: Site, role: Role, full_name: str, unit_code: str | None = None) -> Browser:
    name = staff_member(site.services, role, full_name=full_name, unit_code=unit_code)
    return browser_of(site.app, site.services, site.clock, name)


def take(browser: Browser, number: str, step: str, values: dict[str, str]) -> Page:
    """Take a step of a case as its form asks for it."""
    page = browser.get(f"/console/cases/{number}")
    page = browser.submit(page, dict(values), form=f"#{step}")
    assert "Recorded:" in page.text
    return page


def test_the_demo_begins_with_no_review_and_with_what_stands_around_one(
    demo_site: tuple[Site, Demo],
) -> None:
    site, loaded = demo_site
    assert site.responses(REVIEW) == 0
    assert loaded.change_minutes == 1
    windows = [place for place in loaded.places if place.survey_key == REVIEW]
    assert [(place.hall, place.window) for place in windows] == [
        ("示例县政务服务大厅", number) for number in "1234"
    ]
    editor = staff_of(site, Role.EDITOR, "演示编辑")
    assert "演示员甲" in editor.get(f"{PLACES}/roster").text
    log = site.services.auditing.read(LogQuery(action="volume.import"), 1, CLERK)
    assert [event.detail["source"] for event in log.events] == [VOLUME_SOURCE]
    page = editor.get(RATES)
    assert "No review has been given in this selection." in page.text


def test_what_stands_there_is_put_there_once(demo_site: tuple[Site, Demo]) -> None:
    site, _loaded = demo_site
    services, clock = site.services, site.clock

    def state() -> tuple[object, ...]:
        month = services.volumes.months(REVIEW)[0]
        year = services.rostering.of(REVIEW, clock(), clock().replace(year=2027))
        return month.n, month.days, len(year), len(services.placing.of(REVIEW))

    before = state()
    assert before == (107 * 23, 23, 4 * 62, 4)
    load_demo(services, now=clock)
    assert state() == before
    site.clock.advance(days=1)
    services.placing.revoke(services.placing.of(REVIEW)[3].place.code, CLERK)
    load_demo(services, now=clock)
    assert state()[:2] == (107 * 24, 24)


def test_the_walk(demo_site: tuple[Site, Demo]) -> None:
    site, loaded = demo_site
    citizen = site.browser()
    code = loaded.places[0].code
    form = citizen.get(f"/r/{code}")
    assert "1分钟内可以改选" in form.text
    receipt = citizen.submit(form, {"overall": "very_dissatisfied", "comment": "等了一个多小时"})
    assert receipt.path.startswith("/receipt/")
    assert receipt.soup.select("#change")
    unit = staff_of(site, Role.UNIT, "演示中心主任", UNIT)
    assert not unit.get("/console/cases").soup.select("a.case-number")

    site.clock.advance(minutes=2)
    inbox = unit.get("/console/cases")
    (link,) = inbox.soup.select("a.case-number")
    number = link.get_text(strip=True)
    receipt = citizen.get(receipt.path)
    assert not receipt.soup.select("#change")
    assert status(receipt) == "已收到"

    verified = {"finding": "true", "reasonable": "yes", "text": "当日排队叫号系统故障"}
    take(unit, number, "verify", verified)
    assert status(citizen.get(receipt.path)) == "核实中"
    office = staff_of(site, Role.EDITOR, "演示编辑")
    assigned = {"remedy": "at_once", "person": "演示员甲", "goal": "等候不超过十五分钟"}
    take(office, number, "assign", assigned)
    assert status(citizen.get(receipt.path)) == "整改中"
    answered = {"measures": "修复叫号系统，增开窗口", "text": "叫号系统已修复，向您致歉。"}
    take(unit, number, "answer", answered)

    receipt = citizen.get(receipt.path)
    assert status(receipt) == "已反馈"
    assert "叫号系统已修复，向您致歉。" in receipt.text
    receipt = citizen.submit(receipt, form="form[action$='/word']", button=("satisfied", "yes"))
    assert not receipt.soup.select("form[action$='/word']")
    take(staff_of(site, Role.REVIEWER, "演示审核人"), number, "close", {})
    assert status(citizen.get(receipt.path)) == "已办结"

    rates = office.get(RATES)
    assert "Number of bad reviews" in rates.text
    assert "good: 0, that is 0.0%" in rates.text
    assert "1 of 2,461 service cases were reviewed, 2,460 were not" in rates.text
    for rate in ("Bad reviews answered", "Satisfied with the fix", "Put right in time"):
        assert f"{rate} anonymous reviews 100.0% 1 / 1" in rates.text
    assert "0101 演示员甲" in rates.text


def status(page: Page) -> str:
    """Return where the way on a receipt stands."""
    return page.one("#case [aria-current=step] b").get_text(strip=True)
