from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.bursts import scan_bursts

DAY = 86400.0


def test_an_even_rate_worked_by_hand() -> None:
    # Five responses in 100 s, three of them within 10 s: after the first, each of four others
    # falls into the window with chance 1/10; two or more: 1 - 0.9^4 - 4 * 0.1 * 0.9^3 = 0.0523.
    got = scan_bursts([5, 40, 42, 49.9, 80], ["A"] * 5, window=10, start=0, end=100)
    (burst,) = got.bursts
    assert (burst.place, burst.start, burst.count, burst.largest) == ("A", 40, 3, 3)
    assert burst.expected == pytest.approx(1.4)
    assert burst.p_value == pytest.approx(5 * 0.0523)
    assert got.windows == 5
    assert not got.flagged.any()
    marked = scan_bursts([80, 49.9, 42, 5, 40], [1] * 5, window=10, start=0, end=100,
                         significance=0.3).flagged  # fmt: skip
    assert marked.tolist() == [False, True, True, False, True]


def test_a_shared_rate_worked_by_hand() -> None:
    # In the window that opens at 40: four responses, three from A. After the first, each of three
    # others is from A with chance 3/30 (A has 4 of 31); two or more: 3 0.1^2 0.9 + 0.1^3 = 0.028.
    times = [5, 40, 42, 45, 43, *range(60, 86)]
    places = [*"AAAA", *"B" * 27]
    got = scan_bursts(times, places, window=10, start=0, end=100, rate="shared")
    a, b = got.bursts
    assert (a.place, b.place) == ("A", "B")
    assert (a.start, a.count, a.largest) == (40, 3, 3)
    assert a.expected == pytest.approx(1.3)
    assert a.p_value == pytest.approx(31 * 0.028)


def test_a_planted_burst_is_found_and_the_rest_is_left_alone() -> None:
    random = np.random.default_rng(4)
    honest = random.uniform(0, 30 * DAY, 900)
    places = np.repeat(["A", "B", "C"], 300)
    planted = 12 * DAY + random.uniform(0, 1200, 40)
    times = np.concatenate([honest, planted])
    labels = np.concatenate([places, np.full(40, "B")])
    for rate in ("even", "shared"):
        got = scan_bursts(times, labels, window=1200, start=0, end=30 * DAY, rate=rate)
        p_values = {burst.place: burst.p_value for burst in got.bursts}
        assert p_values["B"] < 1e-12
        assert min(p_values["A"], p_values["C"]) > 0.05
        assert got.flagged[-40:].all()
        assert got.flagged[:-40].sum() <= 1  # an honest one may have come in the same minutes


def test_a_rhythm_of_all_places_is_no_burst_of_one() -> None:
    # All places answer in one hour of the day only.
    random = np.random.default_rng(6)
    times = random.integers(0, 30, 600) * DAY + random.uniform(9 * 3600, 10 * 3600, 600)
    labels = random.integers(0, 4, 600)
    even, shared = (
        scan_bursts(times, labels, window=1200, start=0, end=30 * DAY, rate=rate)
        for rate in ("even", "shared")
    )
    assert even.flagged.any()
    assert not shared.flagged.any()


@pytest.mark.parametrize("rate", ["even", "shared"])
def test_false_alarms_are_no_more_than_the_significance(rate: Any) -> None:
    random, alarms, runs = np.random.default_rng(10), 0, 300
    for _ in range(runs):
        times, labels = random.uniform(0, 1000, 120), random.integers(0, 3, 120)
        got = scan_bursts(times, labels, window=30, start=0, end=1000, rate=rate)
        alarms += bool(got.flagged.any())
    assert alarms / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_the_bound_of_the_shared_rate_holds_the_hypergeometric_tail() -> None:
    for size, place, window, count in [(200, 40, 20, 12), (50, 10, 8, 6), (1000, 100, 61, 60)]:
        exact = float(stats.hypergeom.sf(count - 2, size - 1, window - 1, place - 1))
        bound = float(stats.binom.sf(count - 2, window - 1, (place - 1) / (size - 1)))
        assert exact <= bound


def test_responses_of_one_moment_are_together() -> None:
    got = scan_bursts([1, 50, 50, 50, 50], [7] * 5, window=1, start=0, end=100)
    (burst,) = got.bursts
    assert (burst.place, burst.start, burst.count) == (7, 50, 4)
    assert got.flagged.tolist() == [False, True, True, True, True]


def test_a_single_response_is_no_burst() -> None:
    got = scan_bursts([50, 60], ["A", "B"], window=5, start=0, end=100, rate="shared")
    assert [(burst.count, burst.p_value) for burst in got.bursts] == [(1, 1), (1, 1)]
    got = scan_bursts([50], ["A"], window=5, start=0, end=100)
    assert [(burst.count, burst.expected, burst.p_value) for burst in got.bursts] == [(1, 1, 1)]


@pytest.mark.parametrize("rate", ["even", "shared"])
def test_nothing_to_scan_finds_nothing(rate: Any) -> None:
    got = scan_bursts([], [], window=5, start=0, end=100, rate=rate)
    assert (got.bursts, got.windows, got.flagged.size) == ((), 0, 0)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"places": ["A"]}, "places has shape"),
        ({"window": 0}, "window must be positive"),
        ({"window": 100}, "window must be positive and shorter"),
        ({"end": 4}, "window must be positive"),
        ({"start": 2}, "outside the time"),
        ({"end": 30}, "outside the time"),
        ({"significance": 1}, "significance"),
        ({"rate": "odd"}, "rate must be even or shared"),
        ({"rate": "shared"}, "at least two places"),
        ({"times": [1, math.nan]}, "not finite"),
    ],
)
def test_scans_that_mean_nothing_are_refused(changed: dict[str, Any], reason: str) -> None:
    given: dict[str, Any] = {
        "times": [1, 50], "places": ["A", "A"], "window": 5, "start": 0, "end": 100, **changed,
    }  # fmt: skip
    with pytest.raises(ValueError, match=reason):
        scan_bursts(given.pop("times"), given.pop("places"), **given)
