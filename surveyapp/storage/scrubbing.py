"""Rewriting tables so that nothing deleted is left in the files of the database."""

from __future__ import annotations

import time
from contextlib import closing

from sqlalchemy import text

from surveyapp.domain.errors import Unavailable
from surveyapp.storage.ballot_records import BallotBoxRecord
from surveyapp.storage.ballots import AFTER_OPENING
from surveyapp.storage.database import Database, unavailable_when_lost

_ATTEMPTS = 20
_PAUSE_SECONDS = 0.1


def scrub(database: Database) -> None:
    """Rewrite what held sealed ballots and slips; other surveys wait for a moment.

    SQLite overwrites what it deletes (``secure_delete``); here its free pages go and its
    write-ahead log is emptied into the file. PostgreSQL gets new files for these tables.

    Raises
    ------
    Unavailable
        A reader kept the log of an embedded database from being emptied, or the database is lost.
    """
    with unavailable_when_lost():
        if database.is_sqlite:
            with database.exclusively():
                _scrub_sqlite(database)
        else:
            _scrub_postgresql(database)


def _scrub_sqlite(database: Database) -> None:
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        for attempt in range(_ATTEMPTS):
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, _in_log, _moved) = cursor.fetchone() or (1, 0, 0)
            if not busy:
                return
            time.sleep(_PAUSE_SECONDS * bool(attempt))
    raise Unavailable


def _scrub_postgresql(database: Database) -> None:
    options = {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**options) as connection:
        for record in (*AFTER_OPENING, BallotBoxRecord):
            connection.execute(text(f"VACUUM FULL {record.__tablename__}"))
