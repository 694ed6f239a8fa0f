"""Comments and handled cases that may be published, and what was decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from surveyapp.domain.publishing import Choice
from surveyapp.domain.survey import Standing
from surveyapp.storage.case_records import CaseRecord, PublicChoiceRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import ResponseRecord


@dataclass(frozen=True, slots=True)
class PublicChoiceRepository:
    """Choices for the public page of a survey, in one transaction."""

    work: Work

    def put(self, values: dict[str, Any]) -> None:
        """Keep a decision; it replaces the one before."""
        insert = self.work.insert(PublicChoiceRecord)
        changed = {
            name: values[name] for name in ("is_public", "reason", "decided_by", "decided_at")
        }
        keys = [PublicChoiceRecord.__table__.c.kind, PublicChoiceRecord.__table__.c.item_id]
        upsert = insert.on_conflict_do_update(index_elements=keys, set_=changed)
        self.work.connection.execute(upsert, values)

    def comments(
        self, survey_id: UUID, texts: Sequence[str], *, limit: int, offset: int = 0
    ) -> list[tuple[ResponseRecord, PublicChoiceRecord | None]]:
        """Return counted reviews with a comment, those not decided first, then by id.

        Parameters
        ----------
        texts : sequence of str
            Keys of the text questions.
        """
        c = PublicChoiceRecord
        query = (
            select(ResponseRecord, c)
            .outerjoin(c, _chosen(Choice.COMMENT, ResponseRecord.id))
            .where(*_commented(survey_id, texts))
            .order_by(c.item_id.is_not(None), ResponseRecord.id)
            .limit(limit)
            .offset(offset)
        )
        return [(one, choice) for one, choice in self.work.session.execute(query)]

    def comment_numbers(
        self, survey_id: UUID, texts: Sequence[str]
    ) -> dict[tuple[bool | None, str | None], int]:
        """Return how many comments are (public, withheld for a reason); None: not decided."""
        c = PublicChoiceRecord
        query = (
            select(c.is_public, c.reason, func.count(ResponseRecord.id))
            .select_from(ResponseRecord)
            .outerjoin(c, _chosen(Choice.COMMENT, ResponseRecord.id))
            .where(*_commented(survey_id, texts))
            .group_by(c.is_public, c.reason)
        )
        return {(row[0], row[1]): int(row[2]) for row in self.work.session.execute(query)}

    def public_comments(self, survey_id: UUID, texts: Sequence[str]) -> list[ResponseRecord]:
        """Return the counted reviews whose comment is public, ordered by id."""
        query = (
            select(ResponseRecord)
            .join(PublicChoiceRecord, _chosen(Choice.COMMENT, ResponseRecord.id))
            .where(*_commented(survey_id, texts), PublicChoiceRecord.is_public)
            .order_by(ResponseRecord.id)
        )
        return list(self.work.session.scalars(query))

    def cases(self, survey_id: UUID) -> list[tuple[CaseRecord, bool]]:
        """Return closed cases with an answer of reviews that count, and whether each is public."""
        c = PublicChoiceRecord
        query = (
            select(CaseRecord, func.coalesce(c.is_public, False))
            .join(ResponseRecord, ResponseRecord.id == CaseRecord.response_id)
            .outerjoin(c, _chosen(Choice.CASE, CaseRecord.id))
            .where(
                CaseRecord.survey_id == survey_id,
                CaseRecord.state == "closed",
                CaseRecord.answer.is_not(None),
                ResponseRecord.standing == Standing.COUNTED,
            )
            .order_by(CaseRecord.closed_on.desc(), CaseRecord.number)
        )
        return [(one, bool(is_public)) for one, is_public in self.work.session.execute(query)]

    def case_numbers(self, survey_id: UUID) -> dict[tuple[bool, str | None], int]:
        """Return how many cases of counted reviews there are by (closed, remedy)."""
        is_closed = CaseRecord.state == "closed"
        rows = (
            select(is_closed.label("is_closed"), CaseRecord.remedy.label("remedy"))
            .join(ResponseRecord, ResponseRecord.id == CaseRecord.response_id)
            .where(CaseRecord.survey_id == survey_id, ResponseRecord.standing == Standing.COUNTED)
            .subquery()
        )
        query = select(*rows.c, func.count()).group_by(*rows.c)
        return {(bool(row[0]), row[1]): int(row[2]) for row in self.work.session.execute(query)}

    def has_comment(self, survey_id: UUID, response_id: UUID, texts: Sequence[str]) -> bool:
        """Whether a counted review of a survey has a comment."""
        query = select(ResponseRecord.id).where(
            *_commented(survey_id, texts), ResponseRecord.id == response_id
        )
        return self.work.session.execute(query).first() is not None


def _chosen(kind: Choice, item: Any) -> ColumnElement[bool]:
    return and_(PublicChoiceRecord.kind == kind, PublicChoiceRecord.item_id == item)


def _commented(survey_id: UUID, texts: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    written = [ResponseRecord.answers[key].as_string() != "" for key in texts]
    return (
        ResponseRecord.survey_id == survey_id,
        ResponseRecord.standing == Standing.COUNTED,
        ResponseRecord.batch_id.is_(None),
        or_(False, *written),  # SQL: nothing, where there are no text questions
    )
