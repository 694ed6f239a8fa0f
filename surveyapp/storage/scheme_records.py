"""The tables of schemes and of what is computed from them.

A version in use and a run are never changed: there is no statement that updates a run, and a
version changes once, when it is put in use. Releasing a run is a row of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from surveyapp.storage.records import Key, Record

_IS_DRAFT = "published_at IS NULL"


class SchemeRecord(Record):
    """A scheme of assessment (考核方案) of one category in one year."""

    __tablename__ = "scheme"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    year: Mapped[int]
    category: Mapped[str] = mapped_column(String(64))
    current_version_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SchemeVersionRecord(Record):
    """One version of a scheme: a draft, or immutable once in use.

    `created_staff_id` and `published_staff_id` are two people; None stands for the operator.
    """

    __tablename__ = "scheme_version"

    id: Mapped[Key]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("scheme.id"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(128))
    created_staff_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(String(128))
    published_staff_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("scheme_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name="published"),
        CheckConstraint(
            "published_staff_id IS NULL OR created_staff_id IS NULL"
            " OR published_staff_id <> created_staff_id",
            name="two_people",
        ),
        # A scheme has one draft at most.
        Index(
            "uq_scheme_version_draft",
            "scheme_id",
            unique=True,
            sqlite_where=text(_IS_DRAFT),
            postgresql_where=text(_IS_DRAFT),
        ),
    )


class ScoreRunRecord(Record):
    """One computation of a scheme for a period, with everything that went into it.

    `input` is canonical JSON, compressed; `input_sha256` and `result_sha256` are hashes of the
    canonical JSON itself.
    """

    __tablename__ = "score_run"

    id: Mapped[Key]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("scheme.id"))
    scheme_version_id: Mapped[UUID] = mapped_column(ForeignKey("scheme_version.id"), index=True)
    period: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    input: Mapped[bytes] = mapped_column(LargeBinary)
    input_sha256: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any]]
    result_sha256: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(String(128))
    made_staff_id: Mapped[UUID | None]
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("scheme_id", "period", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("seed >= 0", name="seed"),
    )


class ScoreReleaseRecord(Record):
    """That units, leaders and programs may see a run: who let them, and when."""

    __tablename__ = "score_release"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("score_run.id"), primary_key=True)
    released_by: Mapped[str] = mapped_column(String(128))
    released_staff_id: Mapped[UUID | None]
    released_at: Mapped[datetime]


@event.listens_for(ScoreRunRecord, "before_update")
@event.listens_for(ScoreRunRecord, "before_delete")
@event.listens_for(ScoreReleaseRecord, "before_update")
@event.listens_for(ScoreReleaseRecord, "before_delete")
def _refuse(_mapper: Mapper[Any], _connection: Any, target: Record) -> None:
    raise RuntimeError(f"rows of {target.__tablename__} are never changed")
