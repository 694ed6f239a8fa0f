"""Occurrences as they are entered and shown, and what makes one acceptable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from surveyapp.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.domain.objective import MOST_OCCURRENCES, EntryKind, EntryStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, require_second
from surveyapp.domain.scheme import AdjustmentRule, OverrideRule, Scheme
from surveyapp.domain.text import Text
from surveyapp.services.assessment.common import all_units, unit_names
from surveyapp.services.assessment.evidence import Evidence, Owner, evidence_of
from surveyapp.services.assessment.value_views import ObjectionView, objection_view
from surveyapp.storage.database import Work
from surveyapp.storage.evidence import StoredEvidence
from surveyapp.storage.objective_records import AdjustmentRecord
from surveyapp.storage.objectives import AdjustmentRepository, ObjectionRepository


@dataclass(frozen=True, slots=True)
class Entry:
    """An occurrence as it is entered.

    Attributes
    ----------
    day : date or Period
        When it happened; of a period the last day counts, or today inside the present one.
    document : str
        Title and number of the source document, always.
    """

    rule: str
    unit: str
    day: date | Period
    occurrences: int
    reason: str
    document: str
    files: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An occurrence as pages and commands show it.

    Attributes
    ----------
    rule : Text
        Its title; the key where the scheme has dropped it.
    may_verify, may_object, may_rule : bool
        What the person who looks may do now.
    """

    id: UUID
    scheme: str
    kind: EntryKind
    rule_key: str
    rule: Text
    unit_code: str
    unit_name: str
    day: date
    occurrences: int
    reason: str
    document: str
    status: EntryStatus
    entered_by: str
    entered_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None
    files: tuple[StoredEvidence, ...]
    objection: ObjectionView | None
    may_verify: bool
    refusal: Message | None
    may_object: bool
    may_rule: bool


def unknown_entry() -> NotFound:
    """Return the refusal of an occurrence that does not exist, or is another unit's."""
    return NotFound(message("There is no such addition, deduction or override."))


def entered_rule(scheme: Scheme, key: str) -> tuple[EntryKind, AdjustmentRule | OverrideRule]:
    """Return the rule somebody names, and what follows from it.

    Raises
    ------
    BadInput
    """
    for adjustment in scheme.adjustments:
        if adjustment.key == key:
            return EntryKind.POINTS, adjustment
    for override in scheme.overrides:
        if override.key == key and override.when is None:
            return EntryKind.OVERRIDE, override
        if override.key == key:
            raise BadInput(
                message(
                    "“%(rule)s” follows from a value by itself: nobody enters it.",
                    rule=override.title,
                )
            )
    known = [one.key for one in scheme.adjustments]
    known += [one.key for one in scheme.overrides if one.when is None]
    raise BadInput(
        message(
            "The scheme has no rule “%(key)s”; it has: %(known)s.",
            key=key[:80],
            known=", ".join(known) or "–",
        )
    )


def require_assessed(work: Work, scheme: Scheme, code: str) -> None:
    """Refuse a unit that the scheme does not assess.

    Raises
    ------
    BadInput
    """
    unit = {one.code: one for one in all_units(work)}.get(code)
    if unit is None or unit.category != scheme.category:
        raise BadInput(
            message(
                "“%(code)s” is no unit of the category “%(category)s” that the scheme assesses.",
                code=code[:80],
                category=scheme.category,
            )
        )


def require_enterer(person: Person, unit: str, rule: AdjustmentRule | OverrideRule) -> None:
    """Refuse whoever may not enter this occurrence.

    Raises
    ------
    NotAllowed
    """
    if person.is_office and person.reports:
        return
    adds = isinstance(rule, AdjustmentRule) and rule.points is not None and rule.points > 0
    if not (person.reports and unit in person.units and adds):
        raise NotAllowed(
            message("A unit may claim additions for itself; everything else the office enters.")
        )


def entered_day(given: date | Period, scheme: Scheme, today: date) -> date:
    """Return the day of an occurrence.

    Raises
    ------
    BadInput
    """
    if not isinstance(given, Period):
        day = given
    else:
        # Of the present period today; of one to come its first day, which is then refused.
        day = max(given.first_day, min(given.last_day, today))
    if day.year != scheme.year:
        raise BadInput(
            message(
                "“%(day)s” lies outside the year of the scheme, %(year)s.",
                day=day.isoformat(),
                year=str(scheme.year),
            )
        )
    if day > today:
        raise BadInput(message("“%(text)s” lies in the future.", text=day.isoformat()))
    return day


def counted_occurrences(given: int, kind: EntryKind) -> int:
    """Return how often something occurred.

    Raises
    ------
    BadInput
    """
    most = MOST_OCCURRENCES if kind is EntryKind.POINTS else 1
    if not 1 <= given <= most:
        raise BadInput(
            message("It occurred 1 to %(most)s times; an override occurs once.", most=most)
        )
    return given


def seen_entry(work: Work, entry_id: UUID, person: Person) -> AdjustmentRecord:
    """Return an occurrence that a person may see.

    Raises
    ------
    NotFound
    """
    record = AdjustmentRepository(work).find(entry_id)
    if record is None or not (person.sees_all or record.unit_code in person.units):
        raise unknown_entry()
    return record


def entry_refusal(record: AdjustmentRecord, person: Person) -> Refusal | None:
    """Return why a person may not judge an occurrence, None where they may."""
    try:
        require_second(person, record.entered_by, record.entered_staff_id, [record.unit_code])
    except NotAllowed as refusal:
        return refusal
    return None


def entry_lines(
    work: Work, scheme: Scheme, records: Iterable[AdjustmentRecord], person: Person
) -> list[EntryLine]:
    """Return occurrences as one person sees them."""
    found = list(records)
    ids = [one.id for one in found]
    names = unit_names(work)
    files = evidence_of(work, Owner.ADJUSTMENT, ids)
    objections = ObjectionRepository(work).against(ids)
    given = evidence_of(work, Owner.OBJECTION, [one.id for one in objections.values()])
    rules = {one.key: one.title for one in scheme.adjustments}
    rules |= {one.key: one.title for one in scheme.overrides}
    lines = []
    for one in found:
        objection = objections.get(one.id)
        view = objection_view(objection, given.get(objection.id, ())) if objection else None
        waits = one.status == EntryStatus.ENTERED and person.verifies
        refusal = entry_refusal(one, person) if waits else None
        counts = one.status == EntryStatus.VERIFIED
        lines.append(
            EntryLine(
                id=one.id,
                scheme=one.scheme_key,
                kind=EntryKind(one.kind),
                rule_key=one.rule_key,
                rule=rules.get(one.rule_key, Text.same(one.rule_key)),
                unit_code=one.unit_code,
                unit_name=names.get(one.unit_code, one.unit_code),
                day=one.day,
                occurrences=one.occurrences,
                reason=one.reason,
                document=one.document,
                status=EntryStatus(one.status),
                entered_by=one.entered_by,
                entered_at=one.entered_at,
                decided_by=one.decided_by,
                decided_at=one.decided_at,
                decision_note=one.decision_note,
                files=tuple(files.get(one.id, ())),
                objection=view,
                may_verify=waits and refusal is None,
                refusal=refusal.message if refusal else None,
                may_object=counts and objection is None and one.unit_code in person.units,
                may_rule=person.settles and view is not None and view.ruling is None,
            )
        )
    return lines
