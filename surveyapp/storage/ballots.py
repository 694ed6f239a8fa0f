"""Closed ballots: slips, the urn, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from surveyapp.domain.survey import Kind, Status
from surveyapp.storage.ballot_records import (
    BallotBoxRecord,
    BallotClassRecord,
    BallotRecord,
    BallotRemarkRecord,
    CredentialRecord,
    PaperConfirmationRecord,
    PaperKeyingRecord,
    ReceiptListRecord,
    RehearsalCredentialRecord,
    SignedBallotRecord,
    UrnRecord,
)
from surveyapp.storage.database import Work
from surveyapp.storage.records import SurveyRecord

_Slip = type[CredentialRecord] | type[RehearsalCredentialRecord]
SLIPS: Final[dict[bool, _Slip]] = {False: CredentialRecord, True: RehearsalCredentialRecord}
"""Where slips lie, by whether they are for a rehearsal."""

AFTER_OPENING: Final = (
    CredentialRecord,
    RehearsalCredentialRecord,
    UrnRecord,
    PaperKeyingRecord,
    PaperConfirmationRecord,
)
"""What is deleted when the urn is opened."""


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip that was found by its digest."""

    survey_id: UUID
    class_key: str
    digest: str
    rehearsal: bool


@dataclass(frozen=True, slots=True)
class HeldSurvey:
    """A survey as the casting transaction sees it."""

    status: str
    opens_at: datetime | None
    closes_at: datetime | None
    away: bool


