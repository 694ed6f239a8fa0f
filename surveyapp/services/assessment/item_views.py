"""What pages show of matters being put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from surveyapp.domain.rectification import ItemSource, ItemState
from surveyapp.domain.rectification_fields import ItemStep
from surveyapp.domain.slips import Colour
from surveyapp.services.cases.views import FileLine, SlipLine


@dataclass(frozen=True, slots=True)
class Origin:
    """What a matter came from.

    Attributes
    ----------
    scheme_key, period, indicator_key : str or None
        Of a sheet, an indicator or a common problem.
    case_number : str or None
        Of a case.
    """

    source: ItemSource
    scheme_key: str | None = None
    period: str | None = None
    indicator_key: str | None = None
    case_number: str | None = None


@dataclass(frozen=True, slots=True)
class ItemFilters:
    """Which matters to list.

    Attributes
    ----------
    is_open : bool or None
        Only those that have not ended, or only those that have.
    overdue, due : bool
        Only those whose unit's time has run out, or ends within a week.
    page : int
        Counted from 1.
    """

    state: ItemState | None = None
    is_open: bool | None = None
    unit_code: str | None = None
    overdue: bool = False
    due: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A matter in a list.

    Attributes
    ----------
    colour : Colour or None
        Of the most urgent slip of its present round.
    """

    number: str
    origin: Origin
    title: str
    problem: str
    unit_code: str
    unit_name: str
    responsible_unit: str
    responsible_unit_name: str
    responsible_person: str
    goal: str
    state: ItemState
    opened_on: date
    due_on: date
    is_overdue: bool
    in_time: bool | None
    closed_on: date | None
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many matters of the asker are open, due within a week, overdue, waiting for 销号."""

    open: int
    due: int
    overdue: int
    answered: int


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of matters; the most urgent first."""

    lines: tuple[ItemLine, ...]
    counts: ItemCounts
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class ItemEventLine:
    """A step that was taken."""

    position: int
    step: ItemStep
    actor: str
    at: datetime
    detail: Mapping[str, Any]
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """One matter as the asker may see it.

    Attributes
    ----------
    seen : int
        Number of steps taken so far: forms send it back, so that two people never take one step.
    allowed : tuple of ItemStep
        What the asker may do now.
    """

    line: ItemLine
    seen: int
    events: tuple[ItemEventLine, ...]
    slips: tuple[SlipLine, ...]
    allowed: tuple[ItemStep, ...]


@dataclass(frozen=True, slots=True)
class ItemTick:
    """What time did to matters."""

    slips: Mapping[Colour, int]
    queued: int
