"""What a survey knows about its population: how people divide into the levels of attributes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any, Final

from surveyapp.domain.scales import Level
from surveyapp.domain.survey import UNKNOWN, Attribute, Definition
from surveyapp.domain.text import Text

JOINT: Final = ":"
"""Joins the attributes of a cross-classification, and their levels."""

Levels = tuple[str, ...]
"""One level key for each attribute of a margin."""


class Measure(StrEnum):
    """What the numbers of margins are."""

    SHARE = "share"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class PopulationMargin:
    """How the population divides by one attribute, or by several at once.

    Attributes
    ----------
    attributes : tuple of str
        Keys of the attributes.
    targets : mapping
        Share or number of people of each combination of levels.
    """

    attributes: tuple[str, ...]
    targets: Mapping[Levels, float]

    @property
    def name(self) -> str:
        """The attributes in one word."""
        return JOINT.join(self.attributes)

    @property
    def total(self) -> float:
        """What all levels add up to."""
        return math.fsum(self.targets.values())

    def levels_of(self, cell: Mapping[str, str]) -> Levels:
        """Return the levels of a cell of the tally; `UNKNOWN` where one is open."""
        return tuple([cell.get(key, UNKNOWN) for key in self.attributes])


@dataclass(frozen=True, slots=True)
class PopulationMargins:
    """All margins of a population."""

    measure: Measure
    variables: tuple[PopulationMargin, ...]

    def as_document(self) -> dict[str, Any]:
        """Return plain data for JSON; lists, because not every database keeps the order of keys."""
        return {
            "measure": str(self.measure),
            "variables": [
                {
                    "attributes": list(one.attributes),
                    "levels": [[list(levels), target] for levels, target in one.targets.items()],
                }
                for one in self.variables
            ],
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> PopulationMargins:
        """Read what `as_document` has written."""
        return cls(
            Measure(document["measure"]),
            tuple(
                PopulationMargin(
                    tuple(one["attributes"]),
                    {tuple(levels): float(target) for levels, target in one["levels"]},
                )
                for one in document["variables"]
            ),
        )


def attributes_of(definition: Definition, variable: str) -> tuple[Attribute, ...]:
    """Return the attributes a margin is about, none if one of them does not exist."""
    single = definition.attribute(variable)
    if single is not None:
        return (single,)
    parts = [definition.attribute(key) for key in variable.split(JOINT)]
    found = tuple(part for part in parts if part is not None)
    keys = {one.key for one in found}
    return found if len(found) == len(parts) == len(keys) else ()


def attributes_named(definition: Definition, variable: str) -> tuple[tuple[Attribute, ...], ...]:
    """Return what a variable of a file may mean: by keys, else by names or titles; usually one."""
    keyed = attributes_of(definition, variable)
    if keyed:
        return (keyed,)
    whole = _attributes_titled(definition, variable)
    if whole:
        return tuple((one,) for one in whole)
    found = product(*(_attributes_titled(definition, part) for part in _parts(variable)))
    return tuple(some for some in found if len({one.key for one in some}) == len(some))


def _attributes_titled(definition: Definition, given: str) -> tuple[Attribute, ...]:
    keyed = definition.attribute(given)
    if keyed is not None:
        return (keyed,)
    wanted = plain_words(given)
    return tuple(
        attribute
        for attribute in definition.attributes
        if wanted in _words_of(attribute.title) | _words_of(attribute.heading)
    )


def levels_named(attributes: Sequence[Attribute], name: str) -> tuple[Levels, ...]:
    """Return what a level of a file may mean: by key, code or label; usually just one."""
    parts = [name] if len(attributes) == 1 else _parts(name)
    if len(parts) != len(attributes):
        return ()
    matches = [
        [level.key for level in attribute.levels if _is_called(level, part)]
        for attribute, part in zip(attributes, parts, strict=True)
    ]
    return tuple(product(*matches))


def _is_called(level: Level, given: str) -> bool:
    return given in (level.key, level.code) or plain_words(given) in _words_of(level.label)


def _words_of(text: Text) -> set[str]:
    return {plain_words(text.zh), plain_words(text.en)}


def _parts(name: str) -> list[str]:
    """Divide at colons, those of Chinese text too."""
    return [part.strip() for part in name.replace("：", JOINT).split(JOINT)]


@lru_cache(maxsize=1 << 14)
def plain_words(text: str) -> str:
    """Write a title so that spelling alike is enough: width, case, blanks, dashes, a last “?”."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(re.sub("[\u2010-\u2015\u2212~]+", "-", plain).split()).rstrip("?:")


def missing_levels(attributes: Sequence[Attribute], given: Mapping[Levels, float]) -> list[Levels]:
    """Return the combinations of levels that margins do not name, in declared order."""
    every = product(*([level.key for level in attribute.levels] for attribute in attributes))
    return [levels for levels in every if levels not in given]


def title_of_margin(definition: Definition, margin: PopulationMargin) -> Text:
    """Return what people call a margin."""
    titles = []
    for key in margin.attributes:
        attribute = definition.attribute(key)
        titles.append(Text.same(key) if attribute is None else attribute.heading)
    return _joined(titles)


def title_of_levels(definition: Definition, margin: PopulationMargin, levels: Levels) -> Text:
    """Return what people call a combination of levels."""
    titles = []
    for key, level_key in zip(margin.attributes, levels, strict=True):
        attribute = definition.attribute(key)
        level = None if attribute is None else attribute.find(level_key)
        titles.append(Text.same(level_key) if level is None else level.label)
    return _joined(titles)


def _joined(titles: Sequence[Text]) -> Text:
    return Text(" × ".join(title.zh for title in titles), " × ".join(title.en for title in titles))
