"""Sentences and dates in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.language import day, translate


@pytest.mark.parametrize(
    ("language", "written"), [("zh", "2026年11月1日"), ("en", "1 November 2026")]
)
def test_days_are_written_as_people_read_them(language: Language, written: str) -> None:
    assert day(date(2026, 11, 1), language) == written


def test_values_are_said_in_the_language_of_the_sentence() -> None:
    inner = message("Please fill this in.")
    # Not a sentence of the product: it stays as it is, its values do not.
    outer = Message(
        "%(text)s|%(day)s|%(n)s|%(inner)s",
        {"text": Text("甲", "A"), "day": date(2026, 11, 21), "n": 3, "inner": inner},
    )
    assert translate(outer, "en") == "A|21 November 2026|3|Please fill this in."
    assert translate(outer, "zh").startswith("甲|2026年11月21日|3|")


def test_no_sentence_is_no_sentence() -> None:
    """An empty key would find the head of a catalogue."""
    assert translate(Message(""), "zh") == ""
    assert translate(message("100 % of %(n)s"), "en") == "100 % of %(n)s"
