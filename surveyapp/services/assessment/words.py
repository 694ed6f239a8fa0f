"""How an indicator scores, in words: for pages, prints and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from surveyapp.domain.decimals import number_text
from surveyapp.domain.messages import Message, message
from surveyapp.domain.periods import Length
from surveyapp.domain.scheme import (
    Accumulation,
    Direction,
    GroupRole,
    Limit,
    Missing,
    Normalisation,
    Scheme,
    SchemeIndicator,
)
from surveyapp.domain.text import Text

OPEN: Final = "…"
"""Stands where a draft is still open."""

EVERY: Final[Mapping[Length, Message]] = {
    Length.MONTH: message("every month"),
    Length.QUARTER: message("every quarter"),
    Length.HALF: message("every half year"),
    Length.YEAR: message("once a year"),
}
ACCUMULATION: Final[Mapping[Accumulation, Message]] = {
    Accumulation.SUM: message("summed up over the year"),
    Accumulation.MEAN: message("mean over the year"),
    Accumulation.LATEST: message("the latest value"),
}
MISSING: Final[Mapping[Missing, Message]] = {
    Missing.BLOCK: message("A unit with a missing value has no score."),
    Missing.RENORMALISE: message(
        "A missing value is left out and the weights of its group are scaled up."
    ),
    Missing.INCOMPLETE: message("A unit with a missing value has an incomplete score and no rank."),
    Missing.ZERO: message("A missing value gives no points."),
}
NORMALISATIONS: Final[Mapping[Normalisation, Message]] = {
    Normalisation.DIRECT: message("Value out of a full mark"),
    Normalisation.OWN_BEST: message("Own value ÷ best of the category"),
    Normalisation.MIN_MAX: message("From the worst to the best, evenly"),
    Normalisation.RANK: message("By rank"),
    Normalisation.Z: message("By distance from the mean"),
    Normalisation.TARGET: message("Share of a target"),
    Normalisation.BANDS: message("By bands"),
}
ROLES: Final[Mapping[GroupRole, Text]] = {
    GroupRole.COMMON: Text("共性", "common"),
    GroupRole.INDIVIDUAL: Text("个性", "individual"),
    GroupRole.SUBJECTIVE: Text("主观评价", "subjective"),
    GroupRole.OTHER: Text("其他", "other"),
}


def number(value: Fraction | None) -> str:
    """Write a number of a scheme."""
    return OPEN if value is None else number_text(value)


def percent(value: Fraction | None) -> str:
    """Write a share in percent."""
    return OPEN if value is None else f"{number_text(value * 100)}%"


def rule_of(line: SchemeIndicator) -> Message:
    """Say how a value becomes points."""
    match line.normalisation:
        case None:
            return message("Still open.")
        case Normalisation.DIRECT | Normalisation.OWN_BEST:
            return _ratio(line)
        case Normalisation.MIN_MAX:
            return _min_max(line)
        case Normalisation.RANK:
            return message(
                "By rank: the first gets all points, each place below %(step)s less; equal values"
                " share a place.",
                step=percent(line.step),
            )
        case Normalisation.Z:
            return message(
                "By distance from the mean: %(centre)s of the points at the mean, %(spread)s more"
                " for each standard deviation better.",
                centre=percent(line.centre),
                spread=percent(line.spread),
            )
        case Normalisation.TARGET:
            return _target(line)
        case _:
            return _bands(line)


def limit_of(limit: Limit, scheme: Scheme) -> Message:
    """Say what a second value allows at most."""
    return message(
        "At most %(share)s of the points if “%(other)s” reaches %(least)s.",
        share=percent(limit.share),
        other=scheme.indicator(limit.indicator).title,
        least=number(limit.least),
    )


def _ratio(line: SchemeIndicator) -> Message:
    higher = line.direction is Direction.HIGHER
    if line.normalisation is Normalisation.OWN_BEST:
        if higher:
            return message("Own value ÷ best of the category.")
        return message("Best (lowest) of the category ÷ own value.")
    if higher:
        return message("Value out of %(best)s.", best=number(line.best))
    return message("What the value leaves of %(best)s.", best=number(line.best))


def _min_max(line: SchemeIndicator) -> Message:
    best, worst = line.best, line.worst
    if best is None and worst is None:
        return message("Evenly from the worst of the category (none) to the best (all).")
    lowest = message("the worst of the category")
    highest = message("the best of the category")
    return message(
        "Evenly from %(worst)s (none) to %(best)s (all).",
        worst=lowest if worst is None else number(worst),
        best=highest if best is None else number(best),
    )


def _target(line: SchemeIndicator) -> Message:
    if line.worst is None:
        return message("Share of the target %(best)s reached.", best=number(line.best))
    return message(
        "Share of the way from %(worst)s to the target %(best)s.",
        worst=number(line.worst),
        best=number(line.best),
    )


def _bands(line: SchemeIndicator) -> Message:
    mark = "≥" if line.direction is Direction.HIGHER else "≤"
    steps = "; ".join(f"{mark} {number(b)}: {percent(share)}" for b, share in line.bands)
    return message("By bands: %(bands)s.", bands=steps or OPEN)
