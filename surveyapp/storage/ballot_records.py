"""Tables of closed ballots (see docs/ballots.md).

None has a time, an author or a sequence: whatever could tell in which order voters came is not
there. On SQLite they have no rowid, so rows lie in the order of their random keys. Which columns
exist is frozen by a test.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.records import Record

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class BallotBoxRecord(Record):
    """The keys of a ballot in use, how far its opening has come, and what it proved.

    The wrapped private key opens with the survey's key file only; it is deleted at opening.
    """

    __tablename__ = "ballot_box"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(16))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    unreadable: Mapped[int]
    away: Mapped[bool] = mapped_column(server_default=false())
    root: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        CheckConstraint(
            "stage IN ('sealed', 'closed', 'opened', 'destroyed', 'scrubbed')", name="stage"
        ),
        CheckConstraint("(stage IN ('sealed', 'closed')) = (root IS NULL)", name="opened_has_root"),
        CheckConstraint(
            "(stage IN ('sealed', 'closed')) = (wrapped_private_key IS NOT NULL)",
            name="opened_has_no_key",
        ),
        CheckConstraint("unreadable >= 0", name="unreadable"),
    )


class BallotClassRecord(Record):
    """One class of voters: its roll, and its counts once the urn is open.

    `issued` and `spent` count slips; `paper_issued`, `paper_returned` and `paper_void` printed
    ballots. Everybody of the class has one or the other.
    """

    __tablename__ = "ballot_class"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    roll: Mapped[int]
    issued: Mapped[int]
    spent: Mapped[int | None]
    merged_into: Mapped[str | None] = mapped_column(String(64))
    pace_fast: Mapped[int | None]
    pace_usual: Mapped[int | None]
    pace_slow: Mapped[int | None]
    paper_issued: Mapped[int] = mapped_column(server_default=text("0"))
    paper_returned: Mapped[int | None]
    paper_void: Mapped[int | None]

    __table_args__ = (
        # Never more slips and papers than people; spent ones are counted when the credentials are
        # deleted.
        CheckConstraint(
            "issued >= 0 AND paper_issued >= 0 AND issued + paper_issued <= roll", name="issued"
        ),
        CheckConstraint("spent IS NULL OR (spent >= 0 AND spent <= issued)", name="spent"),
        CheckConstraint(
            "paper_returned IS NULL OR (paper_returned >= 0 AND paper_returned <= paper_issued)",
            name="paper_returned",
        ),
        CheckConstraint(
            "paper_void IS NULL OR (paper_void >= 0 AND paper_void <= paper_returned)",
            name="paper_void",
        ),
    )


class CredentialRecord(Record):
    """One slip: a keyed digest of its code, its class, and whether it was used."""

    __tablename__ = "credential"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    class_key: Mapped[str] = mapped_column(String(64))
    spent: Mapped[bool]

    __table_args__ = (_WITHOUT_ROWID,)


class RehearsalCredentialRecord(Record):
    """A throw-away code for trying the ballot; it lies beside the urn, not before it."""

    __tablename__ = "rehearsal_credential"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    class_key: Mapped[str] = mapped_column(String(64))
    spent: Mapped[bool]

    __table_args__ = (_WITHOUT_ROWID,)


class UrnRecord(Record):
    """One sealed ballot while the urn is closed; all are of one length."""

    __tablename__ = "urn"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (_WITHOUT_ROWID,)


class BallotRecord(Record):
    """One opened ballot: a fresh random id, the class and the grades, nothing else."""

    __tablename__ = "ballot"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    class_key: Mapped[str] = mapped_column(String(64))
    grades: Mapped[dict[str, Any]]

    __table_args__ = (_WITHOUT_ROWID,)


class SignedBallotRecord(Record):
    """One opened ballot of a class that signs (署名评价): not secret, and its voter knew."""

    __tablename__ = "signed_ballot"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    class_key: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[str] = mapped_column(String(200))
    grades: Mapped[dict[str, Any]]

    __table_args__ = (_WITHOUT_ROWID,)


class BallotRemarkRecord(Record):
    """One suggestion, or the reason of a grade of a subject: shuffled on its own.

    It leads to no ballot and no class.
    """

    __tablename__ = "ballot_remark"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_key: Mapped[str | None] = mapped_column(String(64))
    remark: Mapped[str] = mapped_column(String(2000))

    __table_args__ = (_WITHOUT_ROWID,)


class ReceiptListRecord(Record):
    """A receipt that came out of the urn; in the order of the receipts, which are random."""

    __tablename__ = "receipt_list"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    receipt: Mapped[str] = mapped_column(String(16), primary_key=True)

    __table_args__ = (_WITHOUT_ROWID,)


class PaperKeyingRecord(Record):
    """One paper ballot as one of two clerks keyed it; deleted when the urn is opened.

    `number` is the one that was stamped on the paper when its box was emptied: it says nothing
    about who put it in.
    """

    __tablename__ = "paper_keying"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    clerk_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    class_key: Mapped[str] = mapped_column(String(64))
    void: Mapped[bool]
    marks: Mapped[dict[str, Any]]
    words: Mapped[dict[str, Any]]

    __table_args__ = (
        # Two keyings of a paper, and never both by the same clerk.
        UniqueConstraint("survey_id", "number", "clerk_id"),
        CheckConstraint("turn IN (1, 2)", name="turn"),
        CheckConstraint("number >= 1", name="number"),
        _WITHOUT_ROWID,
    )


class PaperConfirmationRecord(Record):
    """Somebody has confirmed the count of papers as it stands; two do, and then it is settled."""

    __tablename__ = "paper_confirmation"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)

    __table_args__ = (_WITHOUT_ROWID,)
