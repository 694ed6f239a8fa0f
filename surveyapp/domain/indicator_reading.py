"""Reading indicators from a document; every problem at once, with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, TypeVar

from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.indicator import (
    MAX_INDICATORS,
    MAX_PARTS,
    Breakdown,
    Coefficients,
    During,
    FigureKind,
    FigureName,
    Indicator,
    IndicatorPart,
    MissingPart,
    Population,
    RelevanceRule,
)
from surveyapp.domain.messages import message
from surveyapp.domain.rates import Identity
from surveyapp.domain.reading import LineOf, Path, Reader, as_key, jsonable
from surveyapp.domain.text import Text

_FIGURE: Final = re.compile(
    r"(index|rate|ballot)(?:\.([A-Za-z][A-Za-z0-9_-]{0,63}))?(?:@(named|anonymous))?"
)
_KNOWN: Final = frozenset({"key", "title", "parts", "missing", "by", "relevance", "note"})
_PART: Final = frozenset({"survey", "figure", "weight", "where", "population", "during", "units"})
_RELEVANCE: Final = frozenset({"apply", "knowledge", "relation", "class", "example"})
_MOST_LEVELS: Final = 50
_MOST_UNITS: Final = 5000
Word = TypeVar("Word", bound=StrEnum)


def parse_indicators(document: Any, *, line_of: LineOf) -> tuple[Indicator, ...]:
    """Read a document with a list ``indicators``.

    Raises
    ------
    InvalidDefinition
        With all problems at once.
    """
    reader = _IndicatorReader(line_of)
    found = reader.all(document)
    if reader.reader.problems:
        raise InvalidDefinition(tuple(reader.reader.problems))
    return found


def parse_indicator(document: Mapping[str, Any]) -> Indicator:
    """Read one indicator as it was stored.

    Raises
    ------
    InvalidDefinition
    """
    return parse_indicators({"indicators": [document]}, line_of=lambda _path: None)[0]


class _IndicatorReader:
    def __init__(self, line_of: LineOf) -> None:
        self.reader = Reader(line_of)

    def all(self, document: Any) -> tuple[Indicator, ...]:
        given = self.reader.mapping((), document, frozenset({"indicators"}))
        found = []
        seen: set[str] = set()
        entries = self.reader.items(
            ("indicators",), given.get("indicators"), least=1, most=MAX_INDICATORS
        )
        for path, entry in entries:
            indicator = self._indicator(path, entry)
            self.reader.unique(seen, path, indicator.key)
            found.append(indicator)
        return tuple(found)

    def _indicator(self, path: Path, entry: Any) -> Indicator:
        reader = self.reader
        given = reader.mapping(path, entry, _KNOWN)
        parts = tuple(
            self._part(where, part)
            for where, part in reader.items(
                (*path, "parts"), given.get("parts"), least=1, most=MAX_PARTS
            )
        )
        return Indicator(
            key=reader.key((*path, "key"), given.get("key"), "survey"),
            title=reader.title((*path, "title"), given.get("title")),
            parts=parts,
            missing=self._word(
                (*path, "missing"), given.get("missing"), MissingPart, MissingPart.BLOCK
            ),
            by=self._word((*path, "by"), given.get("by"), Breakdown, Breakdown.SUBJECT),
            relevance=self._relevance((*path, "relevance"), given.get("relevance")),
            note=reader.text((*path, "note"), given.get("note")),
            document=jsonable(entry) if isinstance(entry, Mapping) else {},
        )

    def _part(self, path: Path, entry: Any) -> IndicatorPart:
        reader = self.reader
        given = reader.mapping(path, entry, _PART)
        weight = reader.number((*path, "weight"), given.get("weight", 1))
        if weight is not None and weight <= 0:
            reader.refuse((*path, "weight"), message("A weight must be above 0."))
        population = given.get("population")
        during = given.get("during")
        return IndicatorPart(
            survey=reader.key((*path, "survey"), given.get("survey"), "survey"),
            figure=self._figure((*path, "figure"), given.get("figure")),
            weight=weight if weight is not None and weight > 0 else Fraction(1),
            where=self._where((*path, "where"), given.get("where")),
            population=None
            if population is None
            else self._word((*path, "population"), population, Population, Population.INVITED),
            during=None
            if during is None
            else self._word((*path, "during"), during, During, During.SURVEY),
            units=self._units((*path, "units"), given.get("units")),
        )

    def _figure(self, path: Path, value: Any) -> FigureName:
        read = _FIGURE.fullmatch(str(value or ""))
        if read is None or (read[1] == "rate" and read[2] is None):
            self.reader.refuse(
                path,
                message(
                    "Name the figure as index.KEY, rate.KEY or ballot; for a rate of named or"
                    " anonymous reviews add @named or @anonymous."
                ),
            )
            return FigureName(FigureKind.INDEX)
        identity = None if read[3] is None else Identity(read[3]).value
        return FigureName(FigureKind(read[1]), read[2] or "", identity)

    def _where(self, path: Path, value: Any) -> dict[str, tuple[str, ...]]:
        found = {}
        for key, levels in self._pairs(path, value).items():
            given = levels if isinstance(levels, list) else [levels]
            if not 0 < len(given) <= _MOST_LEVELS:
                self.reader.refuse(
                    (*path, key),
                    message(
                        "Expected %(least)s to %(most)s entries here.", least=1, most=_MOST_LEVELS
                    ),
                )
            found[key] = tuple(self.reader.level_key((*path, key), one) for one in given)
        return found

    def _units(self, path: Path, value: Any) -> dict[str, str]:
        pairs = self._pairs(path, value)
        return {key: self.reader.line((*path, key), code) for key, code in pairs.items()}

    def _pairs(self, path: Path, value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping) or len(value) > _MOST_UNITS:
            self.reader.refuse(path, message("Expected a mapping of names to values here."))
            return {}
        return {as_key(key): entry for key, entry in value.items()}

    def _relevance(self, path: Path, value: Any) -> RelevanceRule | None:
        if value is None:
            return None
        reader = self.reader
        given = reader.mapping(path, value, _RELEVANCE)
        rule = RelevanceRule(
            apply=reader.flag((*path, "apply"), given.get("apply"), default=False),
            knowledge=self._coefficients((*path, "knowledge"), given.get("knowledge")),
            relation=self._coefficients((*path, "relation"), given.get("relation")),
            group=self._coefficients((*path, "class"), given.get("class")),
            example=reader.flag((*path, "example"), given.get("example"), default=False),
        )
        if not rule.factors:
            reader.refuse(
                path, message("Name a question for knowledge, relation or class, or leave it out.")
            )
        if rule.apply and not all(one.is_filled for one in rule.factors):
            reader.refuse(
                path,
                message(
                    "Fill in every coefficient before the weighting by relevance is applied; none"
                    " is laid down by the state."
                ),
            )
        return rule

    def _coefficients(self, path: Path, value: Any) -> Coefficients | None:
        if value is None:
            return None
        reader = self.reader
        given = reader.mapping(path, value, frozenset({"question", "weights"}))
        weights = {}
        pairs = self._pairs((*path, "weights"), given.get("weights"))
        for level, weight in pairs.items():
            number = reader.number((*path, "weights", level), weight)
            if number is not None and number < 0:
                reader.refuse((*path, "weights", level), message("A weight is never negative."))
            weights[level] = number
        return Coefficients(reader.key((*path, "question"), given.get("question")), weights)

    def _word(self, path: Path, value: Any, words: type[Word], default: Word) -> Word:
        if value is None:
            return default
        try:
            return words(as_key(value))
        except ValueError:
            self.reader.refuse(path, message("Expected one of: %(words)s.", words=", ".join(words)))
            return default


def text_document(text: Text) -> dict[str, str]:
    """Return a text as plain data."""
    return {"zh": text.zh, "en": text.en}
