"""Sentences and dates in the product's two languages, for pages, print sheets and the command line.

The catalogues are gettext files; their keys are the English sentences.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from surveyapp.domain.messages import Message
from surveyapp.domain.text import Language, Text

TRANSLATIONS = Path(__file__).parent / "translations"
LOCALES: Mapping[Language, str] = {"zh": "zh_Hans_CN", "en": "en"}
_DAY_FORMATS: Mapping[Language, str] = {"zh": "y年M月d日", "en": "d MMMM y"}


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Return the catalogue of a language; where none is compiled, sentences stay English."""
    return gettext.translation("messages", TRANSLATIONS, [LOCALES[language]], fallback=True)


def translate(message: Message, language: Language) -> str:
    """Say a message in a language.

    Parameters
    ----------
    message : Message
        Its values may be messages, texts and dates; they are said in the same language.
    """
    sentence = catalogue(language).gettext(message.template) if message.template else ""
    if not message.values:
        return sentence
    return sentence % {name: _said(value, language) for name, value in message.values.items()}


def day(value: date, language: Language) -> str:
    """Write a day as people read it: 2026年11月21日, 21 November 2026."""
    return format_date(value, _DAY_FORMATS[language], locale=LOCALES[language])


def _said(value: Any, language: Language) -> Any:
    match value:
        case Message():
            return translate(value, language)
        case Text():
            return value.in_language(language)
        case date():
            return day(value, language)
        case _:
            return value
