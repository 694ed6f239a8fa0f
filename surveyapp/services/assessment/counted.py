"""What counts for a score: verified values, occurrences and overrides, each with its source."""

from __future__ import annotations

from fractions import Fraction

from surveyapp.domain.objective import Adjustment, EntryKind, ObjectiveValue, OverrideEvent
from surveyapp.domain.periods import Period
from surveyapp.storage.database import Work
from surveyapp.storage.objectives import AdjustmentRepository, ObjectiveRepository


def verified_values(work: Work, scheme_key: str, upto: Period) -> tuple[ObjectiveValue, ...]:
    """Return the values that count, of periods of the same year that end with `upto` at the latest.

    Ordered by indicator, unit and period: the same data give the same order.
    """
    found = []
    periods: dict[str, Period] = {}
    for one in ObjectiveRepository(work).counted(scheme_key):
        period = periods.get(one.period) or Period.parse(one.period)
        periods[one.period] = period
        if period.year == upto.year and period.last_month <= upto.last_month:
            found.append(
                ObjectiveValue(
                    indicator=one.indicator,
                    unit=one.unit,
                    period=period,
                    value=Fraction(one.value),
                    version=one.version,
                    verified_by=one.verified_by or "",
                    value_id=one.id,
                )
            )
    return tuple(found)


def counted_adjustments(work: Work, scheme_key: str, upto: Period) -> tuple[Adjustment, ...]:
    """Return the occurrences that add or take points, up to the last day of `upto`."""
    found = AdjustmentRepository(work).counting(scheme_key, EntryKind.POINTS, upto.last_day)
    return tuple(
        Adjustment(
            rule=one.rule_key,
            unit=one.unit_code,
            day=one.day,
            occurrences=one.occurrences,
            reason=one.reason,
            document=one.document,
            id=one.id,
        )
        for one in found
    )


def counted_overrides(work: Work, scheme_key: str, upto: Period) -> tuple[OverrideEvent, ...]:
    """Return the occurrences that an override follows from, up to the last day of `upto`."""
    found = AdjustmentRepository(work).counting(scheme_key, EntryKind.OVERRIDE, upto.last_day)
    return tuple(
        OverrideEvent(
            rule=one.rule_key,
            unit=one.unit_code,
            day=one.day,
            reason=one.reason,
            document=one.document,
            id=one.id,
        )
        for one in found
    )
