"""The engine, the lock and the unit of work.

SQLite and PostgreSQL behave the same to everybody above: a unit of work is one transaction, a
writing one on SQLite holds the file lock and ``BEGIN IMMEDIATE`` before its first read. SQLite's
own busy handler polls and starves writers for seconds under load; waiting for a lock does not.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from psycopg.errors import UndefinedTable
from sqlalchemy import Connection, Engine, Select, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from surveyapp.domain.errors import Unavailable
from surveyapp.storage.records import Record, SettingRecord

Found = TypeVar("Found")

LOCK_WAIT_SECONDS = 20.0
_SIMULATED = "simulated"
_WRITING = {"surveyapp_writing": True}
_POSTGRESQL_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Work:
    """One transaction; repositories are made from it and forget it with the transaction.

    Attributes
    ----------
    connection : Connection
        For statements on the way of every citizen, without the cost of a session.
    session : Session
        Made on first use, for everything else; its changes belong to the same transaction.
    """

    def __init__(self, connection: Connection, *, is_sqlite: bool) -> None:
        self.connection = connection
        self.is_sqlite = is_sqlite
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The session of this transaction."""
        if self._session is None:
            self._session = Session(bind=self.connection, expire_on_commit=False)
        return self._session

    def flush(self) -> None:
        """Write what the session still holds."""
        if self._session is not None:
            self._session.flush()

    def close(self) -> None:
        """Let go of the session; the transaction ends with its connection."""
        if self._session is not None:
            self._session.close()

    def insert(self, record: type[Record]) -> sqlite.Insert | postgresql.Insert:
        """Return an INSERT that knows ``ON CONFLICT``, in the dialect of this database."""
        return sqlite.insert(record) if self.is_sqlite else postgresql.insert(record)


def as_it_is_now(query: Select[Found]) -> Select[Found]:
    """Lock what a query finds until the end, and read it anew, whatever was read of it before."""
    return query.with_for_update().execution_options(populate_existing=True)


class FileLock:
    """One writer at a time: threads of this process first, then processes, both in order."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.Lock()

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Hold the lock for a block.

        Raises
        ------
        Unavailable
            Another thread kept it for `LOCK_WAIT_SECONDS`, or somebody has it and `wait` is off.
        """
        if not self._threads.acquire(timeout=LOCK_WAIT_SECONDS if wait else 0):
            raise Unavailable
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock_file(descriptor, wait=wait)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._threads.release()


def _lock_file(descriptor: int, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unavailable from None


class Database:
    """A way to the tables, shared by all threads of a process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        self._reading = {} if self.is_sqlite else _POSTGRESQL_READING
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        self._lock: FileLock | None = None
        if self.is_sqlite:
            file = make_url(url).database
            if not file or file == ":memory:":
                raise ValueError("an embedded database needs a file")
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            # The owner's alone, as the secret is; SQLite gives its journals the same rights.
            Path(file).touch(mode=0o600)
            self._lock = FileLock(Path(f"{file}.lock"))

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """One transaction that only reads: a consistent view."""
        with unavailable_when_lost(), self._begun(self._reading) as work:
            yield work

    @contextmanager
    def writing(self, *, wait: bool = True) -> Iterator[Work]:
        """One transaction that is durable when the block has ended without an exception.

        Parameters
        ----------
        wait : bool
            Whether to wait for other writers of an embedded database.

        Raises
        ------
        Unavailable
            The database or its disk failed, or it is busy; nothing of the block is stored.
        """
        lock = self._lock.held(wait=wait) if self._lock else nullcontext()
        with unavailable_when_lost(), lock, self._begun(_WRITING) as work:
            yield work
            work.flush()
            work.connection.commit()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the file lock of an embedded database, outside of any transaction.

        Raises
        ------
        Unavailable
            Other writers kept it too long.
        """
        with self._lock.held() if self._lock else nullcontext():
            yield

    @contextmanager
    def _begun(self, options: dict[str, Any]) -> Iterator[Work]:
        """Begin before the first statement, so that the lock comes before the first read."""
        with self.engine.connect().execution_options(**options) as connection:
            connection.begin()
            work = Work(connection, is_sqlite=self.is_sqlite)
            try:
                yield work
            finally:
                work.close()

    def is_simulated(self) -> bool:
        """Whether the responses in this database were made up by ``demo --simulate``."""
        with self.reading() as work:
            return work.session.get(SettingRecord, _SIMULATED) is not None

    def mark_simulated(self) -> None:
        """Mark this database for ever; the mark appears on every page and export."""
        with self.writing() as work:
            work.session.merge(SettingRecord(name=_SIMULATED, value="yes"))

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises
        ------
        Unavailable
            It gives none.
        """
        with self.reading() as work:
            work.session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all connections: after a fork, and at the end of a test."""
        self.engine.dispose()


@contextmanager
def unavailable_when_lost() -> Iterator[None]:
    """Turn a lost server, a full disk or a locked file into the refusal people see.

    So is a database without tables: it was never set up. Violated constraints and wrong statements
    stay what they are: those are answers, or bugs.
    """
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error.orig, UndefinedTable):
            raise Unavailable from error
        raise


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions of its own accord: _on_begin does.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        writing = connection.get_execution_options().get("surveyapp_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_size=8, max_overflow=8, pool_timeout=10)
