"""Bring a database to the newest schema: the scripts stand in ``migrations/``."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from surveyapp.storage import (  # noqa: F401 their tables are part of the schema
    ballot_records,
    case_records,
    decision_records,
    evaluation_records,
    indicators,
    margins,
    objective_records,
    rectification_records,
    scheme_records,
)
from surveyapp.storage.database import Database, unavailable_when_lost

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"


def configuration(url: str) -> Config:
    """Return the Alembic configuration for one database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up; a database at `revision` already is left as it is.

    Raises
    ------
    Unavailable
        The database does not answer, or its disk is full.
    """
    with unavailable_when_lost():
        command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Migrate down."""
    command.downgrade(configuration(url), revision)


def is_current(database: Database) -> bool:
    """Whether the database has the newest schema.

    Raises
    ------
    Unavailable
        The database does not answer.
    """
    head = ScriptDirectory.from_config(configuration(database.url)).get_current_head()
    with unavailable_when_lost(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
