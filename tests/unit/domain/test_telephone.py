from __future__ import annotations

import pytest

from surveyapp.domain.telephone import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("13812345678", "13812345678"),
        (" 138 1234-5678 ", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("(0571) 8765 4321", "057187654321"),
        ("010—8765 4321", "01087654321"),
        ("+44 20 7946 0000", "+442079460000"),
    ],
)
def test_what_people_type_becomes_one_number(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "110", "12345678901", "1381234567", "138123456789", "张三", "1" * 41, "+86 110"]
)
def test_what_cannot_be_called_is_none(typed: str) -> None:
    assert normalise(typed) is None
