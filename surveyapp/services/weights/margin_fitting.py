"""Whether population margins of a file fit a survey: attributes, levels, totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.margins import (
    Levels,
    Measure,
    PopulationMargin,
    PopulationMargins,
    attributes_named,
    attributes_of,
    levels_named,
    missing_levels,
    title_of_levels,
    title_of_margin,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Attribute, Definition
from surveyapp.domain.text import Text
from surveyapp.domain.weighting import WeightingMethod
from surveyapp.services.estimation.problems import refused, shown
from surveyapp.services.results.sample_weights import listed
from surveyapp.services.weights import margin_tables

MAX_LEVELS: Final = 1000
_MOST_NAMED: Final = 20
_ROUNDING: Final = 0.005
"""How far published shares, each rounded, may add up to something else than all."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Margins that fit a survey, and what their reader should know.

    Attributes
    ----------
    notes : tuple of Message
        Which levels the file leaves out, so that their respondents count as unknown; shares that
        do not add up.
    """

    margins: PopulationMargins
    notes: tuple[Message, ...]


def fit(definition: Definition, read: margin_tables.PopulationMargins) -> Fitted:
    """Find the attributes and levels that a file of margins is about.

    Raises
    ------
    BadInput
        A variable is no attribute of the survey; a level is unknown, named twice or missing; or
        there are more variables than the survey's method of weighting takes; or the totals of two
        variables disagree.
    """
    if definition.weighting.method is WeightingMethod.POSTSTRATIFY and len(read.variables) > 1:
        problem = message(
            "the survey post-stratifies, which takes one variable, not %(n)s: give their joint"
            " cells as %(joint)s, or choose rake in its definition.",
            n=len(read.variables),
            joint=shown(margin_tables.JOINT.join(one.variable for one in read.variables)),
        )
        raise refused(read.file, problem)
    if sum(len(one.targets) for one in read.variables) > MAX_LEVELS:
        raise refused(
            read.file, message("the margins have more than %(most)s levels.", most=MAX_LEVELS)
        )
    variables = tuple(_fitted(definition, read.file, one) for one in read.variables)
    _require_one_name(read, variables)
    read.require_agreement()
    notes = [note for one in variables for note in _left_out(definition, one)]
    if read.shares:
        notes += _scaled(definition, variables[0])
    measure = Measure.SHARE if read.shares else Measure.COUNT
    return Fitted(PopulationMargins(measure, variables), tuple(notes))


def _fitted(
    definition: Definition, file: str, read: margin_tables.PopulationMargin
) -> PopulationMargin:
    meanings = attributes_named(definition, read.variable)
    if not meanings:
        raise _no_attribute(definition, file, read)
    if len(meanings) > 1:
        problem = message(
            "“%(variable)s” may be several attributes (%(keys)s): write the key of the one that is"
            " meant.",
            variable=shown(read.variable),
            keys=", ".join(
                margin_tables.JOINT.join(one.key for one in some) for some in meanings[:_MOST_NAMED]
            ),
        )
        raise refused(file, problem, line=min(read.lines.values()))
    (attributes,) = meanings
    targets: dict[Levels, float] = {}
    lines: dict[Levels, int] = {}
    for name, target in read.targets.items():
        line = read.lines[name]
        levels = _level(attributes, file, read, name)
        if levels in targets:
            problem = message(
                "the level “%(level)s” of “%(variable)s” stands in line %(earlier)s already.",
                level=shown(name),
                variable=read.variable,
                earlier=lines[levels],
            )
            raise refused(file, problem, line=line)
        targets[levels], lines[levels] = target, line
    made = PopulationMargin(tuple(one.key for one in attributes), targets)
    _require_all_levels(definition, file, made, attributes, min(read.lines.values()))
    return made


def _require_one_name(
    read: margin_tables.PopulationMargins, made: tuple[PopulationMargin, ...]
) -> None:
    """Refuse an attribute that goes by two names in one file."""
    known: dict[tuple[str, ...], str] = {}
    for given, margin in zip(read.variables, made, strict=True):
        first = known.setdefault(margin.attributes, given.variable)
        if first != given.variable:
            problem = message(
                "“%(first)s” and “%(second)s” are the same attribute: call it alike in all rows.",
                first=shown(first),
                second=shown(given.variable),
            )
            raise refused(read.file, problem, line=min(given.lines.values()))


def _no_attribute(
    definition: Definition, file: str, read: margin_tables.PopulationMargin
) -> BadInput:
    line = min(read.lines.values())
    known = listed([_known(one.key, one.heading) for one in definition.attributes])
    if not definition.attributes:
        problem = message(
            "the survey has no attributes, so there is nothing to weight it by: declare them in its"
            " definition first."
        )
    else:
        problem = message(
            "the survey has no attribute “%(variable)s”; it has: %(known)s.",
            variable=shown(read.variable),
            known=known,
        )
    return refused(file, problem, line=line)


def _level(
    attributes: tuple[Attribute, ...], file: str, read: margin_tables.PopulationMargin, name: str
) -> Levels:
    found = set(levels_named(attributes, name))
    if len(found) == 1:
        return found.pop()
    if found:
        keys = sorted(margin_tables.JOINT.join(levels) for levels in found)
        problem = message(
            "“%(given)s” may be several levels (%(keys)s): write the key of the one that is meant.",
            given=shown(name),
            keys=", ".join(keys),
        )
    elif len(attributes) > 1:
        problem = message(
            "“%(level)s” is no combination of levels of “%(variable)s”: write one level of each,"
            " joined by a colon.",
            level=shown(name),
            variable=read.variable,
        )
    else:
        (attribute,) = attributes
        problem = message(
            "the attribute “%(variable)s” has no level “%(level)s”; it has: %(known)s.",
            variable=read.variable,
            level=shown(name),
            known=listed(
                [_known(level.key, level.label) for level in attribute.levels[:_MOST_NAMED]]
            ),
        )
    raise refused(file, problem, line=read.lines[name])


def _known(key: str, title: Text) -> Text:
    """Write a key with what people call it."""
    zh = key if title.zh == key else f"{key}（{title.zh}）"
    return Text(zh, key if title.en == key else f"{key} ({title.en})")


def _require_all_levels(
    definition: Definition,
    file: str,
    margin: PopulationMargin,
    attributes: tuple[Attribute, ...],
    line: int,
) -> None:
    missing = missing_levels(attributes, margin.targets)
    if missing and not any(attribute.unknown_allowed for attribute in attributes):
        problem = message(
            "“%(variable)s” lacks the level “%(levels)s”: every level of the attribute needs its"
            " share of the population.",
            variable=margin.name,
            levels=_titles(definition, margin, missing),
        )
        raise refused(file, problem, line=line)


def _left_out(definition: Definition, margin: PopulationMargin) -> Iterator[Message]:
    missing = missing_levels(attributes_of(definition, margin.name), margin.targets)
    if missing:
        yield message(
            "The file gives no share to “%(levels)s” of “%(variable)s”: such respondents count as"
            " unknown and keep the share they have in the sample.",
            levels=_titles(definition, margin, missing),
            variable=title_of_margin(definition, margin),
        )


def _scaled(definition: Definition, margin: PopulationMargin) -> Iterator[Message]:
    """Say that shares add up to neither 1 nor 100; all variables have one total by now."""
    if min(abs(margin.total - 1), abs(margin.total / 100 - 1)) > _ROUNDING:
        yield message(
            "The shares of “%(variable)s” add up to %(total)s, neither to 1 nor to 100: they are"
            " scaled. See whether a level is missing or a number is wrong.",
            variable=title_of_margin(definition, margin),
            total=f"{margin.total:.6g}",
        )


def _titles(definition: Definition, margin: PopulationMargin, levels: list[Levels]) -> Text:
    named = [title_of_levels(definition, margin, one) for one in levels[:_MOST_NAMED]]
    if len(levels) > _MOST_NAMED:
        named.append(Text.same("…"))
    return listed(named)
