"""The office's own years: entering, replacing and importing them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from surveyapp.domain.errors import BadInput
from surveyapp.domain.workdays import DueDay
from surveyapp.services.assembly import Services
from surveyapp.services.cases.calendar import (
    PACKAGE_SOURCE,
    SpecialDay,
    package_calendar,
    package_names,
)
from surveyapp.storage.audit import AuditRepository, LogQuery
from tests.builders import CLERK, services_on

NEW_YEAR = SpecialDay(date(2027, 1, 1), is_working=False, name="元旦")
SATURDAY = SpecialDay(date(2027, 1, 2), is_working=True, name="元旦调休")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_the_package_knows_2004_to_2026() -> None:
    assert package_calendar().years == frozenset(range(2004, 2027))
    assert package_names()[date(2026, 10, 1)] == "国庆节"
    assert PACKAGE_SOURCE == "chinesecalendar 1.11.0"


def test_a_year_that_was_entered_counts_and_can_be_entered_again(services: Services) -> None:
    calendar = services.calendar
    assert calendar.after(date(2026, 12, 31), 1) == DueDay(date(2027, 1, 1), is_provisional=True)
    known = calendar.put_year(2027, [SATURDAY, NEW_YEAR], " 国办发明电  1号 ", CLERK)
    assert known.days == (NEW_YEAR, SATURDAY)
    assert known.source == "国办发明电 1号"
    assert calendar.after(date(2026, 12, 31), 1) == DueDay(date(2027, 1, 2), is_provisional=False)
    assert calendar.is_working(date(2027, 1, 2))
    calendar.put_year(2027, [NEW_YEAR], "更正", CLERK)
    assert not calendar.is_working(date(2027, 1, 2))
    newest, second, *_ = calendar.years()
    assert (newest.year, newest.source, newest.entered_by) == (2027, "更正", CLERK.name)
    assert newest.days == (NEW_YEAR,)
    assert (second.year, second.source, second.entered_by) == (2026, PACKAGE_SOURCE, None)
    assert SpecialDay(date(2026, 10, 10), is_working=True, name="国庆节") in second.days
    with services.database.reading() as work:
        events = AuditRepository(work).page(LogQuery(action="calendar.put"), limit=9, offset=0)
        assert [event.target for event in events] == ["2027", "2027"]


def test_a_year_the_office_entered_replaces_the_packages(services: Services) -> None:
    day = SpecialDay(date(2026, 10, 1), is_working=False, name="国庆")
    services.calendar.put_year(2026, [day], "更正通知", CLERK)
    assert services.calendar.is_working(date(2026, 10, 2))
    assert [known.year for known in services.calendar.years()].count(2026) == 1


@pytest.mark.parametrize(
    ("year", "days", "source", "sentence"),
    [
        (2003, [NEW_YEAR], "通知", "from 2004 to 2100"),
        (2101, [NEW_YEAR], "通知", "from 2004 to 2100"),
        (2027, [NEW_YEAR], " ", "Name the notice"),
        (2027, [NEW_YEAR], "长" * 201, "Name the notice"),
        (2027, [], "通知", "at least one holiday"),
        (2028, [NEW_YEAR], "通知", "no day of 2028"),
        (2027, [NEW_YEAR, NEW_YEAR], "通知", "named twice"),
        (2027, [SpecialDay(date(2027, 1, 4), True, "班")], "通知", "only a weekend"),
        (2027, [SpecialDay(date(2027, 1, 1), False, "长" * 65)], "通知", "too long"),
    ],
)
def test_a_year_that_cannot_be_is_refused(
    services: Services, year: int, days: list[SpecialDay], source: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        services.calendar.put_year(year, days, source, CLERK)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_year_comes_as_a_table(services: Services, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("日期,类型,名称\n2027/01/01,放假,元旦\n2027-01-02,上班,调休\n", encoding)
    known = services.calendar.import_year(file, 2027, "通知", CLERK)
    assert known.days == (NEW_YEAR, SpecialDay(date(2027, 1, 2), is_working=True, name="调休"))


def test_a_year_comes_as_a_workbook(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "2027.xlsx"
    workbook = Workbook()
    for row in (["day", "kind"], [date(2027, 1, 1), "holiday"]):
        workbook.worksheets[0].append(row)
    workbook.save(file)
    known = services.calendar.import_year(file, 2027, "通知", CLERK)
    assert known.days == (SpecialDay(date(2027, 1, 1), is_working=False, name=""),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("日期,名称\n2027-01-01,元旦\n", "needs the columns"),
        ("day,kind\n1 January,holiday\n", "Line 2: write the day"),
        ("day,kind\n2027-01-01,maybe\n", "Line 2: the kind is"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(
    services: Services, tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        services.calendar.import_year(file, 2027, "通知", CLERK)
