"""Files handed in with a value, an occurrence, an objection or a form (佐证)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from surveyapp.domain.case_fields import FILE_NAME_LENGTH, Evidence, checked_files
from surveyapp.domain.roles import Actor
from surveyapp.services.cases.views import FileContent
from surveyapp.storage.database import Work
from surveyapp.storage.evidence import EvidenceRepository, StoredEvidence
from surveyapp.storage.objective_records import EvidenceRecord

__all__ = ["Evidence", "Owner", "StoredEvidence", "evidence_of", "keep_evidence"]


class Owner(StrEnum):
    """What a file belongs to: the column that names it."""

    VALUE = "value_id"
    ADJUSTMENT = "adjustment_id"
    OBJECTION = "objection_id"
    FORM = "form_id"


def keep_evidence(
    work: Work,
    owner: Owner,
    owner_id: UUID,
    files: Iterable[Evidence],
    actor: Actor,
    now: datetime,
) -> None:
    """Store files in the transaction of what they belong to.

    Raises
    ------
    BadInput
        Too many, too large, or of a kind that is not kept.
    """
    for file in checked_files(tuple(files)):
        record = EvidenceRecord(
            id=uuid4(),
            file_name=file.file_name[-FILE_NAME_LENGTH:],
            media_type=file.media_type,
            sha256=file.sha256,
            size=len(file.content),
            content=file.content,
            added_by=actor.name[:128],
            added_at=now,
        )
        setattr(record, owner, owner_id)
        EvidenceRepository(work).add(record)


def evidence_of(work: Work, owner: Owner, ids: Iterable[UUID]) -> dict[UUID, list[StoredEvidence]]:
    """Return what is known of the files of several things, without their content."""
    return EvidenceRepository(work).of(owner, ids)


def evidence_file(work: Work, owner: Owner, owner_id: UUID, file_id: UUID) -> FileContent | None:
    """Return one file of one thing; None where it belongs to another."""
    record = EvidenceRepository(work).find(file_id)
    if record is None or getattr(record, owner) != owner_id:
        return None
    return FileContent(record.file_name, record.media_type, record.content)
