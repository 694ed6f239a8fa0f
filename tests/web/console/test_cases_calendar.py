"""The calendar of working days: what is known, entering a year, what it moves."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import openpyxl
import pytest

from surveyapp.domain.roles import Role
from tests.support.case_site import CaseSite, Desks
from tests.support.pages import Page

CALENDAR = "/console/calendar"
NOTICE = "国办发明电〔2026〕7号"
NEW_YEAR = {"year": "2027", "source": NOTICE, "from0": "2027-01-01", "until0": "2027-01-03",
            "work0-0": "2027-01-09"}  # fmt: skip
BY_HAND = "form[action$='calendar/enter']"
BY_FILE = "form[action$='calendar/upload']"


def table(*rows: tuple[str, str, str]) -> bytes:
    """Write a table of holidays."""
    return "\n".join(",".join(row) for row in (("日期", "类型", "名称"), *rows)).encode()


def test_known_years_stand_there_with_their_source(hall: CaseSite, open_as: Desks) -> None:
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    page = unit.get(CALENDAR)
    assert "chinesecalendar" in page.text
    assert "国庆" in page.text
    assert "The holidays of 2027 are not entered yet" in page.text
    assert not page.soup.select("main a[href*='enter']")
    assert "announced but not entered" in office.get(CALENDAR).text
    assert unit.get(f"{CALENDAR}/enter").status == 403


def test_a_year_entered_by_hand_is_previewed_then_stored(hall: CaseSite, open_as: Desks) -> None:
    office = open_as(Role.EDITOR)
    page = office.submit(office.get(f"{CALENDAR}/enter"), NEW_YEAR, form=BY_HAND)
    assert "Nothing is stored yet." in page.text
    assert "3 holidays, 1 working weekend day" in page.text
    assert "announced but not entered" in office.get(CALENDAR).text
    page = office.submit(page)
    assert "The calendar of 2027 is stored." in page.text
    assert "entered by the office" in page.text
    assert NOTICE in page.text
    assert "not entered" not in page.text
    page = office.submit(office.get(f"{CALENDAR}/enter?year=2027"), NEW_YEAR, form=BY_HAND)
    assert "This year is known already" in page.text


def test_provisional_deadlines_are_named_before_they_move(hall: CaseSite, open_as: Desks) -> None:
    open_as.later(days=(date(2026, 12, 31) - date(2026, 11, 23)).days)
    number = hall.review()
    office, reviewer = open_as(Role.EDITOR), open_as(Role.REVIEWER)
    assert "provisional" in office.get(f"/console/cases/{number}").text
    page = office.submit(office.get(f"{CALENDAR}/enter"), NEW_YEAR, form=BY_HAND)
    assert "1 provisional deadline moves." in page.text
    assert page.one("tbody th").get_text(strip=True) == number
    assert "4 January 2027" in page.one("tbody").text
    page = office.submit(page)
    assert "1 of them move" in page.text
    reviewer.get("/console/cases")
    page = reviewer.get(f"/console/cases/{number}")
    assert "4 January 2027" in page.one(".case-head").text
    assert "provisional" not in page.one(".case-head").text


def test_a_table_is_handed_out_and_taken_back(hall: CaseSite, open_as: Desks) -> None:
    office = open_as(Role.EDITOR)
    file = office.get(f"{CALENDAR}/template.xlsx?year=2026")
    sheet = openpyxl.load_workbook(BytesIO(file.response.data)).worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["day", "kind", "name"]
    assert [cell.value for cell in sheet[2]] == ["2026-01-01", "holiday", "元旦"]
    empty = office.get(f"{CALENDAR}/template.xlsx")
    book = openpyxl.load_workbook(BytesIO(empty.response.data)).worksheets[0]
    assert (book.title, book.max_row) == ("2027", 1)
    page = office.get(f"{CALENDAR}/enter?year=2026")
    upload = {"file": ("2026.xlsx", file.response.data)}
    page = office.submit(page, {"source": NOTICE}, form=BY_FILE, files=upload)
    assert "33 holidays, 6 working weekend days" in page.text


def refused(page: Page) -> str:
    """Return what a refused form says."""
    assert page.status == 422
    return page.one(".alert-danger").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"year": "999"}, "Enter a year from 2004 to 2100."),
        ({"year": "next"}, "Enter a year"),
        ({"source": " "}, "Name the notice"),
        ({"from0": ""}, "Enter the first day of the holiday too."),
        ({"from0": "", "until0": "", "work0-0": ""}, "at least one holiday"),
        ({"until0": "2026-12-01"}, "correct its last day"),
        ({"until0": "2027-12-01"}, "correct its last day"),
        ({"from0": "soon"}, "“soon” is not a date"),
        ({"work0-0": "2027-01-08"}, "is no weekend"),
        ({"from7": "2027-01-02"}, "is named twice"),
        ({"from0": "2026-12-31"}, "is no day of 2027"),
    ],
)
def test_a_year_that_cannot_be_is_refused_and_stays_in_the_form(
    hall: CaseSite, open_as: Desks, changes: dict[str, str], said: str
) -> None:
    office = open_as(Role.EDITOR)
    page = office.submit(office.get(f"{CALENDAR}/enter"), NEW_YEAR | changes, form=BY_HAND)
    assert said in refused(page)
    assert page.one("#until0")["value"] == (NEW_YEAR | changes)["until0"]


def test_a_table_that_cannot_be_read_is_refused(hall: CaseSite, open_as: Desks) -> None:
    office = open_as(Role.EDITOR)
    page = office.get(f"{CALENDAR}/enter")
    for name, content, said in (
        ("a.csv", table(("2027-01-01", "休息", "")), "Line 2: the kind is"),
        ("a.csv", table(("1月1日", "放假", "")), "Line 2: write the day"),
        ("a.csv", b"x,y\n1,2\n", "needs the columns"),
        ("a.xlsx", b"no workbook", "cannot be read"),
        ("a.pdf", b"%PDF-", "data files end in"),
    ):
        answer = office.submit(
            page, {"source": NOTICE}, form=BY_FILE, files={"file": (name, content)}
        )
        assert said in refused(answer)
        assert answer.one("#file-source")["value"] == NOTICE
    assert "Choose a file first." in refused(office.submit(page, {"source": NOTICE}, form=BY_FILE))


def test_just_what_was_previewed_is_applied_and_by_the_same_person(
    hall: CaseSite, open_as: Desks
) -> None:
    office, other = open_as(Role.EDITOR), open_as(Role.EDITOR)
    page = office.submit(office.get(f"{CALENDAR}/enter"), NEW_YEAR, form=BY_HAND)
    sealed = page.form("form[action$=apply]").values["preview"]
    form = other.get(f"{CALENDAR}/enter").form(BY_HAND)
    fields = {"csrf_token": form.values["csrf_token"], "preview": sealed}
    assert other.post(f"{CALENDAR}/apply", fields).status == 400
    mine = page.form("form[action$=apply]").values
    assert office.post(f"{CALENDAR}/apply", {**mine, "preview": "x"}).status == 400
    assert office.post(f"{CALENDAR}/apply", {"preview": sealed}).status == 400
    assert "entered by the office" not in office.get(CALENDAR).text
