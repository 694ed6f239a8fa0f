"""The unit of work: locks, and what happens when the database or its disk is gone."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.errors import Unavailable
from surveyapp.domain.places import Place
from surveyapp.services.assembly import Services
from surveyapp.storage import database as storage
from surveyapp.storage import migrate
from surveyapp.storage.database import Database
from surveyapp.storage.records import SettingRecord, SurveyRecord, UtcDateTime
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import a_place, an_open_survey, services_on, submit
from tests.support.postgres import PostgresServer


def _a_survey(**changes: Any) -> SurveyRecord:
    now = datetime.now(UTC)
    columns = {"id": uuid4(), "key": "x", "kind": "review", "wrapped_response_key": b""}
    return SurveyRecord(**columns, created_at=now, updated_at=now, **changes)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_a_unit_of_work_is_all_or_nothing(database: Database) -> None:
    def fail_halfway() -> None:
        with database.writing() as work:
            work.session.add(SettingRecord(name="a", value="1"))
            work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.reading() as work:
        assert work.session.get(SettingRecord, "a") is None


def test_a_reader_sees_one_state_however_long_it_reads(database: Database) -> None:
    with database.reading() as reader:
        assert reader.session.get(SettingRecord, "a") is None
        with database.writing() as writer:
            writer.session.add(SettingRecord(name="a", value="1"))
        assert reader.session.execute(text("SELECT count(*) FROM setting")).scalar_one() == 0


def test_naive_times_are_refused_and_aware_ones_come_back(database: Database) -> None:
    column, dialect = UtcDateTime(), database.engine.dialect
    with pytest.raises(ValueError, match="naive"):
        column.process_bind_param(datetime.fromisoformat("2026-11-21T08:00"), dialect)
    with database.writing() as work:
        shanghai = datetime.fromisoformat("2026-11-21T08:00+08:00")
        work.session.add(_a_survey(status="draft", opens_at=shanghai))
    with database.reading() as work:
        survey = SurveyRepository(work).find("x")
        assert survey is not None
        assert (survey.opens_at, survey.closes_at) == (shanghai, None)
        assert survey.opens_at is not None
        assert survey.opens_at.tzinfo is UTC


def test_the_database_itself_refuses_a_status_that_is_none(database: Database) -> None:
    def store() -> None:
        with database.writing() as work:
            work.session.add(_a_survey(status="paused"))

    with pytest.raises(IntegrityError):
        store()


def test_writers_of_an_embedded_database_wait_in_line(sqlite_url: str) -> None:
    first, second = Database(sqlite_url), Database(sqlite_url)
    order: list[str] = []
    holding = threading.Event()

    def hold() -> None:
        with first.writing() as work:
            work.session.add(SettingRecord(name="a", value="1"))
            holding.set()
            time.sleep(0.2)
            order.append("first")

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()
    with second.writing() as work:
        order.append("second")
        assert work.session.get(SettingRecord, "a") is not None
    thread.join()
    assert order == ["first", "second"]
    for opened in (first, second):
        opened.dispose()


@pytest.mark.parametrize("same_process_lock", [True, False])
def test_who_does_not_want_to_wait_is_told_so(sqlite_url: str, same_process_lock: bool) -> None:
    first = Database(sqlite_url)
    second = first if same_process_lock else Database(sqlite_url)
    with first.writing(), pytest.raises(Unavailable), second.writing(wait=False):
        raise AssertionError
    with second.writing(wait=False):
        pass
    for opened in (first, second):
        opened.dispose()


def test_a_writer_that_waits_too_long_is_told_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LOCK_WAIT_SECONDS", 0.05)
    opened = Database(sqlite_url)
    with opened.writing(), pytest.raises(Unavailable), opened.writing():
        raise AssertionError
    opened.dispose()


def _submit_much(services: Services, place: Place) -> None:
    for _ in range(200):
        submit(services, place, overall="satisfied", comment="字" * 150)


def test_a_full_disk_acknowledges_nothing(services: Services) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    accepted = submit(services, place, overall="satisfied")

    def fill(connection: object, _record: object, _proxy: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(services.database.engine, "checkout", fill)
    with pytest.raises(Unavailable):
        _submit_much(services, place)
    event.remove(services.database.engine, "checkout", fill)
    services.database.dispose()
    assert services.collecting.receipt(accepted.receipt).survey_key == key
    stored = services.counting.fold(key)
    assert services.counting.rebuild(key) == stored


def test_a_lost_server_is_unavailable_and_not_a_crash(
    postgres_server: PostgresServer, postgresql_url: str
) -> None:
    opened = Database(postgresql_url)
    opened.check()

    def lose_the_server() -> None:
        with opened.reading() as work:
            pid = work.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postgres_server.execute(f"SELECT pg_terminate_backend({int(pid)})")
            work.session.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        lose_the_server()
    opened.check()
    opened.dispose()


def test_a_database_that_was_never_set_up_is_unavailable(database_url: str) -> None:
    migrate.downgrade(database_url, "base")
    opened = Database(database_url)
    with pytest.raises(Unavailable):
        opened.is_simulated()
    opened.dispose()


def test_an_embedded_database_needs_a_file() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Database("sqlite://")


def test_an_embedded_database_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "survey.sqlite3"
    opened = Database(f"sqlite:///{file}")
    with opened.reading() as work:
        work.session.execute(text("SELECT 1"))
    opened.dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_mark_of_simulated_data_stays(database: Database) -> None:
    assert not database.is_simulated()
    database.mark_simulated()
    database.mark_simulated()
    assert database.is_simulated()


def test_a_database_knows_whether_it_is_current(database_url: str) -> None:
    opened = Database(database_url)
    assert migrate.is_current(opened)
    migrate.downgrade(database_url, "base")
    assert not migrate.is_current(opened)
    opened.dispose()
