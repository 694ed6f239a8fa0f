"""The words of the pages about cases: deadlines, colours, and what each step said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from surveyapp.domain.case import (
    CALL_NAMES,
    FINDING_NAMES,
    GROUND_NAMES,
    REMEDY_NAMES,
    RULING_NAMES,
    CallResult,
    Finding,
    Ground,
    Remedy,
    Ruling,
    State,
    Step,
)
from surveyapp.domain.slips import COLOUR_NAMES, Colour
from surveyapp.services.cases.views import CaseLine, EventLine
from surveyapp.web.context import services
from surveyapp.web.locale import day_text, text_of

STATE_KINDS: Mapping[State, str] = {
    State.TO_VERIFY: "bad",
    State.ASSESSING: "waiting",
    State.RECTIFYING: "waiting",
    State.ANSWERED: "waiting",
    State.CALLED_BACK: "waiting",
    State.APPEALED: "waiting",
    State.RULING: "waiting",
    State.CLOSED: "good",
    State.EXCLUDED: "off",
}
"""Kinds of badges by state."""

_WAY: tuple[State, ...] = (
    State.TO_VERIFY,
    State.ASSESSING,
    State.RECTIFYING,
    State.ANSWERED,
    State.CALLED_BACK,
    State.CLOSED,
)
_BESIDE = frozenset({State.APPEALED, State.RULING, State.EXCLUDED})


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in words; `kind` is good, waiting or bad."""

    day: date
    words: str
    kind: str
    is_provisional: bool
    colour: Colour | None


def deadline_of(line: CaseLine, left: Mapping[date, int]) -> Deadline | None:
    """Say how long a case has; None where no clock runs.

    Parameters
    ----------
    left : mapping of date to int
        Working days until the end of each day (`CaseCalendar.left`).
    """
    if line.due_on is None:
        return None
    return deadline_on(
        line.due_on,
        left,
        is_overdue=line.is_overdue,
        is_provisional=line.due_is_provisional,
        colour=line.colour,
    )


def deadline_on(
    day: date,
    left: Mapping[date, int],
    *,
    is_overdue: bool,
    colour: Colour | None,
    is_provisional: bool = False,
) -> Deadline:
    """Say how long there is until a day; see `deadline_of`."""
    days = left[day]
    if is_overdue:
        n = max(1, -days)
        words = ngettext("overdue by %(num)s working day", "overdue by %(num)s working days", n)
        kind = "bad"
    elif day == services().case_calendar.today():
        words, kind = _("due today"), "waiting"
    else:
        words = ngettext("%(num)s working day left", "%(num)s working days left", days)
        kind = "waiting" if days <= 2 else "good"  # as services count "due"
    return Deadline(day, words, kind, is_provisional, None if colour is Colour.WHITE else colour)


def colour_text(colour: Colour) -> str:
    """Name a kind of slip."""
    return text_of(COLOUR_NAMES[colour])


def way_of(state: State) -> list[tuple[State, str]]:
    """Return the usual way of a case, each state with "done", "here" or ""; empty beside it."""
    if state in _BESIDE:
        return []
    here = _WAY.index(state)
    ended = state is State.CLOSED
    return [
        (one, "done" if number < here or ended else "here" if number == here else "")
        for number, one in enumerate(_WAY)
    ]


def actor_text(name: str) -> str:
    """Name who took a step."""
    return {"system": _("System"), "citizen": _("The citizen")}.get(name, name)


def yes_no(value: object) -> str:
    """Say yes or no."""
    return _("yes") if value else _("no")


def event_facts(event: EventLine, units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a step said as pairs of label and text, in the order of its form.

    Parameters
    ----------
    units : mapping of str to str
        Names of units by code.
    """

    def unit(code: Any) -> str:
        return units.get(str(code), str(code))

    said = event.detail
    if event.step is Step.OPEN:
        return
    for name, (label, write) in _facts(unit).items():
        value = said.get(name)
        if value is None or value == "":
            continue
        if name == "satisfied" and event.step is Step.CALL and said["result"] != "connected":
            continue
        yield label, write(value)


def field_text(name: str) -> str:
    """Name a field of a step's form."""
    facts = _facts(str)
    return facts[name][0] if name in facts else name


def _facts(unit: Callable[[Any], str]) -> dict[str, tuple[str, Callable[[Any], str]]]:
    def named(names: Mapping[Any, Any], kind: Any) -> Callable[[Any], str]:
        return lambda value: text_of(names[kind(value)])

    return {
        "finding": (_("Is it true?"), named(FINDING_NAMES, Finding)),
        "reasonable": (_("Is it reasonable?"), yes_no),
        "result": (_("Result of the call"), named(CALL_NAMES, CallResult)),
        "satisfied": (_("Satisfied with the fix"), yes_no),
        "ruling": (_("Ruling"), named(RULING_NAMES, Ruling)),
        "ground": (_("Ground"), named(GROUND_NAMES, Ground)),
        "agrees": (_("Agreed"), yes_no),
        "remedy": (_("How it is put right"), named(REMEDY_NAMES, Remedy)),
        "from": (_("From unit"), unit),
        "unit": (_("Responsible unit"), unit),
        "person": (_("Responsible person"), str),
        "goal": (_("Goal"), str),
        "measures": (_("Measures"), str),
        "done_on": (_("Done on"), _day),
        "text": (_("In words"), str),
        "reason": (_("Reason"), str),
        "note": (_("Note"), str),
        "due_on": (_("Time limit"), _day),
    }


def _day(value: Any) -> str:
    return day_text(date.fromisoformat(str(value)))
