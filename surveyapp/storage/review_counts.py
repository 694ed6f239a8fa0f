"""Counts behind the rates of reviews: from the review tally, the cases and the service volumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from surveyapp.domain.review_counts import FIRST, CaseCount, ReviewCount, Selection, Where
from surveyapp.storage.case_records import (
    CaseRecord,
    DutyRecord,
    InvitationRecord,
    VolumeRecord,
)
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    PlaceAssignmentRecord,
    PlaceRecord,
    ResponseRecord,
    ReviewTallyRecord,
)
from surveyapp.storage.review_tallies import NOTHING, PLACE_CHANNEL

Column: TypeAlias = ColumnElement[Any] | InstrumentedAttribute[Any]
NEVER_COUNTED = ("replaced", "rehearsal")


@dataclass(frozen=True, slots=True)
class VolumeCount:
    """Service cases of one day and kind."""

    day: date
    subject: str
    item: str
    window: str
    n: int


@dataclass(frozen=True, slots=True)
class ReviewedDay:
    """That first reviews came in on a day; the rest as in `VolumeCount`."""

    day: date
    subject: str
    item: str
    window: str


@dataclass(frozen=True, slots=True)
class ReviewCountRepository:
    """Counts of one survey's reviews in one transaction."""

    work: Work

    def reviews(
        self, survey_id: UUID, selection: Selection, *, by_day: bool = False
    ) -> list[ReviewCount]:
        """Return counts by everything but the day, or by day but not by what is rated."""
        t = ReviewTallyRecord
        about: tuple[Column, ...] = (
            (t.day,)
            if by_day
            else (t.subject_key, t.item_code, t.window, t.channel, t.is_imported, t.staff_number)
        )
        kind = (t.is_named, t.is_default, t.review_number, t.standing, t.level)
        query: Any = (
            select(*about, *kind, func.sum(t.n))
            .where(*_selected(survey_id, selection), t.standing.not_in(NEVER_COUNTED))
            .group_by(*about, *kind)
        )
        return [_review(row, by_day=by_day) for row in self.work.session.execute(query)]

    def reviewed_days(self, survey_id: UUID, selection: Selection) -> list[ReviewedDay]:
        """Return on which days what was reviewed for the first time."""
        t = ReviewTallyRecord
        query = (
            select(t.day, t.subject_key, t.item_code, t.window)
            .where(
                *_selected(survey_id, selection),
                t.standing.not_in(NEVER_COUNTED),
                t.review_number == FIRST,
            )
            .distinct()
        )
        return [ReviewedDay(*row) for row in self.work.session.execute(query)]

    def volumes(self, survey_id: UUID, selection: Selection) -> list[VolumeCount]:
        """Return the numbers of service cases, day by day."""
        t = VolumeRecord
        query = select(t.day, t.subject_key, t.item_code, t.window, t.n).where(
            t.survey_id == survey_id,
            *_matching(selection, t.day, t.subject_key, t.item_code, t.window),
        )
        return [VolumeCount(*row) for row in self.work.session.execute(query)]

    def cases(self, survey_id: UUID, selection: Selection, today: date) -> list[CaseCount]:
        """Return counts of the cases of first reviews.

        Parameters
        ----------
        today : date
            A deadline before it has passed.
        """
        c, r = CaseRecord, ResponseRecord
        item = func.coalesce(r.item_code, InvitationRecord.item_code, NOTHING)
        window = func.coalesce(r.window, InvitationRecord.window, _first_window(), NOTHING)
        staff = func.coalesce(InvitationRecord.staff_number, DutyRecord.staff_number, NOTHING)
        is_imported = r.batch_id.is_not(None)
        channel = func.coalesce(r.channel, case((is_imported, NOTHING), else_=PLACE_CHANNEL))
        subject = func.coalesce(r.subject_key, NOTHING)
        day = func.coalesce(r.observed_on, c.received_on)
        overdue = and_(c.due_on < literal(today), c.answered_on.is_(None))
        in_time = case(
            (c.rectified_in_time.is_not(None), c.rectified_in_time),
            (overdue, literal(False)),
            else_=None,
        )
        kinds: tuple[Any, ...] = (
            subject, item, window, channel, is_imported, staff, c.is_named, r.standing,
            c.answered_on.is_not(None), c.call_back, c.state == "closed", in_time,
        )  # fmt: skip
        conditions = [r.review_number == FIRST, c.survey_id == survey_id]
        conditions += _matching(selection, day, subject, item, window)
        if selection.staff is not None:
            conditions.append(staff == selection.staff)
        if selection.channel is not None:
            conditions.append(channel == selection.channel)
        if selection.is_imported is not None:
            conditions.append(is_imported if selection.is_imported else ~is_imported)
        if selection.is_named is not None:
            conditions.append(c.is_named.is_(selection.is_named))
        labelled = [kind.label(f"kind_{number}") for number, kind in enumerate(kinds)]
        rows = (
            select(*labelled)
            .join(r, r.id == c.response_id)
            .outerjoin(
                InvitationRecord,
                and_(
                    InvitationRecord.survey_id == r.survey_id,
                    InvitationRecord.case_number == r.case_number,
                ),
            )
            .outerjoin(
                DutyRecord,
                and_(
                    DutyRecord.place_id == r.place_id,
                    DutyRecord.starts_at <= r.received_at,
                    DutyRecord.ends_at > r.received_at,
                ),
            )
            .where(*conditions)
            .subquery()
        )
        query = select(*rows.c, func.count()).group_by(*rows.c)
        return [_case(row) for row in self.work.session.execute(query)]

    def item_names(self, survey_id: UUID) -> dict[str, str]:
        """Return the names of service items by code, as invitations and imports gave them."""
        names: dict[str, str] = {}
        for table in (ResponseRecord, InvitationRecord):
            query = (
                select(table.item_code, func.max(table.item_name))
                .where(table.survey_id == survey_id, table.item_code.is_not(None))
                .group_by(table.item_code)
            )
            names |= {str(code): name for code, name in self.work.session.execute(query) if name}
        return names

    def staff_names(self, survey_id: UUID) -> dict[str, str]:
        """Return the names of the people at the windows by number, as the rosters gave them."""
        query = (
            select(DutyRecord.staff_number, func.max(DutyRecord.staff_name))
            .join(PlaceRecord, PlaceRecord.id == DutyRecord.place_id)
            .where(PlaceRecord.survey_id == survey_id)
            .group_by(DutyRecord.staff_number)
        )
        return {number: str(name) for number, name in self.work.session.execute(query)}

    def span(self, survey_id: UUID) -> tuple[date, date] | None:
        """Return the first and the last day with a review."""
        t = ReviewTallyRecord
        ends: Any = select(func.min(t.day), func.max(t.day)).where(t.survey_id == survey_id)
        first, last = self.work.session.execute(ends).one()
        return None if first is None else (first, last)


