"""How figures of snapshots are made, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text
from surveyapp.services.results.report_json import both

METHODS: Final[Mapping[str, Message]] = {
    "calibrated": message("weighted to the population"),
    "base": message("weights of the data"),
    "equal": message("every answer counts the same"),
    "counts": message("counts of reviews"),
    "classes": message("class means by declared weights"),
    "combined": message("parts by fixed weights"),
    "relevance": message("knowledge × relation × class"),
    "incomplete": message("incomplete"),
}
"""By the method of a figure."""


def both_of(said: Text | Message) -> Text:
    """Return a sentence in both languages, as it is frozen."""
    written = both(said)
    return Text(written["zh"], written["en"])
