"""What has accumulated up to a period (动态累积): the value of an indicator from its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import Accumulation, Missing, SchemeIndicator


@dataclass(frozen=True, slots=True)
class PartValue:
    """A value of one unit for one part of the year.

    Attributes
    ----------
    indicator, unit : str
        Key of the scheme's indicator, code of the unit.
    se : Fraction or None
        Standard error, where it comes from a survey and has one.
    effective_n : Fraction or None
        Of the survey.
    source : mapping
        Where it comes from, for whoever asks: who verified it, or which snapshot and how many
        answers.
    """

    indicator: str
    unit: str
    period: Period
    value: Fraction
    se: Fraction | None
    effective_n: Fraction | None
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that adds or takes points, or that an override follows from.

    Attributes
    ----------
    id : UUID
        Of what was entered and verified.
    document : str
        What it follows from.
    """

    rule: str
    unit: str
    day: date
    times: int
    reason: str
    document: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Accumulated:
    """The value of an indicator for one unit.

    Attributes
    ----------
    value : Fraction or None
        None where it is missing.
    variance : Fraction
        Of the survey error; 0 where there is none.
    effective_n : Fraction or None
        The smallest of the parts with a survey error.
    parts : tuple of PartValue
        What it was made from, in the order of time.
    missing : tuple of Period
        Parts that are due and not there.
    """

    value: Fraction | None
    variance: Fraction
    effective_n: Fraction | None
    parts: tuple[PartValue, ...]
    missing: tuple[Period, ...]


def accumulate(
    indicator: SchemeIndicator,
    due: Sequence[Period],
    given: Mapping[Period, PartValue],
    rule: Missing,
) -> Accumulated:
    """Make the value of a longer period from its parts.

    Parameters
    ----------
    indicator : SchemeIndicator
    due : sequence of Period
        The parts up to the end of the period, at least one.
    given : mapping of Period to PartValue
        By part.
    rule : Missing
        With ``renormalise`` and ``incomplete`` a mean is taken over the parts that are there; in
        all other cases a value with a missing part is missing itself.
    """
    wanted = due[-1:] if indicator.accumulation is Accumulation.LATEST else due
    parts = tuple(given[part] for part in wanted if part in given)
    missing = tuple(part for part in wanted if part not in given)
    is_mean = indicator.accumulation is Accumulation.MEAN
    may_lack = is_mean and rule in {Missing.RENORMALISE, Missing.INCOMPLETE}
    if not parts or (missing and not may_lack):
        return Accumulated(None, Fraction(0), None, parts, missing)
    divisor = len(parts) if is_mean else 1
    errors = [part.se for part in parts if part.se]
    sizes = [part.effective_n for part in parts if part.se and part.effective_n is not None]
    return Accumulated(
        sum((part.value for part in parts), Fraction(0)) / divisor,
        sum((se**2 for se in errors), Fraction(0)) / divisor**2,
        min(sizes, default=None),
        parts,
        missing,
    )
