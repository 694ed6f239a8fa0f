"""Make the tables of reviews and cases.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("entered_by", sa.String(length=128), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("dedupe", sa.String(length=128), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_dedupe")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_sent_at", ["sent_at"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("unit_code", sa.String(length=64), nullable=True),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("has_contact", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_before_appeal", sa.String(length=16), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responsible_unit", sa.String(length=64), nullable=True),
        sa.Column("responsible_person", sa.String(length=128), nullable=True),
        sa.Column("goal", sa.String(length=1000), nullable=True),
        sa.Column("remedy", sa.String(length=16), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_is_provisional", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("extended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("call_back", sa.String(length=16), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("rectified_in_time", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'excluded')) = (closed_on IS NOT NULL)", name=op.f("ck_case_end")
        ),
        sa.CheckConstraint(
            "call_back IS NULL OR call_back IN ('satisfied', 'unsatisfied', 'unreachable')",
            name=op.f("ck_case_call_back"),
        ),
        sa.CheckConstraint(
            "remedy IS NULL OR remedy IN ('at_once', 'by_deadline', 'explanation')",
            name=op.f("ck_case_remedy"),
        ),
        sa.CheckConstraint(
            "state <> 'rectifying' OR (responsible_unit IS NOT NULL AND responsible_person IS NOT"
            " NULL AND due_on IS NOT NULL AND goal IS NOT NULL)",
            name=op.f("ck_case_rectifying_has_whom_when_what"),
        ),
        sa.CheckConstraint(
            "state IN ('to_verify', 'assessing', 'rectifying', 'answered', 'called_back',"
            " 'appealed', 'ruling', 'closed', 'excluded')",
            name=op.f("ck_case_state"),
        ),
        sa.ForeignKeyConstraint(
            ["responsible_unit"], ["unit.code"], name=op.f("fk_case_responsible_unit")
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_case_survey_id")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_case_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
        sa.UniqueConstraint("response_id", name=op.f("uq_case_response_id")),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_due_on"), ["due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_survey_id"), ["survey_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "contact",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("delete_after", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_contact_survey_id")),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_delete_after"), ["delete_after"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=True),
        sa.Column("case_number", sa.String(length=50), nullable=True),
        sa.Column("item_code", sa.String(length=64), nullable=True),
        sa.Column("item_name", sa.String(length=200), nullable=True),
        sa.Column("window", sa.String(length=64), nullable=True),
        sa.Column("staff_number", sa.String(length=64), nullable=True),
        sa.Column(
            "attributes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("base_weight", sa.String(length=40), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("used BETWEEN 0 AND 2", name=op.f("ck_invitation_used")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_invitation_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "survey_id", "case_number", name=op.f("uq_invitation_survey_id_case_number")
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "review_trace",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_review_trace_survey_id")
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_review_trace")),
    )
    with op.batch_alter_table("review_trace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_trace_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_trace_survey_id"), ["survey_id"], unique=False)

    op.create_table(
        "reviewed_case",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("case_number", sa.String(length=50), nullable=False),
        sa.Column("review_number", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("review_number IN (1, 2)", name=op.f("ck_reviewed_case_review_number")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_reviewed_case_survey_id")
        ),
        sa.PrimaryKeyConstraint(
            "survey_id", "case_number", "review_number", name=op.f("pk_reviewed_case")
        ),
    )
    op.create_table(
        "service_volume",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(length=64), nullable=False),
        sa.Column("window", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_service_volume_n")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_service_volume_survey_id")
        ),
        sa.PrimaryKeyConstraint(
            "survey_id", "day", "subject_key", "item_code", "window", name=op.f("pk_service_volume")
        ),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_attachment_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        sa.UniqueConstraint("case_id", "position", name=op.f("uq_case_event_case_id_position")),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("staff_number", sa.String(length=64), nullable=False),
        sa.Column("staff_name", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_ends_after_start")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_duty_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint(
            "place_id",
            "staff_number",
            "starts_at",
            name=op.f("uq_duty_place_id_staff_number_starts_at"),
        ),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_place_id"), ["place_id"], unique=False)

    op.create_table(
        "funnel_count",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "step IN ('opened', 'started', 'submitted')", name=op.f("ck_funnel_count_step")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_funnel_count_place_id")),
        sa.PrimaryKeyConstraint("place_id", "day", "step", name=op.f("pk_funnel_count")),
    )
    op.create_table(
        "slip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("colour", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.String(length=128), nullable=True),
        sa.Column("received_by", sa.String(length=128), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conclusion", sa.String(length=16), nullable=True),
        sa.Column("verified_by", sa.String(length=128), nullable=True),
        sa.Column(
            "detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "colour IN ('white', 'blue', 'yellow', 'red')", name=op.f("ck_slip_colour")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_slip_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint(
            "case_id", "colour", "round", name=op.f("uq_slip_case_id_colour_round")
        ),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_slip_year_serial")),
    )
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_case_id"), ["case_id"], unique=False)

    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hall", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("window", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("rates", sa.String(length=16), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_place_rates"),
            "rates IS NULL OR rates IN ('case', 'item', 'person', 'hall')",
        )

    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_number", sa.String(length=50), nullable=True))
        batch_op.add_column(
            sa.Column("review_number", sa.Integer(), server_default=sa.text("1"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("is_named", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("channel", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("channel_number", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_response_review_number"), "review_number IN (1, 2)"
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_response_review_number"), type_="check")
        batch_op.drop_column("is_default")
        batch_op.drop_column("channel_number")
        batch_op.drop_column("channel")
        batch_op.drop_column("is_named")
        batch_op.drop_column("review_number")
        batch_op.drop_column("case_number")

    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_place_rates"), type_="check")
        batch_op.drop_column("rates")
        batch_op.drop_column("window")
        batch_op.drop_column("hall")

    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_case_id"))

    op.drop_table("slip")
    op.drop_table("funnel_count")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_place_id"))

    op.drop_table("duty")
    op.drop_table("case_event")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_case_id"))

    op.drop_table("attachment")
    op.drop_table("service_volume")
    op.drop_table("reviewed_case")
    with op.batch_alter_table("review_trace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_trace_survey_id"))
        batch_op.drop_index(batch_op.f("ix_review_trace_day"))

    op.drop_table("review_trace")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_survey_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_survey_id"))
        batch_op.drop_index(batch_op.f("ix_contact_delete_after"))

    op.drop_table("contact")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_unit_code"))
        batch_op.drop_index(batch_op.f("ix_case_survey_id"))
        batch_op.drop_index(batch_op.f("ix_case_state"))
        batch_op.drop_index(batch_op.f("ix_case_due_on"))

    op.drop_table("case")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_sent_at")

    op.drop_table("outbox")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("api_token")