@dataclass(frozen=True, slots=True)
class BallotRepository:
    """Ballots in one transaction."""

    work: Work

    # --- keys and classes ----------------------------------------------------------------------

    def box(self, survey_id: UUID) -> BallotBoxRecord | None:
        """Return the keys and the stage of a survey, None where it was never in use."""
        return self.work.session.get(BallotBoxRecord, survey_id)

    def public_key(self, survey_id: UUID) -> bytes:
        """Return what seals the ballots of a survey in use."""
        return self.work.session.get_one(BallotBoxRecord, survey_id).public_key

    def unfinished(self) -> Sequence[UUID]:
        """Return the surveys that are closed and not yet opened and scrubbed."""
        query = select(BallotBoxRecord.survey_id).where(
            BallotBoxRecord.stage.not_in(("sealed", "scrubbed"))
        )
        return self.work.session.scalars(query).all()

    def open_votes(self) -> Sequence[str]:
        """Return the keys of the surveys whose urn takes ballots, sorted."""
        query = (
            select(SurveyRecord.key)
            .join(BallotBoxRecord, BallotBoxRecord.survey_id == SurveyRecord.id)
            .where(BallotBoxRecord.stage == "sealed")
            .order_by(SurveyRecord.key)
        )
        return self.work.session.scalars(query).all()

    def add_box(self, box: BallotBoxRecord, classes: Iterable[BallotClassRecord]) -> None:
        """Store the keys of a survey that goes into use, and its classes."""
        self.work.session.add(box)
        self.work.session.add_all(classes)

    def classes(self, survey_id: UUID) -> Sequence[BallotClassRecord]:
        """Return the classes in declared order."""
        query = (
            select(BallotClassRecord)
            .where(BallotClassRecord.survey_id == survey_id)
            .order_by(BallotClassRecord.position)
        )
        return self.work.session.scalars(query).all()

    # --- slips ---------------------------------------------------------------------------------

    def reserve(self, survey_id: UUID, class_key: str, n: int) -> bool:
        """Count `n` more slips of a class; False where the roll has no room for them."""
        return reserve(self.work, BallotClassRecord.issued, survey_id, class_key, n)

    def add_slips(
        self, survey_id: UUID, class_key: str, digests: Iterable[str], *, rehearsal: bool
    ) -> None:
        """Store the digests of new slips."""
        rows = [
            {"survey_id": survey_id, "digest": digest, "class_key": class_key, "spent": False}
            for digest in sorted(digests)
        ]
        self.work.session.execute(insert(SLIPS[rehearsal]), rows)

    def spoil(self, survey_id: UUID, digest: str) -> str | None:
        """Delete a slip that was not used; return its class, None where it was used or unknown."""
        return self.work.session.scalar(
            delete(CredentialRecord)
            .where(
                CredentialRecord.survey_id == survey_id,
                CredentialRecord.digest == digest,
                CredentialRecord.spent.is_(False),
            )
            .returning(CredentialRecord.class_key)
        )

    def withdraw(self, survey_id: UUID, class_key: str) -> int:
        """Delete the unused slips of a class and take them off those issued; how many."""
        gone = self.work.session.execute(
            delete(CredentialRecord)
            .where(
                CredentialRecord.survey_id == survey_id,
                CredentialRecord.class_key == class_key,
                CredentialRecord.spent.is_(False),
            )
            .returning(CredentialRecord.digest)
        )
        n = len(gone.all())
        self.work.session.execute(
            update(BallotClassRecord)
            .where(BallotClassRecord.survey_id == survey_id, BallotClassRecord.key == class_key)
            .values(issued=BallotClassRecord.issued - n)
        )
        return n

    def ballot_keys(self) -> Sequence[tuple[UUID, bytes]]:
        """Return (survey id, wrapped response key) of every ballot that is not closed."""
        query = select(SurveyRecord.id, SurveyRecord.wrapped_response_key).where(
            SurveyRecord.kind == Kind.BALLOT, SurveyRecord.status != Status.CLOSED
        )
        return [(row.id, row.wrapped_response_key) for row in self.work.session.execute(query)]

    def find(self, digests: Mapping[bool, Mapping[str, UUID]]) -> SlipRow | None:
        """Return the slip that one of the digests belongs to.

        Parameters
        ----------
        digests : mapping
            For real and for rehearsal slips: the survey by digest.
        """
        for rehearsal, known in digests.items():
            table = SLIPS[rehearsal]
            query = select(table.survey_id, table.digest, table.class_key).where(
                table.digest.in_(list(known))
            )
            for survey_id, digest, class_key in self.work.session.execute(query):
                if known[digest] == survey_id:
                    return SlipRow(survey_id, class_key, digest, rehearsal)
        return None

    # --- casting -------------------------------------------------------------------------------

    def hold(self, survey_id: UUID) -> HeldSurvey:
        """Return a survey and keep it from being closed until this transaction ends."""
        query = (
            select(
                SurveyRecord.status,
                SurveyRecord.opens_at,
                SurveyRecord.closes_at,
                BallotBoxRecord.away,
            )
            .join(BallotBoxRecord, BallotBoxRecord.survey_id == SurveyRecord.id)
            .where(SurveyRecord.id == survey_id)
        )
        if not self.work.is_sqlite:
            query = query.with_for_update(read=True)
        row = self.work.session.execute(query).one()
        return HeldSurvey(row.status, row.opens_at, row.closes_at, row.away)

    def spend(self, slip: SlipRow) -> bool:
        """Use a slip up; False where it is used already or was spoiled."""
        table = SLIPS[slip.rehearsal]
        found = self.work.session.execute(
            update(table)
            .where(
                table.survey_id == slip.survey_id,
                table.digest == slip.digest,
                table.spent.is_(False),
            )
            .values(spent=True)
            .returning(table.digest)
        )
        return found.first() is not None

    def is_spent(self, slip: SlipRow) -> bool:
        """Whether a slip was used; False also where it is gone."""
        table = SLIPS[slip.rehearsal]
        spent = self.work.session.scalar(
            select(table.spent).where(
                table.survey_id == slip.survey_id, table.digest == slip.digest
            )
        )
        return spent is True

    def put(self, survey_id: UUID, box_id: UUID, box: bytes) -> None:
        """Put a sealed box into the urn."""
        self.work.session.execute(insert(UrnRecord).values(survey_id=survey_id, id=box_id, box=box))

    def spent(self, survey_id: UUID) -> dict[str, int]:
        """Return how many slips of each class are used, while the urn is closed."""
        query = (
            select(CredentialRecord.class_key, func.count())
            .where(CredentialRecord.survey_id == survey_id, CredentialRecord.spent.is_(True))
            .group_by(CredentialRecord.class_key)
        )
        return {key: int(n) for key, n in self.work.session.execute(query)}

    # --- opening -------------------------------------------------------------------------------

    def sealed(self, survey_id: UUID) -> Sequence[bytes]:
        """Return all boxes of the urn, in the order of their random ids."""
        query = select(UrnRecord.box).where(UrnRecord.survey_id == survey_id).order_by(UrnRecord.id)
        return self.work.session.scalars(query).all()

    def add_opened(
        self,
        ballots: Sequence[Mapping[str, Any]],
        signed: Sequence[Mapping[str, Any]],
        remarks: Sequence[Mapping[str, Any]],
        receipts: Sequence[Mapping[str, Any]],
    ) -> None:
        """Store what came out of the urn; the rows stand in the order of their random keys."""
        for record, rows in (
            (BallotRecord, ballots),
            (SignedBallotRecord, signed),
            (BallotRemarkRecord, remarks),
            (ReceiptListRecord, receipts),
        ):
            if rows:
                self.work.session.execute(insert(record), rows)

    def forget(self, survey_id: UUID) -> None:
        """Delete the slips and the urn of a survey, and what was keyed from its papers."""
        for record in AFTER_OPENING:
            self.work.session.execute(delete(record).where(record.survey_id == survey_id))

    def ballots(self, survey_id: UUID) -> Sequence[BallotRecord]:
        """Return the opened ballots."""
        query = select(BallotRecord).where(BallotRecord.survey_id == survey_id)
        return self.work.session.scalars(query.order_by(BallotRecord.id)).all()

    def signed_ballots(self, survey_id: UUID) -> Sequence[SignedBallotRecord]:
        """Return the opened ballots that carry a name."""
        query = select(SignedBallotRecord).where(SignedBallotRecord.survey_id == survey_id)
        return self.work.session.scalars(query.order_by(SignedBallotRecord.id)).all()

    def remarks(self, survey_id: UUID) -> Sequence[str]:
        """Return the suggestions, in random order."""
        query = select(BallotRemarkRecord.remark).where(
            BallotRemarkRecord.survey_id == survey_id, BallotRemarkRecord.subject_key.is_(None)
        )
        return self.work.session.scalars(query.order_by(BallotRemarkRecord.id)).all()

    def reasons(self, survey_id: UUID) -> dict[str, list[str]]:
        """Return what was written down as the reason of a grade, by subject, in random order."""
        query = (
            select(BallotRemarkRecord.subject_key, BallotRemarkRecord.remark)
            .where(
                BallotRemarkRecord.survey_id == survey_id,
                BallotRemarkRecord.subject_key.is_not(None),
            )
            .order_by(BallotRemarkRecord.id)
        )
        found: dict[str, list[str]] = {}
        for subject, reason in self.work.session.execute(query):
            found.setdefault(str(subject), []).append(reason)
        return found

    def receipts(self, survey_id: UUID) -> Sequence[str]:
        """Return the receipts, sorted."""
        query = select(ReceiptListRecord.receipt).where(ReceiptListRecord.survey_id == survey_id)
        return self.work.session.scalars(query.order_by(ReceiptListRecord.receipt)).all()


def reserve(
    work: Work, count: InstrumentedAttribute[int], survey_id: UUID, class_key: str, n: int
) -> bool:
    """Count `n` more slips or papers of a class; False where the roll has no room for them.

    Parameters
    ----------
    count : InstrumentedAttribute of int
        Column of `BallotClassRecord` that counts them.
    """
    c = BallotClassRecord
    found = work.session.execute(
        update(c)
        .where(
            c.survey_id == survey_id, c.key == class_key, c.issued + c.paper_issued + n <= c.roll
        )
        .values({count: count + n})
        .returning(c.key)
    )
    return found.first() is not None
