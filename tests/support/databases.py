"""Fresh databases with the newest schema, made from a template in a fraction of a second."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from surveyapp.storage.migrate import upgrade
from tests.support.postgres import PostgresServer

_TEMPLATE = "template_of_tests"


class SqliteTemplate:
    """A migrated file, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.sqlite3"
        upgrade(f"sqlite:///{self._file}")
        for journal in ("-wal", "-shm"):
            if (leftover := self._file.with_name(self._file.name + journal)).exists():
                raise RuntimeError(f"the migration left {leftover.name} behind")

    def copy_to(self, folder: Path) -> str:
        """Make a fresh database in `folder` and return its address."""
        target = folder / "surveyapp.sqlite3"
        shutil.copyfile(self._file, target)
        return f"sqlite:///{target}"


class PostgresTemplate:
    """A migrated database, copied for each test by the server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        server.execute(f"CREATE DATABASE {_TEMPLATE}")
        upgrade(server.url(_TEMPLATE))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Make a fresh database, yield its address, remove it."""
        name = f"test_{next(self._numbers)}"
        self._server.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield self._server.url(name)
        finally:
            self._server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_postgres(server: PostgresServer, name: str) -> Iterator[str]:
    """Make a database without any table, yield its address, remove it."""
    server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server.url(name)
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
