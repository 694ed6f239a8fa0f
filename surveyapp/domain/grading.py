"""Suggested grades (建议等次): by bands, quotas and overrides, with every step said.

A grade is a place, 0 the best. Each unit begins with the best grade whose band its score reaches.
Overrides that fix, cap or lift it come next, then the quotas from the best grade down: the lowest
scores of a grade that holds too many move to the next one. A unit whose grade is fixed or lifted
stays where it is and takes up a place of the quota. Units with equal scores move together, so that
a quota is never exceeded by a tie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from surveyapp.domain.scheme import Effect, GradeRule


class StepKind(StrEnum):
    """What moved a suggested grade."""

    BAND = "band"
    FIX = "fix"
    CAP = "cap"
    FLOOR = "floor"
    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Override:
    """An override that holds for a unit.

    Attributes
    ----------
    grade : int
        Place of the grade it fixes, caps or lifts to.
    reason, document : str
        Why, and what it follows from; empty where it follows from a value.
    """

    rule: str
    effect: Effect
    grade: int
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class GradeStep:
    """One step on the way to a suggested grade.

    Attributes
    ----------
    grade : int
        Where the unit stands after it.
    override : Override or None
        What moved it.
    """

    kind: StepKind
    grade: int
    override: Override | None = None


def places_of(quota: Fraction | None, units: int) -> int | None:
    """Return how many units a quota lets into a grade: rounded down; None without a quota."""
    return None if quota is None else quota.numerator * units // quota.denominator


def band_of(grades: Sequence[GradeRule], score: Fraction) -> int:
    """Return the best grade whose band a score reaches; the last one takes all others."""
    for place, grade in enumerate(grades):
        if grade.least is None or score >= grade.least:
            return place
    return len(grades) - 1


def suggest(
    grades: Sequence[GradeRule],
    scores: Mapping[str, Fraction],
    overrides: Mapping[str, Sequence[Override]],
    units: int,
) -> dict[str, tuple[GradeStep, ...]]:
    """Suggest a grade for each unit that has a score.

    Parameters
    ----------
    grades : sequence of GradeRule
        The best first.
    scores : mapping of str to Fraction
        By unit.
    overrides : mapping of str to sequence of Override
        Those that hold, by unit.
    units : int
        How many the category has: what quotas are shares of.

    Returns
    -------
    dict of str to tuple of GradeStep
        By unit, the last step says the suggested grade; nothing where the scheme has no grades.
    """
    if not grades:
        return {}
    steps = {unit: [GradeStep(StepKind.BAND, band_of(grades, scores[unit]))] for unit in scores}
    last = len(grades) - 1
    bottoms = {unit: _override(way, overrides.get(unit, ()), last) for unit, way in steps.items()}
    for place, grade in enumerate(grades[:-1]):
        room = places_of(grade.quota, units)
        if room is not None:
            _keep_within(steps, scores, bottoms, place, room)
    return {unit: tuple(way) for unit, way in steps.items()}


def _override(way: list[GradeStep], overrides: Sequence[Override], last: int) -> int:
    """Apply overrides: those that lift, then those that cap, fixed grades last.

    Returns the lowest grade that a quota may move the unit to.
    """
    order = (Effect.FLOOR, Effect.CAP, Effect.FIX)
    bottom = last
    for one in sorted(overrides, key=lambda one: (order.index(one.effect), one.grade, one.rule)):
        now = way[-1].grade
        match one.effect:
            case Effect.FLOOR:
                grade, bottom = min(now, one.grade), min(bottom, one.grade)
            case Effect.CAP:
                grade, bottom = max(now, one.grade), max(bottom, one.grade)
            case _:
                grade = bottom = one.grade
        if grade != now or one.effect is Effect.FIX:
            way.append(GradeStep(StepKind(one.effect), grade, one))
    return bottom


def _keep_within(
    steps: Mapping[str, list[GradeStep]],
    scores: Mapping[str, Fraction],
    bottoms: Mapping[str, int],
    place: int,
    room: int,
) -> None:
    here = [unit for unit, way in steps.items() if way[-1].grade == place]
    movable = [unit for unit in here if bottoms[unit] > place]
    room -= len(here) - len(movable)
    for unit in movable:
        not_below = sum(scores[other] >= scores[unit] for other in movable)
        if not_below > room:
            steps[unit].append(GradeStep(StepKind.QUOTA, place + 1))
