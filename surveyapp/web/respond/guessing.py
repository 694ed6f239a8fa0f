"""Somebody who tries codes is slowed down and reported; nobody is ever locked out.

A hall full of people shares one network address, so an address says nothing about who it is, and
none is kept here. What is watched is how many unknown codes arrive altogether. Only the answer to
an unknown code waits: a citizen with a good code never does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

from prometheus_client import Counter

WINDOW_SECONDS = 60.0
FREE = 30
DELAY_SECONDS = 0.25
_MOST_WAITING = 2

_log = logging.getLogger(__name__)


class UnknownCodes:
    """Counts unknown codes, delays the answers when there are many, and raises the alarm.

    Parameters
    ----------
    counter : Counter
        Counts all of them, for the figures.
    clock, sleep : callable
        Seconds of a clock that never goes back, and waiting for a number of seconds.
    """

    def __init__(
        self,
        counter: Counter,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._counter = counter
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._since = clock()
        self._seen = 0
        self._waiting = 0

    def note(self) -> None:
        """Take note of one; returns after a moment if there are too many of them."""
        self._counter.inc()
        with self._lock:
            now = self._clock()
            if now - self._since >= WINDOW_SECONDS:
                self._since, self._seen = now, 0
            self._seen += 1
            if self._seen == FREE + 1:
                _log.warning("many unknown codes: more than %d within a minute", FREE)
            # Waiting must not take the threads away from those who have a good code.
            if self._seen <= FREE or self._waiting >= _MOST_WAITING:
                return
            self._waiting += 1
        try:
            self._sleep(DELAY_SECONDS)
        finally:
            with self._lock:
                self._waiting -= 1
