"""Trying codes is slowed down and reported; nobody is locked out."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter

from surveyapp.web.respond.guessing import DELAY_SECONDS, FREE, WINDOW_SECONDS, UnknownCodes


class Watch:
    """A clock and a way to wait that remembers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.codes: UnknownCodes | None = None
        self.counter = Counter("codes", "Codes.", registry=CollectorRegistry())

    def start(self) -> UnknownCodes:
        self.codes = UnknownCodes(self.counter, clock=lambda: self.now, sleep=self.slept.append)
        return self.codes


def test_a_few_typing_errors_cost_nothing(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    codes = watch.start()
    for _ in range(FREE):
        codes.note()
    assert watch.slept == []
    assert caplog.records == []


def test_many_are_delayed_and_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    codes = watch.start()
    for _ in range(FREE + 5):
        codes.note()
    assert watch.slept == [DELAY_SECONDS] * 5
    assert len(caplog.records) == 1
    assert watch.counter._value.get() == FREE + 5
    watch.now += WINDOW_SECONDS
    codes.note()
    assert len(watch.slept) == 5, "a new minute begins"


def test_those_who_wait_leave_threads_to_the_others() -> None:
    watch = Watch()
    depth: list[int] = []

    def sleep(_seconds: float) -> None:
        depth.append(len(depth))
        codes.note()

    codes = UnknownCodes(watch.counter, clock=lambda: 0.0, sleep=sleep)
    for _ in range(FREE + 1):
        codes.note()
    assert len(depth) == 2
