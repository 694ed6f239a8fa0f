"""Taking an untrusted document apart without stopping at the first mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from surveyapp.domain.errors import Problem
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text

Path = tuple[str | int, ...]
LineOf = Callable[[Path], int | None]

MAX_TEXT = 4000
_LEVEL = re.compile(r"[^\s;|,.][^;|\n\t]{0,63}")
# Bounded on purpose: Fraction("1e999999999") would compute for ever.
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12}|/[1-9]\d{0,8})?", re.ASCII)
_KEYS = {
    "survey": re.compile(r"[a-z][a-z0-9-]{0,63}"),
    "name": re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}"),
}


def written(path: Path) -> str:
    """Write a path as a person would, for example ``questions[3].scale`` (counted from 1)."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Reader:
    """Reads values and notes each problem with its place; never raises on bad content."""

    def __init__(self, line_of: LineOf) -> None:
        self._line_of = line_of
        self.problems: list[Problem] = []

    def refuse(self, path: Path, reason: Message) -> None:
        """Note a problem."""
        line = self._line_of(path)
        self.problems.append(Problem(line, written(path), reason))

    def mapping(self, path: Path, value: Any, known: frozenset[str]) -> dict[str, Any]:
        """Return a mapping with text keys; unknown keys are refused, each by its name."""
        if not isinstance(value, Mapping):
            self.refuse(path, message("Expected a mapping of names to values here."))
            return {}
        entries = {as_key(key): entry for key, entry in value.items()}
        for key in entries.keys() - known:
            self.refuse((*path, key), message("The key “%(key)s” is not known here.", key=key))
        return entries

    def items(
        self, path: Path, value: Any, *, most: int, least: int = 0
    ) -> Iterator[tuple[Path, Any]]:
        """Yield the entries of a list with their paths."""
        if not isinstance(value, list):
            self.refuse(path, message("Expected a list here."))
            return
        if not least <= len(value) <= most:
            self.refuse(
                path,
                message("Expected %(least)s to %(most)s entries here.", least=least, most=most),
            )
            return
        for position, entry in enumerate(value):
            yield (*path, position), entry

    def text(self, path: Path, value: Any) -> Text | None:
        """Return a text given once for both languages or as {zh, en}; None where it is absent."""
        if value is None:
            return None
        if isinstance(value, Mapping):
            entries = self.mapping(path, value, frozenset({"zh", "en"}))
            zh = self.line(path, entries.get("zh"))
            en = self.line(path, entries["en"]) if entries.get("en") is not None else zh
            return Text(zh, en)
        return Text.same(self.line(path, value))

    def title(self, path: Path, value: Any) -> Text:
        """Return a text that must be there."""
        if value is None:
            self.refuse(path, message("A text is missing here."))
        return self.text(path, value) or Text.same("")

    def line(self, path: Path, value: Any) -> str:
        """Return a non-empty string."""
        text = "" if value is None else str(value).strip()
        if not text or isinstance(value, Mapping | list):
            self.refuse(path, message("A text is missing here."))
            return ""
        if len(text) > MAX_TEXT:
            self.refuse(path, message("This text is longer than %(most)s.", most=MAX_TEXT))
        return text

    def key(self, path: Path, value: Any, shape: str = "name") -> str:
        """Return an identifier."""
        key = as_key(value)
        if value is None or not _KEYS[shape].fullmatch(key):
            self.refuse(
                path,
                message(
                    "A key begins with a letter and has only letters, digits and - or _"
                    " (a survey key: small letters, digits and -), 64 at most."
                ),
            )
        return key

    def level_key(self, path: Path, value: Any) -> str:
        """Return the key of a level: any short text without a semicolon."""
        key = as_key(value)
        if value is None or isinstance(value, Mapping | list) or not _LEVEL.fullmatch(key):
            self.refuse(path, message("A level needs a short key without “;” and “|”."))
        return key

    def flag(self, path: Path, value: Any, *, default: bool) -> bool:
        """Return a yes or no."""
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(path, message("Expected true or false here."))
            return default
        return value

    def whole(self, path: Path, value: Any, *, least: int, most: int) -> int | None:
        """Return a whole number within bounds; None where it is absent or wrong."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(
                path,
                message(
                    "Expected a whole number from %(least)s to %(most)s.", least=least, most=most
                ),
            )
            return None
        return value

    def number(self, path: Path, value: Any) -> Fraction | None:
        """Return an exact number; None where it is absent or wrong."""
        if value is None:
            return None
        is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
        if is_number and _NUMBER.fullmatch(str(value)):
            return Fraction(str(value))
        self.refuse(path, message("Expected a number here."))
        return None

    def day(self, path: Path, value: Any) -> date | None:
        """Return a date."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.refuse(path, message("Expected a date such as 2026-12-31."))
            return None

    def moment(self, path: Path, value: Any) -> datetime | None:
        """Return a date and time, with an offset or in local time; None where it is absent."""
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time.min)
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.refuse(path, message("Expected a date and time such as 2026-12-31T18:00."))
            return None

    def unique(self, seen: set[str], path: Path, key: str) -> None:
        """Refuse a key that was seen before."""
        if key in seen:
            self.refuse(path, message("The key “%(key)s” is used twice.", key=key))
        seen.add(key)


def as_key(value: Any) -> str:
    """Return a key as text; YAML reads a bare yes or no as a truth value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()


def jsonable(value: Any) -> Any:
    """Return a copy of a document that JSON can carry: text keys, ISO dates."""
    if isinstance(value, Mapping):
        return {as_key(key): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(entry) for entry in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
