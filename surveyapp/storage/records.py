"""The tables. Rules the database can keep stand here as constraints, not in habits.

Times are aware UTC (`UtcDateTime` refuses naive ones: SQLite would drop the zone silently).
Identifiers are random or keyed UUIDs; there is no sequence anywhere, so tables can be distributed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in, UTC in the table, aware UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite cannot keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = JSON().with_variant(JSONB(), "postgresql")

Key = Annotated[UUID, mapped_column(primary_key=True)]
SurveyId = Annotated[UUID, mapped_column(ForeignKey("survey.id"), index=True)]


class Record(DeclarativeBase):
    """Base of all tables, with names for every constraint so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: Document,
    }


class SettingRecord(Record):
    """What is true of the whole database, such as that its data are simulated."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]


class UnitRecord(Record):
    """An organisation, department or window, in one tree."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(64))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"), index=True)

    __table_args__ = (CheckConstraint("parent_code <> code", name="not_its_own_parent"),)


class SurveyRecord(Record):
    """What is asked, and how far it has come."""

    __tablename__ = "survey"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    wrapped_response_key: Mapped[bytes] = mapped_column(LargeBinary)
    current_revision_id: Mapped[UUID | None]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('review', 'satisfaction', 'ballot')", name="kind"),
        CheckConstraint("status IN ('draft', 'open', 'closed')", name="status"),
        CheckConstraint(
            "status = 'draft' OR current_revision_id IS NOT NULL", name="in_use_has_revision"
        ),
    )


class RevisionRecord(Record):
    """One version of a definition: immutable once in use."""

    __tablename__ = "revision"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )


class SubjectRecord(Record):
    """What a survey rates."""

    __tablename__ = "subject"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))


class PlaceRecord(Record):
    """Where a QR code hangs: opaque, revocable."""

    __tablename__ = "place"

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(8), unique=True)
    survey_id: Mapped[SurveyId]
    label: Mapped[str] = mapped_column(String(200))
    hall: Mapped[str | None] = mapped_column(String(100))
    window: Mapped[str | None] = mapped_column(String(64))
    rates: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "rates IS NULL OR rates IN ('case', 'item', 'person', 'hall')", name="rates"
        ),
    )


class PlaceAssignmentRecord(Record):
    """What a place stands for and where, from a moment on: it moves without reprinting."""

    __tablename__ = "place_assignment"

    id: Mapped[Key]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), index=True)
    subject_key: Mapped[str | None] = mapped_column(String(64))
    hall: Mapped[str | None] = mapped_column(String(100))
    window: Mapped[str | None] = mapped_column(String(64))
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str | None] = mapped_column(String(128))


class ImportBatchRecord(Record):
    """One imported file: who, when, from where, and its hash."""

    __tablename__ = "import_batch"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str | None] = mapped_column(String(200))
    accepted: Mapped[int]
    duplicates: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(128))


class ResponseRecord(Record):
    """One respondent's answers. After the insert only its standing may change."""

    __tablename__ = "response"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey("place.id"))
    subject_key: Mapped[str | None] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[datetime]
    observed_on: Mapped[date | None]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_batch.id"))
    weight: Mapped[str | None] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]]
    attributes: Mapped[dict[str, Any]]
    standing: Mapped[str] = mapped_column(String(16))
    case_number: Mapped[str | None] = mapped_column(String(50))
    review_number: Mapped[int] = mapped_column(server_default=text("1"))
    is_named: Mapped[bool] = mapped_column(server_default=false())
    channel: Mapped[str | None] = mapped_column(String(32))
    channel_number: Mapped[str | None] = mapped_column(String(64))
    is_default: Mapped[bool] = mapped_column(server_default=false())
    item_code: Mapped[str | None] = mapped_column(String(64))
    item_name: Mapped[str | None] = mapped_column(String(200))
    window: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        # The names of service items are read from it, without the rows.
        Index(
            "ix_response_survey_id_item_code_item_name",
            "survey_id",
            "item_code",
            "item_name",
            sqlite_where=text("item_code IS NOT NULL"),
            postgresql_where=text("item_code IS NOT NULL"),
        ),
        CheckConstraint("review_number IN (1, 2)", name="review_number"),
        CheckConstraint(
            "standing IN ('counted', 'flagged', 'excluded', 'replaced', 'rehearsal')",
            name="standing",
        ),
    )


class StandingEventRecord(Record):
    """A change of standing: who, why, when."""

    __tablename__ = "standing_event"

    id: Mapped[Key]
    response_id: Mapped[UUID] = mapped_column(index=True)
    before: Mapped[str] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(500))
    happened_at: Mapped[datetime]


class FoldQueueRecord(Record):
    """Responses that no tally has counted yet; inserted with the response itself."""

    __tablename__ = "fold_queue"

    id: Mapped[Key]
    survey_id: Mapped[UUID]

    __table_args__ = (Index("ix_fold_queue_survey_id", "survey_id"),)


class TallyHeadRecord(Record):
    """The row whose lock serialises all counting of one survey."""

    __tablename__ = "tally_head"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    folded_at: Mapped[datetime | None]


class TallyRecord(Record):
    """Integer counts of one cell (see `surveyapp.domain.tallying`)."""

    __tablename__ = "tally"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    standing: Mapped[str] = mapped_column(String(16), primary_key=True)
    cell_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    cell: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]


class DailyTallyRecord(Record):
    """Responses per local day and place: what the console draws over time."""

    __tablename__ = "daily_tally"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    standing: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int]


class ReviewTallyRecord(Record):
    """Reviews of one kind on one local day: what the rates are counted from."""

    __tablename__ = "review_tally"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    cell_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date]
    subject_key: Mapped[str] = mapped_column(String(64))
    item_code: Mapped[str] = mapped_column(String(64))
    window: Mapped[str] = mapped_column(String(64))
    staff_number: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    channel: Mapped[str] = mapped_column(String(32))
    is_imported: Mapped[bool]
    is_named: Mapped[bool]
    is_default: Mapped[bool]
    review_number: Mapped[int]
    standing: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(64))
    n: Mapped[int]

    __table_args__ = (Index("ix_review_tally_survey_id_day", "survey_id", "day"),)


class ReleaseRecord(Record):
    """Figures as published: frozen."""

    __tablename__ = "release"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    number: Mapped[int]
    figures: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    released_by: Mapped[str] = mapped_column(String(128))
    released_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("survey_id", "number"),)


class StaffRecord(Record):
    """An account of the staff face."""

    __tablename__ = "staff"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    full_name: Mapped[str] = mapped_column(String(128))
    password_hash: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(server_default=false())
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class GrantRecord(Record):
    """A role an account holds; the unit role is bound to a unit, others may be to a team."""

    __tablename__ = "grant"

    id: Mapped[Key]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    team: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("staff_id", "role"),
        CheckConstraint("(role = 'unit') = (unit_code IS NOT NULL)", name="unit_role_has_unit"),
        CheckConstraint(
            "team IS NULL OR role IN ('examiner', 'scrutineer')", name="team_watches_ballots"
        ),
    )


class StaffSessionRecord(Record):
    """A sign-in; the browser holds the token, the table only its digest."""

    __tablename__ = "staff_session"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AuditEventRecord(Record):
    """Who changed, read or exported what, and when."""

    __tablename__ = "audit_event"

    id: Mapped[Key]
    happened_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]]
