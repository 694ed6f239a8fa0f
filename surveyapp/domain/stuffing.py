"""Signs that reviews were not given one by one by those who were served: seen, never guessed away.

Two kinds of signs. One flags a review by itself, because its chance among honest reviews is known
and small (a burst) or because honest people do not do it (the same long text again and again).
The others happen to honest people too: somebody is quick, and a hall shares one network and one
make of telephone. They flag only together.

A bad review is never flagged by a rule, whatever its signs: else whoever is reviewed would only
have to arrange a burst around it. Whether it is mistaken or malicious is decided in its case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from surveyapp.domain.review import StuffingRules
from surveyapp.domain.text import Text

PERIOD_DAYS: Final = 30
"""Days that are looked at, and for which traces are kept; today not among them."""

REFERENCE_DAYS: Final = 28
"""Days before a day that say what is usual at a place."""

LEAST_REFERENCE: Final = 5
"""With reviews on fewer of these days nothing is said about what is usual."""

COPIED_CHARACTERS: Final = 10
"""Shorter comments are the same by chance: 服务很好."""


class Sign(StrEnum):
    """What is conspicuous."""

    BURST = "burst"
    SURGE = "surge"
    COPIED = "copied"
    ALIKE = "alike"
    FAST = "fast"
    DEVICE = "device"


SIGN_NAMES: Final[Mapping[Sign, Text]] = {
    Sign.BURST: Text("短时集中", "Burst"),
    Sign.SURGE: Text("当日异常偏多", "Far more than usual on a day"),
    Sign.COPIED: Text("内容雷同", "Copied text"),
    Sign.ALIKE: Text("勾选雷同", "The same reasons ticked"),
    Sign.FAST: Text("作答过快", "Too fast"),
    Sign.DEVICE: Text("同一设备多次", "One device many times"),
}

ALONE: Final = frozenset({Sign.BURST, Sign.COPIED})
TOGETHER: Final = frozenset({Sign.FAST, Sign.DEVICE})


def flags(signs: Collection[Sign], *, is_bad: bool) -> bool:
    """Whether signs take a review out of the main figures until somebody has looked at it."""
    found = frozenset(signs)
    return not is_bad and bool(found & ALONE or found >= TOGETHER)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A review as the rules see it.

    Attributes
    ----------
    place : UUID or None
        None for a link of its own.
    day : date
        Local day.
    seconds_of_day : float
        Local time, in seconds from midnight.
    tags : tuple of str
        Reasons ticked, sorted.
    device : str or None
        Hash of the day; None once it is deleted.
    seconds : int or None
        From the page to the post.
    """

    id: UUID
    place: UUID | None
    day: date
    seconds_of_day: float
    level: str
    tags: tuple[str, ...]
    comment: str
    device: str | None
    seconds: int | None
    standing: str


def is_fast(arrival: Arrival, rules: StuffingRules) -> bool:
    """Whether a form came back faster than the rules allow."""
    return arrival.seconds is not None and arrival.seconds < rules.seconds


def same_device(
    arrivals: Iterable[Arrival], rules: StuffingRules
) -> dict[tuple[date, str], list[Arrival]]:
    """Return the reviews of devices that gave more on a day than the rules allow."""
    found: defaultdict[tuple[date, str], list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        if arrival.device is not None:
            found[arrival.day, arrival.device].append(arrival)
    return {key: group for key, group in found.items() if len(group) > rules.device_reviews}


def copied(arrivals: Iterable[Arrival], rules: StuffingRules) -> list[list[Arrival]]:
    """Return groups of reviews of one level, the same reasons and one text of some length.

    Spaces and the case of letters make no difference. As many as one device may give do not count
    as copies yet.
    """
    found: defaultdict[tuple[str, tuple[str, ...], str], list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        text = "".join(arrival.comment.split()).casefold()
        if len(text) >= COPIED_CHARACTERS:
            found[arrival.level, arrival.tags, text].append(arrival)
    groups = [group for group in found.values() if len(group) > rules.device_reviews]
    return sorted(groups, key=lambda group: (-len(group), group[0].day, str(group[0].id)))


def tags_in(answers: Mapping[str, Any], keys: Iterable[str]) -> tuple[str, ...]:
    """Return the reasons ticked in stored answers, of all questions of that type."""
    return tuple(sorted(str(tag) for key in keys for tag in answers.get(key, ())))
