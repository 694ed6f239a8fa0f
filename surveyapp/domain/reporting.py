"""Who may report, verify and contest what, and what a row of reported values means.

The responsible unit reports (or the office for it); a second person, who belongs neither to that
unit nor to the one assessed, verifies. Whoever is assessed reports its own value only where the
scheme makes it responsible, and never verifies it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import BadInput, NotAllowed
from surveyapp.domain.messages import Message, message
from surveyapp.domain.objective import NOTE_LENGTH, read_number
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.roles import Actor, Permission
from surveyapp.domain.scheme import Scheme, SchemeIndicator, Source
from surveyapp.domain.text import Text

LENGTH_NAMES: Mapping[Length, Text] = {
    Length.MONTH: Text("月度（如2026-03）", "months such as 2026-03"),
    Length.QUARTER: Text("季度（如2026Q1）", "quarters such as 2026Q1"),
    Length.HALF: Text("半年（如2026H1）", "half years such as 2026H1"),
    Length.YEAR: Text("年度（如2026）", "years such as 2026"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who reports, verifies, contests or settles.

    Attributes
    ----------
    is_office : bool
        Whether they report for every unit: the office that runs the assessment.
    units : frozenset of str
        Codes of the units they act for; empty for people of the office.
    """

    actor: Actor
    is_office: bool = False
    reports: bool = False
    verifies: bool = False
    settles: bool = False
    units: frozenset[str] = frozenset()

    @classmethod
    def of(cls, staff: StaffView) -> Person:
        """Return what a signed-in person may do."""
        return cls(
            staff.actor,
            is_office=staff.may(Permission.EDIT_SCHEMES),
            reports=staff.may(Permission.REPORT_VALUES),
            verifies=staff.may(Permission.VERIFY_VALUES),
            settles=staff.may(Permission.SETTLE),
            units=staff.unit_codes,
        )

    @classmethod
    def office(cls, actor: Actor) -> Person:
        """Return the operator or a program of the office, who reports for every unit."""
        return cls(actor, is_office=True, reports=True)

    @property
    def sees_all(self) -> bool:
        """Whether they see every unit's values: anybody who acts for no unit, or for the office."""
        return self.is_office or self.verifies or not self.units

    def is_same(self, name: str, staff_id: UUID | None) -> bool:
        """Whether a step was taken by this person."""
        if self.actor.staff_id is not None and staff_id is not None:
            return self.actor.staff_id == staff_id
        return self.actor.name == name

    def may_report(self, indicator: SchemeIndicator) -> bool:
        """Whether they report the values of an indicator."""
        if not self.reports or indicator.source is not Source.OBJECTIVE:
            return False
        return self.is_office or indicator.responsible in self.units


def require_second(
    person: Person, name: str, staff_id: UUID | None, concerned: Iterable[str | None]
) -> None:
    """Refuse whoever did the first step, or belongs to a unit that is concerned.

    Parameters
    ----------
    name, staff_id
        Who took the first step.
    concerned : iterable of str or None
        Codes of the reporting and the assessed unit.

    Raises
    ------
    NotAllowed
    """
    if person.is_same(name, staff_id):
        raise NotAllowed(
            message("Whoever reported it cannot verify it as well: ask a second person.")
        )
    if not person.units.isdisjoint(code for code in concerned if code is not None):
        raise NotAllowed(
            message("Nobody verifies values that their own unit reports or is assessed by.")
        )


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A value as a file, a form or a program gives it."""

    indicator: str
    unit: str
    period: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A value that may be stored."""

    indicator: str
    unit: str
    period: Period
    value: Decimal
    note: str


class ReportReader:
    """Reads rows of values against a scheme, the units and the calendar.

    Parameters
    ----------
    units : iterable of Unit
        All there are; only those of the scheme's category have values.
    today : date
        In the office's time zone: nothing is reported for a period that has not begun.
    """

    def __init__(self, scheme: Scheme, units: Iterable[Unit], person: Person, today: date) -> None:
        self._scheme = scheme
        self._person = person
        self._today = today
        self._indicators = {one.key: one for one in scheme.indicators}
        titles: dict[str, list[str]] = {}
        for one in scheme.indicators:
            titles.setdefault(one.title.zh, []).append(one.key)
        self._titles = titles
        self._units = {one.code: one for one in units}
        names: dict[str, list[str]] = {}
        for unit in self._units.values():
            if unit.category == scheme.category:
                names.setdefault(unit.name, []).append(unit.code)
        self._names = names

    def read(self, row: ValueRow) -> Report:
        """Return what a row means.

        Raises
        ------
        BadInput, NotAllowed
            It cannot be stored, or not by this person.
        """
        indicator = self._indicator(row.indicator.strip())
        unit = self.unit(row.unit.strip())
        period = self._period(row.period, indicator)
        note = row.note.strip()
        if len(note) > NOTE_LENGTH:
            raise BadInput(
                message("This text is too long: at most %(n)s characters.", n=NOTE_LENGTH)
            )
        if not self._person.may_report(indicator):
            raise NotAllowed(
                message(
                    "“%(indicator)s” is reported by the unit responsible for it (%(unit)s).",
                    indicator=indicator.title,
                    unit=self._name_of(indicator.responsible),
                )
            )
        return Report(indicator.key, unit.code, period, read_number(row.value), note)

    def _name_of(self, code: str | None) -> str | Message:
        if code is None:
            return message("the office that runs the assessment")
        return self._units[code].name if code in self._units else code

    def _indicator(self, typed: str) -> SchemeIndicator:
        found = self._titles.get(typed, [])
        key = typed if typed in self._indicators else found[0] if len(found) == 1 else None
        if key is None:
            raise BadInput(
                message(
                    "The scheme has no indicator “%(text)s”: write its key, or its title if no"
                    " other has the same.",
                    text=typed[:80],
                )
            )
        indicator = self._indicators[key]
        if indicator.source is not Source.OBJECTIVE:
            raise BadInput(
                message(
                    "“%(indicator)s” is taken from survey results: nobody reports it.",
                    indicator=indicator.title,
                )
            )
        return indicator

    def unit(self, typed: str) -> Unit:
        """Return the unit a cell names by its code, or by its name if no other is called so.

        Raises
        ------
        BadInput
        """
        found = self._names.get(typed, [])
        code = typed if typed in self._units else found[0] if len(found) == 1 else None
        if code is None:
            raise BadInput(
                message(
                    "There is no unit “%(text)s” in the category of the scheme: write its code,"
                    " or its name if no other has the same.",
                    text=typed[:80],
                )
            )
        unit = self._units[code]
        if unit.category != self._scheme.category:
            raise BadInput(
                message(
                    "“%(unit)s” belongs to another category: this scheme assesses “%(category)s”.",
                    unit=unit.name,
                    category=self._scheme.category,
                )
            )
        return unit

    def _period(self, typed: str, indicator: SchemeIndicator) -> Period:
        period = Period.parse(typed)
        if period.length is not indicator.every:
            raise BadInput(
                message(
                    "“%(indicator)s” is reported by %(every)s, not for “%(period)s”.",
                    indicator=indicator.title,
                    every=LENGTH_NAMES[indicator.every],
                    period=str(period),
                )
            )
        if period.year != self._scheme.year:
            raise BadInput(
                message(
                    "“%(period)s” lies outside the year of the scheme, %(year)s.",
                    period=str(period),
                    year=str(self._scheme.year),
                )
            )
        if period.first_day > self._today:
            raise BadInput(message("“%(period)s” has not begun yet.", period=str(period)))
        return period
