"""What a value was measured against: the best of its category, its place, the pace of the year.

Made from the stored result of a run, so that a reader can follow a share with a pocket calculator.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from surveyapp.domain.decimals import number_text
from surveyapp.domain.messages import Message, message
from surveyapp.domain.normalising import pace_of, ranks_of, root
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import Direction, Normalisation, SchemeIndicator
from surveyapp.services.assessment.words import percent


def basis_of(line: SchemeIndicator, result: Mapping[str, Any], unit: str) -> Message | None:
    """Say what the value of a unit was measured against; None where the rule says it all."""
    values = _values(line, result)
    if unit not in values:
        return None
    is_higher = line.direction is Direction.HIGHER
    best, worst = (max, min) if is_higher else (min, max)
    match line.normalisation:
        case Normalisation.OWN_BEST:
            return message("Best of the category: %(best)s.", best=_text(best(values.values())))
        case Normalisation.RANK:
            place = ranks_of(values, is_higher=is_higher)[unit]
            return message("Place %(place)s of %(n)s with a value.", place=place, n=len(values))
        case Normalisation.Z:
            return _spread(list(values.values()))
        case Normalisation.MIN_MAX if line.best is None or line.worst is None:
            return message(
                "In the category the values reach from %(worst)s to %(best)s.",
                worst=_text(worst(values.values())),
                best=_text(best(values.values())),
            )
        case _:
            return _pace(line, result)


def _pace(line: SchemeIndicator, result: Mapping[str, Any]) -> Message | None:
    parts = len(Period.parse(result["period"]).up_to(line.every))
    pace = pace_of(line, parts)
    if pace == 1:
        return None
    return message(
        "By the end of this period %(share)s of the yearly marks are expected.",
        share=percent(pace),
    )


def _spread(values: list[Fraction]) -> Message:
    mean = sum(values, Fraction(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / len(values)
    return message(
        "Mean of the category %(mean)s, standard deviation %(sd)s.",
        mean=_text(mean),
        sd=_text(root(variance)),
    )


def _values(line: SchemeIndicator, result: Mapping[str, Any]) -> dict[str, Fraction]:
    return {
        unit["unit"]: Fraction(term["value"])
        for unit in result["units"]
        for term in unit["terms"]
        if term["indicator"] == line.key and term["value"] is not None
    }


def _text(number: Fraction) -> str:
    return number_text(number, 4)
