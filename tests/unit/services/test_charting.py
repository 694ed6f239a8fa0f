"""Charts: words stay text in the reader's fonts, whatever is drawn."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape

import pytest

from surveyapp.services.results.charts import (
    FAVOURABLE,
    FONTS,
    NEUTRAL,
    UNFAVOURABLE,
    IntervalMark,
    LevelBar,
    Size,
    day_chart,
    in_two_lines,
    interval_chart,
    level_chart,
    level_colours,
    shortened,
    text_width,
)

WHOLE = IntervalMark("全体", 73.1, 71.7, 74.5, "73.1 ±1.4", is_strong=True)
PART = IntervalMark("第1区", 70.0, 66.0, 74.0, "70.0 ±4.0")
NO_INTERVAL = IntervalMark("第2区", 60.0, None, None, "60.0")
HELD = IntervalMark("第3区", None, None, None, "样本不足")
LEVELS = ("非常满意", "比较满意", "一般", "不太满意", "很不满意")
GOOD = (True, True, False, False, False)


def words_of(svg: bytes) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())]


def width_of(svg: bytes) -> float:
    found = re.search(rb'viewBox="0 0 ([\d.]+)', svg)
    assert found
    return float(found[1])


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_values_and_intervals_stand_on_one_axis(size: Size) -> None:
    svg = interval_chart(
        [WHOLE, PART, NO_INTERVAL, HELD], lowest=0, highest=100, size=size, unit="分"
    )
    words = words_of(svg)
    for mark in (WHOLE, PART, NO_INTERVAL, HELD):
        assert mark.label in words
        assert mark.words in words
    assert "分" in words
    assert f"font-family: {FONTS}".encode() in svg
    assert width_of(svg) == {"wide": 760, "narrow": 320}[size]


def test_the_axis_is_cut_only_where_most_of_it_is_empty() -> None:
    cut = words_of(interval_chart([WHOLE, PART], lowest=0, highest=100))
    assert "0" not in cut
    assert "70" in cut
    whole = words_of(
        interval_chart([WHOLE, IntervalMark("低", 5, 1, 9, "5")], lowest=0, highest=100)
    )
    assert {"0", "100"} <= set(whole)
    nothing = words_of(interval_chart([HELD], lowest=-2, highest=2))
    assert {"-2", "2"} <= set(nothing)
    close = words_of(interval_chart([IntervalMark("x", 0.42, 0.4, 0.44, "x")], lowest=0, highest=1))
    assert "0.4" in close


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_shares_are_stacked_and_large_ones_are_written(size: Size) -> None:
    bars = [LevelBar("空气", (0.5, 0.3, 0.17, 0.02, 0.01), "80.0%"), LevelBar("水", (0.0,) * 5)]
    words = words_of(level_chart(bars, levels=LEVELS, favourable=GOOD, size=size))
    assert set(LEVELS) <= set(words)
    assert {"50%", "30%", "17%", "80.0%"} <= set(words)
    assert "2%" not in words


def test_days_without_responses_keep_their_place() -> None:
    days = [(date(2026, 11, 1) + timedelta(days=n), n) for n in (0, 3, 20)]
    wide, narrow = day_chart(days), day_chart(days, size="narrow")
    assert words_of(wide)[:2] != []
    assert {"11-01", "11-04"} <= set(words_of(wide))
    assert "11-04" not in words_of(narrow)
    assert "11-21" in words_of(day_chart([(date(2026, 11, 21), 1033)]))


def test_the_same_figures_give_the_same_drawing() -> None:
    def draw(_n: int) -> bytes:
        return interval_chart([WHOLE, PART], lowest=0, highest=100)

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(draw, range(8)))) == 1


def test_colours_say_which_levels_are_favourable() -> None:
    assert level_colours(GOOD)[2] == NEUTRAL
    assert level_colours((True, True, True, False, False)) == [
        *FAVOURABLE,
        UNFAVOURABLE[0],
        UNFAVOURABLE[-1],
    ]
    assert level_colours((True, False)) == [FAVOURABLE[1], UNFAVOURABLE[1]]
    assert level_colours((False, False, False))[0] == NEUTRAL


def test_a_chinese_character_is_as_wide_as_high() -> None:
    assert text_width("满意", 10) == 20
    assert text_width("ab", 10) < 15
    assert shortened("公共交通", 400) == "公共交通"
    assert shortened("公共交通与街道养护", 60) == "公共交…"


def test_long_labels_take_two_lines_and_latin_words_stay_whole() -> None:
    assert in_two_lines("公共交通", 400) == ["公共交通"]
    assert in_two_lines("公共交通与街道", 66) == ["公共交通与", "街道"]
    assert in_two_lines("Fire and emergency services", 110) == [
        "Fire and",
        "emergency services"[:13] + "…",
    ]
    assert in_two_lines("Supercalifragilistic", 60)[0]
