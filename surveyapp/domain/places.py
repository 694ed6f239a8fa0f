"""Places: where a QR code hangs, and what is reviewed there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text

MAX_LABEL = 200
MAX_HALL = 100
MAX_WINDOW = 64


class Rates(StrEnum):
    """What is reviewed at a place."""

    CASE = "case"
    ITEM = "item"
    PERSON = "person"
    HALL = "hall"


RATES_NAMES: Mapping[Rates, Text] = {
    Rates.CASE: Text("办件", "Service case"),
    Rates.ITEM: Text("事项", "Service item"),
    Rates.PERSON: Text("窗口人员", "Person at the window"),
    Rates.HALL: Text("大厅/平台", "Hall or platform"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A code on a wall, and what it stands for now.

    Attributes
    ----------
    code : str
        Eight letters of base32 (40 bits).
    url : str
        What the QR code says.
    hall, window : str or None
        Where it stands.
    rates : Rates or None
        What is reviewed there; None where nobody said.
    """

    code: str
    survey_key: str
    label: str
    subject_key: str | None
    revoked: bool
    url: str
    hall: str | None = None
    window: str | None = None
    rates: Rates | None = None

    @property
    def where(self) -> str:
        """Hall and window in one line; empty where nobody said."""
        return " ".join(part for part in (self.hall, self.window) if part)


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A place as somebody wants it.

    Attributes
    ----------
    subject_key : str or None
        None stands for the whole survey.
    """

    label: str
    subject_key: str | None = None
    hall: str | None = None
    window: str | None = None
    rates: Rates | None = None

    def checked(self) -> PlaceOrder:
        """Return the order with white space put right.

        Raises
        ------
        BadInput
            A text is missing or too long.
        """
        label = " ".join(self.label.split())
        if not label or len(label) > MAX_LABEL:
            raise BadInput(
                message("A place needs a label of at most %(most)s characters.", most=MAX_LABEL)
            )
        hall = " ".join((self.hall or "").split()) or None
        window = " ".join((self.window or "").split()) or None
        if len(hall or "") > MAX_HALL or len(window or "") > MAX_WINDOW:
            raise BadInput(
                message(
                    "A hall has at most %(hall)s characters, a window at most %(window)s.",
                    hall=MAX_HALL,
                    window=MAX_WINDOW,
                )
            )
        return PlaceOrder(label, self.subject_key, hall, window, self.rates)


@dataclass(frozen=True, slots=True)
class PlaceMove:
    """From when on a place stood where, for what, and who said so.

    Attributes
    ----------
    by : str or None
        None where an earlier version did not note it.
    """

    since: datetime
    subject_key: str | None
    hall: str | None
    window: str | None
    by: str | None


def rates_named(text: str) -> Rates | None:
    """Return what a word means, by key or by name in either language; None for an empty one.

    Raises
    ------
    BadInput
    """
    wanted = text.strip().casefold()
    if not wanted:
        return None
    for rates, name in RATES_NAMES.items():
        if wanted in (rates, name.zh, name.en.casefold(), *name.zh.split("/")):
            return rates
    raise BadInput(
        message(
            "What is reviewed is 办件 (case), 事项 (item), 窗口人员 (person) or 大厅 (hall),"
            " not “%(text)s”.",
            text=text[:40],
        )
    )
