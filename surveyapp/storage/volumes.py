"""Numbers of service cases (办件量) by day and what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from surveyapp.storage.case_records import VolumeRecord
from surveyapp.storage.database import Work

BATCH = 1000


@dataclass(frozen=True, slots=True)
class VolumeKey:
    """What a number counts; empty where it is not split."""

    day: date
    subject: str = ""
    item: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class VolumeMonth:
    """What is known of one month.

    Attributes
    ----------
    first_day : date
    days : int
        Days with a number.
    n : int
        Service cases.
    """

    first_day: date
    days: int
    n: int


@dataclass(frozen=True, slots=True)
class VolumeRepository:
    """Numbers of service cases in one transaction."""

    work: Work

    def numbers(self, survey_id: UUID, first: date, last: date) -> dict[VolumeKey, int]:
        """Return every number of a span of days, both ends inside."""
        t = VolumeRecord
        query = select(t.day, t.subject_key, t.item_code, t.window, t.n).where(
            t.survey_id == survey_id, t.day.between(first, last)
        )
        return {
            VolumeKey(day, subject, item, window): n
            for day, subject, item, window, n in self.work.session.execute(query)
        }

    def put(
        self,
        survey_id: UUID,
        numbers: Sequence[tuple[VolumeKey, int]],
        *,
        source: str,
        recorded_by: str,
        recorded_at: datetime,
    ) -> None:
        """Store numbers; one that is known for the same key is replaced."""
        insert = self.work.insert(VolumeRecord)
        names = ("n", "source", "recorded_by", "recorded_at")
        statement = insert.on_conflict_do_update(
            index_elements=["survey_id", "day", "subject_key", "item_code", "window"],
            set_={name: insert.excluded[name] for name in names},
        )
        for start in range(0, len(numbers), BATCH):
            self.work.session.execute(
                statement,
                [
                    {
                        "survey_id": survey_id,
                        "day": key.day,
                        "subject_key": key.subject,
                        "item_code": key.item,
                        "window": key.window,
                        "n": n,
                        "source": source,
                        "recorded_by": recorded_by,
                        "recorded_at": recorded_at,
                    }
                    for key, n in numbers[start : start + BATCH]
                ],
            )

    def months(self, survey_id: UUID) -> list[VolumeMonth]:
        """Return what is known month by month, the latest first."""
        query = (
            select(VolumeRecord.day, func.sum(VolumeRecord.n))
            .where(VolumeRecord.survey_id == survey_id)
            .group_by(VolumeRecord.day)
            .order_by(VolumeRecord.day.desc())
        )
        months: dict[date, list[int]] = {}
        for day, n in self.work.session.execute(query):
            months.setdefault(day.replace(day=1), []).append(int(n))
        return [VolumeMonth(first, len(days), sum(days)) for first, days in months.items()]
