"""Sentences for people, kept apart from their language until the last moment.

A rule that refuses something does not know whether a citizen or a clerk, in Chinese or in English,
will read the sentence. It makes a `Message`; pages, the command line and print sheets translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """An English template with ``%(name)s`` places, and what stands in them.

    The template is the key of the translation catalogue; a value may be a `Message` itself.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the English sentence: for logs and tests, never for a page."""
        return self.template % self.values if self.values else self.template


def message(template: str, /, **values: Any) -> Message:
    """Make a `Message`; the extractor of the translation catalogue knows this name."""
    return Message(template, values)
