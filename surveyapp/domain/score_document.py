"""The result of a score as plain data: every term of every unit, down to its sources.

Exact numbers are decimal strings of at most twelve places; what was simulated are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.accumulating import Accumulated, Occurrence, PartValue
from surveyapp.domain.composite import Adjusted, Composite, CompositeInputs, Term, UnitScore
from surveyapp.domain.decimals import number_text
from surveyapp.domain.grading import GradeStep
from surveyapp.domain.scheme import Scheme

PLACES: Final = 12
MOVES: Final = (-5, 5)
"""By how many of 100 points the weight of what is subjective is moved."""


def score_document(
    inputs: CompositeInputs, composite: Composite, moved: Mapping[int, Composite]
) -> dict[str, Any]:
    """Write the exact part of a result.

    Parameters
    ----------
    inputs : CompositeInputs
    composite : Composite
    moved : mapping of int to Composite
        The same with the subjective weight moved by so many of 100 points.
    """
    scheme = inputs.scheme
    return {
        "scheme": scheme.key,
        "period": str(inputs.period),
        "total": _text(scheme.total),
        "due": _text(composite.due),
        "ranked": sum(one.rank is not None for one in composite.units),
        "grades": [{"zh": grade.title.zh, "en": grade.title.en} for grade in scheme.grades],
        "before_run": None if inputs.before_run is None else str(inputs.before_run),
        "units": [_unit(inputs, one, moved) for one in composite.units],
    }


def _unit(
    inputs: CompositeInputs, one: UnitScore, moved: Mapping[int, Composite]
) -> dict[str, Any]:
    scheme = inputs.scheme
    sensitivity = [_moved(move, other, one.unit.code) for move, other in sorted(moved.items())]
    before = inputs.before.get(one.unit.code)
    share = None if one.score is None else one.score / scheme.total * 100
    change = (
        None if share is None or before is None or before.score is None else share - before.score
    )
    return {
        "unit": one.unit.code,
        "name": one.unit.name,
        "score": _text(one.score),
        "base": _text(one.base),
        "rank": one.rank,
        "grade": one.grade,
        "incomplete": one.incomplete,
        "missing": list(one.missing),
        "groups": {key: _text(points) for key, points in one.groups.items()},
        "terms": [_term(scheme, term) for term in one.terms],
        "adjustments": [_adjusted(adjusted) for adjusted in one.adjusted],
        "steps": [_step(step) for step in one.steps],
        "sensitivity": sensitivity,
        "grade_depends_on_weight": any(entry["grade"] != one.grade for entry in sensitivity),
        "before": None
        if before is None
        else {
            "score": _text(before.score),
            "rank": before.rank,
            "grade": before.grade,
            "change": _text(change),
        },
    }


def _term(scheme: Scheme, term: Term) -> dict[str, Any]:
    value: Accumulated = term.value
    return {
        "indicator": term.indicator,
        "group": scheme.indicator(term.indicator).group,
        "value": _text(value.value),
        "share": _text(term.share),
        "weight": _text(term.weight),
        "points": _text(term.points),
        "limited": term.limited,
        "missing": [str(period) for period in value.missing],
        "parts": [_part(part) for part in value.parts],
    }


def _part(part: PartValue) -> dict[str, Any]:
    return {
        "period": str(part.period),
        "value": _text(part.value),
        "se": _text(part.se),
        "source": dict(part.source),
    }


def _adjusted(one: Adjusted) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "times": one.times,
        "points": _text(one.points),
        "capped": one.capped,
        "occurrences": [_occurrence(occurrence) for occurrence in one.occurrences],
    }


def _occurrence(one: Occurrence) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "day": one.day.isoformat(),
        "times": one.times,
        "reason": one.reason,
        "document": one.document,
    }


def _step(step: GradeStep) -> dict[str, Any]:
    override = step.override
    return {
        "kind": step.kind.value,
        "grade": step.grade,
        "rule": None if override is None else override.rule,
        "reason": "" if override is None else override.reason,
        "document": "" if override is None else override.document,
    }


def _moved(move: int, composite: Composite, code: str) -> dict[str, Any]:
    found = composite.of(code)
    return {
        "moved": move,
        "score": None if found is None else _text(found.score),
        "rank": None if found is None else found.rank,
        "grade": None if found is None else found.grade,
    }


def _text(number: Fraction | None) -> str | None:
    return None if number is None else number_text(number, PLACES)
