"""Who sat at which place, from when to when."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from surveyapp.domain.duty import Shift
from surveyapp.storage.case_records import DutyRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import PlaceRecord

BATCH = 500
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DutyRepository:
    """Shifts in one transaction. No two shifts of a place overlap: the roster sees to that."""

    work: Work

    def of_survey(self, survey_id: UUID, since: datetime, until: datetime) -> list[Shift]:
        """Return the shifts of a survey's places that touch a span, by place and time."""
        d = DutyRecord
        query = (
            select(d.place_id, d.staff_number, d.staff_name, d.starts_at, d.ends_at)
            .join(PlaceRecord, PlaceRecord.id == d.place_id)
            .where(PlaceRecord.survey_id == survey_id, d.ends_at > since, d.starts_at < until)
            .order_by(d.place_id, d.starts_at)
        )
        return [Shift(*row) for row in self.work.connection.execute(query)]

    def of_place_since(self, place_id: UUID, moment: datetime) -> Sequence[Shift]:
        """Return the shifts of a place that end after a moment, by time."""
        return self._of_places([place_id], moment, _END).get(place_id, ())

    def on_duty(self, place_id: UUID, moment: datetime) -> Shift | None:
        """Return the shift of a place that holds a moment."""
        return self.among([(place_id, moment)]).get((place_id, moment))

    def among(
        self, moments: Iterable[tuple[UUID, datetime]]
    ) -> Mapping[tuple[UUID, datetime], Shift]:
        """Return the shift that holds each moment at its place, where there is one."""
        wanted: defaultdict[UUID, set[datetime]] = defaultdict(set)
        for place_id, moment in moments:
            wanted[place_id].add(moment)
        if not wanted:
            return {}
        every = [moment for some in wanted.values() for moment in some]
        found = {}
        for place_id, shifts in self._of_places(wanted, min(every), max(every)).items():
            starts = [shift.starts_at for shift in shifts]
            for moment in wanted[place_id]:
                position = bisect_right(starts, moment) - 1
                if position >= 0 and shifts[position].holds(moment):
                    found[place_id, moment] = shifts[position]
        return found

    def _of_places(
        self, place_ids: Collection[UUID], since: datetime, until: datetime
    ) -> Mapping[UUID, Sequence[Shift]]:
        d = DutyRecord
        shifts: defaultdict[UUID, list[Shift]] = defaultdict(list)
        ids = sorted(place_ids)
        for start in range(0, len(ids), BATCH):
            query = (
                select(d.place_id, d.staff_number, d.staff_name, d.starts_at, d.ends_at)
                .where(
                    d.place_id.in_(ids[start : start + BATCH]),
                    d.ends_at > since,
                    d.starts_at <= until,
                )
                .order_by(d.place_id, d.starts_at)
            )
            for row in self.work.connection.execute(query):
                shifts[row.place_id].append(Shift(*row))
        return shifts

    def add(self, shifts: Sequence[Shift]) -> None:
        """Store shifts."""
        for start in range(0, len(shifts), BATCH):
            rows = [
                {
                    "id": uuid4(),
                    "place_id": shift.place_id,
                    "staff_number": shift.staff_number,
                    "staff_name": shift.staff_name,
                    "starts_at": shift.starts_at,
                    "ends_at": shift.ends_at,
                }
                for shift in shifts[start : start + BATCH]
            ]
            self.work.connection.execute(self.work.insert(DutyRecord), rows)

    def remove(self, shifts: Iterable[Shift]) -> None:
        """Forget shifts."""
        d = DutyRecord
        for shift in shifts:
            self.work.connection.execute(
                delete(d).where(
                    d.place_id == shift.place_id,
                    d.staff_number == shift.staff_number,
                    d.starts_at == shift.starts_at,
                )
            )
