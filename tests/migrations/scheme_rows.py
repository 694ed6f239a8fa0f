"""One row for every table of schemes and scores."""

from __future__ import annotations

from tests.migrations.values import AT, SHA256, STAFF, Rows, an_id

SCHEME, VERSION, RUN = an_id(110), an_id(111), an_id(112)

SCHEME_ROWS: Rows = {
    "scheme": {
        "id": SCHEME,
        "key": "county-2026",
        "year": 2026,
        "category": "重点开发区",
        "current_version_id": VERSION,
        "created_at": AT,
        "updated_at": AT,
    },
    "scheme_version": {
        "id": VERSION,
        "scheme_id": SCHEME,
        "number": 1,
        "document": {"key": "county-2026", "title": {"zh": "考核方案", "en": "Scheme"}},
        "sha256": SHA256,
        "created_by": "wang",
        "created_staff_id": STAFF,
        "created_at": AT,
        "published_by": "li",
        "published_staff_id": an_id(7),
        "published_at": AT,
    },
    "score_run": {
        "id": RUN,
        "scheme_id": SCHEME,
        "scheme_version_id": VERSION,
        "period": "2026Q1",
        "number": 1,
        "input": b"\x00packed\xff",
        "input_sha256": SHA256,
        "result": {"units": []},
        "result_sha256": SHA256,
        "seed": 9_007_199_254_740_993,
        "made_by": "wang",
        "made_staff_id": STAFF,
        "made_at": AT,
    },
    "score_release": {
        "run_id": RUN,
        "released_by": "li",
        "released_staff_id": an_id(7),
        "released_at": AT,
    },
}
