"""What tables, places and programs are refused, one sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from surveyapp.domain.duty import Shift
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.tables import InvalidTable
from surveyapp.services.throttling import REQUESTS, RequestLimits
from surveyapp.storage.duties import DutyRepository
from tests.builders import (
    CLERK,
    MONDAY,
    Clock,
    a_place,
    an_open_survey,
    review_document,
    services_on,
)
from tests.support.reviews import a_file

KEY = "hall-review"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path, clock)
    an_open_survey(made, review_document())
    yield made
    made.database.dispose()


def test_a_row_without_its_case_number_gets_no_link(services: Services) -> None:
    path = a_file(services, "办件编号,窗口\n,3\n51-1,4\n", "cases.csv")
    with pytest.raises(InvalidTable) as caught:
        services.invitation_files.make(KEY, path, CLERK)
    assert [one.line for one in caught.value.problems] == [2]
    assert services.inviting.numbers(KEY).made == 0


def test_links_of_no_survey_are_not_counted(services: Services) -> None:
    with pytest.raises(NotFound):
        services.inviting.numbers("nowhere")


def test_a_place_keeps_its_window_when_only_its_subject_changes(
    services: Services, clock: Clock
) -> None:
    place = services.placing.add(KEY, "窗口", "w1", CLERK)
    clock.advance(minutes=1)
    services.placing.assign(place.code, None, CLERK)
    assert services.placing.find(place.code).subject_key is None
    with pytest.raises(BadInput, match="short key"):
        services.placing.add(KEY, "窗口", "a|b", CLERK)


def test_limits_hold_in_this_process_while_the_shared_store_is_away() -> None:
    limits = RequestLimits("redis://127.0.0.1:1/0")
    assert limits.wait(REQUESTS, "program") == 0


def test_between_two_shifts_nobody_is_on_duty(services: Services) -> None:
    a_place(services, KEY)
    (row,) = services.placing.of(KEY)
    shifts = [
        Shift(row.id, "1", "李明", MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end))
        for start, end in ((0, 1), (2, 3))
    ]
    with services.database.writing() as work:
        DutyRepository(work).add(shifts)
        moments = [(row.id, MONDAY + timedelta(minutes=minutes)) for minutes in (30, 90, 150)]
        found = DutyRepository(work).among(moments)
    assert [moment in found for moment in moments] == [True, False, True]
    assert services.placing.add_all(KEY, [], CLERK) == []
