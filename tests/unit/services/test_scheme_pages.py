"""How indicators score in words, and the page of a responsible unit with its overflow."""

from __future__ import annotations

import re
from typing import Any

import pytest

from surveyapp.services.assessment.one_page import COLUMNS, FONT, LINE, PAGE, pages_of, width_of
from surveyapp.services.assessment.words import limit_of, percent, rule_of
from surveyapp.web.assets import STATIC
from tests.support.schemes import a_scheme, line


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"normalisation": None}, "Still open."),
        ({}, "Value out of 100."),
        ({"direction": "lower"}, "What the value leaves of 100."),
        ({"normalisation": "own_best"}, "Own value ÷ best of the category."),
        (
            {"normalisation": "own_best", "direction": "lower"},
            "Best (lowest) of the category ÷ own value.",
        ),
        (
            {"normalisation": "min_max", "best": None},
            "Evenly from the worst of the category (none) to the best (all).",
        ),
        ({"normalisation": "min_max", "best": 9, "worst": 1}, "Evenly from 1 (none) to 9 (all)."),
        (
            {"normalisation": "min_max"},
            "Evenly from the worst of the category (none) to 100 (all).",
        ),
        (
            {"normalisation": "min_max", "best": None, "worst": 1},
            "Evenly from 1 (none) to the best of the category (all).",
        ),
        (
            {"normalisation": "rank", "step": "2%"},
            "By rank: the first gets all points, each place below 2% less; equal values share a"
            " place.",
        ),
        (
            {"normalisation": "z", "centre": "70%", "spread": None},
            "By distance from the mean: 70% of the points at the mean, … more for each standard"
            " deviation better.",
        ),
        ({"normalisation": "target", "best": "8.5"}, "Share of the target 8.5 reached."),
        (
            {"normalisation": "target", "best": 8, "worst": 2},
            "Share of the way from 2 to the target 8.",
        ),
        (
            {
                "normalisation": "bands",
                "bands": [{"from": 90, "share": 1}, {"from": 60, "share": "50%"}],
            },
            "By bands: ≥ 90: 100%; ≥ 60: 50%.",
        ),
        (
            {"normalisation": "bands", "direction": "lower", "bands": [{"from": 2, "share": 1}]},
            "By bands: ≤ 2: 100%.",
        ),
        ({"normalisation": "bands", "bands": None}, "By bands: …."),
    ],
)
def test_a_rule_is_said_in_one_sentence(more: dict[str, Any], words: str) -> None:
    assert str(rule_of(a_scheme(line("a", **more)).indicators[0])) == words


def test_a_limit_names_the_other_value() -> None:
    scheme = a_scheme(line("a", limit={"indicator": "b", "from": 30, "share": "65%"}), line("b", 0))
    limit = scheme.indicators[0].limit
    assert limit is not None
    assert "65% of the points" in str(limit_of(limit, scheme))
    assert percent(None) == "…"


def test_the_indicators_of_a_unit_stand_on_one_page_or_say_what_is_too_much() -> None:
    long = "按季度统计，由责任部门核实后填报，口径与上年一致。" * 4
    lines = [line(f"a{n}", 2, responsible="S", definition=long, unit="%") for n in range(25)]
    limit = {"indicator": "a0", "from": 30, "share": "65%"}
    scheme = a_scheme(*lines, line("b", 30, responsible="T", limit=limit), line("c", 20))
    of_s, of_t, of_nobody = pages_of(scheme, {"S": "统计局"}, "zh")
    assert (of_s.name, of_s.points, len(of_s.rows)) == ("统计局", "50", 25)
    assert of_s.too_many > 5
    assert of_s.overflow == of_s.height - PAGE
    assert of_s.rows[0].cells[1] == "a0（%）"
    assert (of_t.name, of_t.too_many, of_t.overflow) == ("T", 0, 0)
    assert "65%" in of_t.rows[0].cells[3]
    assert (of_nobody.unit, of_nobody.name) == (None, "未指定责任单位")
    assert width_of("甲a") == pytest.approx(1.56)


def test_the_estimate_knows_the_measures_of_the_style_sheet() -> None:
    css = (STATIC / "console" / "print-scheme.css").read_text("utf-8")
    widths = [float(width) for width in re.findall(r"\.s\d \{ width: (\d+)mm; \}", css)]
    assert tuple(widths) == COLUMNS
    assert f"font: {FONT}mm/{LINE}mm" in css
    assert "size: A4 portrait; margin: 12mm" in css
    assert PAGE == 297 - 2 * 12
