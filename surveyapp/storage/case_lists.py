"""Lists of cases and slips: filters, order and counts as one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from surveyapp.domain.case import ENDED, UNITS_TURN, State
from surveyapp.domain.slips import Colour
from surveyapp.storage.case_records import (
    CaseRecord,
    DutyRecord,
    InvitationRecord,
    SlipRecord,
)
from surveyapp.storage.database import Work
from surveyapp.storage.rectification import of_units as items_of_units
from surveyapp.storage.rectification_records import ItemRecord


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whose turn counts as one's own: a unit's, the supervising office's, a reviewer's."""

    handles: bool
    supervises: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Which cases a unit may see.

    Attributes
    ----------
    units : frozenset of str
        Cases of one of these units, reviewed or responsible.
    today : date
        Anonymous cases only from the day on that the rules of their survey let the unit see them.
    """

    units: frozenset[str]
    today: date

    def holds(self, record: CaseRecord) -> bool:
        """Whether a case lies within the scope."""
        is_theirs = bool({record.unit_code, record.responsible_unit} & self.units)
        return is_theirs and (record.unit_sees_from is None or record.unit_sees_from <= self.today)

    def condition(self) -> ColumnElement[bool]:
        """Return the same as a condition of a statement."""
        since = CaseRecord.unit_sees_from
        return and_(_of_units(self.units), or_(since.is_(None), since <= self.today))


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases to list; None means all.

    Attributes
    ----------
    scope : Scope or None
        What who asks may see.
    below : frozenset of str or None
        Cases of one of these units.
    expired_before : date or None
        Only cases whose clock ended before this day.
    """

    scope: Scope | None = None
    survey_id: UUID | None = None
    state: State | None = None
    is_open: bool | None = None
    below: frozenset[str] | None = None
    is_named: bool | None = None
    colour: Colour | None = None
    is_provisional: bool = False
    expired_before: date | None = None
    due_from: date | None = None
    due_until: date | None = None
    waiting: Waiting | None = None
    received_from: date | None = None
    received_until: date | None = None
    text: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of a statement."""
        found: list[ColumnElement[bool]] = []
        if self.scope is not None:
            found.append(self.scope.condition())
        if self.below is not None:
            found.append(_of_units(self.below))
        if self.survey_id is not None:
            found.append(CaseRecord.survey_id == self.survey_id)
        if self.state is not None:
            found.append(CaseRecord.state == self.state)
        if self.is_open is not None:
            ended = CaseRecord.state.in_(ENDED)
            found.append(~ended if self.is_open else ended)
        if self.is_named is not None:
            found.append(CaseRecord.is_named == self.is_named)
        if self.colour is not None:
            found.append(_has_colour(self.colour))
        return found + self._about_days() + self._about_people()

    def _about_days(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.expired_before is not None:
            found.append(CaseRecord.due_on < self.expired_before)
        if self.is_provisional:
            found.append(CaseRecord.due_is_provisional.is_(True))
        if self.due_from is not None:
            found.append(CaseRecord.due_on >= self.due_from)
        if self.due_until is not None:
            found.append(CaseRecord.due_on <= self.due_until)
        if self.received_from is not None:
            found.append(CaseRecord.received_on >= self.received_from)
        if self.received_until is not None:
            found.append(CaseRecord.received_on <= self.received_until)
        return found

    def _about_people(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.waiting is not None:
            found.append(_waits_for(self.waiting))
        if self.text:
            wanted = self.text.lower()
            columns = (CaseRecord.number, CaseRecord.responsible_person, CaseRecord.goal)
            found.append(
                or_(*(func.lower(column).contains(wanted, autoescape=True) for column in columns))
            )
        return found


def _of_units(codes: frozenset[str]) -> ColumnElement[bool]:
    listed = sorted(codes)
    return or_(CaseRecord.unit_code.in_(listed), CaseRecord.responsible_unit.in_(listed))


def _has_colour(colour: Colour) -> ColumnElement[bool]:
    """Say that this is the most urgent slip of the newest round of an open case."""
    order = list(Colour)
    other = aliased(SlipRecord)
    newest = select(func.max(other.round)).where(other.case_id == CaseRecord.id).scalar_subquery()
    of_round = select(SlipRecord.id).where(
        SlipRecord.case_id == CaseRecord.id, SlipRecord.round == newest
    )
    more_urgent = order[order.index(colour) + 1 :]
    return and_(
        CaseRecord.closed_on.is_(None),
        of_round.where(SlipRecord.colour == colour).exists(),
        ~of_round.where(SlipRecord.colour.in_(more_urgent)).exists(),
    )


def _waits_for(waiting: Waiting) -> ColumnElement[bool]:
    """Say whose turn a case is, by its state and what is known of the citizen."""
    reachable = or_(CaseRecord.is_named, CaseRecord.has_contact)
    turns: list[ColumnElement[bool]] = [false()]
    if waiting.handles:
        turns.append(
            and_(CaseRecord.state.in_(sorted(UNITS_TURN)), CaseRecord.unit_code.is_not(None))
        )
    if waiting.supervises:
        turns.append(CaseRecord.state.in_([State.ASSESSING, State.APPEALED]))
        turns.append(and_(CaseRecord.state == State.ANSWERED, reachable))
        turns.append(and_(CaseRecord.state == State.TO_VERIFY, CaseRecord.unit_code.is_(None)))
    if waiting.closes:
        turns.append(CaseRecord.state.in_([State.CALLED_BACK, State.RULING]))
        turns.append(and_(CaseRecord.state == State.ANSWERED, ~reachable))
    return or_(*turns)


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip, and the one thing it is about: a case, or a matter being put right."""

    slip: SlipRecord
    case: CaseRecord | None
    item: ItemRecord | None


