"""Schemes that are in use, for those who report, propose and look on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from surveyapp.storage.database import Work
from surveyapp.storage.scheme_records import SchemeRecord, SchemeVersionRecord


@dataclass(frozen=True, slots=True)
class SchemesInUse:
    """Schemes in one transaction."""

    work: Work

    def is_known(self, key: str) -> bool:
        """Whether there is a scheme with a key, in use or not."""
        query = select(SchemeRecord.id).where(SchemeRecord.key == key)
        return self.work.session.scalar(query) is not None

    def document(self, key: str) -> dict[str, Any] | None:
        """Return the document of the version in use, None where none is."""
        query = (
            select(SchemeVersionRecord.document)
            .join(SchemeRecord, SchemeRecord.current_version_id == SchemeVersionRecord.id)
            .where(SchemeRecord.key == key)
        )
        return self.work.session.scalar(query)

    def documents(self) -> list[dict[str, Any]]:
        """Return the documents of all schemes in use, the latest year first."""
        query = (
            select(SchemeVersionRecord.document)
            .join(SchemeRecord, SchemeRecord.current_version_id == SchemeVersionRecord.id)
            .order_by(SchemeRecord.year.desc(), SchemeRecord.key)
        )
        return list(self.work.session.scalars(query))
