"""What a score says, in plain words: what is sure, what is not, and what it hangs on.

All sentences are made from the stored result, so that they say the same for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.decimals import fixed_text, number_text
from surveyapp.domain.messages import Message, message
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.text import Text

SURE: Final = 0.95
"""From this probability on a suggested grade counts as certain."""

MOST_BANDS: Final = 5
"""More groups of neighbours than this are summed up in one sentence."""

Unit = Mapping[str, Any]


def shown(text: str | None, places: int = 2) -> str | None:
    """Write an exact number of a result with so many decimals; None where there is none."""
    return None if text is None else fixed_text(Fraction(text), places)


def plain(text: str) -> str:
    """Write an exact number of a result as far as it has decimals, at most four."""
    return number_text(Fraction(text), 4)


def percent(share: float) -> str:
    """Write a probability in whole percent; never 0 or 100 for what is neither."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def grade_of(result: Mapping[str, Any], place: int | None) -> Text | None:
    """Return the words of a grade of a result."""
    if place is None:
        return None
    grade = result["grades"][place]
    return Text(grade["zh"], grade["en"])


def run_sentences(result: Mapping[str, Any]) -> tuple[Message, ...]:
    """Say what a ranking is worth, before anybody reads the ranks."""
    units: Sequence[Unit] = result["units"]
    found = [*_error_of(result), *_bands(units), *_grades_at_risk(result)]
    leaning = [one["name"] for one in units if one["grade_depends_on_weight"]]
    if leaning:
        found.append(
            message(
                "If what is subjective weighed 5 of 100 points more or less, the suggested grade of"
                " these units would change: %(units)s.",
                units=_list(leaning),
            )
        )
    lacking = [one["name"] for one in units if one["rank"] is None]
    if lacking:
        found.append(
            message("Without a rank, because values are missing: %(units)s.", units=_list(lacking))
        )
    return tuple(found)


def unit_sentences(result: Mapping[str, Any], unit: Unit) -> tuple[Message, ...]:
    """Say how sure the score, the rank and the suggested grade of one unit are."""
    if unit["score"] is None:
        return (message("There is no score, because values are missing."),)
    found = []
    if unit["incomplete"]:
        found.append(message("The score is incomplete: values are missing, so there is no rank."))
    interval = unit["interval"]
    if interval is not None and interval["low"] == interval["high"]:
        found.append(message("Survey error does not move this score: it has no interval."))
    elif interval is not None:
        low, high = (fixed_text(Fraction(repr(interval[end]))) for end in ("low", "high"))
        found.append(
            message(
                "Survey error alone gives the score an interval (95 %%) from %(low)s to %(high)s.",
                low=low,
                high=high,
            )
        )
    if interval is not None:
        best, worst = unit["possible_ranks"]
        if best != worst:
            found.append(
                message(
                    "Places %(best)s to %(worst)s cannot be told apart for this unit.",
                    best=best,
                    worst=worst,
                )
            )
        found += _grade_sentence(result, unit)
    elif unit["rank"] is not None:
        found.append(
            message("No value behind this score carries a known survey error: it has no interval.")
        )
    found += _weight_sentence(result, unit)
    return tuple(found)


def term_notes(scheme: Scheme, term: Mapping[str, Any]) -> tuple[Message, ...]:
    """Say what is special about the points of one indicator."""
    found = []
    if term["value"] is None:
        found.append(message("The value is missing."))
    elif term["missing"]:
        found.append(message("Parts are missing: %(periods)s.", periods=", ".join(term["missing"])))
    limit = scheme.indicator(term["indicator"]).limit
    if term["limited"] and limit is not None:
        other = scheme.indicator(limit.indicator)
        found.append(message("Limited by “%(other)s”.", other=other.title))
    return tuple(found)


