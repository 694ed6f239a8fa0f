"""Schemes and inputs of scores, made in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from surveyapp.content import scheme_bytes
from surveyapp.domain.accumulating import Occurrence, PartValue
from surveyapp.domain.composite import Composite, CompositeInputs, RatedUnit, compose
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.yaml_documents import YamlDocument

Given = Mapping[str, Mapping[str, Any]]


def shipped_document(name: str) -> dict[str, Any]:
    """Read a file of the package as plain data."""
    content: dict[str, Any] = YamlDocument(scheme_bytes(name).decode()).content
    return content


def shipped(name: str) -> Scheme:
    """Read a published scheme of the package."""
    return parse_scheme(shipped_document(name))


def line(key: str, weight: object = 100, **more: Any) -> dict[str, Any]:
    """Write an indicator: direct out of 100, in the group ``work``."""
    usual = {"title": key, "group": "work", "normalisation": "direct", "best": 100}
    return {"key": key, "weight": weight} | usual | more


def document(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write a scheme with one group of 100 points, or those in `more`."""
    return {
        "key": "county-2026",
        "year": 2026,
        "category": "县直单位",
        "title": {"zh": "考核方案", "en": "Scheme"},
        "missing": "block",
        "groups": [{"key": "work", "title": "工作", "weight": 100}],
        "indicators": list(lines) or [line("gdp")],
    } | more


def a_scheme(*lines: dict[str, Any], **more: Any) -> Scheme:
    """Make such a scheme."""
    return parse_scheme(document(*lines, **more))


def parts(
    values: Given, period: str, errors: Mapping[tuple[str, str], object] | None = None
) -> tuple[PartValue, ...]:
    """Write values by indicator and unit; a mapping of periods stands for the parts of a year."""
    found = []
    for indicator, of_units in values.items():
        for unit, value in of_units.items():
            by_period = value if isinstance(value, Mapping) else {period: value}
            for when, one in by_period.items():
                se = (errors or {}).get((indicator, unit))
                found.append(
                    PartValue(
                        indicator,
                        unit,
                        Period.parse(when),
                        Fraction(str(one)),
                        None if se is None else Fraction(str(se)),
                        None if se is None else Fraction(200),
                        {"kind": "snapshot", "snapshot": f"{indicator}-{unit}"},
                    )
                )
    return tuple(found)


def inputs_for(
    scheme: Scheme,
    values: Given,
    *,
    period: str | None = None,
    adjustments: Sequence[Occurrence] = (),
    overrides: Sequence[Occurrence] = (),
    errors: Mapping[tuple[str, str], object] | None = None,
    units: Sequence[str] | None = None,
) -> CompositeInputs:
    """Make the inputs of a score; the units are those with values."""
    when = period or str(scheme.year)
    codes = units or sorted({unit for of_units in values.values() for unit in of_units})
    return CompositeInputs(
        scheme=scheme,
        period=Period.parse(when),
        units=tuple(RatedUnit(code, f"单位{code}") for code in codes),
        values=parts(values, when, errors),
        adjustments=tuple(adjustments),
        overrides=tuple(overrides),
        before={},
        before_run=None,
    )


def scores_of(composite: Composite) -> dict[str, Fraction | None]:
    """Return the score of each unit."""
    return {one.unit.code: one.score for one in composite.units}


def composed(scheme: Scheme, values: Given, **more: Any) -> Composite:
    """Compute scores in one line."""
    return compose(inputs_for(scheme, values, **more))
