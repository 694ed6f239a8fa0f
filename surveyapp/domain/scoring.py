"""Reading an index of a definition, and scoring one respondent exactly.

Everything is integers: weights and points are brought to whole numbers once, when the definition is
read, so that tallies can be added up over years and machines without a rounding anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader, as_key
from surveyapp.domain.scales import Scale
from surveyapp.domain.survey import (
    IndexDefinition,
    IndexItem,
    MatrixQuestion,
    Question,
    ScaleQuestion,
)
from surveyapp.domain.text import Text

MAX_UNIT = 1_000_000


def common_unit(numbers: Iterable[Fraction]) -> int:
    """Return the smallest u for which every number is a multiple of 1/u."""
    return math.lcm(1, *(number.denominator for number in numbers))


def read_index(
    reader: Reader,
    path: Path,
    entry: Any,
    questions: Sequence[Question],
    relevance_weights: Mapping[str, Fraction],
) -> IndexDefinition:
    """Read one entry of ``indices``."""
    given = reader.mapping(
        path, entry, frozenset({"key", "title", "of", "weights", "points", "minimum_items"})
    )
    key = reader.key((*path, "key"), given.get("key"))
    fields = _fields(reader, (*path, "of"), given.get("of"), questions)
    weights = _weights(reader, (*path, "weights"), given.get("weights"), fields)
    overriding = _numbers(reader, (*path, "points"), given.get("points"))
    points = {
        field: _points_of(reader, (*path, "of"), field, scale, overriding)
        for field, (_, scale) in fields.items()
    }
    every = [number for by_level in points.values() for number in by_level.values()]
    unit = common_unit(every)
    weight_unit = common_unit(weights.values())
    if max(unit, weight_unit) > MAX_UNIT:
        reader.refuse(path, message("Points and weights need fewer decimals."))
    relevance = {
        question.key: question.relevance
        for question in questions
        if isinstance(question, ScaleQuestion) and question.key in points
    }
    if not any(relevance.values()):
        relevance_weights = {}
    relevance_unit = common_unit(relevance_weights.values())
    return IndexDefinition(
        key=key,
        title=reader.text((*path, "title"), given.get("title")) or Text.same(key),
        items=tuple(
            IndexItem(
                field,
                int(weights[field] * weight_unit),
                {level: int(number * unit) for level, number in by_level.items()},
                relevance.get(field),
                frozenset(level.key for level in fields[field][1].scored if level.favourable),
            )
            for field, by_level in points.items()
        ),
        unit=unit,
        minimum_items=reader.whole(
            (*path, "minimum_items"),
            given.get("minimum_items", 1),
            least=1,
            most=max(1, len(fields)),
        )
        or 1,
        lowest=min(every, default=Fraction(0)),
        highest=max(every, default=Fraction(0)),
        relevance_weights={
            level: int(weight * relevance_unit) for level, weight in relevance_weights.items()
        },
        relevance_unit=relevance_unit,
    )


def _fields(
    reader: Reader, path: Path, value: Any, questions: Sequence[Question]
) -> dict[str, tuple[str, Scale]]:
    """Return field → (entry of ``of`` it comes from, scale)."""
    known: dict[str, list[tuple[str, Scale]]] = {}
    for question in questions:
        if isinstance(question, ScaleQuestion):
            known[question.key] = [(question.key, question.scale)]
        elif isinstance(question, MatrixQuestion):
            rows = [(name, question.scale) for name, _ in question.fields()]
            known[question.key] = rows
            known.update({name: [(name, scale)] for name, scale in rows})
    fields: dict[str, tuple[str, Scale]] = {}
    for place, entry in reader.items(path, value, least=1, most=400):
        name = as_key(entry)
        if name not in known:
            reader.refuse(
                place,
                message("“%(name)s” is not a scale question, a matrix or a matrix row.", name=name),
            )
        for field, scale in known.get(name, []):
            if field in fields:
                reader.refuse(place, message("The item “%(name)s” is named twice.", name=field))
            fields[field] = (name, scale)
    return fields


def _weights(
    reader: Reader, path: Path, value: Any, fields: Mapping[str, tuple[str, Scale]]
) -> dict[str, Fraction]:
    given = _numbers(reader, path, value)
    names = fields.keys() | {name for name, _ in fields.values()}
    for name, weight in given.items():
        if name not in names:
            reader.refuse(
                (*path, name), message("“%(name)s” is not an item of this index.", name=name)
            )
        if weight <= 0:
            reader.refuse((*path, name), message("A weight is a positive number."))
    return {
        field: given.get(field, given.get(name, Fraction(1))) for field, (name, _) in fields.items()
    }


def _numbers(reader: Reader, path: Path, value: Any) -> dict[str, Fraction]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        reader.refuse(path, message("Expected a mapping of names to values here."))
        return {}
    read = {
        as_key(name): reader.number((*path, as_key(name)), entry) for name, entry in value.items()
    }
    return {name: number for name, number in read.items() if number is not None}


def _points_of(
    reader: Reader, path: Path, field: str, scale: Scale, overriding: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    points: dict[str, Fraction] = {}
    for level in scale.scored:
        number = overriding.get(level.key, level.points)
        if number is None:
            reader.refuse(
                path,
                message(
                    "The level “%(level)s” of “%(field)s” has no points:"
                    " an index needs points for every scored level.",
                    level=level.key,
                    field=field,
                ),
            )
        else:
            points[level.key] = number
    return points


def score(index: IndexDefinition, levels: Mapping[str, str]) -> tuple[int, int] | None:
    """Return a respondent's index as (a, b): a / (b · unit) points.

    Parameters
    ----------
    levels : mapping of str to str
        Level keys by field; unscored levels and unanswered fields count as not rated.

    Returns
    -------
    tuple of int or None
        None where fewer than `minimum_items` items are rated.
    """
    a = b = n = 0
    for item in index.items:
        points = item.points.get(levels.get(item.field, ""))
        if points is not None:
            a += item.weight * points
            b += item.weight
            n += 1
    return (a, b) if n >= index.minimum_items else None


def relevance_score(index: IndexDefinition, levels: Mapping[str, str]) -> tuple[int, int]:
    """Return numerator and denominator of a respondent's index weighted by relevance.

    An item without a relevance question weighs fully; one whose relevance is open weighs nothing.
    """
    a = b = 0
    for item in index.items:
        points = item.points.get(levels.get(item.field, ""))
        if points is not None:
            relevance = index.relevance_unit
            if item.relevance is not None:
                relevance = index.relevance_weights.get(levels.get(item.relevance, ""), 0)
            a += item.weight * relevance * points
            b += item.weight * relevance
    return a, b


def users_score(index: IndexDefinition, levels: Mapping[str, str]) -> tuple[int, int] | None:
    """Return a respondent's index over the items they are concerned with, as `score` does.

    None where fewer than `minimum_items` such items are rated.
    """
    used = {
        item.field: levels[item.field]
        for item in index.items
        if item.field in levels and levels.get(item.relevance or "") in index.users
    }
    return score(index, used)


def favourable_score(index: IndexDefinition, levels: Mapping[str, str]) -> tuple[int, int]:
    """Return the weights of a respondent's favourable answers, and of all their scored answers."""
    a = b = 0
    for item in index.items:
        level = levels.get(item.field, "")
        if level in item.points:
            a += item.weight * (level in item.favourable)
            b += item.weight
    return a, b
