"""A vote on its way to a meeting and back: the rows of one survey, from one database to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from surveyapp.storage.ballot_records import (
    BallotBoxRecord,
    BallotClassRecord,
    CredentialRecord,
    PaperConfirmationRecord,
    PaperKeyingRecord,
    RehearsalCredentialRecord,
    UrnRecord,
)
from surveyapp.storage.database import Work
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.records import (
    GrantRecord,
    Record,
    RevisionRecord,
    StaffRecord,
    SubjectRecord,
    SurveyRecord,
)

Rows = list[dict[str, Any]]

_STANDS: Final = (RevisionRecord, SubjectRecord, BallotBoxRecord, BallotClassRecord)
"""What a vote is, beside the survey itself; it does not change on the way."""

_CHANGES: Final = (
    CredentialRecord,
    RehearsalCredentialRecord,
    UrnRecord,
    PaperKeyingRecord,
    PaperConfirmationRecord,
)
"""What changes at a meeting."""


@dataclass(frozen=True, slots=True)
class TravellingVote:
    """A vote as rows.

    Attributes
    ----------
    survey, box : dict
        The survey, and the keys of its urn.
    rows : dict of record to list of dict
        Everything else, by table.
    """

    survey: dict[str, Any]
    box: dict[str, Any]
    rows: dict[type[Record], Rows]

    def boxes(self) -> frozenset[UUID]:
        """Return the ids of what lies in its urn."""
        return frozenset(row["id"] for row in self.rows[UrnRecord])

    def spent(self) -> frozenset[str]:
        """Return the digests of the slips that were used."""
        return frozenset(row["digest"] for row in self.rows[CredentialRecord] if row["spent"])

    def clerks(self) -> frozenset[UUID]:
        """Return who keyed or confirmed papers."""
        keyed = {row["clerk_id"] for row in self.rows[PaperKeyingRecord]}
        return frozenset(keyed | {row["staff_id"] for row in self.rows[PaperConfirmationRecord]})


@dataclass(frozen=True, slots=True)
class TravelRepository:
    """Rows of votes in one transaction."""

    work: Work

    def vote(self, survey_id: UUID) -> TravellingVote:
        """Return the rows of a vote that is in use."""
        (survey,) = self._rows(SurveyRecord, "id", [survey_id])
        rows: dict[type[Record], Rows] = {
            record: self._rows(record, "survey_id", [survey_id]) for record in (*_STANDS, *_CHANGES)
        }
        meetings = self._rows(MeetingRecord, "survey_id", [survey_id])
        evaluations = {row["evaluation_id"] for row in meetings}
        rows[EvaluationRecord] = self._rows(EvaluationRecord, "id", evaluations)
        # Units stay at home: the meeting names its own.
        rows[MeetingRecord] = [row | {"unit_code": None} for row in meetings]
        (box,) = rows[BallotBoxRecord]
        return TravellingVote(survey, box, rows)

    def staff(self, roles: Collection[str]) -> tuple[Rows, Rows]:
        """Return the accounts that hold one of some roles, and these roles of theirs."""
        grants = self._rows(GrantRecord, "role", roles)
        holders = {row["staff_id"] for row in grants}
        return self._rows(StaffRecord, "id", holders), grants

    def known_staff(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """Return which of these accounts exist."""
        return frozenset(row["id"] for row in self._rows(StaffRecord, "id", ids))

    def arrive(self, votes: Sequence[TravellingVote], staff: tuple[Rows, Rows]) -> None:
        """Store votes and accounts in a database that holds neither."""
        self._insert(StaffRecord, staff[0])
        self._insert(GrantRecord, staff[1])
        self._insert(SurveyRecord, [vote.survey for vote in votes])
        evaluations = {row["id"]: row for vote in votes for row in vote.rows[EvaluationRecord]}
        self._insert(EvaluationRecord, list(evaluations.values()))
        for vote in votes:
            for record in (*_STANDS, *_CHANGES, MeetingRecord):
                self._insert(record, vote.rows[record])

    def come_home(self, vote: TravellingVote) -> None:
        """Put what changed at a meeting in the place of what was known of it here."""
        survey_id = vote.survey["id"]
        for record in _CHANGES:
            where = record.__table__.c.survey_id == survey_id
            self.work.session.execute(delete(record).where(where))
            self._insert(record, vote.rows[record])
        for row in vote.rows[BallotClassRecord]:
            self.work.session.execute(
                update(BallotClassRecord)
                .where(
                    BallotClassRecord.survey_id == survey_id, BallotClassRecord.key == row["key"]
                )
                .values(issued=row["issued"], paper_issued=row["paper_issued"])
            )
        self.work.session.execute(
            update(SurveyRecord)
            .where(SurveyRecord.id == survey_id)
            .values({name: vote.survey[name] for name in ("status", "closed_at", "updated_at")})
        )
        self.work.session.execute(
            update(BallotBoxRecord)
            .where(BallotBoxRecord.survey_id == survey_id)
            .values(stage=vote.box["stage"], away=False)
        )

    def _rows(self, record: type[Record], column: str, values: Collection[Any]) -> Rows:
        table = record.__table__
        query = select(table).where(table.c[column].in_(list(values)))
        return [dict(row) for row in self.work.session.execute(query).mappings()]

    def _insert(self, record: type[Record], rows: Rows) -> None:
        if rows:
            self.work.session.execute(insert(record.__table__), rows)  # type: ignore[arg-type]  # a Table
