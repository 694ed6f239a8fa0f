"""Lists of matters being put right and single ones, as far as each person may see them."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.rectification import ItemState, allowed
from surveyapp.domain.rectification_fields import ItemStep
from surveyapp.services.assessment.item_desk import ItemDesk
from surveyapp.services.assessment.item_views import (
    ItemCounts,
    ItemDetail,
    ItemEventLine,
    ItemFilters,
    ItemLine,
    ItemPage,
)
from surveyapp.services.cases.slips import Slips
from surveyapp.services.cases.views import FileContent, FileLine
from surveyapp.storage.rectification import ItemQuery, ItemRepository, as_item

PAGE_SIZE = 50
SOON = timedelta(days=7)


class ItemReading:
    """Use cases of reading."""

    def __init__(self, desk: ItemDesk, slips: Slips) -> None:
        self._desk = desk
        self._slips = slips

    def inbox(self, staff: StaffView, filters: ItemFilters) -> ItemPage:
        """Return one page of matters; see `Rectifying.inbox`."""
        today = self._desk.today()
        with self._desk.cases.database.reading() as work:
            units = self._desk.units(staff)
            query = ItemQuery(
                units=units,
                state=filters.state,
                is_open=filters.is_open,
                of_unit=filters.unit_code,
                overdue_on=today if filters.overdue else None,
                due_until=today + SOON if filters.due else None,
            )
            items = ItemRepository(work)
            total = items.count(query)
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, filters.page), pages)
            records = items.page(query, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
            return ItemPage(
                lines=tuple(self._desk.lines(work, records, today)),
                counts=_counts(items, units, today),
                number=number,
                pages=pages,
                total=total,
            )

    def counts(self, staff: StaffView) -> ItemCounts:
        """Return how many matters wait; see `Rectifying.counts`."""
        with self._desk.cases.database.reading() as work:
            return _counts(ItemRepository(work), self._desk.units(staff), self._desk.today())

    def of_unit(self, staff: StaffView, unit_code: str) -> tuple[ItemLine, ...]:
        """Return the matters of a unit; see `Rectifying.of_unit`."""
        with self._desk.cases.database.reading() as work:
            query = ItemQuery(units=self._desk.units(staff), of_unit=unit_code)
            return tuple(
                self._desk.lines(work, ItemRepository(work).page(query), self._desk.today())
            )

    def item(self, staff: StaffView, number: str) -> ItemDetail:
        """Return one matter; see `Rectifying.item`."""
        today = self._desk.today()
        with self._desk.cases.database.reading() as work:
            record = self._desk.visible(work, staff, number)
            items = ItemRepository(work)
            events = items.events([record.id])[record.id]
            files = items.files([record.id])[record.id]
            head = as_item(record, events, self._desk.cases.timezone)
            return ItemDetail(
                line=self._desk.lines(work, [record], today)[0],
                seen=record.events,
                events=tuple(
                    ItemEventLine(
                        position=event.position,
                        step=ItemStep(event.step),
                        actor=event.actor,
                        at=event.happened_at,
                        detail=event.detail,
                        files=tuple(
                            FileLine(one.id, one.file_name, one.media_type, one.size)
                            for one in files
                            if one.position == event.position
                        ),
                    )
                    for event in events
                ),
                slips=self._slips.of_item(work, record),
                allowed=allowed(head, self._desk.cases.person_to(work, staff, head.units), today),
            )

    def file(self, staff: StaffView, number: str, file_id: UUID) -> FileContent:
        """Return evidence; see `Rectifying.file`."""
        with self._desk.cases.database.reading() as work:
            record = self._desk.visible(work, staff, number)
            found = ItemRepository(work).file(record.id, file_id)
            if found is None:
                raise NotFound(message("There is no such file."))
            return FileContent(found.file_name, found.media_type, found.content)


def _counts(items: ItemRepository, units: frozenset[str] | None, today: date) -> ItemCounts:
    overdue = items.count(ItemQuery(units=units, overdue_on=today))
    return ItemCounts(
        open=items.count(ItemQuery(units=units, is_open=True)),
        due=items.count(ItemQuery(units=units, due_until=today + SOON)) - overdue,
        overdue=overdue,
        answered=items.count(ItemQuery(units=units, state=ItemState.ANSWERED)),
    )
