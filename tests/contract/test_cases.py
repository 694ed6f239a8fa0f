"""surveyapp cases tick."""

from __future__ import annotations

import json

from tests.builders import Clock, a_place, services_on, submit
from tests.contract.conftest import REVIEW, Operator

NO_SLIPS = {"white": 0, "blue": 0, "yellow": 0, "red": 0}
NOTHING = {
    "opened": 0,
    "slips": NO_SLIPS,
    "closed": 0,
    "recomputed": 0,
    "contacts_deleted": 0,
    "notices": {"queued": 0, "sent": 0, "failed": 0},
    "reviews_flagged": 0,
    "traces_deleted": 0,
}


def rate_badly(operator: Operator) -> None:
    """One bad review on Monday, 23 November 2026."""
    url = operator.environ["SURVEYAPP_DATABASE_URL"]
    assert url is not None
    services = services_on(url, operator.folder, Clock())
    submit(services, a_place(services, "hall"), overall="dissatisfied")
    services.database.dispose()


def test_a_tick_does_what_is_due_as_of_a_day_and_only_once(operator: Operator) -> None:
    operator.opens(REVIEW)
    file = operator.folder / "notices.jsonl"
    operator.environ["SURVEYAPP_NOTICE_FILE"] = str(file)
    rate_badly(operator)
    assert operator.gets("cases", "tick", "--as-of", "2026-11-22") == NOTHING
    first = operator.gets("cases", "tick", "--as-of", "2026-11-23")
    assert first == NOTHING | {
        "opened": 1,
        "slips": NO_SLIPS | {"white": 1},
        "notices": {"queued": 1, "sent": 0, "failed": 0},
    }
    assert operator.gets("cases", "tick", "--as-of", "2026-11-23") == NOTHING
    # Whoever reads that a case was opened knows when an anonymous review was given.
    second = operator.gets("cases", "tick", "--as-of", "2026-11-24")
    assert second == NOTHING | {
        "slips": NO_SLIPS | {"blue": 1},
        "notices": {"queued": 1, "sent": 2, "failed": 0},
    }
    said = operator.does("cases", "tick", "--as-of", "2026-12-10")
    assert said.splitlines() == [
        "Cases opened: 0. Anonymous cases closed: 0. Deadlines recomputed: 0."
        " Telephone numbers deleted: 0.",
        "Slips issued, Yellow warning: 1.",
        "Slips issued, Red supervision: 1.",
        "Notices sent: 2; tried in vain, to be tried again: 0.",
    ]
    topics = [json.loads(line)["topic"] for line in file.read_text().splitlines()]
    assert topics == ["case.opened", "case.blue", "case.yellow", "case.red"]
    assert operator.does("cases", "tick", "--as-of", "2026-12-10").count("\n") == 1


def test_without_a_day_it_is_now(sqlite_operator: Operator) -> None:
    sqlite_operator.opens(REVIEW)
    assert sqlite_operator.gets("cases", "tick") == NOTHING


def test_a_day_that_is_none_is_wrong_usage(sqlite_operator: Operator) -> None:
    assert sqlite_operator.run("cases", "tick", "--as-of", "soon").exit_code == 2
