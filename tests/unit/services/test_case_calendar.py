"""Days left of a deadline, the year that is missing, and what entering it moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import Finding, Remedy
from surveyapp.domain.errors import BadInput
from surveyapp.domain.roles import Role
from surveyapp.services.cases.calendar import SpecialDay
from surveyapp.services.cases.views import CaseFilters
from tests.builders import CLERK, MONDAY, Clock, services_on
from tests.support.case_site import CaseSite, a_case_site

NEW_YEAR = [SpecialDay(date(2027, 1, day), False, "元旦") for day in (1, 2, 3)]


@pytest.fixture
def hall(sqlite_url: str, tmp_path: Path) -> Iterator[CaseSite]:
    clock = Clock()
    services = services_on(sqlite_url, tmp_path / "instance", clock)
    yield a_case_site(services, clock)
    services.database.dispose()


def on(hall: CaseSite, day: date) -> None:
    """Move the clock to a day."""
    hall.clock.advance(days=(day - hall.services.case_calendar.today()).days)


def test_days_are_left_and_overdue_in_working_days(hall: CaseSite) -> None:
    days = [date(2026, 11, day) for day in (19, 20, 23, 24, 29, 30)]
    left = hall.services.case_calendar.left(days)
    assert left == dict(zip(days, (-2, -1, 0, 1, 4, 5), strict=True))
    assert hall.services.case_calendar.left([]) == {}


def test_the_coming_year_is_missed_from_november_on(hall: CaseSite) -> None:
    calendar = hall.services.case_calendar
    assert calendar.missing_year() == 2027
    hall.clock.now = MONDAY.replace(month=10)
    assert calendar.missing_year() is None
    hall.clock.now = MONDAY.replace(year=2027, month=3)
    assert calendar.missing_year() == 2027
    hall.services.calendar.put_year(2027, NEW_YEAR, "通知", CLERK)
    assert calendar.missing_year() is None
    hall.clock.now = MONDAY.replace(year=2027)
    assert calendar.missing_year() == 2028


def test_a_preview_names_what_moves_what_stays_and_what_waits_on(hall: CaseSite) -> None:
    on(hall, date(2026, 12, 31))
    moves = hall.review()
    casework = hall.services.casework
    unit, office = hall.view(hall.staff(Role.UNIT, "SL-1")), hall.view(hall.staff(Role.EDITOR))
    named = hall.review()
    casework.verify(unit, named, given.Verify(Finding.TRUE, True, "属实"))
    assign = given.Assign(Remedy.AT_ONCE, "SL-1", "刘主任", "改正", due_on=date(2027, 1, 5))
    casework.assign(office, named, assign)
    preview = hall.services.case_calendar.preview(2027, list(reversed(NEW_YEAR)))
    assert [(one.number, one.due_on, one.becomes) for one in preview.moved] == [
        (moves, date(2027, 1, 1), date(2027, 1, 4))
    ]
    assert preview.days == tuple(NEW_YEAR)
    assert not preview.replaces
    assert preview.settled == ()
    # A holiday that lies elsewhere leaves the day as it was, and makes it certain.
    elsewhere = [SpecialDay(date(2027, 10, 1), False, "国庆节")]
    preview = hall.services.case_calendar.preview(2027, elsewhere)
    assert [one.number for one in preview.settled] == [moves]
    assert preview.moved == ()
    # A year that the deadline does not reach into leaves it provisional.
    preview = hall.services.case_calendar.preview(
        2028, [SpecialDay(date(2028, 1, 3), False, "元旦")]
    )
    assert (preview.moved, preview.settled) == ((), ())
    assert hall.services.case_calendar.preview(
        2026, [SpecialDay(date(2026, 1, 1), False, "元旦")]
    ).replaces


def test_a_preview_stores_nothing_and_refuses_what_cannot_be(hall: CaseSite) -> None:
    before = hall.services.calendar.years()
    hall.services.case_calendar.preview(2027, NEW_YEAR)
    assert hall.services.calendar.years() == before
    with pytest.raises(BadInput, match="at least one holiday"):
        hall.services.case_calendar.preview(2027, [])


def test_cases_are_found_by_colour_and_by_what_is_due(hall: CaseSite) -> None:
    first = hall.review()
    casework, office = hall.services.casework, hall.view(hall.staff(Role.EDITOR))
    on(hall, date(2026, 12, 31))
    second = hall.review("market")

    def found(**filters: object) -> set[str]:
        page = casework.inbox(office, CaseFilters(**filters))  # type: ignore[arg-type]  # callers name fields
        return {line.number for line in page.lines}

    assert found(due=True) == {second}
    assert found(overdue=True) == {first}
    colours = {line.number: line.colour for line in casework.inbox(office, CaseFilters()).lines}
    assert {number: found(colour=colour) for number, colour in colours.items()} == {
        first: {first},
        second: {second},
    }
