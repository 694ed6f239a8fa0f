"""The server that ships with the product, started as operators start it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.builders import SECRET, a_place, an_open_survey, services_on

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Served:
    """A running server."""

    port: int
    code: str
    log: Path

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    services = services_on(sqlite_url, tmp_path)
    code = a_place(services, an_open_survey(services)).code
    services.database.dispose()
    port = _free_port()
    log = tmp_path / "server.log"
    environ = {
        "PATH": os.environ["PATH"],
        "SURVEYAPP_DATABASE_URL": sqlite_url,
        "SURVEYAPP_SECRET_KEY": SECRET,
        "SURVEYAPP_INSTANCE_DIR": str(tmp_path),
        "SURVEYAPP_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)
    site = Served(port, code, log)
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


def _fields(html: str) -> dict[str, str]:
    found = dict(re.findall(r'name="(csrf_token|submission_key|revision)" value="([^"]*)"', html))
    assert len(found) == 3
    return found


def test_a_citizen_is_served_and_nothing_about_them_is_written_down(served: Served) -> None:
    status, headers, page = served.ask("GET", f"/r/{served.code}")
    assert status == 200
    cookie = headers["Set-Cookie"].split(";")[0]
    fields = {**_fields(page.decode()), "overall": "satisfied"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    status, headers, _ = served.ask("POST", f"/r/{served.code}", urlencode(fields).encode(), form)
    assert status == 303
    receipt = headers["Location"]
    assert served.ask("GET", receipt)[0] == 200

    status, _, page = served.ask("POST", f"/r/{served.code}", b"comment=" + b"x" * 1_000_000, form)
    assert status == 413
    assert "过大".encode() in page or b"too large" in page
    assert served.ask("GET", f"/r/{served.code}", headers={"X-Forwarded-Proto": "https"})[0] == 200

    _, _, figures = served.ask("GET", "/metrics")
    assert b'surveyapp_requests_total{method="POST",route="respond.answer",status="303"} 1.0' in (
        figures
    ), "all worker processes count together"
    written = served.log.read_text()
    for secret in (served.code, receipt.rsplit("/", 1)[-1], fields["submission_key"], "GET /"):
        assert secret not in written
