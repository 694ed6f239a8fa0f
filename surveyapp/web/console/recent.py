"""What was computed in the last minute, so that the charts of a page do not compute it again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from flask import current_app

Made = TypeVar("Made")

SECONDS = 60.0
_SIZE = 16


class Recent(Generic[Made]):
    """A few things by key; older ones are forgotten.

    Parameters
    ----------
    clock : callable
        Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Made]] = OrderedDict()
        self._lock = Lock()

    def fresh(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Make a thing anew and keep it: for the page itself."""
        made = make()
        with self._lock:
            self._kept[key] = (self._clock(), made)
            self._kept.move_to_end(key)
            while len(self._kept) > _SIZE:
                self._kept.popitem(last=False)
        return made

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made less than a minute ago, or make it: for the charts of the page."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] < SECONDS:
            return kept[1]
        return self.fresh(key, make)


def recent(name: str) -> Recent[Any]:
    """Return what the running application keeps under a name."""
    kept = current_app.extensions.setdefault(f"surveyapp.{name}", Recent())
    return cast("Recent[Any]", kept)
