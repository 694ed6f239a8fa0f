"""The composite score by hand: accumulation, missing values, limits, additions, sensitivity."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from surveyapp.domain.accumulating import Occurrence
from surveyapp.domain.composite import Composite, compose
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.scheme_weights import effective_weights, moved, weight_of
from tests.support.schemes import a_scheme, composed, inputs_for, line, scores_of

GROUPS = [
    {"key": "work", "title": "工作", "weight": 60, "role": "common"},
    {"key": "voice", "title": "主观", "weight": 40, "role": "subjective"},
]


def _occurrence(rule: str, unit: str, times: int = 1) -> Occurrence:
    return Occurrence(rule, unit, date(2026, 3, 1), times, "表彰", "文件", UUID(int=times))


def _two(missing: str = "block", **more: Any) -> Scheme:
    return a_scheme(
        line("a", 20),
        line("b", 40),
        line("c", 40, group="voice"),
        groups=GROUPS,
        missing=missing,
        **more,
    )


def _score(found: Composite, unit: str) -> Fraction | None:
    return scores_of(found)[unit]


def test_points_are_weights_times_shares_and_groups_add_up() -> None:
    found = composed(_two(), {"a": {"X": 50}, "b": {"X": 100}, "c": {"X": 80}})
    one = found.units[0]
    assert (one.base, one.score, one.rank) == (Fraction(82), Fraction(82), 1)
    assert one.groups == {"work": 50, "voice": 32}
    assert [term.points for term in one.terms] == [10, 40, 32]
    assert found.of("nobody") is None


def test_a_missing_value_follows_the_rule_that_was_declared() -> None:
    values = {"a": {"X": 50, "Y": 50}, "b": {"Y": 100}, "c": {"X": 80, "Y": 80}}
    blocked = composed(_two(), values)
    assert scores_of(blocked) == {"X": None, "Y": 82}
    assert [(one.unit.code, one.rank) for one in blocked.units] == [("Y", 1), ("X", None)]
    assert blocked.units[1].missing == ("b",)
    # 60 × 0.5 (a alone stands for its group) + 32.
    assert _score(composed(_two("renormalise"), values), "X") == 62
    incomplete = composed(_two("incomplete"), values)
    assert _score(incomplete, "X") == 42
    assert incomplete.of("X").rank is None  # type: ignore[union-attr]  # it is there
    assert incomplete.of("X").incomplete  # type: ignore[union-attr]  # it is there
    zero = composed(_two("zero"), values)
    assert _score(zero, "X") == 42
    assert zero.of("X").rank == 2  # type: ignore[union-attr]  # it is there


def test_a_group_without_any_value_gives_its_weight_to_the_others() -> None:
    found = composed(_two("renormalise"), {"a": {"X": 50}, "b": {"X": 100}, "c": {"Y": 1}})
    # 10 + 40 of 60 points, brought to 100.
    assert _score(found, "X") == Fraction(250, 3)
    nothing = composed(_two("renormalise"), {"a": {"X": 50}}, units=["X", "Z"])
    assert _score(nothing, "Z") is None


def test_months_accumulate_as_the_line_says() -> None:
    months = {"2026-01": 10, "2026-02": 20, "2026-03": 60}
    for how, expected in (("sum", 90), ("mean", 30), ("latest", 60)):
        scheme = a_scheme(line("a", every="month", accumulation=how, pace=["100%"] * 12))
        found = composed(scheme, {"a": {"X": months}}, period="2026Q1")
        assert _score(found, "X") == expected, how
    # A sum is measured against a quarter of the yearly mark after three months.
    even = a_scheme(line("a", every="month", accumulation="sum", best=360))
    assert _score(composed(even, {"a": {"X": months}}, period="2026-03"), "X") == 100


def test_a_missing_month_is_a_missing_value_except_in_a_mean_that_may_lack_it() -> None:
    months = {"X": {"2026-01": 10, "2026-03": 60}, "Y": {"2026-02": 5}}
    for how, rule, expected in (
        ("sum", "renormalise", None),
        ("mean", "renormalise", 35),
        ("mean", "incomplete", 35),
        ("mean", "block", None),
        ("mean", "zero", 0),
        ("latest", "block", 60),
    ):
        scheme = a_scheme(line("a", every="month", accumulation=how, pace=["100%"] * 12))
        scheme = a_scheme(
            line("a", every="month", accumulation=how, pace=["100%"] * 12), missing=rule
        )
        found = composed(scheme, {"a": months}, period="2026-03")
        assert _score(found, "X") == expected, (how, rule)
    of_x = found.of("X")
    assert of_x is not None
    assert [part.value for part in of_x.terms[0].value.parts] == [60]


def test_what_is_not_due_yet_leaves_the_points_to_the_rest() -> None:
    scheme = a_scheme(line("a", 20, every="month"), line("b", 80, every="quarter"))
    found = composed(scheme, {"a": {"X": {"2026-01": 70}}}, period="2026-01")
    assert (found.due, _score(found, "X")) == (Fraction(20), Fraction(70))
    assert [term.indicator for term in found.units[0].terms] == ["a"]


def test_a_line_without_weight_limits_another() -> None:
    limit = {"indicator": "low", "from": 30, "share": "65%"}
    scheme = a_scheme(line("a", limit=limit), line("low", 0))
    values = {"a": {"X": 90, "Y": 90, "Z": 50}, "low": {"X": 30, "Y": 29, "Z": 99}}
    found = composed(scheme, values)
    assert scores_of(found) == {"X": 65, "Y": 90, "Z": 50}
    assert [found.of(u).terms[0].limited for u in "XYZ"] == [True, False, False]  # type: ignore[union-attr]  # it is there
    # A limit whose value is not due, or not there, does not hold.
    lacking = a_scheme(line("a", limit=limit), line("low", 0), missing="renormalise")
    assert _score(composed(lacking, {"a": {"X": 90}, "low": {"Y": 99}}), "X") == 90


def test_occurrences_add_up_without_a_cap_and_stop_at_one() -> None:
    scheme = a_scheme(
        adjustments=[
            {"key": "plus", "title": "加分", "points": "1.5"},
            {"key": "minus", "title": "减分", "points": -2, "cap": 5},
        ]
    )
    given = [
        _occurrence("plus", "X", 20),
        _occurrence("minus", "X", 2),
        _occurrence("minus", "X", 1),
    ]
    found = composed(scheme, {"gdp": {"X": 90, "Y": 90}}, adjustments=given)
    assert scores_of(found) == {"X": 90 + 30 - 5, "Y": 90}
    x = found.of("X")
    assert x is not None
    assert [(one.rule, one.times, one.points, one.capped) for one in x.adjusted] == [
        ("plus", 20, Fraction(30), False),
        ("minus", 3, Fraction(-5), True),
    ]
    assert len(x.adjusted[1].occurrences) == 2


def test_equal_scores_share_a_rank_and_a_blocked_unit_has_none() -> None:
    found = composed(
        a_scheme(), {"gdp": {"A": 90, "B": 95, "C": 95, "D": 10}}, units=["A", "B", "C", "D", "E"]
    )
    ranks = [(one.unit.code, one.rank) for one in found.units]
    assert ranks == [("B", 1), ("C", 1), ("A", 3), ("D", 4), ("E", None)]


def test_overrides_follow_from_occurrences_and_from_values_below_a_floor() -> None:
    scheme = _two(
        grades=[{"from": 90}, {"from": 80}, {}],
        overrides=[
            {"key": "veto", "title": "否决", "effect": "cap", "grade": "良好"},
            {
                "key": "voice",
                "title": "民意",
                "effect": "cap",
                "grade": "一般",
                "when": {"indicator": "c", "below": 80},
            },
        ],
    )
    values: dict[str, dict[str, Any]] = {
        "a": dict.fromkeys("XYZ", 100),
        "b": dict.fromkeys("XYZ", 100),
        "c": {"X": 99, "Y": "79.9", "Z": 80},
    }
    found = composed(scheme, values, overrides=[_occurrence("veto", "X")])
    assert {one.unit.code: one.grade for one in found.units} == {"X": 1, "Y": 2, "Z": 0}
    x = found.of("X")
    assert x is not None
    assert x.steps[-1].override is not None
    assert x.steps[-1].override.document == "文件"
    # A floor on something that is not due yet does not hold.
    yearly = a_scheme(
        line("a", 50, every="month"),
        line("c", 50),
        grades=[{"from": 90}, {}],
        overrides=[
            {"key": "o", "title": "o", "grade": "良好", "when": {"indicator": "c", "below": 80}}
        ],
    )
    early = composed(yearly, {"a": {"X": {"2026-01": 95}}}, period="2026-01")
    assert early.units[0].grade == 0


def test_the_subjective_weight_moves_and_the_others_make_room() -> None:
    more = moved(_two(), Fraction(5))
    assert more is not None
    assert [group.weight for group in more.groups] == [55, 45]
    assert [one.weight for one in more.indicators] == [Fraction(55, 3), Fraction(110, 3), 45]
    values = {"a": {"X": 50}, "b": {"X": 100}, "c": {"X": 80}}
    before, after = compose(inputs_for(_two(), values)), compose(inputs_for(more, values))
    assert (_score(before, "X"), _score(after, "X")) == (Fraction(82), Fraction(275, 6) + 36)
    less = moved(_two(), Fraction(-50))
    assert less is not None
    assert [group.weight for group in less.groups] == [100, 0]
    assert moved(a_scheme(), Fraction(5)) is None


def test_a_scheme_with_open_numbers_is_not_computed() -> None:
    draft = a_scheme(line("a", None))
    with pytest.raises(ValueError, match="not filled in"):
        composed(draft, {"a": {"X": 1}})
    with pytest.raises(ValueError, match="not filled in"):
        weight_of(draft.indicators[0])


def test_a_line_of_no_weight_in_a_group_of_its_own_disturbs_nothing() -> None:
    groups = [
        {"key": "work", "title": "工作", "weight": 100},
        {"key": "none", "title": "零", "weight": 0},
    ]
    scheme = a_scheme(line("a"), line("z", 0, group="none"), groups=groups, missing="renormalise")
    assert effective_weights(scheme, scheme.indicators, frozenset()) == {"a": 100, "z": 0}
    assert effective_weights(scheme, scheme.indicators, frozenset({"a"})) == {}
