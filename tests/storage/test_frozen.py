"""Decisions and the steps of matters stay as they were entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import Origin
from surveyapp.storage.database import Work
from surveyapp.storage.decision_records import DecisionRecord
from surveyapp.storage.frozen import Frozen
from surveyapp.storage.rectification_records import ItemEventRecord
from tests.builders import Clock, services_on
from tests.support.assessed import EDITOR, REVIEWER, an_assessment


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance", Clock())
    run = an_assessment(made)
    meeting = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")
    made.deciding.enter(REVIEWER, run.id, meeting, {"east": Choice(0, "")})
    due_on = made.rectifying.today() + timedelta(days=9)
    new = NewItem("等候时间长", "48 分钟", "west", "", "马局长", "20 分钟", due_on)
    made.rectifying.open(EDITOR, new, Origin(ItemSource.SHEET))
    yield made
    made.database.dispose()


@pytest.mark.parametrize("record", [DecisionRecord, ItemEventRecord])
def test_what_was_entered_is_neither_changed_nor_deleted(services: Services, record: Any) -> None:
    for change in (_change, _delete):
        with pytest.raises(Frozen, match=record.__tablename__), services.database.writing() as work:
            change(work, record)


def _change(work: Work, record: Any) -> None:
    work.session.scalars(select(record)).one().staff_id = None


def _delete(work: Work, record: Any) -> None:
    work.session.delete(work.session.scalars(select(record)).one())
