"""Start the product and the baseline under the same server settings, and read their CPU time."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from bench.bare import create_bare
from surveyapp import server
from surveyapp.config import Settings

_START_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return user and system time of the server and its workers so far."""
        return sum(_ticks(pid) for pid in (self.pid, *_children(self.pid))) / _TICKS


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


@contextmanager
def running(job: dict[str, Any], environ: dict[str, str]) -> Iterator[Server]:
    """Run one server in a process of its own until the block ends."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.servers", json.dumps(job | {"port": port})],
        env=os.environ | environ,
    )
    try:
        _wait_for(port, process)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a server did not start")


class _Application(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, job: dict[str, Any], settings: Settings) -> None:
        self._job = job
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in server.options(self._settings).items():
            # What the product writes down when a worker ends, the baseline does not have.
            if name != "worker_exit" or self._job["what"] == "product":
                self.cfg.set(name, value)
        self.cfg.set("bind", f"127.0.0.1:{self._job['port']}")
        self.cfg.set("loglevel", "warning")

    def load(self) -> Any:
        if self._job["what"] == "bare":
            questions = [(field, levels) for field, levels in self._job["questions"]]
            return create_bare(self._job["url"], questions, self._job["page_bytes"])
        from surveyapp.factory import create_app  # after the fork, as the product's server does

        return create_app(self._settings)


def main() -> None:
    """Serve one job, given as JSON."""
    job = json.loads(sys.argv[1])
    settings = Settings.from_environ()
    server.prepare(replace(settings, instance_dir=settings.instance_dir / str(job["port"])))
    _Application(job, settings).run()


if __name__ == "__main__":
    main()
