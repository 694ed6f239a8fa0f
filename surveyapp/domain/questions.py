"""Reading one question of a definition, type by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveyapp.domain.messages import message
from surveyapp.domain.national_tags import NATIONAL_TAGS
from surveyapp.domain.reading import Path, Reader, as_key
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import (
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    Row,
    ScaleQuestion,
    SingleQuestion,
    TagsQuestion,
    TextQuestion,
    choices_of,
)
from surveyapp.domain.text import Text

MAX_CHARS = 4000
_COMMON = frozenset({"key", "type", "title", "hint", "required", "show_if"})
_KNOWN: dict[str, frozenset[str]] = {
    "scale": _COMMON | {"scale", "relevance"},
    "matrix": _COMMON | {"scale", "rows"},
    "single": _COMMON | {"options"},
    "multiple": _COMMON | {"options", "max_choices"},
    "tags": _COMMON | {"depends_on", "tags"},
    "text": _COMMON | {"max_chars"},
    "number": _COMMON | {"min", "max", "decimals", "unit"},
}
_ANSWERED_BY_DEFAULT = frozenset({"scale", "matrix", "single"})


def read_levels(
    reader: Reader, path: Path, value: Any, *, least: int, most: int
) -> tuple[Level, ...]:
    """Read levels, options or tags: bare keys, or mappings with code, label, points and marks."""
    levels: list[Level] = []
    keys: set[str] = set()
    codes: set[str] = set()
    for place, entry in reader.items(path, value, least=least, most=most):
        level = _read_level(reader, place, entry)
        reader.unique(keys, place, level.key)
        reader.unique(codes, place, level.code)
        levels.append(level)
    return tuple(levels)


def _read_level(reader: Reader, path: Path, entry: Any) -> Level:
    if not isinstance(entry, Mapping):
        key = reader.level_key(path, entry)
        return Level(key, key, Text.same(key))
    given = reader.mapping(
        path, entry, frozenset({"key", "code", "points", "favourable", "unscored", "label"})
    )
    key = reader.level_key((*path, "key"), given.get("key"))
    code = key if given.get("code") is None else reader.level_key((*path, "code"), given["code"])
    points = reader.number((*path, "points"), given.get("points"))
    unscored = reader.flag((*path, "unscored"), given.get("unscored"), default=False)
    favourable = reader.flag((*path, "favourable"), given.get("favourable"), default=False)
    if unscored and (points is not None or favourable):
        reader.refuse(path, message("An unscored level has no points and is not favourable."))
    label = reader.text((*path, "label"), given.get("label")) or Text.same(key)
    return Level(key, code, label, points, favourable, unscored)


def read_question(
    reader: Reader,
    path: Path,
    entry: Any,
    scales: Mapping[str, Scale],
    earlier: Sequence[Question],
) -> Question | None:
    """Read one question; None where not even its type is clear."""
    kind = entry.get("type") if isinstance(entry, Mapping) else None
    if kind not in _KNOWN:
        reader.refuse(
            (*path, "type"),
            message("The type of a question is one of: %(types)s.", types=", ".join(_KNOWN)),
        )
        return None
    given = reader.mapping(path, entry, _KNOWN[kind])
    common: dict[str, Any] = {
        "key": reader.key((*path, "key"), given.get("key")),
        "title": reader.title((*path, "title"), given.get("title")),
        "hint": reader.text((*path, "hint"), given.get("hint")),
        "required": reader.flag(
            (*path, "required"), given.get("required"), default=kind in _ANSWERED_BY_DEFAULT
        ),
        "show_if": _read_show_if(reader, (*path, "show_if"), given.get("show_if"), earlier),
    }
    match kind:
        case "scale":
            relevance = given.get("relevance")
            return ScaleQuestion(
                **common,
                scale=_read_scale(reader, path, given, scales),
                relevance=None if relevance is None else as_key(relevance),
            )
        case "matrix":
            return MatrixQuestion(
                **common,
                scale=_read_scale(reader, path, given, scales),
                rows=_read_rows(reader, (*path, "rows"), given.get("rows")),
            )
        case "single" | "multiple":
            return _read_choice(reader, path, given, common, scales, several=kind == "multiple")
        case "tags":
            return _read_tags(reader, path, given, common, earlier)
        case "text":
            most = reader.whole(
                (*path, "max_chars"), given.get("max_chars", 500), least=1, most=MAX_CHARS
            )
            return TextQuestion(**common, max_chars=most or MAX_CHARS)
        case _:
            return _read_number(reader, path, given, common)


def _read_scale(
    reader: Reader, path: Path, given: Mapping[str, Any], scales: Mapping[str, Scale]
) -> Scale:
    name = as_key(given.get("scale"))
    if name in scales:
        return scales[name]
    reader.refuse(
        (*path, "scale"),
        message(
            "There is no scale “%(name)s”: define it under “scales” or use a preset.", name=name
        ),
    )
    return Scale(name, ())


def _read_rows(reader: Reader, path: Path, value: Any) -> tuple[Row, ...]:
    rows = []
    seen: set[str] = set()
    for place, entry in reader.items(path, value, least=1, most=100):
        given = reader.mapping(place, entry, frozenset({"key", "title"}))
        key = reader.key((*place, "key"), given.get("key"))
        reader.unique(seen, (*place, "key"), key)
        rows.append(Row(key, reader.title((*place, "title"), given.get("title"))))
    return tuple(rows)


def _read_choice(
    reader: Reader,
    path: Path,
    given: Mapping[str, Any],
    common: dict[str, Any],
    scales: Mapping[str, Scale],
    *,
    several: bool,
) -> Question:
    """Read a single or multiple choice; the options may be the levels of a named scale."""
    value = given.get("options")
    if isinstance(value, str) and value in scales:
        options = scales[value].levels
    else:
        options = read_levels(reader, (*path, "options"), value, least=2, most=500)
    if not several:
        return SingleQuestion(**common, options=options)
    most = reader.whole((*path, "max_choices"), given.get("max_choices"), least=1, most=500)
    return MultipleQuestion(**common, options=options, max_choices=most)


def _read_tags(
    reader: Reader,
    path: Path,
    given: Mapping[str, Any],
    common: dict[str, Any],
    earlier: Sequence[Question],
) -> Question:
    depends_on = as_key(given.get("depends_on"))
    target = next((question for question in earlier if question.key == depends_on), None)
    if not isinstance(target, ScaleQuestion | SingleQuestion):
        reader.refuse(
            (*path, "depends_on"),
            message("“depends_on” names an earlier question of type scale or single."),
        )
        return TagsQuestion(**common, depends_on=depends_on, tags={})
    levels = {level.key for level in choices_of(target)}
    tags = _tag_lists(reader, (*path, "tags"), given.get("tags"))
    for level in tags.keys() - levels:
        reader.refuse(
            (*path, "tags"),
            message("“%(level)s” is not a level of “%(key)s”.", level=level, key=depends_on),
        )
    seen: set[str] = set()
    for tag in (tag for listed in tags.values() for tag in listed):
        reader.unique(seen, (*path, "tags"), tag.key)
    return TagsQuestion(**common, depends_on=depends_on, tags=tags)


def _tag_lists(reader: Reader, path: Path, value: Any) -> dict[str, tuple[Level, ...]]:
    if value == "national":
        return {
            level: tuple(Level(code, code, Text(zh, en)) for code, zh, en in listed)
            for level, listed in NATIONAL_TAGS.items()
        }
    if not isinstance(value, Mapping):
        reader.refuse(
            path, message("“tags” is “national” or a mapping of levels to lists of tags.")
        )
        return {}
    return {
        as_key(level): read_levels(reader, (*path, as_key(level)), listed, least=1, most=50)
        for level, listed in value.items()
    }


def _read_number(
    reader: Reader, path: Path, given: Mapping[str, Any], common: dict[str, Any]
) -> Question:
    minimum = reader.number((*path, "min"), given.get("min"))
    maximum = reader.number((*path, "max"), given.get("max"))
    if minimum is not None and maximum is not None and minimum > maximum:
        reader.refuse((*path, "min"), message("“min” is larger than “max”."))
    return NumberQuestion(
        **common,
        minimum=minimum,
        maximum=maximum,
        decimals=reader.whole((*path, "decimals"), given.get("decimals"), least=0, most=6) or 0,
        unit=reader.text((*path, "unit"), given.get("unit")),
    )


def _read_show_if(
    reader: Reader, path: Path, value: Any, earlier: Sequence[Question]
) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        reader.refuse(path, message("Expected a mapping of names to values here."))
        return {}
    conditions = {}
    for name, levels in value.items():
        place: Path = (*path, as_key(name))
        target = next((question for question in earlier if question.key == as_key(name)), None)
        offered = {level.key for level in choices_of(target)} if target else set()
        wanted = tuple(
            as_key(level) for level in (levels if isinstance(levels, list) else [levels])
        )
        if not offered or isinstance(target, MatrixQuestion | TagsQuestion):
            reader.refuse(
                place,
                message("“show_if” names earlier questions of type scale, single or multiple."),
            )
        for level in set(wanted) - offered if offered else ():
            reader.refuse(
                place, message("“%(level)s” is not a level of “%(key)s”.", level=level, key=name)
            )
        conditions[as_key(name)] = wanted
    return conditions
