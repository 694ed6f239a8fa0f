from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain import codes


def test_a_code_is_the_base32_of_its_bits() -> None:
    # 40 bits: 00001 00010 … as five-bit groups spell 1 2 3 4 5 6 7 8.
    assert codes.encode(bytes.fromhex("08864298e8")) == "12345678"


def test_a_code_is_read_whatever_people_make_of_its_letters() -> None:
    assert codes.normalise("o1il-abcd", 40) == "0111ABCD"
    assert codes.normalise(" 0111 ABCD ", 40) == "0111ABCD"
    assert codes.normalise("０１１１－ＡＢＣＤ", 40) == "0111ABCD"


@pytest.mark.parametrize("typed", ["", "0111ABC", "0111ABCDE", "0111ABCU", "0111ABC!", "零111ABCD"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert codes.normalise(typed, 40) is None


@given(st.binary(min_size=10, max_size=10))
def test_every_code_survives_printing_and_typing(data: bytes) -> None:
    code = codes.encode(data)
    assert codes.normalise(codes.grouped(code).lower(), 80) == code


def test_a_new_code_has_the_bits_asked_for() -> None:
    assert codes.new_code(40, lambda n: b"\xff" * n) == "ZZZZZZZZ"


def test_padding_is_never_needed() -> None:
    with pytest.raises(ValueError, match="five bytes"):
        codes.encode(b"1234")
