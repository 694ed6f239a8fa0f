"""What the parts of a scheme have in common when they are read: choices, numbers, shares."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, TypeVar

from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf, Path, Reader, as_key, written
from surveyapp.domain.text import Text

MAX_NAME: Final = 128

OPEN_TITLE: Final = Text("（待填）", "(to be filled in)")

Choice = TypeVar("Choice", bound=StrEnum)


class SchemeFields:
    """Reads fields and notes which ones the office still has to fill in.

    Attributes
    ----------
    unfilled : list of str
        Places in the document.
    """

    def __init__(self, line_of: LineOf) -> None:
        self.reader = Reader(line_of)
        self.unfilled: list[str] = []

    def choice(self, path: Path, value: Any, default: Choice) -> Choice:
        """Return one of the words of an enumeration."""
        if value is None:
            return default
        kind = type(default)
        try:
            return kind(as_key(value))
        except ValueError:
            known = ", ".join(kind)
            self.reader.refuse(path, message("Expected one of: %(known)s.", known=known))
            return default

    def number(self, path: Path, given: Mapping[str, Any], key: str) -> Fraction | None:
        """Return a number; one that is there but empty has still to be filled in."""
        if key in given and given[key] is None:
            self.unfilled.append(written((*path, key)))
        return self.reader.number((*path, key), given.get(key))

    def title(self, path: Path, given: Mapping[str, Any]) -> Text:
        """Return a title; one that is there but empty has still to be filled in."""
        if "title" in given and given["title"] is None:
            self.unfilled.append(written((*path, "title")))
            return OPEN_TITLE
        return self.reader.title((*path, "title"), given.get("title"))

    def positive(self, path: Path, given: Mapping[str, Any], key: str) -> Fraction | None:
        """Return a number that is not negative."""
        number = self.number(path, given, key)
        if number is not None and number < 0:
            self.reader.refuse((*path, key), message("This number is not less than 0."))
        return number

    def needed(self, path: Path, given: Mapping[str, Any], key: str) -> Fraction | None:
        """Return a number that a line cannot do without."""
        if key not in given:
            self.unfilled.append(written((*path, key)))
        return self.positive(path, given, key)

    def share(self, path: Path, value: Any) -> Fraction | None:
        """Return a share between 0 and 1, also written as ``30%``."""
        text = str(value).strip()
        is_percent = isinstance(value, str) and text.endswith("%")
        number = self.reader.number(path, text[:-1].strip() if is_percent else value)
        if number is None:
            return None
        share = number / 100 if is_percent else number
        if not 0 <= share <= 1:
            reason = message("Expected a share from 0 to 1 here, or from 0% to 100%.")
            self.reader.refuse(path, reason)
        return share

    def share_in(self, path: Path, given: Mapping[str, Any], key: str) -> Fraction | None:
        """Return the share under a key; one that is there but empty has still to be filled in."""
        if key in given and given[key] is None:
            self.unfilled.append(written((*path, key)))
            return None
        return None if key not in given else self.share((*path, key), given[key])

    def name(self, path: Path, given: Mapping[str, Any], key: str) -> str | None:
        """Return a short text; None where it is absent."""
        if given.get(key) is None:
            return None
        name = self.reader.line((*path, key), given[key])
        if len(name) > MAX_NAME:
            self.reader.refuse(
                (*path, key), message("This text is longer than %(most)s.", most=MAX_NAME)
            )
        return name
