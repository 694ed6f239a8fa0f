"""Matters being put right: opened, answered, settled; their slips, and who sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.rectification import ItemSource, ItemState
from surveyapp.domain.rectification_fields import (
    AnswerItem,
    CancelItem,
    CloseItem,
    ExtendItem,
    ForwardItem,
    ItemStep,
    NewItem,
    SendBackItem,
)
from surveyapp.domain.slips import Colour, Consequences
from surveyapp.services.assessment import rectifying
from surveyapp.services.assessment.item_views import ItemFilters, Origin
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.cases.desk import new_slip
from surveyapp.services.cases.files import register_cells
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.rectification import ItemRepository
from tests.support.cases import (
    ANALYST,
    CENTRE,
    EDITOR,
    LAND,
    LEADER,
    PDF,
    REVIEWER,
    WINDOW,
    CaseBook,
    a_case_book,
)

SHEET = Origin(ItemSource.SHEET, "counties-2026", "2026q3")
ALL = ItemFilters()


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def new(book: CaseBook, days: int = 21) -> NewItem:
    return NewItem(
        title="窗口等候时间长",
        problem="三季度平均等候 48 分钟",
        unit_code="511",
        responsible_unit="",
        responsible_person="李明",
        goal="降到 20 分钟以内",
        due_on=book.today + timedelta(days=days),
    )


def work_of(book: CaseBook) -> Rectifying:
    return book.services.rectifying


def answer(book: CaseBook) -> AnswerItem:
    return AnswerItem("增设两个窗口", book.today, (PDF,))


def test_a_matter_is_opened_answered_and_settled_by_a_second_person(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    detail = work.item(CENTRE, number)
    assert (detail.line.state, detail.allowed) == (ItemState.RECTIFYING, (ItemStep.ANSWER,))
    assert detail.line.origin == Origin(ItemSource.SHEET, "counties-2026", "2026Q3")
    (slip,) = detail.slips
    assert (slip.colour, slip.item_number, slip.case_number) == (Colour.WHITE, number, None)
    assert (slip.matter, slip.demand, slip.progress) == (
        "窗口等候时间长",
        "降到 20 分钟以内",
        "整改中",
    )
    work.take(CENTRE, number, answer(book), detail.seen)
    with pytest.raises(NotAllowed):
        work.take(CENTRE, number, CloseItem("好了"))
    work.take(REVIEWER, number, CloseItem("现场核验"))
    done = work.item(LEADER, number)
    assert (done.line.state, done.line.in_time, done.line.closed_on) == (
        ItemState.CLOSED,
        True,
        book.today,
    )
    assert done.slips[0].conclusion == "settled"
    assert done.slips[0].progress == "增设两个窗口"
    assert done.slips[0].evidence == ("整改照片.pdf",)
    assert [one.step for one in done.events] == [ItemStep.OPEN, ItemStep.ANSWER, ItemStep.CLOSE]
    (file,) = done.events[1].files
    assert work.file(LEADER, number, file.id).content == PDF.content
    with pytest.raises(NotFound):
        work.file(LEADER, number, uuid4())


def test_an_answer_that_is_sent_back_brings_a_new_slip(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    work.take(CENTRE, number, answer(book))
    work.take(REVIEWER, number, SendBackItem("佐证不足", book.today + timedelta(days=40)))
    slips = work.item(EDITOR, number).slips
    assert [(one.round, one.colour, one.conclusion) for one in slips] == [
        (1, Colour.WHITE, "returned"),
        (2, Colour.WHITE, None),
    ]
    assert slips[1].progress == "整改中"
    work.take(CENTRE, number, answer(book))
    work.take(REVIEWER, number, CloseItem("现场核验"))
    slips = work.item(EDITOR, number).slips
    assert [one.conclusion for one in slips] == ["returned", "settled"]


def test_time_brings_slips_once_and_none_milder_than_the_first(
    book: CaseBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rectifying, "BATCH", 1)
    work = work_of(book)
    calm = work.open(EDITOR, new(book), SHEET)
    urgent = work.open(EDITOR, new(book), SHEET, Colour.YELLOW)
    assert work.tick().slips == {}
    assert work.item(EDITOR, calm).line.colour is Colour.WHITE
    book.clock.advance(days=19)
    assert work.tick().slips == {Colour.BLUE: 1}
    book.clock.advance(days=4)
    assert work.inbox(EDITOR, ItemFilters(overdue=True)).counts.overdue == 2
    assert work.tick().slips == {}
    assert work.tick(book.clock() + timedelta(days=14)).slips == {Colour.RED: 2}
    book.clock.advance(days=14)
    assert work.tick().slips == {}
    colours = [one.colour for one in work.item(EDITOR, calm).slips]
    assert colours == [Colour.WHITE, Colour.BLUE, Colour.YELLOW, Colour.RED]
    colours = [one.colour for one in work.item(EDITOR, urgent).slips]
    assert colours == [Colour.YELLOW, Colour.RED]
    assert work.item(EDITOR, calm).line.is_overdue


def test_a_clock_that_wakes_too_early_issues_nothing(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    with book.services.database.writing() as unit_of_work:
        record = ItemRepository(unit_of_work).find(number)
        assert record is not None
        record.wake_on = book.today
    assert work.tick().slips == {}
    assert len(work.item(EDITOR, number).slips) == 1


def test_two_ticks_at_once_issue_one_slip(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    book.clock.advance(days=19)
    ids = work._awake(book.today, 10)
    work.tick()
    # The second one had read that there is something to do before the first one did it.
    assert [work._wake(item_id, book.today, {}) for item_id in ids] == [0]  # type: ignore[arg-type]  # nothing is counted
    assert len(work.item(EDITOR, number).slips) == 2


def test_the_register_numbers_slips_of_cases_and_matters_in_one_row(book: CaseBook) -> None:
    case = book.opened()
    number = work_of(book).open(EDITOR, new(book), SHEET)
    register = book.work.register(EDITOR)
    assert [(line.serial, line.case_number, line.item_number) for line in register.lines] == [
        (1, case, None),
        (2, None, number),
    ]
    assert register_cells(2, register.lines[1], "zh")[3] == number
    assert [line.serial for line in book.work.register(LAND).lines] == []
    assert [line.serial for line in book.work.register(CENTRE, 2026).lines] == [1, 2]
    with pytest.raises(NotFound):
        book.work.slip(LAND, 2026, 2)
    book.work.slips.receive(CENTRE, 2026, 2)
    book.work.slips.sign(EDITOR, 2026, 2)
    book.work.slips.record(EDITOR, 2026, 2, Consequences(1, 0, "约谈"))
    line = book.work.slip(CENTRE, 2026, 2)
    assert (line.received_by, line.signed_by, line.talks) == ("centre同志", "editor同志", 1)


@pytest.mark.parametrize("both", [True, False])
def test_a_slip_is_about_exactly_one_thing(book: CaseBook, both: bool) -> None:
    things = {"case_id": uuid4(), "item_id": uuid4()} if both else {}
    slip = new_slip(Colour.RED, 7, book.today, None, **things)
    database = book.services.database
    with pytest.raises(IntegrityError, match="about_one_thing"), database.writing() as work:
        CaseRepository(work).add_slip(slip)


def test_units_see_their_own_matters_alone(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    assert [one.number for one in work.inbox(CENTRE, ALL).lines] == [number]
    for stranger in (LAND, WINDOW):
        assert work.inbox(stranger, ALL).lines == ()
        for asked in (number, "ZG2026-XXXXXXXX", "\0"):
            with pytest.raises(NotFound):
                work.item(stranger, asked)
        with pytest.raises(NotFound):
            work.take(stranger, number, answer(book))
    assert work.of_unit(LAND, "511") == ()
    with pytest.raises(NotAllowed):
        work.inbox(ANALYST, ALL)
    work.take(EDITOR, number, ForwardItem("512", "赵刚", "职责在自然资源局"))
    assert [one.responsible_person for one in work.inbox(LAND, ALL).lines] == ["赵刚"]
    with pytest.raises(BadInput, match="999"):
        work.take(EDITOR, number, ForwardItem("999", "赵刚", "职责"))


def test_lists_are_filtered_and_counted(book: CaseBook) -> None:
    work = work_of(book)
    soon = work.open(EDITOR, new(book, days=5), SHEET)
    later = work.open(EDITOR, new(book), SHEET)
    other = work.open(EDITOR, replace(new(book), unit_code="512", responsible_person="赵刚"), SHEET)
    work.take(CENTRE, later, answer(book))

    def listed(**filters: object) -> set[str]:
        page = work.inbox(EDITOR, ItemFilters(**filters))  # type: ignore[arg-type]  # callers name fields
        return {line.number for line in page.lines}

    assert listed() == {soon, later, other}
    assert listed(due=True) == {soon}
    assert listed(unit_code="512") == {other}
    assert listed(state=ItemState.ANSWERED) == {later}
    assert listed(overdue=True) == set()
    work.take(REVIEWER, later, CancelItem("重复立项"))
    assert listed(is_open=True) == {soon, other}
    assert listed(is_open=False) == {later}
    counts = work.inbox(EDITOR, ALL).counts
    assert (counts.open, counts.due, counts.overdue, counts.answered) == (2, 1, 0, 0)
    assert [one.number for one in work.of_unit(EDITOR, "512")] == [other]


def test_who_opens_and_from_what_is_checked(book: CaseBook) -> None:
    work = work_of(book)
    for staff in (CENTRE, LEADER):
        with pytest.raises(NotAllowed):
            work.open(staff, new(book), SHEET)
    with pytest.raises(BadInput, match="999"):
        work.open(EDITOR, replace(new(book), unit_code="999"), SHEET)
    with pytest.raises(BadInput, match="no key"):
        work.open(EDITOR, new(book), Origin(ItemSource.INDICATOR, indicator_key="<b>"))
    with pytest.raises(BadInput, match="no period"):
        work.open(EDITOR, new(book), Origin(ItemSource.SHEET, period="soon"))
    with pytest.raises(NotFound):
        work.open(EDITOR, new(book), Origin(ItemSource.CASE))
    case = book.opened()
    number = work.open(EDITOR, new(book), Origin(ItemSource.CASE, case_number=case))
    assert work.item(EDITOR, number).line.origin.case_number == case
    assert work.inbox(EDITOR, ALL).total == 1


def test_two_people_never_take_one_step(book: CaseBook) -> None:
    work = work_of(book)
    number = work.open(EDITOR, new(book), SHEET)
    seen = work.item(EDITOR, number).seen
    work.take(EDITOR, number, ExtendItem(book.today + timedelta(days=30), "采购"), seen)
    with pytest.raises(Conflict, match="meanwhile"):
        work.take(EDITOR, number, ForwardItem("512", "赵刚", "职责"), seen)


def test_notices_go_to_the_offices_own_messenger(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "notices.jsonl"
    with a_case_book(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(file)) as book:
        number = work_of(book).open(EDITOR, new(book), SHEET)
        work_of(book).take(EDITOR, number, ForwardItem("512", "赵刚", "职责"))
        book.clock.advance(days=19)
        assert work_of(book).tick().queued == 1
        book.work.tick()
        text = file.read_text()
        topics = [part.partition('"')[0] for part in text.split('"topic": "')[1:]]
        assert sorted(topics) == ["item.blue", "item.forwarded", "item.white"]
        assert number in text


def test_today_is_the_offices_day(book: CaseBook) -> None:
    assert work_of(book).today() == book.today == date(2026, 11, 9)
