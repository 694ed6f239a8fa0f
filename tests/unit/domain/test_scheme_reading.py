"""Reading schemes: what is understood, and what is still open."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.periods import Length
from surveyapp.domain.scheme import (
    Accumulation,
    Direction,
    Effect,
    GradeWords,
    GroupRole,
    Missing,
    Source,
)
from surveyapp.domain.scheme_reading import parse_scheme
from tests.support.schemes import a_scheme, document, line


def test_a_whole_scheme_is_read() -> None:
    found = parse_scheme(_whole())
    assert found.unfilled == ()
    sat, safety = found.indicators
    assert (sat.source, sat.indicator, sat.figure) == (Source.INDICATOR, "public", "value")
    assert (sat.centre, sat.spread) == (Fraction(7, 10), Fraction(1, 10))
    assert (sat.every, sat.accumulation) == (Length.MONTH, Accumulation.MEAN)
    assert sat.responsible == "D1"
    assert safety.direction is Direction.LOWER
    assert safety.pace == (Fraction(1, 5), Fraction(2, 5), Fraction(7, 10), Fraction(1))
    assert [group.role for group in found.groups] == [GroupRole.INDIVIDUAL, GroupRole.SUBJECTIVE]
    (rule,) = found.adjustments
    assert (rule.points, rule.cap) == (Fraction(3, 2), Fraction(6))
    veto, floor = found.overrides
    assert (veto.effect, veto.grade, veto.when) == (Effect.FIX, 3, None)
    assert floor.when is not None
    assert (floor.effect, floor.grade, floor.when.value) == (Effect.CAP, 1, Fraction(80))
    assert found.grade_words is GradeWords.PERFORMANCE
    assert [grade.title.zh for grade in found.grades] == ["A等次", "B等次", "C等次", "D等次"]
    assert found.grades[0].quota == Fraction(3, 10)
    assert found.missing is Missing.RENORMALISE
    assert found.follows == "county-2025"
    assert (found.example_numbers, found.show_consequences) == (True, True)
    assert found.of_group("voice") == (sat,)
    assert found.indicator("safety") is safety
    with pytest.raises(KeyError):
        found.indicator("nothing")


def _whole() -> dict[str, Any]:
    return document(
        line(
            "sat",
            40,
            group="voice",
            source="indicator",
            indicator="public",
            figure="value",
            normalisation="z",
            centre="70%",
            spread="0.1",
            every="month",
            accumulation="mean",
            kind="月度指标",
            definition="群众评价",
            unit="分",
            responsible="D1",
        ),
        line(
            "safety",
            60,
            direction="lower",
            normalisation="target",
            best=0,
            worst=5,
            every="quarter",
            accumulation="sum",
            pace=["20%", "40%", "70%", 1],
        ),
        groups=[
            {"key": "work", "title": "工作", "weight": 60, "role": "individual"},
            {"key": "voice", "title": "主观", "weight": 40, "role": "subjective"},
        ],
        adjustments=[{"key": "honour", "title": "表彰", "points": "1.5", "cap": 6}],
        overrides=[
            {"key": "veto", "title": "否决", "effect": "fix", "grade": "D等次"},
            {
                "key": "floor",
                "title": "民意",
                "grade": "Grade B",
                "when": {"indicator": "sat", "below": 80},
            },
        ],
        grade_words="performance",
        grades=[
            {"from": 90, "quota": "30%", "consequence": "+10%"},
            {"from": 80},
            {"from": 60},
            {},
        ],
        missing="renormalise",
        follows="county-2025",
        basis="参照公开报道的结构",
        notes="说明",
        example_numbers=True,
        show_consequences=True,
        total=100,
    )


def test_what_is_empty_is_open_and_what_is_absent_does_not_apply() -> None:
    found = parse_scheme(
        document(
            line("a", None, title=None, normalisation=None),
            line("b", 1, source="indicator", normalisation="rank"),
            line("c", 1, normalisation="bands", bands=None),
            line("d", 1, normalisation="bands", bands=[{"from": 90}, {"share": "50%"}]),
            line("e", 1, limit={"indicator": "a"}, step=None),
            {"key": "f", "title": "f", "group": "work"},
            total=None,
            groups=[{"key": "work", "title": None, "weight": None}],
            adjustments=[{"key": "plus", "title": "加分", "cap": None}],
            overrides=[{"key": "o", "title": "o", "grade": "一般", "when": {"indicator": "a"}}],
            grades=[{"from": None, "quota": None}, {}, {"title": "一般"}],
        )
        | {"missing": None}
    )
    assert found.unfilled == (
        "total",
        "missing",
        "groups[1].title",
        "groups[1].weight",
        "indicators[1].normalisation",
        "indicators[1].title",
        "indicators[1].weight",
        "indicators[2].indicator",
        "indicators[2].step",
        "indicators[3].bands",
        "indicators[4].bands[1].share",
        "indicators[4].bands[2].from",
        "indicators[5].step",
        "indicators[5].limit.from",
        "indicators[5].limit.share",
        "indicators[6].normalisation",
        "indicators[6].weight",
        "adjustments[1].points",
        "adjustments[1].cap",
        "overrides[1].when.below",
        "grades[1].from",
        "grades[1].quota",
    )
    assert found.groups[0].title.zh == "（待填）"
    # What comes from a survey ends at 100 without saying so.
    (public,) = a_scheme(
        {
            "key": "s",
            "title": "s",
            "group": "work",
            "weight": 100,
            "indicator": "public",
            "normalisation": "direct",
        }
    ).indicators
    assert (public.source, public.best) == (Source.INDICATOR, Fraction(100))
