"""One row for every table of evaluations."""

from __future__ import annotations

from tests.migrations.values import AT, SHA256, STAFF, SURVEY, Rows, an_id

EVALUATION_ROWS: Rows = {
    "evaluation": {
        "id": an_id(65),
        "key": "year-2026",
        "title": {"zh": "2026年度考核测评", "en": "Evaluation of 2026"},
        "template": {"key": "year-2026", "kind": "ballot"},
        "sha256": SHA256,
        "created_at": AT,
        "created_by": STAFF,
    },
    "meeting": {
        "survey_id": SURVEY,
        "evaluation_id": an_id(65),
        "position": 1,
        "unit_name": "示例县民政局",
        "unit_code": "511",
        "team": "第一考核组",
        "takes_place_at": AT,
        "place_name": "三楼会议室",
    },
}
