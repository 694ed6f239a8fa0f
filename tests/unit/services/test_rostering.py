"""Rosters: who was on duty, and the figures of a person at a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.duty import Clash, Line, Shift, clashes
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.places import Place, PlaceOrder
from surveyapp.domain.review_counts import Selection
from surveyapp.domain.roles import Actor
from surveyapp.services.assembly import Services
from surveyapp.services.reviews.figures import Wanted
from surveyapp.services.reviews.groups import Dimension
from surveyapp.services.tables import MAX_ROWS, InvalidTable
from tests.builders import (
    CLERK,
    MONDAY,
    Clock,
    an_open_survey,
    review_document,
    services_on,
    submit,
)
from tests.support.reviews import a_file

KEY = "hall-review"
HEADER = "窗口,大厅,工号,姓名,开始时间,结束时间"
MORNING = "1,,0107,李明,2026-11-23 08:00,2026-11-23 12:00"
AFTERNOON = "1,,0108,王芳,2026-11-23T12:00,2026年11月23日 18:00:30"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


@pytest.fixture
def windows(services: Services) -> dict[str, Place]:
    """Two windows on the ground floor, one of the same number above."""
    an_open_survey(services, review_document())
    orders = [("甲", "一楼", "1"), ("乙", "一楼", "2"), ("丙", "二楼", "2"), ("丁", None, None)]
    made = services.placing.add_all(
        KEY,
        [(PlaceOrder(label, None, hall, window), None) for label, hall, window in orders],
        CLERK,
    )
    return {place.label: place for place in made}


def put(services: Services, *rows: str) -> Path:
    return a_file(services, "\n".join((HEADER, *rows)) + "\n", "roster.csv")


def problems(services: Services, *rows: str) -> list[tuple[int, str]]:
    with pytest.raises(InvalidTable) as caught:
        services.rostering.preview(KEY, put(services, *rows))
    return [(one.line, str(one.message)) for one in caught.value.problems]


def staff(services: Services) -> dict[str, int]:
    counts = services.review_figures.counts(KEY)[1]
    return {one.key: sum(one.levels.values()) for one in counts.by(Dimension.STAFF)}


def test_reviews_belong_to_who_was_on_duty_also_when_the_roster_comes_late(
    services: Services, clock: Clock, windows: dict[str, Place]
) -> None:
    submit(services, windows["甲"], overall="satisfied")
    clock.advance(hours=4)
    submit(services, windows["甲"], overall="very_dissatisfied")
    submit(services, windows["乙"], overall="satisfied")
    assert staff(services) == {"": 3}
    plan = services.rostering.import_file(KEY, put(services, MORNING, AFTERNOON), CLERK)
    assert (len(plan.new), plan.removed, plan.unchanged) == (2, (), 0)
    assert staff(services) == {"": 1, "0107": 1, "0108": 1}
    whole = services.review_figures.overview(KEY, Wanted(Selection(staff="0108"))).whole
    assert whole.levels["very_dissatisfied"] == 1
    labels = services.review_figures.counts(KEY)[1].labels(Dimension.STAFF)
    assert "0107 李明" in [str(getattr(label, "zh", "")) for _, label in labels]
    services.counting.rebuild(KEY)
    assert staff(services) == {"": 1, "0107": 1, "0108": 1}
    services.rostering.import_file(KEY, put(services, MORNING.replace("0107", "0109")), CLERK)
    assert staff(services) == {"": 1, "0108": 1, "0109": 1}
    again = services.rostering.import_file(KEY, put(services, AFTERNOON), CLERK)
    assert (again.new, again.removed, again.unchanged) == ((), (), 1)


def test_a_case_names_who_was_on_duty(
    services: Services, clock: Clock, windows: dict[str, Place]
) -> None:
    services.rostering.import_file(KEY, put(services, MORNING, AFTERNOON), CLERK)
    submit(services, windows["甲"], overall="very_dissatisfied")
    clock.advance(days=1)
    services.casework.tick()
    counts = services.review_figures.counts(KEY)[1]
    assert {one.where.staff for one in counts.cases} == {"0107"}
    chosen = services.review_figures.counts(KEY, Wanted(Selection(staff="0107")))[1]
    assert sum(one.n for one in chosen.cases) == 1


def test_a_place_that_moves_keeps_the_reviews_of_its_windows_apart(
    services: Services, clock: Clock, windows: dict[str, Place]
) -> None:
    place = windows["丁"]
    submit(services, place, overall="satisfied")
    services.counting.fold(KEY)

    def by_window() -> dict[str, int]:
        counts = services.review_figures.counts(KEY)[1]
        return {one.key: sum(one.levels.values()) for one in counts.by(Dimension.WINDOW)}

    assert by_window() == {"": 1}
    clock.advance(minutes=1)
    services.placing.change(place.code, PlaceOrder("丁", None, None, "8"), CLERK)
    assert by_window() == {"8": 1}
    clock.advance(minutes=1)
    submit(services, place, overall="satisfied")
    services.placing.change(place.code, PlaceOrder("丁", None, None, "9"), CLERK)
    submit(services, place, overall="satisfied")
    assert by_window() == {"8": 2, "9": 1}
    services.counting.rebuild(KEY)
    assert by_window() == {"8": 2, "9": 1}
    unchanged = services.placing.change(place.code, PlaceOrder("丁", None, None, "9"), CLERK)
    assert not unchanged.changed
    services.placing.change(place.code, PlaceOrder("戊", None, None, "9"), CLERK)
    moves = services.placing.history(place.code)
    assert [(move.window, move.by) for move in moves] == [
        ("9", CLERK.name), ("8", CLERK.name), (None, CLERK.name)
    ]  # fmt: skip


def test_a_move_ends_the_shift_that_runs_and_those_to_come(
    services: Services, clock: Clock, windows: dict[str, Place]
) -> None:
    services.rostering.import_file(KEY, put(services, MORNING, AFTERNOON), CLERK)
    clock.advance(hours=1)
    place = windows["甲"]
    moved = services.placing.change(place.code, PlaceOrder("甲", None, "一楼", "5"), CLERK)
    assert moved.shifts_ended == 2
    (left,) = services.rostering.of(KEY, MONDAY, MONDAY + timedelta(days=1))
    assert (left.staff_number, left.ends_at) == ("0107", MONDAY + timedelta(hours=1))


def test_what_is_wrong_with_a_roster_is_said_by_line(
    services: Services, windows: dict[str, Place]
) -> None:
    assert problems(
        services,
        ",,0107,李明,2026-11-23 08:00,2026-11-23 12:00",
        "9,,0107,李明,2026-11-23 08:00,2026-11-23 12:00",
        "2,,0107,李明,2026-11-23 08:00,2026-11-23 12:00",
        "1,,0107,李明,morning,2026-11-23 12:00",
        "1,,0107,李明,2026-02-30,2026-11-23 12:00",
        "1,,0107,李明,2026-11-23 12:00,2026-11-23 12:00",
        "1,,0107,李明,2026-11-23,2026-11-25",
        f"1,,{'7' * 65},李明,2026-11-23 08:00,2026-11-23 12:00",
    ) == [
        (2, problems_text(services)),
        (3, "There is no place “9” in use."),
        (4, "There are several places “2”: name the hall, or give the place code."),
        (5, "“morning” is not a moment such as 2026-11-23 09:00."),
        (6, "“2026-02-30” is not a moment such as 2026-11-23 09:00."),
        (7, "A shift ends after it begins, at most 24 hours later."),
        (8, "A shift ends after it begins, at most 24 hours later."),
        (9, "Number and name have at most 64 characters."),
    ]


def problems_text(services: Services) -> str:
    return problems(services, ",,0107,李明,2026-11-23 08:00,2026-11-23 12:00")[0][1]


def test_shifts_that_overlap_are_refused_by_both_lines(
    services: Services, windows: dict[str, Place]
) -> None:
    late = "1,,0108,王芳,2026-11-23 11:59,2026-11-23 18:00"
    elsewhere = "2,二楼,0107,李明,2026-11-23 11:59,2026-11-23 18:00"
    assert problems(services, MORNING, late, elsewhere) == [
        (3, "Overlaps with line 2: a window has one person at a time (李明)."),
        (4, "Overlaps with line 2: 李明 cannot be at two windows at once."),
    ]
    services.rostering.import_file(KEY, put(services, MORNING), CLERK)
    assert "stored" in problems(services, elsewhere)[0][1]


def test_places_are_named_by_code_window_label_or_hall(
    services: Services, windows: dict[str, Place]
) -> None:
    row = ",0107,李明,2026-11-{},2026-11-{} 12:00"
    names = [(windows["甲"].code, ""), ("2", "二楼"), ("丁", "")]
    rows = [
        f"{name},{hall}{row.format(24 + day, 24 + day)}" for day, (name, hall) in enumerate(names)
    ]
    plan = services.rostering.preview(KEY, put(services, *rows))
    ids = {row.id: row.place.label for row in services.placing.of(KEY)}
    assert [ids[shift.place_id] for shift in plan.new] == ["甲", "丙", "丁"]
    with pytest.raises(NotFound):
        services.rostering.of("nowhere", MONDAY, MONDAY)


def test_two_codes_of_one_window_share_the_person(
    services: Services, windows: dict[str, Place]
) -> None:
    services.placing.add_all(KEY, [(PlaceOrder("甲二", None, "一楼", "1"), None)], CLERK)
    plan = services.rostering.import_file(KEY, put(services, MORNING), CLERK)
    assert len(plan.new) == 2


def test_shifts_of_places_that_are_gone_are_not_stored(
    services: Services, windows: dict[str, Place]
) -> None:
    shift = Shift(uuid4(), "1", "李明", MONDAY, MONDAY + timedelta(hours=1))
    plan = services.rostering.put(KEY, [Line(2, shift)], CLERK)
    assert plan.new == ()


def test_a_table_has_rows_but_not_too_many(services: Services, windows: dict[str, Place]) -> None:
    for rows in ([], [MORNING] * (MAX_ROWS + 1)):
        with pytest.raises(BadInput):
            services.rostering.preview(KEY, put(services, *rows))
    missing = a_file(services, "窗口,工号\n1,2\n", "short.csv")
    with pytest.raises(BadInput, match="missing"):
        services.rostering.preview(KEY, missing)


def test_clashes_compare_with_the_shift_that_lasts_longest() -> None:
    place = UUID(int=1)

    def line(number: int, start: int, end: int, who: str) -> Line:
        at = MONDAY
        begin, stop = at + timedelta(hours=start), at + timedelta(hours=end)
        return Line(number, Shift(place, who, who, begin, stop))

    long, short, last = line(2, 0, 9, "a"), line(3, 1, 2, "b"), line(4, 8, 10, "c")
    assert list(clashes([long, short, last])) == [
        Clash(long, short, True),
        Clash(long, last, True),
    ]
    assert list(clashes([])) == []


def test_places_of_a_table_need_labels_titles_and_known_words(services: Services) -> None:
    an_open_survey(services, review_document())
    with pytest.raises(BadInput, match="characters"):
        PlaceOrder("x", None, "大" * 101).checked()
    with pytest.raises(BadInput, match="rates no"):
        services.placing.add_all(KEY, [(PlaceOrder("x", "new"), None)], Actor("a"))
    with pytest.raises(NotFound):
        services.placing.change("00000000", PlaceOrder("x"), CLERK)
    path = a_file(services, "评价点名称,评价对象编号,评价对象名称\nx,a;b,题\n", "p.csv")
    with pytest.raises(InvalidTable):
        services.place_files.import_file(KEY, path, CLERK)
