"""The frozen input of a score as one canonical document, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from surveyapp.domain.accumulating import Occurrence, PartValue
from surveyapp.domain.composite import Before, CompositeInputs, RatedUnit
from surveyapp.domain.decimals import exact_text
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme_reading import parse_scheme

FORMAT: Final = "surveyapp-score/1"
"""How an input is written; a later way gets another name, and this one stays readable."""


@dataclass(frozen=True, slots=True)
class FrozenInputs:
    """What a run is computed from, with what its simulation needs.

    Attributes
    ----------
    document : mapping
        Of the scheme's version, as it was put in use.
    version : int
        Number of that version.
    """

    inputs: CompositeInputs
    document: Mapping[str, Any]
    version: int
    seed: int
    draws: int


def inputs_document(frozen: FrozenInputs) -> dict[str, Any]:
    """Write the input of a run as plain data."""
    inputs = frozen.inputs
    return {
        "format": FORMAT,
        "scheme": dict(frozen.document),
        "version": frozen.version,
        "period": str(inputs.period),
        "units": [[one.code, one.name] for one in inputs.units],
        "values": [_value(one) for one in inputs.values],
        "adjustments": [_occurrence(one) for one in inputs.adjustments],
        "overrides": [_occurrence(one) for one in inputs.overrides],
        "before": {unit: _before(one) for unit, one in inputs.before.items()},
        "before_run": None if inputs.before_run is None else str(inputs.before_run),
        "seed": frozen.seed,
        "draws": frozen.draws,
    }


def inputs_of(document: Mapping[str, Any]) -> FrozenInputs:
    """Read the input of a run back.

    Raises
    ------
    ValueError
        It is written in a way this version does not know.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"unknown format {document['format']!r}")
    before_run = document["before_run"]
    inputs = CompositeInputs(
        scheme=parse_scheme(document["scheme"]),
        period=Period.parse(document["period"]),
        units=tuple(RatedUnit(code, name) for code, name in document["units"]),
        values=tuple(_value_of(one) for one in document["values"]),
        adjustments=tuple(_occurrence_of(one) for one in document["adjustments"]),
        overrides=tuple(_occurrence_of(one) for one in document["overrides"]),
        before={unit: _before_of(one) for unit, one in document["before"].items()},
        before_run=None if before_run is None else UUID(before_run),
    )
    return FrozenInputs(
        inputs,
        document["scheme"],
        int(document["version"]),
        int(document["seed"]),
        int(document["draws"]),
    )


def _text(number: Fraction | None) -> str | None:
    return None if number is None else exact_text(number)


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _value(one: PartValue) -> dict[str, Any]:
    return {
        "indicator": one.indicator,
        "unit": one.unit,
        "period": str(one.period),
        "value": exact_text(one.value),
        "se": _text(one.se),
        "effective_n": _text(one.effective_n),
        "source": dict(one.source),
    }


def _value_of(document: Mapping[str, Any]) -> PartValue:
    return PartValue(
        document["indicator"],
        document["unit"],
        Period.parse(document["period"]),
        Fraction(document["value"]),
        _number(document["se"]),
        _number(document["effective_n"]),
        document["source"],
    )


def _occurrence(one: Occurrence) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "unit": one.unit,
        "day": one.day.isoformat(),
        "times": one.times,
        "reason": one.reason,
        "document": one.document,
        "id": str(one.id),
    }


def _occurrence_of(document: Mapping[str, Any]) -> Occurrence:
    return Occurrence(
        document["rule"],
        document["unit"],
        date.fromisoformat(document["day"]),
        int(document["times"]),
        document["reason"],
        document["document"],
        UUID(document["id"]),
    )


def _before(one: Before) -> dict[str, Any]:
    return {"score": _text(one.score), "rank": one.rank, "grade": one.grade}


def _before_of(document: Mapping[str, Any]) -> Before:
    return Before(_number(document["score"]), document["rank"], document["grade"])
