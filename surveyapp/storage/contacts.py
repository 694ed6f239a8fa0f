"""Telephone numbers of citizens: ciphertext, apart from the answers, and not for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete

from surveyapp.storage.case_records import ContactRecord
from surveyapp.storage.database import Work


@dataclass(frozen=True, slots=True)
class ContactRepository:
    """Contacts in one transaction."""

    work: Work

    def find(self, response_id: UUID) -> ContactRecord | None:
        """Return the contact of a review."""
        return self.work.session.get(ContactRecord, response_id)

    def put(self, contact: ContactRecord) -> None:
        """Store a contact; an earlier one of the same review gives way."""
        self.work.session.merge(contact)
        self.work.session.flush()

    def remove(self, response_id: UUID) -> None:
        """Delete the contact of a review, if there is one."""
        statement = delete(ContactRecord).where(ContactRecord.response_id == response_id)
        self.work.session.execute(statement)

    def forget(self, today: date) -> int:
        """Delete what is past its day; return how many that were."""
        statement = delete(ContactRecord).where(ContactRecord.delete_after < today)
        deleted = self.work.session.scalars(statement.returning(ContactRecord.response_id))
        return len(deleted.all())
