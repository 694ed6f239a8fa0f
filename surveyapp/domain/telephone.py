"""Telephone numbers as people type them."""

from __future__ import annotations

import re
import unicodedata

MOST_TYPED = 40

_SEPARATORS = re.compile(r"[\s\-—–.()]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_FOREIGN = re.compile(r"\+(?!86)[1-9]\d{6,14}")


def normalise(typed: str) -> str | None:
    """Return the number somebody meant, digits only, or None where it cannot be called.

    A mobile number, a landline with its area code, or a number abroad with its country code;
    full-width digits, spaces, hyphens and the country code of China do not matter.
    """
    if len(typed) > MOST_TYPED:
        return None
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    if _FOREIGN.fullmatch(number):
        return number
    national = re.sub(r"^(?:\+|00)86(?=0|1[3-9])", "", number)
    if _MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national):
        return national
    return None
