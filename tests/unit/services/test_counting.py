from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from surveyapp.domain.errors import NotFound
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.results import counting
from surveyapp.services.results.counting import FoldState
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import DayKey, TallyRepository, TallyRow
from tests.builders import (
    CLERK,
    a_place,
    an_open_survey,
    every_type_document,
    services_on,
    submit,
)


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(database_url, tmp_path)
    yield made
    made.database.dispose()


def counts(services: Services, key: str) -> tuple[list[TallyRow], dict[DayKey, int]]:
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        tallies = TallyRepository(work)
        return list(tallies.rows(survey.id)), tallies.days(survey.id)


def responses(services: Services, key: str) -> list[ResponseRecord]:
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return list(ResponseRepository(work).each(survey.id))


def some_responses(services: Services, n: int = 6) -> str:
    key = an_open_survey(services, every_type_document())
    place = a_place(services, key)
    for number in range(n):
        submit(
            services,
            place,
            used="yes" if number % 2 else "no",
            police="neutral" if number % 3 else "very_satisfied",
            m__air="neutral",
            m__water="dont_know",
            visits=str(number),
            age="40+" if number % 2 else "18-39",
        )
    return key


def test_a_fold_counts_each_response_once(services: Services) -> None:
    key = some_responses(services)
    assert services.counting.state(key) == FoldState(0, 6)
    assert (services.counting.fold(key), services.counting.fold(key)) == (6, 0)
    assert services.counting.state(key) == FoldState(6, 6)
    rows, days = counts(services, key)
    assert sum(row.counts["n"] for row in rows) == 6
    assert sum(row.counts["x|visits|s"] for row in rows) == 150
    assert sum(days.values()) == 6


def test_counting_anew_gives_the_same_to_the_last_count(services: Services) -> None:
    key = some_responses(services)
    services.counting.fold(key)
    folded = counts(services, key)
    assert services.counting.rebuild(key) == 6
    assert counts(services, key) == folded


def test_counting_anew_leaves_the_queue_to_the_fold(services: Services) -> None:
    key = some_responses(services)
    assert services.counting.rebuild(key) == 0
    assert services.counting.state(key) == FoldState(0, 6)
    assert services.counting.fold(key) == 6


def test_a_reader_folds_a_little_and_says_how_far_it_came(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = some_responses(services)
    monkeypatch.setattr(counting, "BATCH", 2)
    monkeypatch.setattr(counting, "READER_ROWS", 4)
    assert services.counting.fold_some(key) == FoldState(4, 6)
    monkeypatch.setattr(counting, "READER_SECONDS", -1)
    assert services.counting.fold_some(key) == FoldState(6, 6)
    assert services.counting.fold_some(key) == FoldState(6, 6)


def test_a_reader_does_not_wait_for_another_that_counts(services: Services) -> None:
    key = some_responses(services)
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        TallyRepository(work).lock(survey.id)
        assert services.counting.fold_some(key) == FoldState(0, 6)


@pytest.mark.parametrize("folded_before", [True, False])
def test_counts_move_with_a_standing_whether_folded_or_queued(
    services: Services, folded_before: bool
) -> None:
    key = some_responses(services)
    if folded_before:
        services.counting.fold(key)
    for response in responses(services, key)[:2]:
        services.counting.set_standing(response.id, Standing.EXCLUDED, "误评", CLERK)
        services.counting.set_standing(response.id, Standing.EXCLUDED, "误评", CLERK)
    services.counting.fold(key)
    moved = counts(services, key)
    by_standing = {row.standing: 0 for row in moved[0]}
    for row in moved[0]:
        by_standing[row.standing] += row.counts["n"]
    assert by_standing == {"counted": 4, "excluded": 2}
    services.counting.rebuild(key)
    assert counts(services, key) == moved


def test_a_standing_taken_back_leaves_no_trace_in_the_counts(services: Services) -> None:
    key = some_responses(services)
    services.counting.fold(key)
    before = counts(services, key)
    response_id = responses(services, key)[0].id
    services.counting.set_standing(response_id, Standing.FLAGGED, "可疑", CLERK)
    assert counts(services, key) != before
    services.counting.set_standing(response_id, Standing.COUNTED, "核实无误", CLERK)
    assert counts(services, key) == before


def test_unknown_surveys_and_responses_are_said_to_be_unknown(services: Services) -> None:
    with pytest.raises(NotFound):
        services.counting.fold("x")
    with pytest.raises(NotFound):
        services.counting.set_standing(uuid4(), Standing.FLAGGED, "?", CLERK)


def test_progress_is_told_row_by_row(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    key = some_responses(services)
    monkeypatch.setattr(counting, "BATCH", 4)
    told: list[int] = []
    services.counting.fold(key, told.append)
    assert told == [4, 2]
    told.clear()
    services.counting.rebuild(key, told.append)
    assert sum(told) == 6


def test_a_large_survey_is_read_in_batches(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = some_responses(services)
    services.counting.fold(key)
    before = counts(services, key)
    monkeypatch.setattr("surveyapp.storage.responses.BATCH", 2)
    services.counting.rebuild(key)
    assert counts(services, key) == before
    ids: list[UUID] = [response.id for response in responses(services, key)]
    assert ids == sorted(ids)


def test_the_number_of_queries_does_not_grow_with_the_responses(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = some_responses(services, n=12)
    monkeypatch.setattr("surveyapp.storage.responses.BATCH", 2)
    asked: list[str] = []
    event.listen(
        services.database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: asked.append(statement),
    )
    assert len(responses(services, key)) == 12
    assert sum("FROM response" in statement for statement in asked) == 1
    asked.clear()
    services.counting.fold(key)
    assert len(counts(services, key)[0]) > 1
    assert sum("FROM tally " in statement for statement in asked) == 2  # to add, and to look
