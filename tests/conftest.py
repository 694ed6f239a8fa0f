"""Fixtures for every kind of test: databases and a browser. Tests build everything else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from surveyapp.storage.database import Database
from tests.support.databases import PostgresTemplate, SqliteTemplate
from tests.support.postgres import PostgresServer, running_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser as Chromium

# One fixed profile, so that a failure is the code's and not the dice's. Look further afield with
# HYPOTHESIS_PROFILE=explore.
settings.register_profile(
    "fixed",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real server for this test process alone."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> PostgresTemplate:
    return PostgresTemplate(postgres_server)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(_sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """Address of a fresh embedded database."""
    return _sqlite_template.copy_to(tmp_path)


@pytest.fixture
def postgresql_url(_postgres_template: PostgresTemplate) -> Iterator[str]:
    """Address of a fresh database on a real server."""
    with _postgres_template.copy() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database; a test that asks for it runs on both kinds."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database of either kind, opened."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A fresh embedded database, opened: for tests of rules that do not depend on the kind."""
    opened = Database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Debian's Chromium without a window."""
    from tests.support.chromium import running_chromium  # costly, rarely wanted

    with running_chromium() as browser:
        yield browser
