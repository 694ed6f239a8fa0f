"""Numbers of service cases: all of a delivery or nothing, each replacement in the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.reviews.importing import CaseNumbers
from surveyapp.services.reviews.volumes import VolumeRow
from tests.builders import CLERK, an_open_survey, services_on
from tests.support.results import responses_of, satisfaction_document
from tests.support.reviews import SUBJECTS, a_file, a_hall, give_volumes, record


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(database_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def sqlite_services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_replacing_a_day_leaves_an_event(services: Services) -> None:
    key = a_hall(services)
    give_volumes(services, key, "2026-11-02,tax,10", "2026-11-02,police,5", "2026-10-30,tax,7")
    result = give_volumes(services, key, "2026-11-02,tax,12", "2026-11-02,police,5")
    assert (result.new, result.replaced, result.unchanged) == (0, 1, 1)
    (event,) = services.auditing.read(LogQuery(action="volume.replace"), 1, CLERK).events
    assert (event.detail["day"], event.detail["before"], event.detail["after"]) == (
        "2026-11-02",
        10,
        12,
    )
    months = [(one.first_day.isoformat(), one.days, one.n) for one in services.volumes.months(key)]
    assert months == [("2026-11-01", 1, 17), ("2026-10-01", 1, 7)]


def test_a_program_gives_the_numbers_of_a_unit(sqlite_services: Services) -> None:
    key = a_hall(sqlite_services, subjects=[*SUBJECTS, {"key": "free", "title": "自由"}])
    rows = [(1, VolumeRow("2026-11-02", "10", unit="5101", item="0101", window="3"))]
    assert sqlite_services.volumes.put(key, rows, "排队系统", CLERK).new == 1
    assert sqlite_services.volumes.put(key, [], "排队系统", CLERK).new == 0


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (VolumeRow("", "10"), "is not a date"),
        (VolumeRow("2027-01-01", "10"), "lies in the future"),
        (VolumeRow("2026-11-02", ""), "is no number"),
        (VolumeRow("2026-11-02", "1.5"), "is no number"),
        (VolumeRow("2026-11-02", "9" * 30), "is no number"),
        (VolumeRow("2026-11-02", "1", subject="nobody"), "rates no"),
        (VolumeRow("2026-11-02", "1", unit="9999"), "has 0 subjects"),
        (VolumeRow("2026-11-02", "1", item="x" * 65), "at most 64"),
    ],
)
def test_a_bad_row_stores_nothing(sqlite_services: Services, row: VolumeRow, reason: str) -> None:
    key = a_hall(sqlite_services)
    good = VolumeRow("2026-11-02", "1", subject="tax")
    result = sqlite_services.volumes.put(key, [(2, good), (3, row)], "系统", CLERK)
    ((line, said),) = [(error.line, str(error.message)) for error in result.errors]
    assert line == 3
    assert reason in said
    assert sqlite_services.volumes.months(key) == []


def test_the_same_number_twice_is_refused(sqlite_services: Services) -> None:
    key = a_hall(sqlite_services)
    result = give_volumes(sqlite_services, key, "2026-11-02,tax,10", "2026-11-02,tax,10")
    assert [str(error.message) for error in result.errors] == [
        "The same number stands in line 2 too."
    ]


@pytest.mark.parametrize("heading", ["日期,评价对象", "日期,day,办件量", "日期,办件量,天气"])
def test_headings_that_do_not_fit_are_refused(sqlite_services: Services, heading: str) -> None:
    key = a_hall(sqlite_services)
    path = a_file(sqlite_services, f"{heading}\n2026-11-02,2026-11-02,3\n")
    with pytest.raises(BadInput):
        sqlite_services.volumes.import_file(key, path, "系统", CLERK)


def test_only_reviews_have_service_cases(sqlite_services: Services) -> None:
    key = an_open_survey(sqlite_services, satisfaction_document())
    with pytest.raises(Conflict):
        sqlite_services.volumes.months(key)
    with pytest.raises(NotFound):
        sqlite_services.volumes.months("nowhere")


def test_two_files_at_once_review_a_case_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second file was read before the first one was stored: the constraint decides."""
    key = a_hall(services)
    record(services, key, "a,2026-11-02,tax,pc,C-1,1,,,,,1,满意")
    monkeypatch.setattr(CaseNumbers, "problems", lambda *_given: [])
    with pytest.raises(Conflict, match="import again"):
        record(services, key, "b,2026-11-02,tax,pc,C-1,1,,,,,1,满意")
    assert len(responses_of(services, key)) == 1