def step_sentence(result: Mapping[str, Any], scheme: Scheme, step: Mapping[str, Any]) -> Message:
    """Say one step on the way to a suggested grade."""
    grade = grade_of(result, step["grade"])
    rule = next((one.title for one in scheme.overrides if one.key == step["rule"]), None)
    match step["kind"]:
        case "band":
            return message("By its score: %(grade)s.", grade=grade)
        case "quota":
            return message("The better grade has no place left: %(grade)s.", grade=grade)
        case "fix":
            return message("By the rule “%(rule)s” the grade is %(grade)s.", rule=rule, grade=grade)
        case "cap":
            return message("By the rule “%(rule)s” at most %(grade)s.", rule=rule, grade=grade)
        case _:
            return message("By the rule “%(rule)s” at least %(grade)s.", rule=rule, grade=grade)


def _error_of(result: Mapping[str, Any]) -> list[Message]:
    widths = [
        (one["interval"]["high"] - one["interval"]["low"]) / 2
        for one in result["units"]
        if one["interval"] is not None
    ]
    if not widths:
        return [message("No value behind these scores carries a known survey error.")]
    return [
        message(
            "Who happened to be asked moves these scores by up to %(points)s points either way.",
            points=fixed_text(Fraction(repr(round(max(widths), 6)))),
        )
    ]


def _bands(units: Sequence[Unit]) -> list[Message]:
    """Name the neighbours that cannot be told apart; everybody in one band is one sentence."""
    members: dict[int, list[str]] = {}
    for one in units:
        for band in one["bands"] or ():
            members.setdefault(band, []).append(one["name"])
    several = [names for _band, names in sorted(members.items()) if len(names) > 1]
    ranked = sum(one["rank"] is not None for one in units)
    if several and len(several[0]) == ranked:
        return [message("No unit can be told apart from any other: their order says nothing.")]
    if len(several) > MOST_BANDS:
        reach = [
            one["possible_ranks"][1] - one["possible_ranks"][0] + 1
            for one in units
            if one["possible_ranks"]
        ]
        return [
            message(
                "Many neighbours cannot be told apart: a unit could stand at any of %(n)s places on"
                " average.",
                n=fixed_text(Fraction(sum(reach), len(reach)), 0),
            )
        ]
    return [
        message("These cannot be told apart: %(units)s.", units=_list(names)) for names in several
    ]


def _grades_at_risk(result: Mapping[str, Any]) -> list[Message]:
    found = []
    for one in result["units"]:
        chances, place = one["grade_probabilities"], one["grade"]
        if chances and place is not None and chances[place] < SURE:
            found.append((one["name"], grade_of(result, place), percent(chances[place])))
    if not found:
        return []
    units = Text(
        "、".join(f"{name}（{grade.zh} {share}）" for name, grade, share in found if grade),
        ", ".join(f"{name} ({grade.en} {share})" for name, grade, share in found if grade),
    )
    return [
        message(
            "The suggested grades of these units are not certain, in brackets the probability:"
            " %(units)s.",
            units=units,
        )
    ]


def _grade_sentence(result: Mapping[str, Any], unit: Unit) -> list[Message]:
    chances = unit["grade_probabilities"]
    if not chances or unit["grade"] is None:
        return []
    chance = chances[unit["grade"]]
    grade = grade_of(result, unit["grade"])
    if chance >= SURE:
        return [
            message("Survey error leaves the suggested grade “%(grade)s” as it is.", grade=grade)
        ]
    return [
        message(
            "The suggested grade “%(grade)s” is not certain: survey error alone gives it in"
            " %(share)s of all cases.",
            grade=grade,
            share=percent(chance),
        )
    ]


def _weight_sentence(result: Mapping[str, Any], unit: Unit) -> list[Message]:
    if not unit["sensitivity"] or unit["grade"] is None:
        return []
    if not unit["grade_depends_on_weight"]:
        return [
            message(
                "The suggested grade stays if what is subjective weighs 5 of 100 points more or"
                " less."
            )
        ]
    return [
        message(
            "With what is subjective weighing %(points)s of 100 points %(way)s, “%(grade)s” would"
            " be suggested.",
            points=abs(one["moved"]),
            way=message("more") if one["moved"] > 0 else message("less"),
            grade=grade_of(result, one["grade"]),
        )
        for one in unit["sensitivity"]
        if one["grade"] != unit["grade"]
    ]


def _list(names: Sequence[str]) -> Text:
    return Text("、".join(names), ", ".join(names))
