"""What departments report for an assessment: values, and occurrences that add or take points.

A value is a decimal number, kept exactly as it was written. It counts once a second person has
verified it (填报 → 核实); of several versions at most one counts. An occurrence (加减分、一票否决)
names the document it follows from and counts under the same rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final
from uuid import UUID

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.text import Text

NOTE_LENGTH: Final = 1000
SOURCE_LENGTH: Final = 200
DOCUMENT_LENGTH: Final = 500
OBJECTION_LENGTH: Final = 2000
MOST_OCCURRENCES: Final = 1000

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,30})?", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d{1,20})?E-\d{1,2}", re.ASCII)


class ValueStatus(StrEnum):
    """How far a value has come; only a verified one counts."""

    REPORTED = "reported"
    VERIFIED = "verified"
    RETURNED = "returned"
    REPLACED = "replaced"
    OVERTURNED = "overturned"


class EntryStatus(StrEnum):
    """How far an occurrence has come; only a verified one counts."""

    ENTERED = "entered"
    VERIFIED = "verified"
    RETURNED = "returned"
    OVERTURNED = "overturned"


class EntryKind(StrEnum):
    """What follows from an occurrence: points, or an override of the grade."""

    POINTS = "points"
    OVERRIDE = "override"


class Ruling(StrEnum):
    """How an objection ended."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


VALUE_STATUS_NAMES: Mapping[ValueStatus, Text] = {
    ValueStatus.REPORTED: Text("待核实", "To be verified"),
    ValueStatus.VERIFIED: Text("已核实", "Verified"),
    ValueStatus.RETURNED: Text("已退回", "Returned"),
    ValueStatus.REPLACED: Text("已被新版本取代", "Replaced by a newer version"),
    ValueStatus.OVERTURNED: Text("申诉成立，不再计入", "Overturned on objection"),
}
ENTRY_STATUS_NAMES: Mapping[EntryStatus, Text] = {
    EntryStatus.ENTERED: Text("待核实", "To be verified"),
    EntryStatus.VERIFIED: Text("已核实", "Verified"),
    EntryStatus.RETURNED: Text("已退回", "Returned"),
    EntryStatus.OVERTURNED: Text("申诉成立，不再计入", "Overturned on objection"),
}
RULING_NAMES: Mapping[Ruling, Text] = {
    Ruling.UPHELD: Text("申诉成立", "Upheld"),
    Ruling.DISMISSED: Text("申诉不成立", "Dismissed"),
}


@dataclass(frozen=True, slots=True)
class ObjectiveValue:
    """A verified value, as a score takes it.

    Attributes
    ----------
    unit : str
        Code of the unit it belongs to.
    value : Fraction
        Exactly the decimal number that was reported.
    version : int
        From 1 on; a correction is the next version.
    verified_by : str
        The second person.
    """

    indicator: str
    unit: str
    period: Period
    value: Fraction
    version: int
    verified_by: str
    value_id: UUID


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Verified occurrences of a rule that adds or takes points (加减分).

    Attributes
    ----------
    occurrences : int
        How often, at least 1.
    document : str
        What it follows from: title and number of the source document.
    """

    rule: str
    unit: str
    day: date
    occurrences: int
    reason: str
    document: str
    id: UUID


@dataclass(frozen=True, slots=True)
class OverrideEvent:
    """A verified occurrence that an override of the grade follows from (一票否决 and its like)."""

    rule: str
    unit: str
    day: date
    reason: str
    document: str
    id: UUID


def read_number(typed: str) -> Decimal:
    """Return the number somebody wrote: digits, perhaps a point, perhaps commas between thousands.

    Raises
    ------
    BadInput
        It is no such number; a percent sign in particular could mean two things.
    """
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    if not (_NUMBER.fullmatch(text) or _SCIENTIFIC.fullmatch(text)):
        raise BadInput(
            message(
                "“%(text)s” is no value: write a plain number such as 85.5 in the unit of the"
                " indicator, without a percent sign or words.",
                text=typed.strip()[:40],
            )
        )
    return Decimal(text.replace(",", ""))


def write_number(number: Decimal) -> str:
    """Write a number without exponent, without a sign of zero and without zeros at the end."""
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain
