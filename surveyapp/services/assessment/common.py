"""What the use cases of the assessment share: schemes in use, units, and who is concerned."""

from __future__ import annotations

from surveyapp.domain.accounts import canonical_name
from surveyapp.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.reporting import Person, require_second
from surveyapp.domain.scheme import Scheme, Source
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.assessment.schemes import scheme_in_use as read_in_use
from surveyapp.services.sign_ins import staff_view
from surveyapp.storage.database import Work
from surveyapp.storage.objective_records import ObjectiveValueRecord
from surveyapp.storage.schemes import SchemeRepository
from surveyapp.storage.staff import StaffRepository
from surveyapp.storage.units import UnitRepository


def scheme_in_use(work: Work, key: str) -> Scheme:
    """Return the version of a scheme that is in use.

    Raises
    ------
    NotFound, Conflict
        No such scheme; it is still a draft.
    """
    return read_in_use(work, key)[1]


def locked_scheme(work: Work, key: str) -> Scheme:
    """Return the scheme in use, and let others who report for it wait until the transaction ends.

    Raises
    ------
    NotFound, Conflict
    """
    SchemeRepository(work).find(key, for_update=True)
    return scheme_in_use(work, key)


def schemes_in_use(work: Work) -> list[Scheme]:
    """Return all schemes in use, the latest year first."""
    schemes = SchemeRepository(work)
    return [
        parse_scheme(schemes.version(one.current_version_id).document)
        for one in schemes.all()
        if one.current_version_id is not None
    ]


def all_units(work: Work) -> list[Unit]:
    """Return every unit, by code."""
    return [
        Unit(one.code, one.name, one.parent_code, one.category)
        for one in UnitRepository(work).all()
    ]


def unit_names(work: Work) -> dict[str, str]:
    """Return the name of every unit, by code."""
    return {one.code: one.name for one in UnitRepository(work).all()}


def person_named(work: Work, name: str) -> Person:
    """Return somebody with an account, whom the operator names.

    Raises
    ------
    BadInput
        No such account, or nobody can sign in with it.
    """
    staff = StaffRepository(work)
    record = staff.find(canonical_name(name))
    if record is None or record.disabled_at is not None:
        raise BadInput(
            message("There is no account “%(name)s” that can sign in.", name=name.strip()[:80])
        )
    return Person.of(staff_view(work, record, staff.grants_of(record.id)))


def responsible_for(scheme: Scheme, indicator_key: str) -> str | None:
    """Return the code of the unit that reports an indicator, None for the office."""
    for one in scheme.indicators:
        if one.key == indicator_key and one.source is Source.OBJECTIVE:
            return one.responsible
    return None


def verify_refusal(scheme: Scheme, record: ObjectiveValueRecord, person: Person) -> Refusal | None:
    """Return why a person may not judge a value, None where they may."""
    concerned = (record.unit_code, responsible_for(scheme, record.indicator_key))
    try:
        require_second(person, record.reported_by, record.reported_staff_id, concerned)
    except NotAllowed as refusal:
        return refusal
    return None


def unknown_value() -> NotFound:
    """Return the refusal of a value that does not exist, or is none of this person's business."""
    return NotFound(message("There is no such value."))
