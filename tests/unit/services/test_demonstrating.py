"""The demo: loaded once however often, with real results, simulated only where it says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from surveyapp.domain.errors import Conflict
from surveyapp.domain.reporting import Person
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.assembly import Services
from surveyapp.services.demonstration import demonstrating
from surveyapp.services.demonstration.assessed import SCHEME, VOTE
from surveyapp.services.demonstration.demonstrating import (
    DRAFT,
    METHODS,
    PUBLISHED,
    REVIEW,
    SERVICES,
)
from surveyapp.storage.records import AuditEventRecord
from tests.builders import CLERK, MONDAY, an_open_survey, services_on, submit
from tests.support.databases import SqliteTemplate

SEED = 20261121


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def loaded_file(_sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load the demo once for all tests that begin with it."""
    folder = tmp_path_factory.mktemp("demo")
    made = services_on(_sqlite_template.copy_to(folder), folder)
    demonstrating.load_demo(made)
    made.database.dispose()
    return folder / "surveyapp.sqlite3"


@pytest.fixture
def loaded(loaded_file: Path, tmp_path: Path) -> Iterator[Services]:
    file = tmp_path / "loaded.sqlite3"
    shutil.copyfile(loaded_file, file)
    made = services_on(f"sqlite:///{file}", tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer made-up answers: the way is the same."""
    monkeypatch.setattr(demonstrating, "_REVIEWS", 24)
    monkeypatch.setattr(demonstrating, "_SURVEYED", 18)


def responses(services: Services) -> dict[str, int]:
    return {
        one.key: one.responses
        for one in services.authoring.summaries()
        if one.kind is not Kind.BALLOT
    }


def statuses(services: Services) -> dict[str, Status]:
    return {
        one.key: one.status for one in services.authoring.summaries() if one.kind is not Kind.BALLOT
    }


def events(services: Services) -> int:
    with services.database.reading() as work:
        return work.session.scalar(select(func.count()).select_from(AuditEventRecord)) or 0


def now() -> datetime:
    return MONDAY


def test_the_demo_waits_for_the_visitor_and_shows_real_results(loaded: Services) -> None:
    demo = demonstrating.load_demo(loaded)
    assert demo.surveys == (REVIEW, SERVICES, PUBLISHED, METHODS)
    assert responses(loaded) == {REVIEW: 0, SERVICES: 0, PUBLISHED: 600, METHODS: 1033}
    assert statuses(loaded) == {
        REVIEW: Status.OPEN,
        SERVICES: Status.OPEN,
        PUBLISHED: Status.CLOSED,
        METHODS: Status.CLOSED,
    }


def test_every_window_and_township_has_a_place(loaded: Services) -> None:
    places = demonstrating.load_demo(loaded).places
    assert [place.survey_key for place in places] == [REVIEW] * 4 + [SERVICES] * 3
    assert [place.subject_key for place in places[:4]] == ["w1", "w2", "w3", "w4"]
    units = {node.unit.code for node in loaded.organising.tree()}
    subjects = loaded.authoring.get(REVIEW).subjects
    assert {subject.unit_code for subject in subjects} <= units


def test_a_second_run_changes_nothing(loaded: Services) -> None:
    first = demonstrating.load_demo(loaded)
    submit(loaded, first.places[0], overall="satisfied")
    before = (responses(loaded), statuses(loaded), events(loaded))
    assert demonstrating.load_demo(loaded) == first
    assert (responses(loaded), statuses(loaded), events(loaded)) == before


def test_a_survey_the_visitor_closed_stays_closed(loaded: Services) -> None:
    demonstrating.load_demo(loaded)
    loaded.authoring.close(REVIEW, demonstrating.DEMO)
    demonstrating.load_demo(loaded)
    assert statuses(loaded)[REVIEW] is Status.CLOSED


def test_a_revoked_place_is_neither_shown_nor_made_again(loaded: Services) -> None:
    first = demonstrating.load_demo(loaded)
    loaded.placing.revoke(first.places[0].code, demonstrating.DEMO)
    assert demonstrating.load_demo(loaded).places == first.places[1:]


def test_a_run_that_was_interrupted_is_finished_by_the_next(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demonstrating, "_import_and_close", fail)
        with pytest.raises(KeyboardInterrupt):
            demonstrating.load_demo(services)
    assert statuses(services) == {REVIEW: Status.DRAFT, METHODS: Status.OPEN}
    demonstrating.load_demo(services)
    assert responses(services)[PUBLISHED] == 600


def test_the_published_result_is_released(loaded: Services) -> None:
    release = loaded.releasing.latest(PUBLISHED)
    assert release is not None
    assert loaded.releasing.latest(REVIEW) is None


@pytest.mark.usefixtures("smaller")
def test_a_simulation_fills_every_screen(services: Services) -> None:
    demo = demonstrating.simulate(services, SEED, now=now)
    assert services.database.is_simulated()
    assert demo.surveys == (REVIEW, SERVICES, DRAFT)
    assert responses(services) == {REVIEW: 24, SERVICES: 18, DRAFT: 0}
    assert statuses(services) == {
        REVIEW: Status.OPEN,
        SERVICES: Status.CLOSED,
        DRAFT: Status.DRAFT,
    }
    votes = services.ballot_results.result(VOTE)
    assert votes.stands
    (line, *_) = [one for group in votes.groups for one in group.subjects]
    assert line.rank == 1
    (run,) = services.scores.runs(SCHEME)
    assert run.is_released
    assert len({unit["score"] for unit in run.units}) == 4
    assert all(row.responses == 6 for row in services.placing.of(REVIEW))
    assert services.releasing.latest(REVIEW) is not None
    assert services.releasing.latest(SERVICES) is not None


@pytest.mark.usefixtures("smaller")
def test_simulated_answers_spread_over_two_weeks(services: Services) -> None:
    demonstrating.simulate(services, SEED, now=now)
    opened = services.authoring.get(REVIEW).opened_at
    assert opened is not None
    assert timedelta(days=14) <= MONDAY - opened < timedelta(days=15)


@pytest.mark.usefixtures("smaller")
def test_simulating_twice_changes_nothing(services: Services) -> None:
    first = demonstrating.simulate(services, SEED, now=now)
    before = (responses(services), events(services))
    assert demonstrating.simulate(services, SEED, now=now) == first
    assert (responses(services), events(services)) == before


@pytest.mark.usefixtures("smaller")
def test_an_interrupted_simulation_is_finished_without_doubles(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_one = demonstrating._answer
    left = iter(range(10))

    def fail_in_the_end(*given: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        submit_one(*given)

    with monkeypatch.context() as patched:
        patched.setattr(demonstrating, "_answer", fail_in_the_end)
        with pytest.raises(KeyboardInterrupt):
            demonstrating.simulate(services, SEED, now=now)
    assert sum(responses(services).values()) == 10
    demonstrating.simulate(services, SEED, now=now)
    assert responses(services) == {REVIEW: 24, SERVICES: 18, DRAFT: 0}


@pytest.mark.usefixtures("smaller")
@pytest.mark.parametrize(
    ("service", "method"),
    [("balloting", "cast"), ("scoring", "score"), ("authoring", "close")],
)
def test_a_simulated_assessment_goes_on_where_it_ended(
    services: Services, monkeypatch: pytest.MonkeyPatch, service: str, method: str
) -> None:
    def end(*_given: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(getattr(services, service)), method, end)
        with pytest.raises(KeyboardInterrupt):
            demonstrating.simulate(services, SEED, now=now)
    demonstrating.simulate(services, SEED, now=now)
    assert services.ballot_results.result(VOTE) is not None
    assert len(services.scores.runs(SCHEME, released_only=True)) == 1
    assert len(services.adjusting.lines(SCHEME, Person(CLERK, is_office=True))) == 1


def test_nothing_is_simulated_beside_real_surveys(services: Services) -> None:
    an_open_survey(services)
    with pytest.raises(Conflict, match="simulate in another database"):
        demonstrating.simulate(services, SEED, now=now)
    assert not services.database.is_simulated()


def test_the_demo_is_not_loaded_beside_simulated_answers(services: Services) -> None:
    services.database.mark_simulated()
    with pytest.raises(Conflict, match="use another database"):
        demonstrating.load_demo(services)
    assert services.authoring.summaries() == []
