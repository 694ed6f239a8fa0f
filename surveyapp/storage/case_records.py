"""The tables of reviews beyond the response itself: invitations, contacts, cases and their clocks.

A case is a head (`CaseRecord`) and the events that made it (`CaseEventRecord`): the head is what
the events say so far, kept for lists and deadlines, and changed only together with a new event.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.records import Key, Record, SurveyId


class InvitationRecord(Record):
    """A link for one service case or one invited person; only a keyed digest of it is stored."""

    __tablename__ = "invitation"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    subject_key: Mapped[str | None] = mapped_column(String(64))
    case_number: Mapped[str | None] = mapped_column(String(50))
    item_code: Mapped[str | None] = mapped_column(String(64))
    item_name: Mapped[str | None] = mapped_column(String(200))
    window: Mapped[str | None] = mapped_column(String(64))
    staff_number: Mapped[str | None] = mapped_column(String(64))
    attributes: Mapped[dict[str, Any]]
    base_weight: Mapped[str | None] = mapped_column(String(40))
    used: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("survey_id", "case_number"),
        CheckConstraint("used BETWEEN 0 AND 2", name="used"),
    )


class ReviewedCaseRecord(Record):
    """Which service cases were reviewed, and how often: twice at most, whatever the way in."""

    __tablename__ = "reviewed_case"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    case_number: Mapped[str] = mapped_column(String(50), primary_key=True)
    review_number: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[UUID]

    __table_args__ = (CheckConstraint("review_number IN (1, 2)", name="review_number"),)


class ContactRecord(Record):
    """How a citizen wants to be called back: ciphertext, kept apart and not for long."""

    __tablename__ = "contact"

    response_id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    delete_after: Mapped[date | None] = mapped_column(index=True)


class TraceRecord(Record):
    """What shows stuffing, kept for a few days: how quick, and a hash whose key changes daily."""

    __tablename__ = "review_trace"

    response_id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    day: Mapped[date] = mapped_column(index=True)
    device: Mapped[str | None] = mapped_column(String(64))
    seconds: Mapped[int | None]


class ExclusionProposalRecord(Record):
    """Somebody finds that a flagged review should not count: a second person decides."""

    __tablename__ = "exclusion_proposal"

    response_id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by: Mapped[str] = mapped_column(String(128))
    staff_id: Mapped[UUID | None]
    proposed_at: Mapped[datetime]


class PublicChoiceRecord(Record):
    """Whether a comment or a handled case goes onto the public page, decided by the office."""

    __tablename__ = "public_choice"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[SurveyId]
    is_public: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(128))
    decided_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'case')", name="kind"),
        CheckConstraint("is_public = (reason IS NULL)", name="withheld_for_a_reason"),
    )


class DutyRecord(Record):
    """Who sat at a place, from when to when (窗口人员)."""

    __tablename__ = "duty"

    id: Mapped[Key]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), index=True)
    staff_number: Mapped[str] = mapped_column(String(64))
    staff_name: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("place_id", "staff_number", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )


class FunnelRecord(Record):
    """How many forms were opened, begun and submitted at a place on a day."""

    __tablename__ = "funnel_count"

    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int]

    __table_args__ = (CheckConstraint("step IN ('opened', 'started', 'submitted')", name="step"),)


class VolumeRecord(Record):
    """How many service cases there were (办件量): without it no rate of reviewing exists."""

    __tablename__ = "service_volume"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    subject_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    item_code: Mapped[str] = mapped_column(String(64), primary_key=True)
    window: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    recorded_by: Mapped[str] = mapped_column(String(128))
    recorded_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("n >= 0", name="n"),)


class CaseRecord(Record):
    """A bad review being put right (整改单)."""

    __tablename__ = "case"

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    survey_id: Mapped[SurveyId]
    response_id: Mapped[UUID] = mapped_column(unique=True)
    subject_key: Mapped[str | None] = mapped_column(String(64))
    place_id: Mapped[UUID | None]
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"), index=True)
    is_named: Mapped[bool]
    has_contact: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16), index=True)
    state_before_appeal: Mapped[str | None] = mapped_column(String(16))
    events: Mapped[int]
    received_on: Mapped[date]
    unit_sees_from: Mapped[date | None]
    opened_at: Mapped[datetime]
    responsible_unit: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    responsible_person: Mapped[str | None] = mapped_column(String(128))
    goal: Mapped[str | None] = mapped_column(String(1000))
    remedy: Mapped[str | None] = mapped_column(String(16))
    due_on: Mapped[date | None] = mapped_column(index=True)
    due_is_provisional: Mapped[bool] = mapped_column(server_default=false())
    extended: Mapped[bool] = mapped_column(server_default=false())
    answer: Mapped[str | None] = mapped_column(Text)
    answered_on: Mapped[date | None]
    call_back: Mapped[str | None] = mapped_column(String(16))
    reopened: Mapped[int]
    closed_on: Mapped[date | None]
    rectified_in_time: Mapped[bool | None]
    clock_since: Mapped[date | None]
    clock_days: Mapped[int | None]
    wake_on: Mapped[date | None] = mapped_column(index=True)
    follow_up_id: Mapped[UUID | None] = mapped_column(unique=True)

    __table_args__ = (
        CheckConstraint(
            "state IN ('to_verify', 'assessing', 'rectifying', 'answered', 'called_back',"
            " 'appealed', 'ruling', 'closed', 'excluded')",
            name="state",
        ),
        CheckConstraint(
            "remedy IS NULL OR remedy IN ('at_once', 'by_deadline', 'explanation')", name="remedy"
        ),
        CheckConstraint(
            "call_back IS NULL OR call_back IN ('satisfied', 'unsatisfied', 'unreachable')",
            name="call_back",
        ),
        CheckConstraint(
            "state <> 'rectifying' OR (responsible_unit IS NOT NULL AND responsible_person IS NOT"
            " NULL AND due_on IS NOT NULL AND goal IS NOT NULL)",
            name="rectifying_has_whom_when_what",
        ),
        CheckConstraint("(state IN ('closed', 'excluded')) = (closed_on IS NOT NULL)", name="end"),
    )


class CaseQueueRecord(Record):
    """A bad review whose case opens when its level can no longer be changed.

    Inserted with the response, removed with the opening, so no review is looked for twice.
    """

    __tablename__ = "case_queue"

    response_id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    open_at: Mapped[datetime] = mapped_column(index=True)


class CaseEventRecord(Record):
    """One step of a case. Nobody edits history: rows are only ever added."""

    __tablename__ = "case_event"

    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    position: Mapped[int]
    step: Mapped[str] = mapped_column(String(24))
    actor: Mapped[str] = mapped_column(String(128))
    staff_id: Mapped[UUID | None]
    happened_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("case_id", "position"),)


class AttachmentRecord(Record):
    """Evidence handed in with a step (佐证)."""

    __tablename__ = "attachment"

    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), index=True)
    position: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class SlipRecord(Record):
    """A written order: handed over (交办), reminded, warned, supervised (督办).

    It is about one thing: a case, or a matter being put right.
    """

    __tablename__ = "slip"

    id: Mapped[Key]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"), index=True)
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("rectification_item.id"), index=True)
    colour: Mapped[str] = mapped_column(String(16))
    round: Mapped[int]
    year: Mapped[int]
    serial: Mapped[int]
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    signed_by: Mapped[str | None] = mapped_column(String(128))
    received_by: Mapped[str | None] = mapped_column(String(128))
    received_at: Mapped[datetime | None]
    conclusion: Mapped[str | None] = mapped_column(String(16))
    verified_by: Mapped[str | None] = mapped_column(String(128))
    detail: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("case_id", "colour", "round"),
        UniqueConstraint("item_id", "colour", "round"),
        CheckConstraint("(case_id IS NULL) <> (item_id IS NULL)", name="about_one_thing"),
        UniqueConstraint("year", "serial"),
        CheckConstraint("colour IN ('white', 'blue', 'yellow', 'red')", name="colour"),
    )


class CalendarDayRecord(Record):
    """A day that is not what its weekday says: a holiday, or a shifted working weekend (调休)."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(64))


class CalendarYearRecord(Record):
    """A year whose holidays were entered by the office, and from where."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(200))
    entered_by: Mapped[str] = mapped_column(String(128))
    entered_at: Mapped[datetime]


class OutboxRecord(Record):
    """A notice on its way out (due items for the office's own messenger), tried until sent."""

    __tablename__ = "outbox"

    id: Mapped[Key]
    topic: Mapped[str] = mapped_column(String(64))
    dedupe: Mapped[str] = mapped_column(String(128), unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(String(500))
    next_attempt_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_outbox_sent_at", "sent_at"),)


class ApiTokenRecord(Record):
    """A key for programs: scope and end, never the token itself."""

    __tablename__ = "api_token"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(32))
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
