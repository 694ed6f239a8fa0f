"""What every use case of matters being put right needs: who sees them, their head, their slips."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.rectification import RED_DAYS, Item, ItemSource, ItemState
from surveyapp.domain.roles import Actor
from surveyapp.domain.slips import Colour, Conclusion, next_mark, number_of
from surveyapp.services.assessment.item_views import ItemLine, Origin
from surveyapp.services.cases.desk import CaseDesk, conclude, new_slip, scope_of
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Work
from surveyapp.storage.rectification import ItemRepository, as_item, store_item
from surveyapp.storage.rectification_records import ItemRecord
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class ItemDesk:
    """Shared by the use cases of matters; each call works inside a transaction of its caller."""

    cases: CaseDesk

    def today(self) -> date:
        """Return the office's day."""
        return self.cases.day_of(self.cases.now())

    def put(self, work: Work, record: ItemRecord, item: Item, done: date) -> None:
        """Store the head of a matter, and when time has something to do with it next."""
        store_item(record, item)
        record.wake_on = None
        if item.state is ItemState.RECTIFYING:
            calendar = self.cases.calendar.calendar(work)
            record.wake_on = next_mark(item.clock, calendar, RED_DAYS, done)

    def issue(
        self, work: Work, record: ItemRecord, item: Item, colour: Colour, today: date
    ) -> bool:
        """Issue a slip with its notice; whether a notice was made."""
        slip = new_slip(colour, item.round, today, item.clock.due_on, item_id=record.id)
        CaseRepository(work).add_slip(slip)
        return self.notify(
            work, f"item.{colour}", record, today, slip=number_of(slip.year, slip.serial)
        )

    def conclude(self, work: Work, record: ItemRecord, conclusion: Conclusion, by: Actor) -> None:
        """Write the conclusion (销号、退回) on the slips of a matter that have none."""
        conclude(ItemRepository(work).slips([record.id]), conclusion, by)

    def notify(
        self, work: Work, topic: str, record: ItemRecord, day: date, slip: str | None = None
    ) -> bool:
        """Make a notice about a matter in the transaction of a change; whether one was made."""
        payload = {
            "item": record.number,
            "title": record.title,
            "unit_code": record.unit_code,
            "responsible_unit": record.responsible_unit,
            "responsible_person": record.responsible_person,
            "due_on": record.due_on.isoformat(),
            "slip": slip,
            "day": day.isoformat(),
            "url": f"{self.cases.base_url}/console/assessment/rectification/{record.number}",
        }
        dedupe = f"{topic}:{record.number}:{slip or record.events}"
        return self.cases.outbox.add(work, topic, dedupe, payload)

    def worst(self, work: Work, record: ItemRecord) -> Colour | None:
        """Return the colour of the most urgent slip of the present round."""
        slips = ItemRepository(work).slips([record.id])
        colours = {slip.colour for slip in slips if slip.round == record.round}
        return _worst(colours)

    def head(self, work: Work, record: ItemRecord) -> Item:
        """Return a matter as the rules know it."""
        events = ItemRepository(work).events([record.id])[record.id]
        return as_item(record, events, self.cases.timezone)

    def units(self, staff: StaffView) -> frozenset[str] | None:
        """Return the units whose matters somebody sees, None for all; who sees cases sees these."""
        scope = scope_of(staff, self.today())
        return None if scope is None else scope.units

    def visible(
        self, work: Work, staff: StaffView, number: str, *, for_update: bool = False
    ) -> ItemRecord:
        """Return a matter that somebody may see.

        Raises
        ------
        NotAllowed, NotFound
            They see none at all; no such matter, or another unit's: both look the same.
        """
        units = self.units(staff)
        known = "\0" not in number
        record = ItemRepository(work).find(number, for_update=for_update) if known else None
        if record is None or not (
            units is None or {record.unit_code, record.responsible_unit} & units
        ):
            raise NotFound(message("There is no such matter."))
        return record

    def lines(self, work: Work, records: Sequence[ItemRecord], today: date) -> list[ItemLine]:
        """Return matters as lists show them."""
        names = {unit.code: unit.name for unit in UnitRepository(work).all()}
        colours: dict[tuple[UUID | None, int], set[str]] = {}
        for slip in ItemRepository(work).slips([record.id for record in records]):
            colours.setdefault((slip.item_id, slip.round), set()).add(slip.colour)
        return [
            _line(one, names, colours.get((one.id, one.round), set()), today) for one in records
        ]


def _worst(colours: Collection[str]) -> Colour | None:
    return next((one for one in reversed(Colour) if one in colours), None)


def _line(record: ItemRecord, names: dict[str, str], colours: set[str], today: date) -> ItemLine:
    state = ItemState(record.state)
    return ItemLine(
        number=record.number,
        origin=Origin(
            ItemSource(record.source),
            record.scheme_key,
            record.period,
            record.indicator_key,
            record.case_number,
        ),
        title=record.title,
        problem=record.problem,
        unit_code=record.unit_code,
        unit_name=names[record.unit_code],
        responsible_unit=record.responsible_unit,
        responsible_unit_name=names[record.responsible_unit],
        responsible_person=record.responsible_person,
        goal=record.goal,
        state=state,
        opened_on=record.opened_on,
        due_on=record.due_on,
        is_overdue=state is ItemState.RECTIFYING and today > record.due_on,
        in_time=record.in_time,
        closed_on=record.closed_on,
        colour=_worst(colours),
    )
