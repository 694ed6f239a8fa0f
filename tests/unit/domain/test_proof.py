"""The small sum before sending, and waiting instead."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from surveyapp.domain.proof import GOOD_FOR, WAIT, is_solved, passes, solve, ticket_of

KEY, FORM = b"k" * 32, "0b0e7a3c-9a7e-4c8f-8f3e-4a4c5d6e7f80"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TICKET = ticket_of(KEY, FORM, NOW)


def test_the_sum_begins_with_fourteen_zeros() -> None:
    number = solve(TICKET)
    digest = hashlib.sha256(f"{TICKET}:{number}".encode()).digest()
    assert f"{int.from_bytes(digest):0256b}".startswith("0" * 14)
    assert passes(KEY, FORM, TICKET, number, NOW)
    assert not any(is_solved(TICKET, str(other)) for other in range(int(number)))


def test_waiting_is_as_good_and_neither_is_good_for_ever() -> None:
    assert not passes(KEY, FORM, TICKET, "", NOW + WAIT - timedelta(seconds=1))
    assert passes(KEY, FORM, TICKET, "", NOW + WAIT)
    assert passes(KEY, FORM, TICKET, "", NOW + GOOD_FOR)
    assert not passes(KEY, FORM, TICKET, solve(TICKET), NOW + GOOD_FOR + timedelta(seconds=1))


@pytest.mark.parametrize("solution", ["", "x", "-1", "1e3", " 1", "9" * 13, "１２"])
def test_what_is_no_number_is_no_solution(solution: str) -> None:
    assert not is_solved(TICKET, solution)
    assert not passes(KEY, FORM, TICKET, solution, NOW)


def test_a_ticket_belongs_to_one_form_of_one_survey() -> None:
    number = solve(TICKET)
    other = "11111111-9a7e-4c8f-8f3e-4a4c5d6e7f80"
    assert not passes(KEY, other, TICKET, number, NOW)
    assert not passes(b"x" * 32, FORM, TICKET, number, NOW)
    older = f"{int(NOW.timestamp()) - 60}.{TICKET.split('.')[1]}"
    for forged in ("", "x", older, TICKET + "0", TICKET.split(".")[0]):
        assert not passes(KEY, FORM, forged, number, NOW + WAIT)
