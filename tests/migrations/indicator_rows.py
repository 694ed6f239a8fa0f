"""One row for every table of indicators and snapshots."""

from __future__ import annotations

from tests.migrations.values import AT, SHA256, Rows, an_id

INDICATOR_ROWS: Rows = {
    "indicator": {
        "id": an_id(80),
        "key": "public-satisfaction",
        "version": 1,
        "title": {"zh": "公众满意度", "en": "Public satisfaction"},
        "document": {"key": "public-satisfaction", "parts": []},
        "sha256": SHA256,
        "created_by": "wang",
        "created_at": AT,
    },
    "snapshot": {
        "id": an_id(81),
        "source_kind": "indicator",
        "source_key": "public-satisfaction",
        "period": "2026Q1",
        "number": 1,
        "supersedes_id": None,
        "indicator_id": an_id(80),
        "values": {"values": [{"figure": "value", "value": 82.25}]},
        "values_sha256": SHA256,
        "input_blob": b"\x78\x9c",
        "input_sha256": SHA256,
        "seed": 2**62,
        "made_by": "wang",
        "made_at": AT,
    },
}
