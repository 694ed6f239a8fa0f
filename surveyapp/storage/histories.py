"""What the history of a case and that of a matter being put right have in common: steps, files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from surveyapp.domain.case_fields import FILE_NAME_LENGTH, Evidence
from surveyapp.domain.roles import Actor
from surveyapp.storage.case_records import AttachmentRecord, CaseRecord
from surveyapp.storage.database import Work
from surveyapp.storage.rectification_records import ItemFileRecord, ItemRecord


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file without reading it; `size` in bytes."""

    id: UUID
    position: int
    file_name: str
    media_type: str
    size: int


def next_event(
    head: CaseRecord | ItemRecord,
    step: str,
    actor: Actor,
    detail: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Count one more event of a head and return its columns, but for what it belongs to.

    Two steps that are taken at once meet the unique position.
    """
    head.events += 1
    return {
        "id": uuid4(),
        "position": head.events,
        "step": step,
        "actor": actor.name[:128],
        "staff_id": actor.staff_id,
        "happened_at": now,
        "detail": dict(detail),
    }


def file_columns(file: Evidence, position: int) -> dict[str, Any]:
    """Return the columns of a file that goes with an event, but for what it belongs to."""
    return {
        "id": uuid4(),
        "position": position,
        "file_name": file.file_name[-FILE_NAME_LENGTH:],
        "media_type": file.media_type,
        "sha256": file.sha256,
        "content": file.content,
    }


def stored_files(
    work: Work,
    t: type[AttachmentRecord | ItemFileRecord],
    owner: InstrumentedAttribute[UUID],
    ids: Iterable[UUID],
) -> dict[UUID, list[StoredFile]]:
    """Return what is known of the files of several things, without their content.

    Parameters
    ----------
    owner : InstrumentedAttribute
        The column that names the thing a file belongs to.
    """
    wanted = list(ids)
    query = select(owner, t.id, t.position, t.file_name, t.media_type, func.length(t.content))
    query = query.where(owner.in_(wanted)).order_by(t.position, t.file_name)
    found: dict[UUID, list[StoredFile]] = {one: [] for one in wanted}
    for one, *row in work.session.execute(query):
        found[one].append(StoredFile(*row))
    return found
