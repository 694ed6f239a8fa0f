"""Invitations, and which service cases were reviewed how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update

from surveyapp.domain.text import Text
from surveyapp.storage.case_records import InvitationRecord, ReviewedCaseRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import RevisionRecord, SubjectRecord, SurveyRecord
from surveyapp.storage.surveys import FORM_COLUMNS

BATCH = 500


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation and the survey behind it.

    Attributes
    ----------
    used : int
        How many responses came in through it.
    revision_id, revision_number
        Of the revision in use; None for a survey that never was.
    """

    id: UUID
    case_number: str | None
    item_name: str | None
    window: str | None
    attributes: dict[str, Any]
    base_weight: str | None
    used: int
    expires_at: datetime | None
    subject_key: str | None
    subject_title: Text | None
    survey_id: UUID
    survey_key: str
    survey_status: str
    wrapped_response_key: bytes
    opens_at: datetime | None
    closes_at: datetime | None
    revision_id: UUID | None
    revision_number: int | None


class InvitationStatusRow(NamedTuple):
    """An invited service case and how often it was reviewed."""

    case_number: str
    reviews: int
    created_at: datetime
    expires_at: datetime | None


class InvitationNumbers(NamedTuple):
    """How many links were made, and through how many somebody has answered."""

    made: int
    used: int


_INVITATIONS = (
    select(
        InvitationRecord.id,
        InvitationRecord.case_number,
        InvitationRecord.item_name,
        InvitationRecord.window,
        InvitationRecord.attributes,
        InvitationRecord.base_weight,
        InvitationRecord.used,
        InvitationRecord.expires_at,
        InvitationRecord.subject_key,
        *FORM_COLUMNS,
    )
    .join(SurveyRecord, SurveyRecord.id == InvitationRecord.survey_id)
    .outerjoin(RevisionRecord, RevisionRecord.id == SurveyRecord.current_revision_id)
    .outerjoin(
        SubjectRecord,
        (SubjectRecord.survey_id == InvitationRecord.survey_id)
        & (SubjectRecord.key == InvitationRecord.subject_key),
    )
)


@dataclass(frozen=True, slots=True)
class InvitationRepository:
    """Invitations in one transaction."""

    work: Work

    def find(self, digests: Sequence[str]) -> InvitationRow | None:
        """Return the one invitation whose digest is among many candidates."""
        for start in range(0, len(digests), BATCH):
            some = digests[start : start + BATCH]
            query = _INVITATIONS.where(InvitationRecord.token_digest.in_(some))
            row = self.work.connection.execute(query).mappings().first()
            if row is not None:
                columns = dict(row)
                zh, en = columns.pop("title_zh"), columns.pop("title_en")
                title = None if zh is None or en is None else Text(zh, en)
                return InvitationRow(**columns, subject_title=title)
        return None

    def of_case(self, survey_id: UUID, case_number: str) -> InvitationRecord:
        """Return the invitation for a service case that has one."""
        query = select(InvitationRecord).where(
            InvitationRecord.survey_id == survey_id,
            InvitationRecord.case_number == case_number,
        )
        return self.work.session.scalars(query).one()

    def statuses(
        self,
        survey_id: UUID,
        *,
        only: str | None = None,
        after: str = "",
        limit: int = 1,
        unreviewed: bool = False,
    ) -> list[InvitationStatusRow]:
        """Return invited service cases by number with how often each was reviewed."""
        i, r = InvitationRecord, ReviewedCaseRecord
        reviews = (
            select(func.count())
            .where(r.survey_id == i.survey_id, r.case_number == i.case_number)
            .scalar_subquery()
        )
        query = (
            select(i.case_number, reviews.label("reviews"), i.created_at, i.expires_at)
            .where(i.survey_id == survey_id, i.case_number.is_not(None), i.case_number > after)
            .order_by(i.case_number)
            .limit(limit)
        )
        if only is not None:
            query = query.where(i.case_number == only)
        if unreviewed:
            query = query.where(reviews == 0)
        return [
            InvitationStatusRow(str(number), int(n), created, expires)
            for number, n, created, expires in self.work.session.execute(query)
        ]

    def totals(self, survey_id: UUID) -> InvitationNumbers:
        """Return how many links of a survey there are, and how many were used."""
        i = InvitationRecord
        query = select(func.count(), func.count().filter(i.used > 0)).where(
            i.survey_id == survey_id
        )
        made, used = self.work.session.execute(query).one()
        return InvitationNumbers(int(made), int(used))

    def add(self, invitation: InvitationRecord) -> bool:
        """Store an invitation unless its case has one already; whether it was new."""
        values = {
            column.key: getattr(invitation, column.key)
            for column in InvitationRecord.__table__.columns
        }
        insert = self.work.insert(InvitationRecord).values(values).on_conflict_do_nothing()
        added = self.work.session.execute(insert.returning(InvitationRecord.id))
        return added.first() is not None

    def use(self, invitation_id: UUID, used: int) -> None:
        """Note how many responses came in through an invitation, never fewer than before."""
        self.work.connection.execute(
            update(InvitationRecord)
            .where(InvitationRecord.id == invitation_id, InvitationRecord.used < used)
            .values(used=used)
        )


@dataclass(frozen=True, slots=True)
class ReviewedCaseRepository:
    """Which service cases were reviewed, in one transaction."""

    work: Work

    def reviews(self, survey_id: UUID, case_number: str) -> dict[int, UUID]:
        """Return the responses of a service case by review number (评价次数)."""
        query = select(ReviewedCaseRecord.review_number, ReviewedCaseRecord.response_id).where(
            ReviewedCaseRecord.survey_id == survey_id,
            ReviewedCaseRecord.case_number == case_number,
        )
        return {row.review_number: row.response_id for row in self.work.connection.execute(query)}

    def claim(
        self, survey_id: UUID, case_number: str, review_number: int, response_id: UUID
    ) -> bool:
        """Take a review number of a service case; False where another response has it."""
        insert = self.work.insert(ReviewedCaseRecord).on_conflict_do_nothing()
        taken = self.work.connection.execute(
            insert.returning(ReviewedCaseRecord.response_id),
            {
                "survey_id": survey_id,
                "case_number": case_number,
                "review_number": review_number,
                "response_id": response_id,
            },
        )
        return taken.first() is not None

    def move(self, before: UUID, after: UUID) -> None:
        """Let the changed row of a review stand where the earlier one stood."""
        self.work.connection.execute(
            update(ReviewedCaseRecord)
            .where(ReviewedCaseRecord.response_id == before)
            .values(response_id=after)
        )
