"""One row for every table, valid at the newest schema, so that migrations are tried on data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

Rows = dict[str, dict[str, Any]]

_AT = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)
_DAY = date(2026, 11, 21)
_SHA256 = "0" * 64


def _id(number: int) -> UUID:
    return UUID(int=number, version=4)


SURVEY, REVISION, PLACE, BATCH, RESPONSE, STAFF = map(_id, range(1, 7))

ROWS: Rows = {
    "setting": {"name": "simulated", "value": "yes"},
    "unit": {"code": "511", "name": "示例县政务服务中心", "category": "窗口", "parent_code": None},
    "survey": {
        "id": SURVEY,
        "key": "hall",
        "kind": "review",
        "status": "open",
        "wrapped_response_key": b"\x00wrapped\xff",
        "current_revision_id": REVISION,
        "opens_at": _AT,
        "closes_at": None,
        "opened_at": _AT,
        "closed_at": None,
        "created_at": _AT,
        "updated_at": _AT,
    },
    "revision": {
        "id": REVISION,
        "survey_id": SURVEY,
        "number": 1,
        "definition": {"key": "hall", "title": {"zh": "好差评", "en": "Review"}},
        "sha256": _SHA256,
        "created_by": STAFF,
        "created_at": _AT,
        "published_at": _AT,
        "superseded_at": None,
    },
    "subject": {
        "survey_id": SURVEY,
        "key": "w1",
        "position": 0,
        "title_zh": "一号窗口",
        "title_en": "Window 1",
        "unit_code": "511",
    },
    "place": {
        "id": PLACE,
        "code": "ABCD1234",
        "survey_id": SURVEY,
        "label": "大厅",
        "created_at": _AT,
        "revoked_at": None,
    },
    "place_assignment": {
        "id": _id(10),
        "place_id": PLACE,
        "subject_key": "w1",
        "assigned_at": _AT,
    },
    "import_batch": {
        "id": BATCH,
        "survey_id": SURVEY,
        "file_name": "电话.csv",
        "file_sha256": _SHA256,
        "source": "12345",
        "accepted": 1,
        "duplicates": 0,
        "imported_at": _AT,
        "imported_by": "command line",
    },
    "response": {
        "id": RESPONSE,
        "survey_id": SURVEY,
        "revision_id": REVISION,
        "place_id": PLACE,
        "subject_key": "w1",
        "mode": "open",
        "received_at": _AT,
        "observed_on": _DAY,
        "batch_id": BATCH,
        "weight": "1.25",
        "answers": {"overall": "satisfied", "comment": "好"},
        "attributes": {"district": "1"},
        "standing": "counted",
    },
    "standing_event": {
        "id": _id(11),
        "response_id": RESPONSE,
        "before": "flagged",
        "after": "counted",
        "actor": "li",
        "reason": "checked",
        "happened_at": _AT,
    },
    "fold_queue": {"id": RESPONSE, "survey_id": SURVEY},
    "tally_head": {"survey_id": SURVEY, "folded_at": _AT},
    "tally": {
        "survey_id": SURVEY,
        "revision_id": REVISION,
        "subject_key": "w1",
        "standing": "counted",
        "cell_sha256": _SHA256,
        "cell": {"district": "1"},
        "counts": {"n": 1},
    },
    "daily_tally": {
        "survey_id": SURVEY,
        "day": _DAY,
        "place_id": str(PLACE),
        "standing": "counted",
        "n": 1,
    },
    "release": {
        "id": _id(12),
        "survey_id": SURVEY,
        "number": 1,
        "figures": {"rows": []},
        "sha256": _SHA256,
        "released_by": "wang",
        "released_at": _AT,
    },
    "staff": {
        "id": STAFF,
        "name": "wang",
        "full_name": "王芳",
        "password_hash": "$argon2id$",
        "must_change_password": True,
        "disabled_at": None,
        "created_at": _AT,
    },
    "grant": {"id": _id(13), "staff_id": STAFF, "role": "unit", "unit_code": "511"},
    "staff_session": {
        "token_sha256": _SHA256,
        "staff_id": STAFF,
        "created_at": _AT,
        "seen_at": _AT,
    },
    "audit_event": {
        "id": _id(14),
        "happened_at": _AT,
        "actor": "wang",
        "action": "survey.publish",
        "target": "hall",
        "detail": {"revision": 1},
    },
}
