from __future__ import annotations

from typing import Any

import pytest

from surveyapp.stats.control import Signal, is_implausibly_good, mean_chart, share_chart


def test_limits_of_shares_worked_by_hand() -> None:
    # Of 4 with p = 0.5: P(0) = 1/16 = 0.0625 > 0.05, so 0 is inside at 90 %; of 6: 1/64 is not.
    chart = share_chart([0, 0, 6, 3], [4, 6, 6, 6], centre=0.5, confidence=0.9)
    assert [(point.low, point.high) for point in chart.points[:2]] == [(0, 1), (1 / 6, 5 / 6)]
    assert [point.signal for point in chart.points] == [None, Signal.LOW, Signal.HIGH, None]
    assert chart.centre == 0.5


def test_limits_of_shares_stay_shares_where_the_normal_ones_do_not() -> None:
    chart = share_chart([49, 50, 396], [50, 50, 400])
    assert chart.centre == pytest.approx(0.99)
    assert all(0 <= point.low < point.high <= 1 for point in chart.points)
    assert [point.signal for point in chart.points] == [None, None, None]
    # 47 of 50 is below p - 3 √(p(1-p)/n) = 0.9478, but chance brings it 14 times in 1000.
    assert share_chart([47], [50], centre=0.99).points[0].signal is None
    assert share_chart([45], [50], centre=0.99).points[0].signal is Signal.LOW
    all_good = share_chart([5, 5], [5, 5])
    assert [(point.low, point.high) for point in all_good.points] == [(1, 1), (1, 1)]


def test_limits_of_means_widen_with_their_errors() -> None:
    # Weights 1, 1, 1/4: centre (70 + 72 + 20) / 2.25 = 72.
    chart = mean_chart([70, 72, 80], [1, 1, 2])
    assert chart.centre == pytest.approx(72)
    assert chart.points[2].high == pytest.approx(72 + 2.99998 * 2, abs=1e-4)
    assert [point.signal for point in chart.points] == [None, None, Signal.HIGH]
    low = mean_chart([60.0], [1.0], centre=70, confidence=0.95)
    assert low.points[0].signal is Signal.LOW


def test_what_is_too_good_to_be_true() -> None:
    assert is_implausibly_good(96_650, 96_659)  # 99.99 %
    assert not is_implausibly_good(13_131, 13_354)  # 223 bad ones: honest
    assert not is_implausibly_good(300, 300)
    assert (is_implausibly_good(764, 764), is_implausibly_good(765, 765)) == (False, True)
    assert not is_implausibly_good(0, 0)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: share_chart([0.5], [1]), "whole counts"),
        (lambda: share_chart([1], [1.5]), "whole counts"),
        (lambda: share_chart([1], [1], centre=1.1), "the centre of shares"),
        (lambda: share_chart([1], [1], confidence=1), "between 0 and 1"),
        (lambda: mean_chart([1], [0]), "positive standard errors"),
        (lambda: mean_chart([], []), "positive standard errors"),
        (lambda: is_implausibly_good(2, 1), "more hits"),
        (lambda: is_implausibly_good(1, 1, limit=1), "between 0 and 1"),
    ],
    ids=range(8),
)
def test_what_has_no_limits_is_refused(call: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        call()
