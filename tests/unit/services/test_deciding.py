"""Decided grades in the database: added, corrected, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.periods import Period
from surveyapp.services.assembly import Services
from surveyapp.storage.decision_records import DecisionRecord
from surveyapp.storage.decisions import DecisionRepository
from tests.builders import Clock, services_on
from tests.support.assessed import (
    EDITOR,
    LEADER,
    PERIOD,
    REVIEWER,
    SCHEME,
    WEST,
    an_assessment,
    score,
)

MEETING = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance", Clock())
    yield made
    made.database.dispose()


def test_what_a_meeting_decided_is_kept_with_its_corrections(services: Services) -> None:
    run = an_assessment(services)
    assert services.deciding.of(SCHEME, PERIOD) == {}
    choices = {"east": Choice(0, ""), "west": Choice(2, "新组建单位")}
    assert services.deciding.enter(REVIEWER, run.id, MEETING, choices) == 2
    corrected = {"west": Choice(3, "复核更正")}
    assert services.deciding.enter(REVIEWER, run.id, MEETING, corrected) == 1
    found = services.deciding.of(SCHEME, PERIOD)
    assert {code: (one.title.zh, one.number) for code, one in found.items()} == {
        "east": ("优秀", 1),
        "west": ("较差", 2),
    }
    page = services.deciding.run(REVIEWER, run.id)
    west = next(unit for unit in page.units if unit.code == "west")
    assert [one.grade for one in west.decisions] == [2, 3]
    assert west.valid is west.decisions[-1]
    assert (west.score, west.rank, west.suggested, west.valid.reason) == ("46", 4, 3, "复核更正")
    assert page.units[1].valid is None
    assert (page.is_newest, page.number, page.period) == (True, 1, PERIOD)


def test_a_newer_run_is_the_one_to_decide_on(services: Services) -> None:
    run = an_assessment(services)
    services.deciding.enter(REVIEWER, run.id, MEETING, {"east": Choice(0, "")})
    newer = score(services)
    with pytest.raises(Conflict, match="newest"):
        services.deciding.enter(REVIEWER, run.id, MEETING, {"west": Choice(3, "")})
    assert not services.deciding.run(REVIEWER, run.id).is_newest
    # What was decided stays decided.
    assert services.deciding.run(REVIEWER, newer.id).units[0].valid is not None


def test_only_reviewers_enter_what_a_meeting_decided(services: Services) -> None:
    run = an_assessment(services)
    for staff in (EDITOR, LEADER, WEST):
        with pytest.raises(NotAllowed):
            services.deciding.enter(staff, run.id, MEETING, {"east": Choice(0, "")})
        with pytest.raises(NotAllowed):
            services.deciding.run(staff, run.id)
    with pytest.raises(NotFound):
        services.deciding.run(REVIEWER, uuid4())
    with pytest.raises(BadInput):
        services.deciding.enter(REVIEWER, run.id, MEETING, {"east": Choice(3, "")})
    assert services.deciding.of(SCHEME, PERIOD) == {}
    assert services.deciding.of("none", Period.parse("2026")) == {}


def test_two_people_at_once_do_not_decide_twice(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = an_assessment(services)
    services.deciding.enter(REVIEWER, run.id, MEETING, {"east": Choice(0, "")})
    # The other one had read before the first one wrote.
    monkeypatch.setattr(DecisionRepository, "valid", lambda *_arguments: {})
    with pytest.raises(Conflict, match="at this moment"):
        services.deciding.enter(REVIEWER, run.id, MEETING, {"east": Choice(0, "")})


def test_the_database_keeps_the_reason(services: Services) -> None:
    run = an_assessment(services)
    services.deciding.enter(REVIEWER, run.id, MEETING, {"east": Choice(0, "")})
    for changes in ({"grade": 1}, {"number": 2}, {"suggested": None}, {"minutes": ""}):
        change = update(DecisionRecord).values(**changes)
        with pytest.raises(IntegrityError), services.database.writing() as work:
            work.session.execute(change)
