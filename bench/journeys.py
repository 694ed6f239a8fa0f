"""The load: citizens who open a form, answer it and read their receipt."""

from __future__ import annotations

import re
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

PROCESSES = 2
THREADS = 4
_HEADERS = {"Accept-Encoding": "identity", "Accept-Language": "zh-CN"}
_HIDDEN = re.compile(rb'name="?(csrf_token|submission_key|revision)"?[^>]*?value="?([^">\s]+)')


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go and what to answer."""

    port: int
    path: str
    answers: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Outcome:
    """What happened in one block: seconds of each journey and of each POST."""

    journeys: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    failures: int = 0
    seconds: float = 0.0

    def add(self, other: Outcome) -> None:
        """Take another block's numbers in."""
        self.journeys += other.journeys
        self.posts += other.posts
        self.failures += other.failures


def drive(target: Target, seconds: float) -> Outcome:
    """Send journeys for a while, eight citizens at a time, each on a connection of its own."""
    began = time.monotonic()
    total = Outcome()
    with ProcessPoolExecutor(PROCESSES) as pool:
        blocks = [pool.submit(_drive_threads, target, seconds) for _ in range(PROCESSES)]
        for block in blocks:
            total.add(block.result())
    total.seconds = time.monotonic() - began
    return total


def _drive_threads(target: Target, seconds: float) -> Outcome:
    total = Outcome()
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        for outcome in pool.map(lambda _: _until(target, deadline), range(THREADS)):
            total.add(outcome)
    return total


def _until(target: Target, deadline: float) -> Outcome:
    outcome = Outcome()
    while time.monotonic() < deadline:
        began = time.perf_counter()
        post = one_journey(target)
        if post is None:
            outcome.failures += 1
        else:
            outcome.posts.append(post)
            outcome.journeys.append(time.perf_counter() - began)
    return outcome


def one_journey(target: Target) -> float | None:
    """Open, answer, read the receipt; return the seconds of the POST, None if anything failed."""
    connection = HTTPConnection("127.0.0.1", target.port, timeout=30)
    try:
        connection.request("GET", target.path, headers=_HEADERS)
        reply = connection.getresponse()
        page = reply.read()
        cookies = "; ".join(
            value.partition(";")[0] for value in reply.headers.get_all("Set-Cookie", [])
        )
        hidden = [(name.decode(), value.decode()) for name, value in _HIDDEN.findall(page)]
        headers = _HEADERS | {
            "Cookie": cookies,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        began = time.perf_counter()
        connection.request(
            "POST", target.path, urlencode([*hidden, *target.answers]), headers=headers
        )
        reply = connection.getresponse()
        reply.read()
        posted = time.perf_counter() - began
        if reply.status != 303:
            return None
        connection.request("GET", reply.headers["Location"], headers=_HEADERS | {"Cookie": cookies})
        reply = connection.getresponse()
        reply.read()
        return posted if reply.status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()
