"""Migrations arrive at the tables the code expects, on both databases, with data in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, insert, inspect, select

from surveyapp.storage.database import Database
from surveyapp.storage.migrate import configuration, downgrade, is_current, upgrade
from surveyapp.storage.records import Record
from tests.migrations.rows import ROWS
from tests.support.databases import empty_postgres

SCRIPTS = ScriptDirectory.from_config(configuration("sqlite:///unused"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    with empty_postgres(request.getfixturevalue("postgres_server"), "empty") as url:
        yield url


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    database = Database(url)
    writing = database.engine.execution_options(surveyapp_writing=True)
    with writing.begin() as connection:
        yield connection
    database.dispose()


def _fill(url: str) -> None:
    """Insert one row into every table that there is, as far as it has the columns."""
    with _connected(url) as connection:
        inspector = inspect(connection)
        present = set(inspector.get_table_names())
        for table in Record.metadata.sorted_tables:
            if table.name in present:
                columns = {column["name"] for column in inspector.get_columns(table.name)}
                row = {name: v for name, v in ROWS[table.name].items() if name in columns}
                connection.execute(insert(table).values(row))


def _content(url: str) -> dict[str, list[dict[str, Any]]]:
    with _connected(url) as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in Record.metadata.sorted_tables
        }


def _tables(url: str) -> set[str]:
    with _connected(url) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_there_is_one_newest_migration() -> None:
    assert len(SCRIPTS.get_heads()) == 1


def test_every_table_has_a_row_to_try_migrations_on() -> None:
    assert set(ROWS) == set(Record.metadata.tables)
    for name, table in Record.metadata.tables.items():
        assert set(ROWS[name]) == set(table.columns.keys()), name


def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Record.metadata) == []


def test_constraints_have_the_names_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        preparer = connection.dialect.identifier_preparer
        for name, table in Record.metadata.tables.items():
            found = {check["name"] for check in inspector.get_check_constraints(name)}
            wanted = {
                preparer.format_constraint(check)
                for check in table.constraints
                if isinstance(check, CheckConstraint)
            }
            assert found == wanted, name


def test_a_migrated_database_is_current_and_an_empty_one_is_not(empty_url: str) -> None:
    database = Database(empty_url)
    assert not is_current(database)
    upgrade(empty_url)
    assert is_current(database)
    database.dispose()


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    _fill(empty_url)
    before = _content(empty_url)
    upgrade(empty_url)
    assert _content(empty_url) == before


def test_data_come_back_as_they_were_stored(database_url: str) -> None:
    _fill(database_url)
    assert _content(database_url) == {name: [row] for name, row in ROWS.items()}


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_goes_up_down_and_up_again_with_data(empty_url: str, revision: str) -> None:
    upgrade(empty_url, revision)
    _fill(empty_url)
    downgrade(empty_url, "-1")
    before = SCRIPTS.get_revision(revision)
    assert before is not None
    if before.down_revision is None:
        assert _tables(empty_url) == set()
    upgrade(empty_url)
    assert _tables(empty_url) == set(Record.metadata.tables)


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_each_schema_survive_the_way_to_the_newest(empty_url: str, revision: str) -> None:
    upgrade(empty_url, revision)
    _fill(empty_url)
    filled = _tables(empty_url)
    upgrade(empty_url)
    assert {name for name, rows in _content(empty_url).items() if rows} >= filled