@dataclass(frozen=True, slots=True)
class CaseLists:
    """Lists in one transaction."""

    work: Work

    def count(self, query: CaseQuery) -> int:
        """Return how many cases there are."""
        counted = select(func.count(CaseRecord.id)).where(*query.conditions())
        return self.work.session.scalar(counted) or 0

    def page(self, query: CaseQuery, *, limit: int, offset: int) -> Sequence[CaseRecord]:
        """Return cases: what is due first comes first, what has ended last."""
        found = select(CaseRecord).where(*query.conditions())
        found = found.order_by(
            CaseRecord.state.in_(ENDED), CaseRecord.due_on.is_(None), CaseRecord.due_on,
            CaseRecord.received_on, CaseRecord.id,
        )  # fmt: skip
        return self.work.session.scalars(found.limit(limit).offset(offset)).all()

    def waiting_ids(self, case_ids: Sequence[UUID], waiting: Waiting) -> frozenset[UUID]:
        """Return which of some cases wait for somebody."""
        found = select(CaseRecord.id).where(CaseRecord.id.in_(case_ids), _waits_for(waiting))
        return frozenset(self.work.session.scalars(found))

    def all(self, query: CaseQuery) -> Sequence[CaseRecord]:
        """Return every case, in the order the reviews were received."""
        found = select(CaseRecord).where(*query.conditions())
        found = found.order_by(CaseRecord.received_on, CaseRecord.number)
        return self.work.session.scalars(found).all()

    def slips(self, scope: Scope | None, year: int | None) -> Sequence[SlipRow]:
        """Return slips with what they are about, in the order of their numbers.

        Parameters
        ----------
        scope : Scope or None
            What who asks may see, None for all.
        """
        found = self._slips()
        if scope is not None:
            found = found.where(
                or_(
                    and_(CaseRecord.id.is_not(None), scope.condition()),
                    and_(ItemRecord.id.is_not(None), items_of_units(scope.units)),
                )
            )
        if year is not None:
            found = found.where(SlipRecord.year == year)
        rows = self.work.session.execute(found.order_by(SlipRecord.year, SlipRecord.serial))
        return [SlipRow(*row) for row in rows]

    def slip(self, year: int, serial: int, *, for_update: bool = False) -> SlipRow | None:
        """Return one slip with what it is about."""
        found = self._slips().where(SlipRecord.year == year, SlipRecord.serial == serial)
        if for_update:
            found = found.with_for_update(of=SlipRecord)
        row = self.work.session.execute(found).one_or_none()
        return None if row is None else SlipRow(*row)

    def on_duty(self, place_id: UUID, moment: datetime) -> Sequence[str]:
        """Return the numbers of those on duty at a place at a moment."""
        query = select(DutyRecord.staff_number).where(
            DutyRecord.place_id == place_id,
            DutyRecord.starts_at <= moment,
            DutyRecord.ends_at > moment,
        )
        return self.work.session.scalars(query.order_by(DutyRecord.staff_number)).all()

    def item_of(self, survey_id: UUID, case_number: str) -> str | None:
        """Return the name of the item that an invitation gave for a service case."""
        query = select(InvitationRecord.item_name).where(
            InvitationRecord.survey_id == survey_id, InvitationRecord.case_number == case_number
        )
        return self.work.session.scalars(query).one_or_none()

    def _slips(self) -> Select[SlipRecord, CaseRecord | None, ItemRecord | None]:
        found = select(SlipRecord, CaseRecord, ItemRecord)
        found = found.outerjoin(CaseRecord, CaseRecord.id == SlipRecord.case_id)
        return found.outerjoin(ItemRecord, ItemRecord.id == SlipRecord.item_id)
