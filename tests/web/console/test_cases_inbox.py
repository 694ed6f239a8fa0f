"""The inbox of cases: what it lists, counts and filters, and several cases handled at once."""

from __future__ import annotations

from datetime import date

from surveyapp.domain.roles import Role
from tests.support.case_site import CaseSite, Desks, a_case_site
from tests.web.conftest import Site
from tests.web.console.test_cases import ASSIGNED, CASES, VERIFIED, shown, step


def test_the_inbox_counts_filters_and_turns_pages(hall: CaseSite, open_as: Desks) -> None:
    first = hall.review()
    market = hall.review("market", "very_dissatisfied", phone="13812345678", named=True)
    office, unit = open_as(Role.EDITOR), open_as(Role.UNIT, "SL-1")
    assert set(shown(office.get(CASES))) == {first, market}
    assert shown(unit.get(CASES)) == [first]
    for query, found in {
        "unit=SL-2": [market],
        "unit=SL": [first, market],
        "named=named": [market],
        "named=anonymous": [first],
        "state=to_verify": [first, market],
        "state=closed": [],
        "state=open": [first, market],
        "state=ended": [],
        "state=none": [first, market],
        "survey=hall-review": [first, market],
        "survey=none": [first, market],
        f"q={market[5:].lower()}": [market],
        "from=2026-11-24": [],
        "until=2026-11-23": [first, market],
        "from=x&page=x": [first, market],
        "urgency=due": [first, market],
        "urgency=overdue": [],
        "urgency=blue": [],
        "turn=mine": [],
    }.items():
        assert sorted(shown(office.get(f"{CASES}?{query}"))) == sorted(found), query
    assert shown(unit.get(f"{CASES}?turn=mine")) == [first]
    assert [one["value"] for one in unit.get(CASES).soup.select("#unit option")] == [
        "", "SL-1", "SL-1-1",
    ]  # fmt: skip
    page = office.get(f"{CASES}?all=yes")
    assert len(page.soup.select("input[name=case][checked]")) == 2


def test_colours_and_counts_stand_there_in_words(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    office = open_as(Role.EDITOR)
    open_as.later(days=1)
    page = office.get(CASES)
    assert "Blue reminder" in page.text
    assert "due today" in page.text
    assert shown(office.get(f"{CASES}?urgency=blue")) == [number]
    open_as.later(days=1)
    page = office.get(CASES)
    assert "Yellow warning" in page.text
    assert "overdue by 1 working day" in page.text
    assert shown(office.get(f"{CASES}?urgency=blue")) == []
    assert shown(office.get(f"{CASES}?urgency=yellow")) == [number]
    assert page.one(".case-tiles .is-bad strong").text == "1"
    open_as.later(days=10)
    assert "Red supervision" in office.get(CASES).text
    assert shown(office.get(f"{CASES}?urgency=red")) == [number]


def test_what_is_due_stands_on_the_first_page_after_signing_in(
    hall: CaseSite, open_as: Desks
) -> None:
    unit, office, leader = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR), open_as(Role.LEADER)
    assert "Bad reviews" not in unit.get("/console/").text
    hall.review()
    assert "Bad reviews due soon" in unit.get("/console/").text
    assert "Bad reviews waiting for you" in unit.get("/console/").text
    open_as.later(days=2)
    assert "Bad reviews overdue" in unit.get("/console/").text
    assert "Bad reviews waiting for you" not in leader.get("/console/").text
    assert "Enter the holidays of 2027" in office.get("/console/").text
    assert "Enter the holidays of 2027" not in unit.get("/console/").text


def test_a_deadline_in_a_year_not_known_is_marked(hall: CaseSite, open_as: Desks) -> None:
    open_as.later(days=(date(2026, 12, 29) - date(2026, 11, 23)).days)
    number = hall.review()
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    step(unit, number, "verify", VERIFIED)
    page = step(office, number, "assign", ASSIGNED)
    assert "provisional" in page.one(".case-head").text
    assert "holidays are not known yet" in page.text
    assert "2027" in office.get(CASES).one(".alert").text


def test_several_cases_are_assigned_with_one_form(hall: CaseSite, open_as: Desks) -> None:
    numbers = [hall.review(), hall.review(), hall.review("market")]
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    for number in numbers[:2]:
        step(unit, number, "verify", VERIFIED)
    address = f"{CASES}/assign?" + "&".join(f"case={number}" for number in numbers)
    assert "Tick at least one line first." in office.get(f"{CASES}/assign").text
    page = office.get(address)
    assert len(page.soup.select("input[name=case]:not([disabled])")) == 2
    page = office.submit(page, {"remedy": "at_once", "person": "刘主任"})
    assert (page.status, "Write down the goal." in page.text) == (422, True)
    assert page.one("#assign-person")["value"] == "刘主任"
    page = office.submit(page, {"goal": "一次告知"})
    assert "2 cases are assigned." in page.text
    page = office.get(f"{CASES}/assign?case={numbers[2]}")
    assert "None of these cases can be assigned by you now" in page.text


def test_a_case_that_moved_on_meanwhile_is_named_with_its_reason(
    hall: CaseSite, open_as: Desks
) -> None:
    numbers = [hall.review(), hall.review()]
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    for number in numbers:
        step(unit, number, "verify", VERIFIED)
    page = office.get(f"{CASES}/assign?case={numbers[0]}&case={numbers[1]}")
    step(open_as(Role.REVIEWER), numbers[0], "assign", ASSIGNED)
    page = office.submit(page, dict(ASSIGNED))
    assert page.status == 409
    assert "1 case is assigned." in page.text
    assert "this step is not possible" in page.text


def test_strange_addresses_lead_to_no_page_and_never_to_a_mistake(site: Site) -> None:
    hall = a_case_site(site.services, site.clock)
    number = hall.review()
    hall.clock.advance(days=2)
    office = Desks(site.app, hall)(Role.EDITOR)
    query = f"urgency=yellow&unit=SL&q={number}&named=anonymous"
    assert shown(office.get(f"{CASES}?{query}")) == [number]
    for path in (
        f"{CASES}/%00",
        f"{CASES}/{'9' * 400}",
        f"{CASES}/{number}%20",
        "/console/slips/99999999999999999999/1",
        "/console/slips/2026/99999999999999999999",
    ):
        assert office.get(path).status == 404, path
    for path in (
        f"{CASES}?q=%00&unit=%00&survey=%00&page={'9' * 30}",
        "/console/ledger?q=%00&from=0001-01-01&until=9999-12-31",
        f"/console/slips?year={'9' * 30}",
        f"/console/slips/register?year=-{'9' * 30}",
        f"/console/calendar/enter?year={'9' * 30}",
        f"/console/calendar/template.xlsx?year={'9' * 30}",
    ):
        assert office.get(path).status == 200, path
    page = office.get(f"{CASES}/{number}")
    fields = {**page.form("#forward").values, "unit": "SL\0-2", "reason": "转\0办"}
    page = office.post(f"{CASES}/{number}/forward", fields)
    assert "Recorded: Forward." in page.text
    assert office.get(f"{CASES}/assign?case=%00").status == 404
    page = office.submit(office.get("/console/slips/2026/1"), {"note": "约\0谈"})
    assert "约谈" in page.text
    holiday = {"source": "通\0知", "from7": "2027-01-01", "name7": "元\0旦"}
    form = "form[action$='calendar/enter']"
    page = office.submit(office.get("/console/calendar/enter?year=2027"), holiday, form=form)
    page = office.submit(page)
    assert "The calendar of 2027 is stored." in page.text
