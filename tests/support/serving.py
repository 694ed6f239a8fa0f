"""The server that ships with the product, started as operators start it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders import SECRET

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Served:
    """A running server."""

    port: int
    log: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()


def free_port() -> int:
    """Return a port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[Served]:
    """Serve a database until the block ends, which must be in order."""
    port = free_port()
    log = folder / "server.log"
    environ = {
        "PATH": os.environ["PATH"],
        "SURVEYAPP_DATABASE_URL": database_url,
        "SURVEYAPP_SECRET_KEY": SECRET,
        "SURVEYAPP_INSTANCE_DIR": str(folder),
        "SURVEYAPP_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)
    site = Served(port, log)
    try:
        _wait_until_ready(site, process)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def _wait_until_ready(site: Served, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, site.log.read_text()
        try:
            if site.ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(site.log.read_text())
