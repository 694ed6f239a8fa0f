"""One row for every table of matters being put right."""

from __future__ import annotations

from tests.migrations.values import AT, DAY, ITEM, NEXT_DAY, SHA256, STAFF, Rows, an_id

RECTIFICATION_ROWS: Rows = {
    "rectification_item": {
        "id": ITEM,
        "number": "ZG2026-ABCDEFGH",
        "source": "indicator",
        "scheme_key": "counties-2026",
        "period": "2026Q3",
        "indicator_key": "waiting",
        "case_number": "2026-ABCDEFGH",
        "title": "窗口等候时间长",
        "problem": "平均等候 48 分钟",
        "unit_code": "511",
        "responsible_unit": "511",
        "responsible_person": "李明",
        "goal": "降到 20 分钟以内",
        "state": "closed",
        "round": 1,
        "extended": False,
        "clock_since": DAY,
        "due_on": NEXT_DAY,
        "answered_on": DAY,
        "in_time": True,
        "opened_on": DAY,
        "closed_on": DAY,
        "events": 1,
        "wake_on": NEXT_DAY,
    },
    "rectification_event": {
        "id": an_id(71),
        "item_id": ITEM,
        "position": 1,
        "step": "open",
        "actor": "wang",
        "staff_id": STAFF,
        "happened_at": AT,
        "detail": {"due_on": "2026-11-22"},
    },
    "rectification_file": {
        "id": an_id(72),
        "item_id": ITEM,
        "position": 1,
        "file_name": "佐证.pdf",
        "media_type": "application/pdf",
        "sha256": SHA256,
        "content": b"%PDF-1.7",
    },
}
