"""The tables of matters being put right (整改事项): heads, their events, and evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.frozen import keep_frozen
from surveyapp.storage.records import Key, Record


class ItemRecord(Record):
    """A matter: the head is what its events say so far, and changes only with a new event."""

    __tablename__ = "rectification_item"

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(32), unique=True)
    source: Mapped[str] = mapped_column(String(16))
    scheme_key: Mapped[str | None] = mapped_column(String(64))
    period: Mapped[str | None] = mapped_column(String(16))
    indicator_key: Mapped[str | None] = mapped_column(String(64))
    case_number: Mapped[str | None] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    problem: Mapped[str] = mapped_column(Text)
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"), index=True)
    responsible_unit: Mapped[str] = mapped_column(ForeignKey("unit.code"), index=True)
    responsible_person: Mapped[str] = mapped_column(String(128))
    goal: Mapped[str] = mapped_column(String(1000))
    state: Mapped[str] = mapped_column(String(16), index=True)
    round: Mapped[int]
    extended: Mapped[bool]
    clock_since: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    answered_on: Mapped[date | None]
    in_time: Mapped[bool | None]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    events: Mapped[int]
    wake_on: Mapped[date | None] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("source IN ('sheet', 'case', 'indicator', 'common')", name="source"),
        CheckConstraint("state IN ('rectifying', 'answered', 'closed', 'cancelled')", name="state"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (closed_on IS NOT NULL)", name="end"),
        CheckConstraint(
            "title <> '' AND problem <> '' AND responsible_person <> '' AND goal <> ''",
            name="whom_when_what",
        ),
        CheckConstraint("due_on > clock_since", name="due_after_start"),
        CheckConstraint("round >= 1 AND events >= 0", name="counts"),
    )


class ItemEventRecord(Record):
    """One step of a matter. Nobody edits history: rows are only ever added."""

    __tablename__ = "rectification_event"

    id: Mapped[Key]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("rectification_item.id"))
    position: Mapped[int]
    step: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(128))
    staff_id: Mapped[UUID | None]
    happened_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("item_id", "position"),
        CheckConstraint(
            "step IN ('open', 'forward', 'extend', 'answer', 'send_back', 'close', 'cancel')",
            name="step",
        ),
    )


class ItemFileRecord(Record):
    """Evidence handed in with a step (佐证)."""

    __tablename__ = "rectification_file"

    id: Mapped[Key]
    item_id: Mapped[UUID] = mapped_column(ForeignKey("rectification_item.id"), index=True)
    position: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)


keep_frozen(ItemEventRecord, ItemFileRecord)
