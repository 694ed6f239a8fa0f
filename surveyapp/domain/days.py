"""Days as files write them."""

from __future__ import annotations

import re
from datetime import date

from surveyapp.domain.messages import Message, message

_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_WITH_TIME = re.compile(
    r"(?P<day>\d{8}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?)"
    r"(?:[T ]?\d{1,2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


def read_day(text: str, today: date) -> tuple[date | None, Message | None]:
    """Return the day a cell names, with or without a time of day, or what is wrong with it.

    The time is read past: what is kept of a recorded review is its day, as it was written down.

    Parameters
    ----------
    text : str
        ``2026-11-21``, ``2026/11/21 10:15``, ``20261121T101500``; empty gives neither.
    today : date
        No later day is taken.
    """
    if not text:
        return None, None
    whole = _WITH_TIME.fullmatch(text)
    parts = _DAY.fullmatch(whole["day"]) if whole else None
    try:
        day = date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        day = None
    if day is None:
        return None, message("“%(text)s” is not a date such as 2026-11-21.", text=text[:40])
    if day > today:
        return None, message("“%(text)s” lies in the future.", text=text[:40])
    return day, None
