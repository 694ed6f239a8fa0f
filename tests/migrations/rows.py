"""One row for every table, valid at the newest schema, so that migrations are tried on data."""

from __future__ import annotations

from tests.migrations.ballot_rows import BALLOT_ROWS
from tests.migrations.case_rows import CASE_ROWS
from tests.migrations.decision_rows import DECISION_ROWS
from tests.migrations.evaluation_rows import EVALUATION_ROWS
from tests.migrations.indicator_rows import INDICATOR_ROWS
from tests.migrations.objective_rows import OBJECTIVE_ROWS
from tests.migrations.rectification_rows import RECTIFICATION_ROWS
from tests.migrations.scheme_rows import SCHEME_ROWS
from tests.migrations.values import (
    AT,
    BATCH,
    DAY,
    PLACE,
    RESPONSE,
    REVISION,
    SHA256,
    STAFF,
    SURVEY,
    Rows,
    an_id,
)

_OTHERS: Rows = {
    "setting": {"name": "simulated", "value": "yes"},
    "unit": {"code": "511", "name": "示例县政务服务中心", "category": "窗口", "parent_code": None},
    "survey": {
        "id": SURVEY,
        "key": "hall",
        "kind": "review",
        "status": "open",
        "wrapped_response_key": b"\x00wrapped\xff",
        "current_revision_id": REVISION,
        "opens_at": AT,
        "closes_at": None,
        "opened_at": AT,
        "closed_at": None,
        "created_at": AT,
        "updated_at": AT,
    },
    "revision": {
        "id": REVISION,
        "survey_id": SURVEY,
        "number": 1,
        "definition": {"key": "hall", "title": {"zh": "好差评", "en": "Review"}},
        "sha256": SHA256,
        "created_by": STAFF,
        "created_at": AT,
        "published_at": AT,
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
        "hall": "一楼大厅",
        "window": "3",
        "rates": "person",
        "created_at": AT,
        "revoked_at": None,
    },
    "place_assignment": {
        "id": an_id(10),
        "place_id": PLACE,
        "subject_key": "w1",
        "hall": "一楼大厅",
        "window": "3",
        "assigned_at": AT,
        "assigned_by": "li",
    },
    "import_batch": {
        "id": BATCH,
        "survey_id": SURVEY,
        "file_name": "电话.csv",
        "file_sha256": SHA256,
        "source": "12345",
        "accepted": 1,
        "duplicates": 0,
        "imported_at": AT,
        "imported_by": "command line",
    },
    "response": {
        "id": RESPONSE,
        "survey_id": SURVEY,
        "revision_id": REVISION,
        "place_id": PLACE,
        "subject_key": "w1",
        "mode": "open",
        "received_at": AT,
        "observed_on": DAY,
        "batch_id": BATCH,
        "weight": "1.25",
        "answers": {"overall": "satisfied", "comment": "好"},
        "attributes": {"district": "1"},
        "standing": "counted",
        "case_number": "511000-2026-000017",
        "review_number": 2,
        "is_named": True,
        "channel": "hotline",
        "channel_number": "12345-0001",
        "is_default": False,
        "item_code": "0101",
        "item_name": "食品经营许可",
        "window": "3",
    },
    "standing_event": {
        "id": an_id(11),
        "response_id": RESPONSE,
        "before": "flagged",
        "after": "counted",
        "actor": "li",
        "reason": "checked",
        "happened_at": AT,
    },
    "fold_queue": {"id": RESPONSE, "survey_id": SURVEY},
    "tally_head": {"survey_id": SURVEY, "folded_at": AT},
    "tally": {
        "survey_id": SURVEY,
        "revision_id": REVISION,
        "subject_key": "w1",
        "standing": "counted",
        "cell_sha256": SHA256,
        "cell": {"district": "1"},
        "counts": {"n": 1},
    },
    "daily_tally": {
        "survey_id": SURVEY,
        "day": DAY,
        "place_id": str(PLACE),
        "standing": "counted",
        "n": 1,
    },
    "release": {
        "id": an_id(12),
        "survey_id": SURVEY,
        "number": 1,
        "figures": {"rows": []},
        "sha256": SHA256,
        "released_by": "wang",
        "released_at": AT,
    },
    "staff": {
        "id": STAFF,
        "name": "wang",
        "full_name": "王芳",
        "password_hash": "$argon2id$",
        "must_change_password": True,
        "disabled_at": None,
        "created_at": AT,
    },
    "grant": {
        "id": an_id(13),
        "staff_id": STAFF,
        "role": "unit",
        "unit_code": "511",
        "team": None,
    },
    "staff_session": {
        "token_sha256": SHA256,
        "staff_id": STAFF,
        "created_at": AT,
        "seen_at": AT,
    },
    "audit_event": {
        "id": an_id(14),
        "happened_at": AT,
        "actor": "wang",
        "action": "survey.publish",
        "target": "hall",
        "detail": {"revision": 1},
    },
    "margin_set": {
        "id": an_id(60),
        "survey_id": SURVEY,
        "number": 1,
        "wave": "2026",
        "source": "第七次全国人口普查公报",
        "file_name": "人口.csv",
        "file_sha256": SHA256,
        "margins": {"measure": "share", "variables": []},
        "set_by": "wang",
        "set_at": AT,
        "replaces": None,
    },
}

ROWS: Rows = (
    _OTHERS
    | CASE_ROWS
    | BALLOT_ROWS
    | EVALUATION_ROWS
    | INDICATOR_ROWS
    | OBJECTIVE_ROWS
    | RECTIFICATION_ROWS
    | DECISION_ROWS
    | SCHEME_ROWS
)
