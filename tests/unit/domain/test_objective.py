"""Numbers as people write them, and who is the second person."""

from __future__ import annotations

from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain.errors import BadInput, NotAllowed
from surveyapp.domain.objective import read_number, write_number
from surveyapp.domain.reporting import Person, require_second
from surveyapp.domain.roles import Actor


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("6.50", "6.5"),
        (" 1,234,567.80 ", "1234567.8"),
        ("-0.0", "0"),
        ("+3", "3"),
        ("１２．５", "12.5"),
        ("100", "100"),
        ("1e-05", "0.00001"),
        ("0.30000000000000004", "0.30000000000000004"),
    ],
)
def test_a_number_is_kept_exactly(typed: str, kept: str) -> None:
    number = read_number(typed)
    assert write_number(number) == kept
    assert Fraction(kept) == Fraction(number)


@pytest.mark.parametrize(
    "typed",
    ["", "85%", "约85", "1,23", "12,34,567", "nan", "inf", "1e5", "1" * 16, "0x10", "1.2.3"],
)
def test_what_could_mean_two_things_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="is no value"):
        read_number(typed)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12,
                   places=6))  # fmt: skip
def test_writing_and_reading_lose_nothing(number: object) -> None:
    assert read_number(write_number(number)) == number  # type: ignore[arg-type]  # decimals


def test_the_second_person_is_another_account_or_another_name() -> None:
    first = uuid4()
    same_account = Person(Actor("li", first))
    with pytest.raises(NotAllowed):
        require_second(same_account, "renamed", first, [])
    # The same name on another account is somebody else, unless one of them has no account.
    require_second(Person(Actor("li", uuid4())), "li", first, ["west", None])
    with pytest.raises(NotAllowed):
        require_second(Person(Actor("li")), "li", first, [])
    with pytest.raises(NotAllowed, match="own unit"):
        require_second(Person(Actor("li"), units=frozenset({"west"})), "wang", None, ["west"])
