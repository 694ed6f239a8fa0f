"""Filling in what a draft of a scheme leaves open, place by place."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.scheme import Missing, Normalisation, Scheme
from surveyapp.domain.text import Text

_PART = re.compile(r"([a-z_]+)|\[(\d+)\]")
_BAND = re.compile(r"\s*([^:：]+)[:：]([^:：]+)\s*")
MAX_LENGTH: Final = 200


class Kind(StrEnum):
    """What is typed into a place."""

    NUMBER = "number"
    TEXT = "text"
    BANDS = "bands"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A place of a draft that nobody has filled in yet.

    Attributes
    ----------
    path : str
        As in `Scheme.unfilled`.
    of : Text
        What it belongs to: a group, an indicator, a grade.
    label : Message
        What it is.
    choices : tuple of str
        For ``choice``.
    """

    path: str
    of: Text
    label: Message
    kind: Kind
    choices: tuple[str, ...] = ()


LABELS: Final[Mapping[str, Message]] = {
    "total": message("Points in all"),
    "missing": message("Rule for missing values"),
    "title": message("Name"),
    "weight": message("Points"),
    "normalisation": message("Way of scoring"),
    "indicator": message("Key of the survey or indicator"),
    "best": message("Full mark or target"),
    "worst": message("Value that gets no points (none: 0 or the worst of the category)"),
    "step": message("Cost of each place (such as 2%)"),
    "centre": message("Share at the mean (such as 70%)"),
    "spread": message("Share for each standard deviation (such as 0.1)"),
    "bands": message("Bands, the best first (such as 90: 100%; 80: 95%)"),
    "points": message("Points for each occurrence (deductions with a minus)"),
    "cap": message("At most so many points a year (none: without a cap)"),
    "from": message("From this score or value on (a grade without a bound: none)"),
    "share": message("Share of the points (such as 95%)"),
    "quota": message("At most this share of the category (such as 30%; none: no limit)"),
    "below": message("Floor of the value"),
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "normalisation": tuple(Normalisation),
    "missing": tuple(Missing),
}
_NOTHING: Final = frozenset({"none", "无"})
_OPTIONAL: Final = frozenset({"cap", "quota", "worst"})
_TEXTS: Final = frozenset({"title", "indicator"})


def open_places(scheme: Scheme) -> tuple[OpenPlace, ...]:
    """Return the open places of a draft in the order of its document."""
    return tuple(_place(scheme, path) for path in scheme.unfilled)


def filled(document: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of a document with open places filled in; empty answers leave them open.

    “none” says that a number that need not be there does not apply.

    Parameters
    ----------
    answers : mapping of str to str
        By path, as typed.

    Raises
    ------
    BadInput
        An answer is too long, or bands are not written as asked.
    """
    result = copy.deepcopy(dict(document))
    for path, typed in answers.items():
        text = typed.strip()
        if not text:
            continue
        if len(text) > MAX_LENGTH:
            raise BadInput(message("This text is longer than %(most)s.", most=MAX_LENGTH))
        *way, last = _parts(path)
        place: Any = result
        for part in way:
            place = place[part]
        if text.lower() in _NOTHING and _may_not_apply(way, last):
            del place[last]
        else:
            place[last] = _bands(text) if last == "bands" else text
    return result


def _parts(path: str) -> list[str | int]:
    """Take a path apart; people count from 1."""
    return [
        name if name else int(number) - 1
        for name, number in (found.groups() for found in _PART.finditer(path))
    ]


def _may_not_apply(way: Sequence[str | int], last: str | int) -> bool:
    """Whether a scheme can do without a number: a cap, a quota, the band of a grade."""
    return last in _OPTIONAL or (last == "from" and way[0] == "grades")


def _place(scheme: Scheme, path: str) -> OpenPlace:
    parts = _parts(path)
    last = str(parts[-1])
    kind = Kind.NUMBER
    if last in _CHOICES:
        kind = Kind.CHOICE
    elif last in _TEXTS:
        kind = Kind.TEXT
    elif last == "bands":
        kind = Kind.BANDS
    return OpenPlace(path, _owner(scheme, parts), LABELS[last], kind, _CHOICES.get(last, ()))


def _owner(scheme: Scheme, parts: list[str | int]) -> Text:
    if len(parts) == 1 or not isinstance(parts[1], int):
        return scheme.title
    lists: Mapping[str, Any] = {
        "groups": scheme.groups,
        "indicators": scheme.indicators,
        "adjustments": scheme.adjustments,
        "overrides": scheme.overrides,
        "grades": scheme.grades,
    }
    owner: Text = lists[str(parts[0])][parts[1]].title
    return owner


def _bands(text: str) -> list[dict[str, str]]:
    """Read bands as people type them: ``90: 100%; 80: 95%``."""
    bands = []
    for entry in re.split(r"[;；\n]", text):
        if entry.strip():
            found = _BAND.fullmatch(entry)
            if found is None:
                raise BadInput(
                    message("Write each band as value and share, such as “90: 100%; 80: 95%”.")
                )
            bands.append({"from": found[1].strip(), "share": found[2].strip()})
    return bands
