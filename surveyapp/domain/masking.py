"""What leaves the system: free text without numbers that name a person, cells without formulas."""

from __future__ import annotations

import re

MASK = "【已隐去】"

# Full-width digits too: people type them on phones. Separators as they are commonly written.
_DIGIT = "[0-9０-９]"
_NOT_AFTER = rf"(?<!{_DIGIT})"
_NOT_BEFORE = rf"(?!{_DIGIT})"
_GAP = r"[ \-－—·.]?"
_IDENTITY = rf"{_NOT_AFTER}(?:{_DIGIT}{_GAP}){{17}}[0-9０-９XxＸｘ]{_NOT_BEFORE}"
_OLD_IDENTITY = rf"{_NOT_AFTER}{_DIGIT}{{15}}{_NOT_BEFORE}"
_PHONE = (
    rf"{_NOT_AFTER}(?:(?:[+＋]|00)?(?:86|８６){_GAP})?"
    rf"[1１][3-9３-９]{_GAP}(?:{_DIGIT}{_GAP}){{8}}{_DIGIT}{_NOT_BEFORE}"
)
_PERSONAL = re.compile("|".join((_IDENTITY, _OLD_IDENTITY, _PHONE)))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def masked(text: str) -> str:
    """Return free text with mobile numbers and identity numbers (15 or 18 digits) taken out."""
    return _PERSONAL.sub(MASK, text)


def neutral(text: str) -> str:
    """Return text that no spreadsheet runs as a formula; plain numbers stay as they are."""
    if text.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
