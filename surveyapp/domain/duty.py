"""Duty rosters: who sat at which place from when to when (窗口人员排班)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple
from uuid import UUID

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

LONGEST_SHIFT = timedelta(hours=24)
MAX_STAFF = 64

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:：](\d{2})(?:[:：]\d{2}(?:\.\d+)?)?)?"
)


@dataclass(frozen=True, slots=True)
class Shift:
    """One person at one place, from a moment to before another; both aware."""

    place_id: UUID
    staff_number: str
    staff_name: str
    starts_at: datetime
    ends_at: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether the person is on duty at a moment."""
        return self.starts_at <= moment < self.ends_at


class Line(NamedTuple):
    """A shift and the line it stands at; 0 for one that is stored already."""

    number: int
    shift: Shift


class Clash(NamedTuple):
    """Two shifts that cannot both be; the later line comes second.

    Attributes
    ----------
    same_place : bool
        Two people at one place, or one person at two.
    """

    first: Line
    second: Line
    same_place: bool


def clashes(lines: Sequence[Line]) -> Iterator[Clash]:
    """Yield shifts that overlap at one place, or for one person, in order of the lines.

    A person may stand in for several places of one line of the roster: shifts of one line never
    clash with each other.
    """
    found: dict[tuple[int, int], Clash] = {}
    for same_place in (True, False):
        groups: defaultdict[UUID | str, list[Line]] = defaultdict(list)
        for line in lines:
            shift = line.shift
            groups[shift.place_id if same_place else shift.staff_number].append(line)
        for group in groups.values():
            for before, after in _overlapping(group):
                first, second = sorted((before, after), key=lambda line: line.number)
                if first.number != second.number:
                    key = (second.number, first.number)
                    found.setdefault(key, Clash(first, second, same_place))
    return iter(found[key] for key in sorted(found))


def _overlapping(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Yield each shift that begins before an earlier one has ended, with that one."""
    latest: Line | None = None
    for line in sorted(lines, key=lambda one: (one.shift.starts_at, one.number)):
        if latest is not None and line.shift.starts_at < latest.shift.ends_at:
            yield latest, line
        if latest is None or line.shift.ends_at > latest.shift.ends_at:
            latest = line


def read_moment(text: str, zone: tzinfo) -> datetime:
    """Return the local moment a cell names, such as ``2026-11-23 09:00``; a day alone is its start.

    Raises
    ------
    BadInput
    """
    parts = _MOMENT.fullmatch(text.strip())
    try:
        if parts is None:
            raise ValueError(text)
        year, month, day, hour, minute = (int(part or 0) for part in parts.groups())
        return datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        raise BadInput(
            message("“%(text)s” is not a moment such as 2026-11-23 09:00.", text=text[:40])
        ) from None
