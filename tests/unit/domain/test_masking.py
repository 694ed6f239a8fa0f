from __future__ import annotations

import pytest

from surveyapp.domain.masking import MASK, masked, neutral


@pytest.mark.parametrize(
    "number",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "+86 138 1234 5678",
        "008613812345678",
        "8613812345678",
        "１３８１２３４５６７８",
        "110101199003074258",
        "11010119900307425X",
        "11010119900307425x",
        "110101 19900307 4258",
        "110101900307425",
    ],
)
def test_numbers_that_name_a_person_are_masked(number: str) -> None:
    assert masked(f"请打{number}找我") == f"请打{MASK}找我"


@pytest.mark.parametrize(
    "text",
    ["等了12345678分钟", "12345678901", "2026年11月21日", "流水号20261121000000123456", "12345"],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


def test_several_numbers_in_one_text_are_masked() -> None:
    assert masked("13812345678、13987654321") == f"{MASK}、{MASK}"


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]
)
def test_formulas_become_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3.25", "0", "65+", "很满意", "", "a=b"])
def test_numbers_and_words_stay(text: str) -> None:
    assert neutral(text) == text
