"""Printed ballots: how many were issued, and what two clerks keyed from those that came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from surveyapp.storage.ballot_records import (
    BallotClassRecord,
    PaperConfirmationRecord,
    PaperKeyingRecord,
)
from surveyapp.storage.ballots import reserve
from surveyapp.storage.database import Work


@dataclass(frozen=True, slots=True)
class PaperRepository:
    """Printed ballots in one transaction."""

    work: Work

    def reserve(self, survey_id: UUID, class_key: str, n: int) -> bool:
        """Count `n` more papers of a class; False where the roll has no room for them."""
        return reserve(self.work, BallotClassRecord.paper_issued, survey_id, class_key, n)

    def instead_of_slip(self, survey_id: UUID, class_key: str) -> None:
        """Count one paper more and one slip less."""
        self.work.session.execute(
            update(BallotClassRecord)
            .where(BallotClassRecord.survey_id == survey_id, BallotClassRecord.key == class_key)
            .values(
                issued=BallotClassRecord.issued - 1,
                paper_issued=BallotClassRecord.paper_issued + 1,
            )
        )

    def issued(self, survey_id: UUID) -> int:
        """Return how many papers were issued, of all classes together."""
        query = select(func.sum(BallotClassRecord.paper_issued)).where(
            BallotClassRecord.survey_id == survey_id
        )
        return int(self.work.session.scalar(query) or 0)

    # --- keyings -------------------------------------------------------------------------------

    def keyings(self, survey_id: UUID, number: int | None = None) -> Sequence[PaperKeyingRecord]:
        """Return what was keyed, of one paper or of all, by number and turn."""
        query = select(PaperKeyingRecord).where(PaperKeyingRecord.survey_id == survey_id)
        if number is not None:
            query = query.where(PaperKeyingRecord.number == number)
        query = query.order_by(PaperKeyingRecord.number, PaperKeyingRecord.turn)
        return self.work.session.scalars(query).all()

    def add(
        self,
        survey_id: UUID,
        number: int,
        turn: int,
        clerk_id: UUID,
        content: Mapping[str, Any],
    ) -> None:
        """Store a keying."""
        self.work.session.execute(
            insert(PaperKeyingRecord).values(
                survey_id=survey_id, number=number, turn=turn, clerk_id=clerk_id, **content
            )
        )

    def replace(
        self, survey_id: UUID, number: int, clerk_id: UUID, content: Mapping[str, Any]
    ) -> None:
        """Change what a clerk keyed."""
        self.work.session.execute(
            update(PaperKeyingRecord)
            .where(
                PaperKeyingRecord.survey_id == survey_id,
                PaperKeyingRecord.number == number,
                PaperKeyingRecord.clerk_id == clerk_id,
            )
            .values(**content)
        )

    def take_out(self, survey_id: UUID, number: int) -> None:
        """Delete the keyings of a paper."""
        self.work.session.execute(
            delete(PaperKeyingRecord).where(
                PaperKeyingRecord.survey_id == survey_id, PaperKeyingRecord.number == number
            )
        )

    # --- confirmations -------------------------------------------------------------------------

    def confirmations(self, survey_id: UUID) -> Sequence[UUID]:
        """Return who confirmed the count as it stands."""
        query = select(PaperConfirmationRecord.staff_id).where(
            PaperConfirmationRecord.survey_id == survey_id
        )
        return self.work.session.scalars(query).all()

    def confirm(self, survey_id: UUID, staff_id: UUID) -> None:
        """Note that somebody confirmed the count."""
        self.work.session.execute(
            insert(PaperConfirmationRecord).values(survey_id=survey_id, staff_id=staff_id)
        )

    def unconfirm(self, survey_id: UUID) -> None:
        """Take all confirmations back: the count has changed."""
        self.work.session.execute(
            delete(PaperConfirmationRecord).where(PaperConfirmationRecord.survey_id == survey_id)
        )