def _first_window() -> Any:
    """Return the first window the place of a response was said to stand at."""
    a = PlaceAssignmentRecord
    query = select(a.window).where(a.place_id == ResponseRecord.place_id, a.window.is_not(None))
    return query.order_by(a.assigned_at).limit(1).scalar_subquery()


def _selected(survey_id: UUID, selection: Selection) -> list[ColumnElement[bool]]:
    t = ReviewTallyRecord
    conditions: list[ColumnElement[bool]] = [t.survey_id == survey_id]
    conditions += _matching(selection, t.day, t.subject_key, t.item_code, t.window)
    for column, wanted in (
        (t.is_imported, selection.is_imported),
        (t.is_named, selection.is_named),
    ):
        if wanted is not None:
            conditions.append(column.is_(wanted))
    if selection.staff is not None:
        conditions.append(t.staff_number == selection.staff)
    if selection.channel is not None:
        conditions.append(t.channel == selection.channel)
    return conditions


def _matching(
    selection: Selection,
    day: Column,
    subject: Column,
    item: Column,
    window: Column,
) -> Iterable[ColumnElement[bool]]:
    if selection.since is not None:
        yield day >= selection.since
    if selection.until is not None:
        yield day <= selection.until
    if selection.subjects is not None:
        yield subject.in_(sorted(selection.subjects))
    if selection.item is not None:
        yield item == selection.item
    if selection.window is not None:
        yield window == selection.window


def _review(row: Any, *, by_day: bool) -> ReviewCount:
    *about, is_named, is_default, number, standing, level, n = row
    where = Where() if by_day else Where(*about)
    day = about[0] if by_day else None
    return ReviewCount(where, day, is_named, is_default, number, standing, level, int(n))


def _case(row: Any) -> CaseCount:
    subject, item, window, channel, imported, staff, *rest, in_time, n = row
    is_named, standing, replied, call_back, closed = rest
    return CaseCount(
        where=Where(subject, item, window, channel, bool(imported), staff),
        is_named=is_named,
        standing=standing,
        replied=bool(replied),
        call_back=call_back,
        is_closed=bool(closed),
        in_time=None if in_time is None else bool(in_time),
        n=int(n),
    )
