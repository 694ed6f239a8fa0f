"""Matters being put right (整改事项): opened by the office, answered by units, settled by another.

Each step is a transaction of its own under the matter's lock; slips are those of cases.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import Clock
from surveyapp.domain.case_fields import checked_files
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.rectification import (
    ENDED,
    RED_DAYS,
    Item,
    ItemSource,
    ItemState,
    take,
)
from surveyapp.domain.rectification_fields import ForwardItem, ItemFields, ItemStep, NewItem
from surveyapp.domain.roles import Actor, Permission
from surveyapp.domain.slips import Colour, Conclusion, due_colours
from surveyapp.services.assessment.item_desk import ItemDesk
from surveyapp.services.assessment.item_reading import ItemReading
from surveyapp.services.assessment.item_views import (
    ItemCounts,
    ItemDetail,
    ItemFilters,
    ItemLine,
    ItemPage,
    ItemTick,
    Origin,
)
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk, require_unit
from surveyapp.services.cases.slips import Slips
from surveyapp.services.cases.views import FileContent
from surveyapp.storage.database import Work
from surveyapp.storage.rectification import ItemRepository
from surveyapp.storage.rectification_records import ItemRecord

BATCH = 500
READER_ITEMS = 20
"""How many matters reading moves on at most: what is left is for the next tick."""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Rectifying:
    """Use cases of matters being put right."""

    def __init__(self, desk: CaseDesk, slips: Slips) -> None:
        self._desk = ItemDesk(desk)
        self._reading = ItemReading(self._desk, slips)

    def today(self) -> date:
        """Return the office's day."""
        return self._desk.today()

    def open(
        self, staff: StaffView, new: NewItem, origin: Origin, colour: Colour = Colour.WHITE
    ) -> str:
        """Open a matter with its first slip; returns its number.

        Parameters
        ----------
        colour : Colour
            Of the first slip: an urgent matter may begin with a warning.

        Raises
        ------
        NotAllowed
            Not of the supervising office.
        BadInput
            Something is missing, or a unit, case or period does not exist.
        NotFound
            The case is not one that the asker may see.
        """
        if not staff.may(Permission.SUPERVISE_CASES):
            raise NotAllowed(message("Only the supervising office opens matters to be put right."))
        now = self._desk.cases.now()
        today = self._desk.cases.day_of(now)
        given = new.checked(today)
        with self._desk.cases.database.writing() as work:
            origin = self._checked(work, staff, origin)
            for code in (given.unit_code, given.responsible_unit):
                require_unit(work, code)
            item = Item(
                state=ItemState.RECTIFYING,
                unit_code=given.unit_code,
                responsible_unit=given.responsible_unit,
                responsible_person=given.responsible_person,
                goal=given.goal,
                clock=Clock.until(today, given.due_on or today),
            )
            record = self._record(given, origin, item, today)
            items = ItemRepository(work)
            self._desk.put(work, record, item, date.min)
            items.add(record)
            detail = {"due_on": item.clock.due_on.isoformat(), "goal": item.goal}
            by = Actor(staff.full_name, staff.id)
            items.add_event(record, ItemStep.OPEN, by, detail, now=now)
            self._desk.issue(work, record, item, colour, today)
            record_event(work, staff.actor, "item.open", record.number, now=now)
            return record.number

    def _record(self, given: NewItem, origin: Origin, item: Item, today: date) -> ItemRecord:
        return ItemRecord(
            id=uuid4(),
            number=f"ZG{self._desk.cases.new_number(today)}",
            source=origin.source,
            scheme_key=origin.scheme_key,
            period=origin.period,
            indicator_key=origin.indicator_key,
            case_number=origin.case_number,
            title=given.title,
            problem=given.problem,
            unit_code=item.unit_code,
            goal=item.goal,
            opened_on=today,
            events=0,
        )

    def _checked(self, work: Work, staff: StaffView, origin: Origin) -> Origin:
        """Return an origin that exists as far as it can be looked up."""
        for key in (origin.scheme_key, origin.indicator_key):
            if key is not None and not _KEY.fullmatch(key):
                raise BadInput(message("“%(key)s” is no key.", key=key[:64]))
        if origin.source is ItemSource.CASE:
            self._desk.cases.visible(work, staff, origin.case_number or "")
        return Origin(
            source=origin.source,
            scheme_key=origin.scheme_key,
            period=str(Period.parse(origin.period)) if origin.period else None,
            indicator_key=origin.indicator_key,
            case_number=origin.case_number if origin.source is ItemSource.CASE else None,
        )

    def take(
        self, staff: StaffView, number: str, fields: ItemFields, seen: int | None = None
    ) -> None:
        """Take a step.

        Parameters
        ----------
        seen : int, optional
            `ItemDetail.seen` of the page the form stood on.

        Raises
        ------
        NotFound, NotAllowed, BadInput
        Conflict
            The matter is in another state, or somebody took a step meanwhile.
        """
        now = self._desk.cases.now()
        today = self._desk.cases.day_of(now)
        files = checked_files(fields.files)
        with self._desk.cases.database.writing() as work:
            record = self._desk.visible(work, staff, number, for_update=True)
            if seen is not None and seen != record.events:
                raise Conflict(
                    message(
                        "Somebody took a step in this matter meanwhile: look at it again before"
                        " you go on."
                    )
                )
            before = self._desk.head(work, record)
            person = self._desk.cases.person_to(work, staff, before.units)
            after, detail = take(before, fields, person, today)
            if isinstance(fields, ForwardItem):
                require_unit(work, after.responsible_unit)
            items = ItemRepository(work)
            items.add_event(record, fields.step, person.actor, detail, now=now, files=files)
            self._desk.put(work, record, after, date.min)
            self._after(work, record, before, after, person.actor, today)
            record_event(work, staff.actor, f"item.{fields.step}", number, now=now)

    def _after(
        self,
        work: Work,
        record: ItemRecord,
        before: Item,
        after: Item,
        by: Actor,
        today: date,
    ) -> None:
        """Do what a step brings about: slips for a new round, the end of a matter."""
        if after.round > before.round:
            self._desk.conclude(work, record, Conclusion.RETURNED, by)
            self._desk.issue(work, record, after, Colour.WHITE, today)
        if after.state in ENDED:
            self._desk.conclude(work, record, Conclusion.SETTLED, by)
        if after.responsible_unit != before.responsible_unit:
            self._desk.notify(work, "item.forwarded", record, today)

    def inbox(self, staff: StaffView, filters: ItemFilters) -> ItemPage:
        """Return matters that the asker may see: units those of their own and below.

        Raises
        ------
        NotAllowed
        """
        self.refresh()
        return self._reading.inbox(staff, filters)

    def counts(self, staff: StaffView) -> ItemCounts:
        """Return how many matters are open, due and overdue, for the page after sign-in.

        Raises
        ------
        NotAllowed
        """
        self.refresh()
        return self._reading.counts(staff)

    def of_unit(self, staff: StaffView, unit_code: str) -> tuple[ItemLine, ...]:
        """Return every matter of a unit that the asker may see, the most urgent first.

        Raises
        ------
        NotAllowed
        """
        return self._reading.of_unit(staff, unit_code)

    def item(self, staff: StaffView, number: str) -> ItemDetail:
        """Return one matter.

        Raises
        ------
        NotFound, NotAllowed
            No such matter, or another unit's (which looks the same).
        """
        return self._reading.item(staff, number)

    def file(self, staff: StaffView, number: str, file_id: UUID) -> FileContent:
        """Return evidence of a matter.

        Raises
        ------
        NotFound, NotAllowed
        """
        return self._reading.file(staff, number, file_id)

    def tick(self, as_of: datetime | None = None) -> ItemTick:
        """Issue the slips that time has brought; running it again changes nothing more."""
        today = self._desk.cases.day_of(as_of or self._desk.cases.now())
        count: Counter[Colour] = Counter()
        queued = 0
        while True:
            ids = self._awake(today, BATCH)
            for item_id in ids:
                queued += self._wake(item_id, today, count)
            if len(ids) < BATCH:
                return ItemTick(dict(count), queued)

    def refresh(self) -> None:
        """Do a little of what is due before matters are read; nothing is sent on the way."""
        today = self.today()
        for item_id in self._awake(today, READER_ITEMS):
            self._wake(item_id, today, Counter())

    def _awake(self, today: date, limit: int) -> Sequence[UUID]:
        with self._desk.cases.database.reading() as work:
            return ItemRepository(work).awake(today, limit)

    def _wake(self, item_id: UUID, today: date, count: Counter[Colour]) -> int:
        """Issue the slips of a matter that are due, none milder than one of its round."""
        queued = 0
        with self._desk.cases.database.writing() as work:
            record = ItemRepository(work).locked(item_id)
            if record.wake_on is None or record.wake_on > today:
                return 0
            item = self._desk.head(work, record)
            order = list(Colour)
            calendar = self._desk.cases.calendar.calendar(work)
            for colour in due_colours(item.clock, calendar, RED_DAYS, today):
                worst = self._desk.worst(work, record)
                if worst is None or order.index(colour) > order.index(worst):
                    queued += self._desk.issue(work, record, item, colour, today)
                    count[colour] += 1
            self._desk.put(work, record, item, today)
        return queued
