"""What the rows for migrations have in common."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

Rows = dict[str, dict[str, Any]]

AT = datetime(2026, 11, 21, 8, 30, 15, 123456, tzinfo=UTC)
DAY = date(2026, 11, 21)
NEXT_DAY = date(2026, 11, 22)
SHA256 = "0" * 64


def an_id(number: int) -> UUID:
    """Make an identifier."""
    return UUID(int=number, version=4)


SURVEY, REVISION, PLACE, BATCH, RESPONSE, STAFF = map(an_id, range(1, 7))
CASE = an_id(27)
ITEM = an_id(70)
