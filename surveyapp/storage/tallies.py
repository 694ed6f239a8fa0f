"""The fold queue and the integer tallies; see `surveyapp.domain.tallying` for what is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from surveyapp.domain.tallying import Cell, cell_sha256
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    DailyTallyRecord,
    FoldQueueRecord,
    TallyHeadRecord,
    TallyRecord,
)

NO_SUBJECT = ""
NO_PLACE = ""
KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TallyKey:
    """What one row of the tally counts: `cell` is a sorted tuple so that the key is hashable."""

    revision_id: UUID
    subject_key: str
    standing: str
    cell: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, revision_id: UUID, subject_key: str | None, standing: str, cell: Cell) -> TallyKey:
        """Make a key from a response's columns."""
        return cls(revision_id, subject_key or NO_SUBJECT, standing, tuple(sorted(cell.items())))


@dataclass(frozen=True, slots=True)
class DayKey:
    """What one row of the daily tally counts."""

    day: date
    place_id: str
    standing: str


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Counts of one cell, as they stand in the table."""

    revision_id: UUID
    subject_key: str | None
    standing: str
    cell: Mapping[str, str]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TallyRepository:
    """Queue and tallies in one transaction."""

    work: Work

    def lock(self, survey_id: UUID, *, wait: bool = True) -> bool:
        """Take the row lock that serialises counting; False where another has it.

        An embedded database needs no row lock: its writing unit of work is alone.
        """
        if self.work.is_sqlite:
            return True
        query = select(TallyHeadRecord.survey_id).where(TallyHeadRecord.survey_id == survey_id)
        locked = self.work.session.execute(query.with_for_update(skip_locked=not wait))
        return locked.first() is not None

    def take(self, survey_id: UUID, limit: int) -> Sequence[UUID]:
        """Remove up to `limit` ids from the queue and return them."""
        some = select(FoldQueueRecord.id).where(FoldQueueRecord.survey_id == survey_id).limit(limit)
        taken = delete(FoldQueueRecord).where(FoldQueueRecord.id.in_(some))
        return self.work.session.scalars(taken.returning(FoldQueueRecord.id)).all()

    def queued(self, survey_id: UUID) -> int:
        """Return the length of the queue."""
        query = select(func.count()).where(FoldQueueRecord.survey_id == survey_id)
        return self.work.session.execute(query).scalar_one()

    def is_queued(self, response_id: UUID) -> bool:
        """Whether a response waits to be counted."""
        return self.work.session.get(FoldQueueRecord, response_id) is not None

    def mark_folded(self, survey_id: UUID, now: datetime) -> None:
        """Keep when the tally last changed."""
        self.work.session.get_one(TallyHeadRecord, survey_id).folded_at = now

    def folded_at(self, survey_id: UUID) -> datetime | None:
        """Return when the tally last changed."""
        return self.work.session.get_one(TallyHeadRecord, survey_id).folded_at

    def add(self, survey_id: UUID, changes: Mapping[TallyKey, Mapping[str, int]]) -> None:
        """Add counts, negative ones too; the caller holds the lock. Empty cells disappear."""
        found = self._records(survey_id, changes)
        for key, change in changes.items():
            cell = dict(key.cell)
            digest = cell_sha256(cell)
            record = found.get((key.revision_id, key.subject_key, key.standing, digest))
            counts = Counter(record.counts if record else {})
            for count, n in change.items():
                counts[count] += n
            kept = {count: n for count, n in sorted(counts.items()) if n}
            if record is None:
                record = TallyRecord(
                    survey_id=survey_id,
                    revision_id=key.revision_id,
                    subject_key=key.subject_key,
                    standing=key.standing,
                    cell_sha256=digest,
                    cell=cell,
                )
                self.work.session.add(record)
            record.counts = kept
            if not kept:
                self.work.session.flush()
                self.work.session.delete(record)

    def _records(
        self, survey_id: UUID, keys: Iterable[TallyKey]
    ) -> dict[tuple[UUID, str, str, str], TallyRecord]:
        """Read the rows of many keys with few queries: one a key would take most of the time."""
        cells: defaultdict[tuple[UUID, str, str], list[str]] = defaultdict(list)
        for key in keys:
            group = (key.revision_id, key.subject_key, key.standing)
            cells[group].append(cell_sha256(dict(key.cell)))
        found = {}
        for group, digests in cells.items():
            revision_id, subject_key, standing = group
            for start in range(0, len(digests), KEYS_AT_ONCE):
                query = select(TallyRecord).where(
                    TallyRecord.survey_id == survey_id,
                    TallyRecord.revision_id == revision_id,
                    TallyRecord.subject_key == subject_key,
                    TallyRecord.standing == standing,
                    TallyRecord.cell_sha256.in_(digests[start : start + KEYS_AT_ONCE]),
                )
                for record in self.work.session.scalars(query):
                    found[*group, record.cell_sha256] = record
        return found

    def add_days(self, survey_id: UUID, changes: Mapping[DayKey, int]) -> None:
        """Add to the daily tally; the caller holds the lock."""
        for key, n in changes.items():
            name = (survey_id, key.day, key.place_id, key.standing)
            record = self.work.session.get(DailyTallyRecord, name)
            if record is None:
                record = DailyTallyRecord(
                    survey_id=survey_id,
                    day=key.day,
                    place_id=key.place_id,
                    standing=key.standing,
                    n=0,
                )
                self.work.session.add(record)
            record.n += n
            if record.n == 0:
                self.work.session.flush()
                self.work.session.delete(record)

    def clear(self, survey_id: UUID) -> None:
        """Forget all counts of a survey; the caller holds the lock and counts anew."""
        for table in (TallyRecord, DailyTallyRecord):
            self.work.session.execute(delete(table).where(table.survey_id == survey_id))
        self.work.session.expunge_all()

    def rows(self, survey_id: UUID) -> Iterator[TallyRow]:
        """Yield the counts of a survey in a fixed order."""
        query = (
            select(TallyRecord)
            .where(TallyRecord.survey_id == survey_id)
            .order_by(
                TallyRecord.revision_id,
                TallyRecord.subject_key,
                TallyRecord.standing,
                TallyRecord.cell_sha256,
            )
        )
        for record in self.work.session.scalars(query):
            yield TallyRow(
                record.revision_id,
                record.subject_key or None,
                record.standing,
                record.cell,
                record.counts,
            )

    def days(self, survey_id: UUID) -> dict[DayKey, int]:
        """Return the daily tally of a survey."""
        query = select(DailyTallyRecord).where(DailyTallyRecord.survey_id == survey_id)
        return {
            DayKey(record.day, record.place_id, record.standing): record.n
            for record in self.work.session.scalars(query)
        }
