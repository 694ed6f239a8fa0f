"""The server that ships with the product: gunicorn with threads, no access log.

An access log would keep, beside each time and network address, the code of the place that was
opened and the receipt that was handed out. So there is none, and what gunicorn reports about errors
has its addresses blotted out.
"""

from __future__ import annotations

import importlib
import logging
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from surveyapp.config import Settings
from surveyapp.domain.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PORT = 8000
THREADS = 8
_MOST_WORKERS = 4
_ONLY_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_CODES = re.compile(r"(/(?:r|i|b|receipt)/)[^\s'\"?]+")


def scrubbed(text: str) -> str:
    """Return a line for the log without the codes that stand in addresses."""
    return _CODES.sub(r"\1…", text)


class _Scrub(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrubbed(record.getMessage()), ()
        return True


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's logger, without codes and without requests."""

    def setup(self, cfg: Any) -> None:
        """Attach the filter to everything gunicorn writes."""
        super().setup(cfg)
        self.error_log.addFilter(_Scrub())


def address_to_bind(settings: Settings) -> str:
    """Return where to listen: for everybody only if the base address names another machine."""
    # An https address is that of a proxy, and so is its port.
    port = None if settings.is_https else urlsplit(settings.base_url).port
    interface = "127.0.0.1" if settings.host in _ONLY_THIS_MACHINE else "0.0.0.0"  # noqa: S104
    return f"{interface}:{port or PORT}"


def options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings."""
    workers = min(os.cpu_count() or 1, _MOST_WORKERS)
    memory = Path("/dev/shm")  # noqa: S108 where a worker's sign of life costs no disk access
    return {
        "bind": address_to_bind(settings),
        "worker_class": "gthread",
        "workers": workers,
        "threads": THREADS,
        "keepalive": 15,
        "timeout": 60,
        "graceful_timeout": 20,
        "accesslog": None,
        "logger_class": QuietLogger,
        "worker_tmp_dir": str(memory) if memory.is_dir() else None,
        # Forwarded headers are the business of surveyapp.web.proxies alone.
        "forwarded_allow_ips": "",
        "limit_request_line": 4094,
        "child_exit": forget_figures,
        "worker_exit": write_down,
        "control_socket_disable": True,
    }


def prepare(settings: Settings) -> None:
    """Let the worker processes log alike and count together; before the application is imported.

    The folder of the figures begins empty: they start at zero with the server.
    """
    logging.basicConfig(
        level=logging.WARNING,
        format="[%(asctime)s] [%(process)d] [%(levelname)s] %(message)s",
    )
    folder = settings.instance_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[_METRICS_FOLDER] = str(folder)


def forget_figures(_server: Any, worker: Any) -> None:
    """Tell the shared figures that a worker process has ended."""
    if os.environ.get(_METRICS_FOLDER):
        # Imported late: the library looks for the folder when it is imported.
        multiprocess = importlib.import_module("prometheus_client.multiprocess")
        multiprocess.mark_process_dead(worker.pid)


def write_down(_server: Any, worker: Any) -> None:
    """Let a worker process that ends write down what it counted and had not written yet."""
    app = getattr(worker, "wsgi", None)
    if app is not None:
        with suppress(Unavailable):
            app.extensions["surveyapp"].funnel.flush()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Make the application in each worker process: connections do not survive a fork."""
        factory = importlib.import_module("surveyapp.factory")
        return cast("WSGIApplication", factory.create_app(self._settings))


def serve(settings: Settings) -> None:
    """Serve until a signal ends the process.

    Parameters
    ----------
    settings : Settings
        Read once, before the processes fork: a secret that has to be made is made once.
    """
    prepare(settings)
    # Loaded before the fork, the code is in memory once for all worker processes.
    importlib.import_module("surveyapp.factory")
    _Server(settings).run()
