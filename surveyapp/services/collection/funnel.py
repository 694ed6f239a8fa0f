"""The funnel of a place: how many forms were opened, begun and submitted on a day.

Counted in memory and written down every few seconds, when an answer has gone out: no citizen waits
for a count. What a process had not written down when it was killed is lost; no figure but the
funnel rests on it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal
from uuid import UUID

from surveyapp.services.authoring import unknown_survey
from surveyapp.storage.database import Database
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.traces import FunnelRepository, Step, TraceRepository

FunnelStep = Literal["opened", "started", "submitted"]
TRACE_DAYS = 30
"""For how many days the traces of reviews are kept."""
FLUSH_SECONDS = 10.0
"""Counts wait at most so long for the next request."""


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """The funnel of one place over a span of days.

    Attributes
    ----------
    opened : int
        Pages sent out; previews of messengers and pages loaded again are among them.
    started : int
        Forms in which somebody began to answer.
    submitted : int
        Responses stored.
    """

    opened: int = 0
    started: int = 0
    submitted: int = 0

    def share(self, step: Literal["started", "submitted"]) -> float | None:
        """Return a step as a share of the pages opened, None where none was or more than all."""
        n = self.started if step == "started" else self.submitted
        return n / self.opened if 0 < self.opened >= n else None


class Funnel:
    """Counts of this process that wait to be written down."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone
        self._clock = clock
        self._flushed = clock()
        self._waiting: Counter[Step] = Counter()
        self._lock = threading.Lock()
        self._swept: date | None = None

    def note(self, place_id: UUID, step: FunnelStep) -> None:
        """Count one step, in memory."""
        today = self._today()
        with self._lock:
            self._waiting[Step(place_id, today, step)] += 1

    def is_due(self) -> bool:
        """Whether counts wait for longer than they should."""
        return bool(self._waiting) and self._clock() - self._flushed >= FLUSH_SECONDS

    def flush(self) -> None:
        """Write down what waits; on the first call of a day also forget old traces.

        Raises
        ------
        Unavailable
            Nothing is lost: the counts keep waiting.
        """
        today = self._today()
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
            self._flushed = self._clock()
        if not taken and self._swept == today:
            return
        try:
            with self._database.writing() as work:
                if taken:
                    FunnelRepository(work).add(taken)
                if self._swept != today:
                    TraceRepository(work).forget(today - timedelta(days=TRACE_DAYS))
        except BaseException:
            with self._lock:
                self._waiting.update(taken)
            raise
        self._swept = today

    def of_survey(
        self, key: str, since: date | None = None, until: date | None = None
    ) -> dict[UUID, FunnelRow]:
        """Return the funnel of each place of a survey that has one, by the place's id.

        Parameters
        ----------
        since, until : date, optional
            First and last local day, both inside.

        Raises
        ------
        NotFound
        """
        self.flush()
        with self._database.reading() as work:
            survey = SurveyRepository(work).find(key)
            if survey is None:
                raise unknown_survey(key)
            counts = FunnelRepository(work).of_survey(survey.id, since, until)
        return {place_id: FunnelRow(**steps) for place_id, steps in counts.items()}

    def _today(self) -> date:
        return self._now().astimezone(self._timezone).date()
