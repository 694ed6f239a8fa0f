"""Files that were handed in for an assessment; lists leave their content where it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from surveyapp.storage.database import Work
from surveyapp.storage.objective_records import EvidenceRecord


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """What is known of a file without reading it; `size` in bytes."""

    id: UUID
    file_name: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceRepository:
    """Files in one transaction."""

    work: Work

    def add(self, record: EvidenceRecord) -> None:
        """Store a file."""
        self.work.session.add(record)

    def of(self, owner: str, ids: Iterable[UUID]) -> dict[UUID, list[StoredEvidence]]:
        """Return the files of several things, by the column that names what they belong to."""
        t = EvidenceRecord
        column = EvidenceRecord.__table__.columns[owner]
        query = select(column, t.id, t.file_name, t.size, t.sha256, t.added_by, t.added_at)
        query = query.where(column.in_(list(ids))).order_by(t.added_at, t.file_name)
        found: dict[UUID, list[StoredEvidence]] = {}
        for owner_id, *rest in self.work.session.execute(query):
            found.setdefault(owner_id, []).append(StoredEvidence(*rest))
        return found

    def find(self, file_id: UUID) -> EvidenceRecord | None:
        """Return one file."""
        return self.work.session.get(EvidenceRecord, file_id)
