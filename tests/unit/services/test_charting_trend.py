"""The control chart: a dot a month, its band, and what leaves it."""

from __future__ import annotations

import pytest

from surveyapp.services.results.charts import Size
from surveyapp.services.results.trend_chart import TrendMark, TrendWords, trend_chart

WORDS = TrendWords("平均水平", "色带：控制限", "超出控制限")


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_what_leaves_its_limits_is_said_and_drawn(size: Size) -> None:
    marks = [TrendMark(f"2026-{month:02}", 0.9, 0.8, 0.99, False) for month in range(1, 12)]
    inside = trend_chart(marks, 0.9, WORDS, size=size).decode()
    outside = trend_chart(
        [*marks, TrendMark("2026-12", 0.5, 0.8, 0.99, True)], 0.9, WORDS, size=size
    ).decode()
    assert "平均水平 90.0%" in inside
    assert "超出控制限" not in inside
    assert "超出控制限" in outside
    assert inside.count("2026-") == (11 if size == "wide" else 4)


def test_few_points_have_no_limits() -> None:
    drawn = trend_chart([TrendMark("2026-11", 1.0, None, None, False)], None, WORDS).decode()
    assert "2026-11" in drawn
    assert "平均水平" not in drawn
