"""From the exact inputs of a score to arrays, and what the draws say back to its result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from surveyapp.domain.accumulating import Accumulated
from surveyapp.domain.composite import Composite, CompositeInputs, accumulated
from surveyapp.domain.grading import places_of
from surveyapp.domain.normalising import marks_of, pace_of, way_of
from surveyapp.domain.scheme import Direction, SchemeIndicator
from surveyapp.domain.scheme_weights import due_lines
from surveyapp.stats.arrays import Vector
from surveyapp.stats.composites import (
    DrawnOverride,
    GradeRules,
    Uncertainty,
    propagate,
)
from surveyapp.stats.drawn_shares import DrawnLine

DECIMALS = 6

Values = Mapping[str, Mapping[str, Accumulated]]


def uncertainty_of(
    inputs: CompositeInputs, composite: Composite, *, seed: int, draws: int
) -> dict[str, Uncertainty]:
    """Propagate survey error through a composite score.

    Returns
    -------
    dict of str to Uncertainty
        By unit with a rank; empty where no value carries survey error.
    """
    lines = due_lines(inputs.scheme, inputs.period)
    values = accumulated(inputs, lines)
    uncertain = {
        line.key for line in lines if any(one.variance for one in values[line.key].values())
    }
    # What a limit or an override looks at is drawn too, though it may carry no error itself.
    looked_at = {line.limit.indicator for line in lines if line.limit}
    looked_at |= {rule.when.indicator for rule in inputs.scheme.overrides if rule.when}
    moving = {line.key for line in lines if line.limit and line.limit.indicator in uncertain}
    drawn = [line for line in lines if line.key in uncertain | looked_at | moving]
    ranked = [one for one in composite.units if one.rank is not None]
    if not uncertain or not ranked:
        return {}
    codes = [unit.code for unit in inputs.units]
    scores = {one.unit.code: float(one.score or 0) for one in ranked}
    found = propagate(
        np.array([scores.get(code, math.nan) for code in codes]),
        [_line(inputs, composite, line, values, drawn) for line in drawn],
        _overrides(inputs, values, drawn, codes),
        _rules(inputs),
        rng=np.random.default_rng(seed),
        draws=draws,
    )
    kept = [code for code in codes if code in scores]
    return dict(zip(kept, found, strict=True))


def uncertainty_document(one: Uncertainty | None) -> dict[str, Any]:
    """Write what the draws say of a unit; nothing but empty fields where they say nothing."""
    if one is None:
        return dict.fromkeys(
            ("interval", "rank_probabilities", "grade_probabilities", "possible_ranks", "bands")
        )
    return {
        "interval": {
            "low": _rounded(one.low),
            "high": _rounded(one.high),
            "se": _rounded(one.se),
        },
        "rank_probabilities": [_rounded(p) for p in one.ranks],
        "grade_probabilities": [_rounded(p) for p in one.grades],
        "possible_ranks": list(one.possible),
        "bands": list(one.bands),
    }


def _line(
    inputs: CompositeInputs,
    composite: Composite,
    line: SchemeIndicator,
    values: Values,
    drawn: Sequence[SchemeIndicator],
) -> DrawnLine:
    marks = marks_of(line, pace_of(line, len(inputs.period.up_to(line.every))))
    mine = [values[line.key][unit.code] for unit in inputs.units]
    positions = {one.key: place for place, one in enumerate(drawn)}
    limit = line.limit
    return DrawnLine(
        normalisation=way_of(line),
        is_higher=line.direction is Direction.HIGHER,
        best=_float(marks.best),
        worst=_float(marks.worst),
        step=_float(line.step),
        centre=_float(line.centre),
        spread=_float(line.spread),
        bands=tuple((float(bound), float(share)) for bound, share in marks.bands),
        values=np.array([math.nan if one.value is None else float(one.value) for one in mine]),
        se=np.array([math.sqrt(one.variance) for one in mine]),
        df=np.array([_freedom(one) for one in mine]),
        sources=tuple(_source(one) for one in mine),
        weights=_weights(inputs, composite, line),
        limit=None
        if limit is None or limit.indicator not in positions
        else (positions[limit.indicator], float(limit.least or 0), float(limit.share or 0)),
    )


def _weights(inputs: CompositeInputs, composite: Composite, line: SchemeIndicator) -> Vector:
    found = []
    for unit in inputs.units:
        score = composite.of(unit.code)
        terms = () if score is None else score.terms
        found.append(sum(float(term.weight) for term in terms if term.indicator == line.key))
    return np.array(found)


def _freedom(one: Accumulated) -> float:
    return math.inf if one.effective_n is None else float(one.effective_n) - 1


def _source(one: Accumulated) -> str:
    """Name what a value is drawn from: values of one snapshot's figure move together."""
    names = (
        f"{part.source.get('snapshot')}/{part.source.get('figure')}/{part.source.get('subject')}"
        for part in one.parts
    )
    return " ".join(names)


def _overrides(
    inputs: CompositeInputs,
    values: Values,
    drawn: Sequence[SchemeIndicator],
    codes: Sequence[str],
) -> list[DrawnOverride]:
    positions = {line.key: place for place, line in enumerate(drawn)}
    found = []
    for rule in inputs.scheme.overrides:
        found += [
            DrawnOverride(codes.index(event.unit), rule.effect, rule.grade)
            for event in inputs.overrides
            if event.rule == rule.key and event.unit in codes
        ]
        when = rule.when
        if when is not None and when.value is not None and when.indicator in values:
            found += [
                DrawnOverride(
                    unit,
                    rule.effect,
                    rule.grade,
                    positions[when.indicator],
                    float(when.value),
                )
                for unit in range(len(codes))
            ]
    return found


def _rules(inputs: CompositeInputs) -> GradeRules | None:
    grades = inputs.scheme.grades
    if not grades:
        return None
    return GradeRules(
        tuple(-math.inf if grade.least is None else float(grade.least) for grade in grades),
        tuple(places_of(grade.quota, len(inputs.units)) for grade in grades),
    )


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def _rounded(number: float) -> float:
    """Round for the document; a negative zero would change on its way through a database."""
    return round(number, DECIMALS) + 0.0
