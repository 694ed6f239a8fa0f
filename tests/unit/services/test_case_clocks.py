"""What time does to cases: opening, slips, closing, provisional deadlines, telephone numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CitizenStatus, State, Step
from surveyapp.domain.slips import Colour
from surveyapp.domain.survey import Standing
from surveyapp.services.cases import ticking as case_ticking
from surveyapp.services.cases.calendar import SpecialDay
from surveyapp.services.cases.ticking import _Count
from surveyapp.services.cases.views import CaseFilters, TickReport
from surveyapp.storage.cases import CaseRepository
from tests.builders import CLERK, a_place, an_open_survey, every_type_document, submit
from tests.support.cases import EDITOR, REVIEWER, WINDOW, CaseBook, a_case_book

NOTHING = TickReport()


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def test_a_case_opens_when_the_level_can_no_longer_change_and_only_once(book: CaseBook) -> None:
    response = book.review()
    book.clock.advance(minutes=9, seconds=59)
    assert book.work.tick() == NOTHING
    assert book.work.citizen_view(response) is None
    book.clock.advance(seconds=1)
    assert book.work.tick() == TickReport(opened=1, slips={Colour.WHITE: 1})
    assert book.work.tick() == NOTHING
    (line,) = book.work.inbox(EDITOR, CaseFilters()).lines
    assert (line.state, line.unit_code, line.unit_name) == (State.TO_VERIFY, "511-3", "3号窗口")
    assert (line.received_on, line.due_on) == (date(2026, 11, 9), date(2026, 11, 10))


@pytest.mark.parametrize(
    ("level", "opens"),
    [
        ("very_satisfied", 0),
        ("satisfied", 0),
        ("basically_satisfied", 0),
        ("dissatisfied", 1),
        ("very_dissatisfied", 1),
    ],
)
def test_the_last_two_levels_open_a_case(book: CaseBook, level: str, opens: int) -> None:
    book.review(level)
    book.clock.advance(minutes=10)
    assert book.work.tick().opened == opens


def test_reading_opens_what_is_due_without_any_tick(book: CaseBook) -> None:
    response = book.review()
    book.clock.advance(minutes=10)
    seen = book.work.citizen_view(response)
    assert seen is not None
    assert seen.status is CitizenStatus.RECEIVED
    book.review()
    book.clock.advance(minutes=10)
    assert len(book.work.inbox(EDITOR, CaseFilters()).lines) == 2


def test_reading_moves_on_a_few_cases_and_the_tick_the_rest(book: CaseBook) -> None:
    for _ in range(23):
        book.review()
    book.clock.advance(minutes=10)
    assert book.work.inbox(EDITOR, CaseFilters()).total == 20
    assert book.work.tick().opened == 3


def test_a_tick_goes_on_until_nothing_is_due(
    book: CaseBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_ticking, "BATCH", 2)
    for _ in range(5):
        book.review()
    late = book.clock() + timedelta(days=3)
    assert book.work.tick(late) == TickReport(opened=5, slips={Colour.WHITE: 5, Colour.YELLOW: 5})


def test_a_survey_that_is_no_review_opens_no_case(book: CaseBook) -> None:
    another_survey(book)
    book.clock.advance(days=1)
    assert book.work.tick() == NOTHING


@pytest.mark.parametrize("standing", [Standing.EXCLUDED, Standing.REPLACED])
def test_a_review_that_no_longer_stands_opens_no_case(book: CaseBook, standing: Standing) -> None:
    response = book.review()
    book.services.counting.set_standing(response, standing, "改了", CLERK)
    book.clock.advance(minutes=10)
    assert book.work.tick() == NOTHING
    assert book.work.citizen_view(response) is None


def test_a_flagged_review_opens_a_case_all_the_same(book: CaseBook) -> None:
    book.services.counting.set_standing(book.review(), Standing.FLAGGED, "可疑", CLERK)
    book.clock.advance(minutes=10)
    assert book.work.tick().opened == 1


def test_a_case_without_a_unit_waits_for_the_office_to_forward_it(book: CaseBook) -> None:
    for subject in (None, "none"):
        case = book.opened(subject=subject)
        line = book.work.case(EDITOR, case).line
        assert (line.unit_code, line.waits_for_me) == (None, True)
        book.work.forward(EDITOR, case, given.Forward("511-3", "属政务服务中心"))
        assert Step.VERIFY in book.work.case(WINDOW, case).allowed


def test_slips_follow_one_another_and_never_twice(book: CaseBook) -> None:
    case = book.rectifying()  # due on Monday 16
    colours = {}
    for _ in range(30):
        book.clock.advance(days=1)
        report = book.work.tick()
        assert book.work.tick() == NOTHING
        for colour in report.slips:
            colours[colour] = book.today
    assert colours == {
        Colour.BLUE: date(2026, 11, 13),
        Colour.YELLOW: date(2026, 11, 17),
        Colour.RED: date(2026, 11, 24),
    }
    detail = book.work.case(EDITOR, case)
    assert [slip.colour for slip in detail.slips] == list(Colour)
    assert [slip.serial for slip in detail.slips] == [1, 2, 3, 4]
    assert detail.line.colour is Colour.RED
    assert detail.line.is_overdue


def test_a_clock_missed_for_weeks_brings_warning_and_supervision_but_no_reminder(
    book: CaseBook,
) -> None:
    book.opened()
    report = book.work.tick(datetime(2026, 12, 30, tzinfo=UTC))
    assert report.slips == {Colour.YELLOW: 1, Colour.RED: 1}


def test_numbers_of_slips_begin_anew_each_year(book: CaseBook) -> None:
    book.opened()
    book.work.tick(datetime(2027, 1, 10, tzinfo=UTC))
    assert [line.number for line in book.work.register(EDITOR).lines] == [
        "督办〔2026〕1号",
        "督办〔2027〕1号",
        "督办〔2027〕2号",
    ]
    assert len(book.work.register(EDITOR, 2027).lines) == 2


def test_an_approved_answer_of_an_anonymous_case_closes_it_after_ten_working_days(
    book: CaseBook,
) -> None:
    case = book.answered()
    book.work.approve(REVIEWER, case, given.Approve())
    book.clock.now = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 of the tenth day
    assert book.work.tick() == NOTHING
    book.clock.advance(minutes=1)
    assert book.work.tick() == TickReport(closed=1)
    assert book.work.tick() == NOTHING
    detail = book.work.case(EDITOR, case)
    assert (detail.line.state, detail.closed_on) == (State.CLOSED, date(2026, 11, 24))
    assert {slip.conclusion for slip in detail.slips} == {"settled"}
    assert {slip.verified_by for slip in detail.slips} == {"reviewer同志"}


def test_an_answer_nobody_approved_waits_for_the_reviewer(book: CaseBook) -> None:
    case = book.answered()
    book.clock.advance(days=20)
    assert book.work.tick() == NOTHING
    assert book.work.case(REVIEWER, case).line.is_overdue
    book.work.approve(REVIEWER, case, given.Approve())
    assert book.work.tick() == TickReport(closed=1)


def test_a_provisional_deadline_is_computed_anew_when_its_year_arrives(book: CaseBook) -> None:
    book.clock.now = datetime(2026, 12, 28, 2, tzinfo=UTC)
    case = book.rectifying()
    line = book.work.case(EDITOR, case).line
    assert (line.due_on, line.due_is_provisional) == (date(2027, 1, 4), True)
    assert book.work.tick() == NOTHING
    days = [
        SpecialDay(date(2027, 1, 1), is_working=False, name="元旦"),
        SpecialDay(date(2027, 1, 4), is_working=False, name="元旦"),
    ]
    book.services.calendar.put_year(2027, days, "国办发明电〔2026〕1号", CLERK)
    assert book.work.tick() == TickReport(recomputed=1)
    assert book.work.tick() == NOTHING
    detail = book.work.case(EDITOR, case)
    assert (detail.line.due_on, detail.line.due_is_provisional) == (date(2027, 1, 6), False)
    assert detail.events[-1].step is Step.CALENDAR
    (row,) = book.work.ledger(EDITOR, CaseFilters())
    assert row.due_on == date(2027, 1, 6)


def test_reading_computes_provisional_deadlines_too(book: CaseBook) -> None:
    book.clock.now = datetime(2026, 12, 31, 2, tzinfo=UTC)
    case = book.opened()
    assert book.work.case(EDITOR, case).line.due_is_provisional
    day = SpecialDay(date(2027, 1, 1), is_working=False, name="元旦")
    book.services.calendar.put_year(2027, [day], "通知", CLERK)
    (line,) = book.work.inbox(EDITOR, CaseFilters()).lines
    assert (line.due_on, line.due_is_provisional) == (date(2027, 1, 4), False)


def test_a_deadline_two_unknown_years_ahead_stays_provisional(book: CaseBook) -> None:
    book.clock.now = datetime(2026, 12, 31, 2, tzinfo=UTC)
    book.opened()
    day = SpecialDay(date(2028, 1, 3), is_working=False, name="元旦")
    book.services.calendar.put_year(2028, [day], "通知", CLERK)
    assert book.work.tick() == NOTHING


def test_a_case_that_was_moved_on_meanwhile_is_left_alone(book: CaseBook) -> None:
    """Two ticks read the same list: the second one finds nothing to do under the lock."""
    book.opened()
    late = book.clock() + timedelta(days=3)
    with book.services.database.reading() as work:
        awake = CaseRepository(work).awake(late.date(), 10)
    assert book.work.tick(late).slips == {Colour.YELLOW: 1}
    with book.services.database.writing() as work:
        book.work._ticking._wake(work, awake[0], late, _Count())
    assert [line.colour for line in book.work.register(EDITOR).lines] == ["white", "yellow"]


def another_survey(book: CaseBook) -> str:
    """A survey that is no review, with one response."""
    key = an_open_survey(book.services, every_type_document())
    submit(
        book.services,
        a_place(book.services, key),
        used="no",
        police="neutral",
        m__air="neutral",
        m__water="dont_know",
        visits="1",
        age="40+",
    )
    return key
