"""What stands beside the demo's review: places with windows, a roster, numbers of service cases.

People and numbers are fictional and say so. Reviews are never among them: those come from visitors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from surveyapp.domain.duty import Line, Shift
from surveyapp.domain.places import PlaceOrder, Rates
from surveyapp.domain.roles import Actor
from surveyapp.services.assembly import Services
from surveyapp.services.places.placing import PlaceRow
from surveyapp.services.reviews.volumes import VolumeRow

HALL: Final = "示例县政务服务大厅"
VOLUME_SOURCE: Final = "演示用的虚构数字 / made-up example"

_ROSTER_DAYS: Final = 31
_HALF_DAY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class _Window:
    """A window of the fictional hall.

    Attributes
    ----------
    staff : tuple of (str, str)
        Who sits there in the first and in the second half of the day: number and name.
    daily : int
        Service cases of a day.
    """

    number: str
    staff: tuple[tuple[str, str], tuple[str, str]]
    daily: int


_WINDOWS: Final = {
    "w1": _Window("1", (("0101", "演示员甲"), ("0102", "演示员乙")), 46),
    "w2": _Window("2", (("0201", "演示员丙"), ("0202", "演示员丁")), 18),
    "w3": _Window("3", (("0301", "演示员戊"), ("0302", "演示员己")), 31),
    "w4": _Window("4", (("0401", "演示员庚"), ("0402", "演示员辛")), 12),
}
"""By the key of the subject; no two numbers alike, so that no rate looks like another."""


def place_order(label: str, subject_key: str) -> PlaceOrder:
    """Return the place of a window of the demo."""
    return PlaceOrder(label, subject_key, HALL, _WINDOWS[subject_key].number, Rates.PERSON)


def add_roster(services: Services, key: str, now: datetime, actor: Actor) -> None:
    """Say who sits at which window for a month, round the clock; a roster that is there stays.

    Nobody works round the clock, but a demo is looked at in the evening too.
    """
    if services.rostering.of(key, now, now + _HALF_DAY):
        return
    start = _midnight(services, now)
    shifts = [
        shift
        for row in services.placing.of(key)
        if not row.place.revoked and row.place.subject_key in _WINDOWS
        for shift in _shifts(row, _WINDOWS[row.place.subject_key], start)
    ]
    services.rostering.put(key, [Line(n, one) for n, one in enumerate(shifts, 2)], actor)


def _shifts(row: PlaceRow, window: _Window, start: datetime) -> Iterator[Shift]:
    for turn in range(2 * _ROSTER_DAYS):
        begins = start + turn * _HALF_DAY
        number, name = window.staff[turn % 2]
        yield Shift(row.id, number, name, begins, begins + _HALF_DAY)


def add_volumes(services: Services, key: str, now: datetime, actor: Actor) -> None:
    """Give each day of the month up to today its service cases, once."""
    today = now.astimezone(services.settings.timezone).date()
    first = today.replace(day=1)
    for month in services.volumes.months(key):
        if month.first_day == first and month.days >= today.day:
            return
    rows = [
        VolumeRow(
            day=(first + timedelta(days=passed)).isoformat(),
            n=str(window.daily),
            subject=subject,
            window=window.number,
        )
        for passed in range(today.day)
        for subject, window in _WINDOWS.items()
    ]
    services.volumes.put(key, list(enumerate(rows, 2)), VOLUME_SOURCE, actor)


def _midnight(services: Services, now: datetime) -> datetime:
    today = now.astimezone(services.settings.timezone).date()
    return datetime.combine(today, time(), services.settings.timezone)
