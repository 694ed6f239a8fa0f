"""A small sum that a browser does before it sends a review, and the other way through: waiting.

The page carries a ticket: when it was made, signed for its submission key. The browser looks for a
number that makes the SHA-256 of ticket and number begin with zeros (hashcash). Whoever has no
script, or a browser that cannot do it, sends the form some seconds after it was opened. Nothing is
stored: a ticket is good for one submission key, and one key is one review.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

ZERO_BITS: Final = 14
"""About 16,000 tries: a second on a telephone."""

WAIT: Final = timedelta(seconds=10)
"""For how long a form without the sum must have been open."""

GOOD_FOR: Final = timedelta(hours=24)
"""As long as a form of a previous revision is taken."""

_TICKET = re.compile(r"([0-9]{1,12})\.[0-9a-f]{32}")
_SOLUTION = re.compile(r"[0-9]{1,12}")


def ticket_of(key: bytes, submission_key: str, now: datetime) -> str:
    """Return the ticket of a page.

    Parameters
    ----------
    key : bytes
        Secret of the survey.
    submission_key : str
        The one the page was made with.
    """
    issued = str(int(now.timestamp()))
    return f"{issued}.{_signature(key, submission_key, issued)}"


def passes(key: bytes, submission_key: str, ticket: str, solution: str, now: datetime) -> bool:
    """Whether the sum is done, or the form was open long enough."""
    read = _TICKET.fullmatch(ticket)
    if read is None:
        return False
    expected = f"{read[1]}.{_signature(key, submission_key, read[1])}"
    if not hmac.compare_digest(ticket, expected):
        return False
    age = timedelta(seconds=now.timestamp() - int(read[1]))
    return age <= GOOD_FOR and (age >= WAIT or is_solved(ticket, solution))


def is_solved(ticket: str, solution: str) -> bool:
    """Whether a number is a solution for a ticket."""
    if not _SOLUTION.fullmatch(solution):
        return False
    digest = hashlib.sha256(f"{ticket}:{solution}".encode()).digest()
    return int.from_bytes(digest) >> (256 - ZERO_BITS) == 0


def solve(ticket: str) -> str:
    """Find the smallest solution, as the script of the page does."""
    number = 0
    while not is_solved(ticket, str(number)):
        number += 1
    return str(number)


def _signature(key: bytes, submission_key: str, issued: str) -> str:
    signing = hmac.digest(key, b"proof of work", "sha256")
    return hmac.digest(signing, f"{submission_key}|{issued}".encode(), "sha256").hex()[:32]
