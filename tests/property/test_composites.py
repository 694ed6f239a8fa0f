"""Composite scores of any scheme: weights, order, caps, permutations, and the draws' own zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyapp.domain.accumulating import Occurrence
from surveyapp.domain.composite import CompositeInputs, adjusted_by, compose
from surveyapp.domain.grading import Override, places_of, suggest
from surveyapp.domain.normalising import marks_of, shares_of
from surveyapp.domain.scheme import (
    AdjustmentRule,
    Direction,
    Effect,
    GradeRule,
    Normalisation,
    SchemeIndicator,
)
from surveyapp.domain.scheme_weights import effective_weights
from surveyapp.domain.text import Text
from surveyapp.stats.composites import DrawnOverride, GradeRules, drawn_grades, propagate
from surveyapp.stats.drawn_shares import DrawnLine, shares
from tests.support.schemes import a_scheme, inputs_for, line, scores_of

UNITS = ("A", "B", "C", "D")
VALUES = st.integers(-20, 220).map(lambda n: Fraction(n, 2))
TEXT = Text.same("x")


@st.composite
def _lines(draw: st.DrawFn) -> dict[str, Any]:
    """One line with any normalisation and marks that fit."""
    how = draw(st.sampled_from(list(Normalisation)))
    direction = draw(st.sampled_from(list(Direction)))
    low, high = sorted((draw(st.integers(1, 60)), draw(st.integers(61, 120))))
    best, worst = (high, low) if direction is Direction.HIGHER else (low, high)
    more: dict[str, Any] = {"normalisation": how.value, "direction": direction.value}
    match how:
        case Normalisation.MIN_MAX | Normalisation.TARGET:
            more |= {"best": best, "worst": worst if draw(st.booleans()) else None}
        case Normalisation.RANK:
            more["step"] = f"{draw(st.integers(0, 40))}%"
        case Normalisation.Z:
            more |= {"centre": "70%", "spread": "0.1"}
        case Normalisation.BANDS:
            more["bands"] = [{"from": best, "share": 1}, {"from": worst, "share": "50%"}]
        case _:
            more["best"] = 100
    return {name: value for name, value in more.items() if value is not None}


@st.composite
def _inputs(draw: st.DrawFn, least: int = 1) -> CompositeInputs:
    keys = [f"i{n}" for n in range(draw(st.integers(least, 4)))]
    parts = draw(st.lists(st.integers(1, 9), min_size=len(keys), max_size=len(keys)))
    scheme = a_scheme(
        *(
            line(key, f"{100 * part}/{sum(parts)}", **draw(_lines()))
            for key, part in zip(keys, parts, strict=True)
        ),
        missing=draw(st.sampled_from(["block", "renormalise", "zero"])),
    )
    values = {
        key: {unit: draw(VALUES) for unit in UNITS if draw(st.integers(0, 9))} for key in keys
    }
    return inputs_for(scheme, values, units=UNITS)


@given(_inputs())
@settings(max_examples=150)
def test_scores_stay_between_nothing_and_the_total_and_are_the_sum_of_their_terms(
    inputs: CompositeInputs,
) -> None:
    for one in compose(inputs).units:
        assert sum(one.groups.values()) == sum(term.points for term in one.terms)
        assert all(0 <= term.points <= term.weight for term in one.terms)
        if one.score is not None:
            assert one.score == sum(term.points for term in one.terms)
            assert 0 <= one.score <= inputs.scheme.total


@given(_inputs(), st.sets(st.sampled_from(["i0", "i1", "i2", "i3"])))
def test_whatever_is_missing_the_weights_that_are_left_total_the_scheme(
    inputs: CompositeInputs, absent: set[str]
) -> None:
    scheme = replace(inputs.scheme, missing=inputs.scheme.missing.RENORMALISE)
    found = effective_weights(scheme, scheme.indicators, frozenset(absent))
    assert not found or sum(found.values()) == scheme.total


@given(_inputs(), st.data())
@settings(max_examples=150)
def test_a_better_value_never_costs_points(inputs: CompositeInputs, data: st.DataObject) -> None:
    if not inputs.values:
        return
    one = data.draw(st.sampled_from(inputs.values))
    scheme_line = inputs.scheme.indicator(one.indicator)
    # Roots are cut after twelve decimals, so a share by distance from the mean is monotone to that.
    gain = data.draw(st.integers(1, 40))
    sign = 1 if scheme_line.direction is Direction.HIGHER else -1
    better = replace(one, value=one.value + sign * gain)
    after = replace(
        inputs, values=tuple(better if value is one else value for value in inputs.values)
    )
    before_terms = compose(inputs).of(one.unit)
    after_terms = compose(after).of(one.unit)
    assert before_terms is not None
    assert after_terms is not None
    for was, now in zip(before_terms.terms, after_terms.terms, strict=True):
        if was.indicator == one.indicator:
            assert now.share is not None
            assert was.share is not None
            slack = Fraction(1, 10**9) if scheme_line.normalisation is Normalisation.Z else 0
            assert now.share + slack >= was.share


@given(_inputs(), st.permutations(UNITS), st.randoms(use_true_random=False))
def test_names_and_orders_of_units_and_indicators_do_not_matter(
    inputs: CompositeInputs, names: list[str], chance: Any
) -> None:
    renamed = dict(zip(UNITS, names, strict=True))
    values = [replace(value, unit=renamed[value.unit]) for value in inputs.values]
    chance.shuffle(values)
    lines = list(inputs.scheme.indicators)
    chance.shuffle(lines)
    other = replace(
        inputs, values=tuple(values), scheme=replace(inputs.scheme, indicators=tuple(lines))
    )
    before, after = scores_of(compose(inputs)), scores_of(compose(other))
    assert {renamed[unit]: score for unit, score in before.items()} == after


@given(st.integers(-30, 30), st.integers(0, 40), st.lists(st.integers(1, 9), max_size=5))
def test_a_rule_never_gives_or_takes_more_than_its_cap(
    points: int, cap: int, times: list[int]
) -> None:
    events = [Occurrence("r", "A", date(2026, 1, 1), n, "x", "y", UUID(int=n)) for n in times]
    free = adjusted_by(AdjustmentRule("r", TEXT, Fraction(points), None), events)
    assert free.points == points * sum(times)
    held = adjusted_by(AdjustmentRule("r", TEXT, Fraction(points), Fraction(cap)), events)
    assert abs(held.points) == min(abs(free.points), cap)
    assert held.capped == (abs(free.points) > cap)


def _drawn(one: SchemeIndicator, values: dict[str, Fraction]) -> DrawnLine:
    marks = marks_of(one, Fraction(1))
    number = [None if x is None else float(x) for x in (marks.best, marks.worst, one.step)]
    return DrawnLine(
        normalisation=one.normalisation or Normalisation.DIRECT,
        is_higher=one.direction is Direction.HIGHER,
        best=number[0],
        worst=number[1],
        step=number[2],
        centre=None if one.centre is None else float(one.centre),
        spread=None if one.spread is None else float(one.spread),
        bands=tuple((float(bound), float(share)) for bound, share in marks.bands),
        values=np.array([float(values[u]) if u in values else np.nan for u in UNITS]),
        se=np.zeros(len(UNITS)),
        df=np.full(len(UNITS), np.inf),
        sources=("",) * len(UNITS),
        weights=np.ones(len(UNITS)),
    )


@given(_inputs())
@settings(max_examples=150)
def test_the_draws_score_as_the_exact_engine_does(inputs: CompositeInputs) -> None:
    for one in inputs.scheme.indicators:
        values = {v.unit: v.value for v in inputs.values if v.indicator == one.key}
        exact = shares_of(one, values, Fraction(1))
        drawn = _drawn(one, values)
        (found,) = shares(drawn, drawn.values[None, :])
        for unit, share in zip(UNITS, found, strict=True):
            assert np.isnan(share) if unit not in exact else abs(share - float(exact[unit])) < 1e-9


@given(
    st.lists(st.integers(0, 12).map(lambda n: Fraction(n * 10)), min_size=4, max_size=4),
    st.lists(st.none() | st.integers(0, 4).map(lambda n: Fraction(n, 4)), min_size=3, max_size=3),
    st.lists(
        st.tuples(st.sampled_from(UNITS), st.sampled_from(list(Effect)), st.integers(0, 3)),
        max_size=3,
    ),
)
@settings(max_examples=200)
def test_the_draws_grade_as_the_exact_rules_do_and_no_quota_is_exceeded(
    scores: list[Fraction],
    quotas: list[Fraction | None],
    events: list[tuple[str, Effect, int]],
) -> None:
    least = [Fraction(90), Fraction(60), None, None]
    rules = [
        GradeRule(TEXT, bound, quota, None)
        for bound, quota in zip(least, [*quotas, None], strict=True)
    ]
    overrides: dict[str, list[Override]] = {unit: [] for unit in UNITS}
    for unit, effect, grade in events:
        overrides[unit].append(Override("r", effect, grade))
    exact = suggest(rules, dict(zip(UNITS, scores, strict=True)), overrides, 4)
    found = drawn_grades(
        np.array([[float(score) for score in scores]]),
        GradeRules(
            tuple(-np.inf if bound is None else float(bound) for bound in least),
            tuple(places_of(rule.quota, 4) for rule in rules),
        ),
        [DrawnOverride(UNITS.index(unit), effect, grade) for unit, effect, grade in events],
        [],
        range(4),
    )
    assert [exact[unit][-1].grade for unit in UNITS] == found[0].tolist()
    if not events:
        for place, rule in enumerate(rules):
            room = places_of(rule.quota, 4)
            assert room is None or int((found[0] == place).sum()) <= room


@given(_inputs(least=2))
@settings(max_examples=40)
def test_without_error_every_draw_is_the_exact_score(inputs: CompositeInputs) -> None:
    exact = compose(inputs)
    ranked = [one for one in exact.units if one.rank is not None]
    if not ranked:
        return
    codes = [unit.code for unit in inputs.units]
    by_code = {one.unit.code: one for one in ranked}
    scores = np.array(
        [float(by_code[code].score or 0) if code in by_code else np.nan for code in codes]
    )
    found = propagate(scores, [], [], None, rng=np.random.default_rng(1), draws=5)
    kept = [code for code in codes if code in by_code]
    for code, one in zip(kept, found, strict=True):
        score = scores[codes.index(code)]
        assert (one.low, one.high, one.se) == pytest.approx((score, score, 0.0), abs=1e-9)
        assert one.ranks[(by_code[code].rank or 0) - 1] == 1.0
