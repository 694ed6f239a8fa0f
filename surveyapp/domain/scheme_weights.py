"""What each indicator can give: weights that are due, without missing ones, or moved for a test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import GroupRole, Missing, Scheme, SchemeIndicator

ZERO = Fraction(0)


def due_lines(scheme: Scheme, period: Period) -> tuple[SchemeIndicator, ...]:
    """Return the indicators of which at least one value is due by the end of a period."""
    return tuple(line for line in scheme.indicators if period.up_to(line.every))


def weight_of(line: SchemeIndicator) -> Fraction:
    """Return the weight of a line of a scheme in use."""
    if line.weight is None:
        raise ValueError(f"the weight of {line.key} is not filled in")
    return line.weight


def effective_weights(
    scheme: Scheme, lines: Sequence[SchemeIndicator], missing: frozenset[str]
) -> dict[str, Fraction]:
    """Return the points each indicator can give a unit that lacks some of the values.

    Returns
    -------
    dict of str to Fraction
        They add up to the total; empty where nothing that weighs is left.
    """
    leaves_out = scheme.missing is Missing.RENORMALISE
    present = [line for line in lines if not (leaves_out and line.key in missing)]
    of_group: dict[str, Fraction] = defaultdict(Fraction)
    due: dict[str, Fraction] = defaultdict(Fraction)
    for line in present:
        of_group[line.group] += weight_of(line)
    for line in lines:
        due[line.group] += weight_of(line)
    left = sum((due[group] for group, weight in of_group.items() if weight), ZERO)
    if not left:
        return {}
    return {
        line.key: scheme.total / left * due[line.group] * weight_of(line) / of_group[line.group]
        if of_group[line.group]
        else ZERO
        for line in present
    }


def moved(scheme: Scheme, points: Fraction) -> Scheme | None:
    """Return a scheme whose subjective groups weigh so much more or less, the others scaled.

    Parameters
    ----------
    points : Fraction
        Out of 100; bounded so that no weight becomes negative.

    Returns
    -------
    Scheme or None
        None where nothing is subjective, or everything.
    """
    roles = {group.key: group.role is GroupRole.SUBJECTIVE for group in scheme.groups}
    old = sum((group.weight or ZERO for group in scheme.groups if roles[group.key]), ZERO)
    if not 0 < old < scheme.total:
        return None
    new = min(max(old + points * scheme.total / 100, ZERO), scheme.total)
    factors = {True: new / old, False: (scheme.total - new) / (scheme.total - old)}
    return replace(
        scheme,
        groups=tuple(
            replace(group, weight=(group.weight or ZERO) * factors[roles[group.key]])
            for group in scheme.groups
        ),
        indicators=tuple(
            replace(line, weight=weight_of(line) * factors[roles[line.group]])
            for line in scheme.indicators
        ),
    )
