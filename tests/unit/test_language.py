"""Messages and days are said in either language, whatever stands inside them."""

from __future__ import annotations

from datetime import date

import pytest

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.language import day, translate


@pytest.mark.parametrize(
    ("language", "written"), [("zh", "2026年1月5日"), ("en", "5 January 2026")]
)
def test_days_are_written_as_people_read_them(language: Language, written: str) -> None:
    assert day(date(2026, 1, 5), language) == written


def test_a_message_without_values_is_only_translated() -> None:
    assert translate(message("There is no survey yet."), "zh") == "还没有问卷。"
    assert translate(message("There is no survey yet."), "en") == "There is no survey yet."
    assert translate(message(""), "zh") == ""


def test_values_are_said_in_the_same_language() -> None:
    whole = Message(
        "%(inner)s %(text)s %(day)s %(n)s",
        {
            "inner": message("There is no survey “%(key)s”.", key="hall"),
            "text": Text("大厅", "Hall"),
            "day": date(2026, 11, 21),
            "n": 3,
        },
    )
    assert translate(whole, "zh") == "没有问卷“hall”。 大厅 2026年11月21日 3"
    assert translate(whole, "en") == "There is no survey “hall”. Hall 21 November 2026 3"
