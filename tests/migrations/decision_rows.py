"""One row of what a meeting decided."""

from __future__ import annotations

from tests.migrations.scheme_rows import RUN, SCHEME
from tests.migrations.values import AT, DAY, STAFF, Rows, an_id

DECISION_ROWS: Rows = {
    "decision": {
        "id": an_id(73),
        "run_id": RUN,
        "scheme_id": SCHEME,
        "period": "2026Q1",
        "unit_code": "511",
        "number": 1,
        "suggested": 1,
        "grade": 0,
        "reason": "承担全省试点任务",
        "authority": "县委考核委员会",
        "met_on": DAY,
        "minutes": "〔2026〕7号",
        "entered_by": "wang",
        "staff_id": STAFF,
        "entered_at": AT,
    },
}
