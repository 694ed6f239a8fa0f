"""Verifying reported values (核实): a second person lets them count, or gives them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.objective import NOTE_LENGTH, ValueStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme import Scheme
from surveyapp.services.assessment.common import (
    locked_scheme,
    scheme_in_use,
    unknown_value,
    verify_refusal,
)
from surveyapp.services.auditing import record_event
from surveyapp.storage.database import Database, Work
from surveyapp.storage.objective_records import ObjectiveValueRecord
from surveyapp.storage.objectives import ObjectiveRepository, decide, slot_of


@dataclass(frozen=True, slots=True)
class Verified:
    """What a round of verifying did.

    Attributes
    ----------
    verified : int
        Values that count from now on.
    left : int
        Values this person may not verify: their own reports, or those of their unit.
    """

    verified: int
    left: int


class Verifying:
    """Use cases of the second person."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def verify_all(
        self,
        scheme_key: str,
        person: Person,
        *,
        period: Period | None = None,
        indicator: str | None = None,
        asked_by: Actor | None = None,
    ) -> Verified:
        """Verify every value that waits, except those this person may not judge.

        Parameters
        ----------
        asked_by : Actor, optional
            The operator who typed the command for the second person.

        Raises
        ------
        NotFound, Conflict
            No such scheme, or it is not in use.
        BadInput
            The scheme has no such indicator.
        NotAllowed
            This person verifies nothing.
        """
        with self._database.writing() as work:
            scheme = locked_scheme(work, scheme_key)
            if indicator is not None and indicator not in {one.key for one in scheme.indicators}:
                raise BadInput(
                    message("The scheme has no indicator “%(key)s”.", key=indicator[:80])
                )
            waiting = ObjectiveRepository(work).waiting(
                scheme.key, period=str(period) if period else None, indicator=indicator
            )
            return self._verify(work, scheme, waiting, person, asked_by)

    def verify_each(self, scheme_key: str, ids: Iterable[UUID], person: Person) -> Verified:
        """Verify some of the values that wait; what was decided meanwhile is left out.

        Raises
        ------
        NotFound, Conflict, NotAllowed
        """
        chosen = set(ids)
        with self._database.writing() as work:
            scheme = locked_scheme(work, scheme_key)
            waiting = ObjectiveRepository(work).waiting(scheme.key)
            picked = [one for one in waiting if one.id in chosen]
            return self._verify(work, scheme, picked, person, None)

    def _verify(
        self,
        work: Work,
        scheme: Scheme,
        records: Sequence[ObjectiveValueRecord],
        person: Person,
        asked_by: Actor | None,
    ) -> Verified:
        require_verifier(person)
        now = self._now()
        values = ObjectiveRepository(work)
        good = [one for one in records if verify_refusal(scheme, one, person) is None]
        values.replace(values.verified_in(scheme.key, [slot_of(one) for one in good]))
        for one in good:
            one.status = ValueStatus.VERIFIED
            decide(one, person.actor, now)
        if good:
            detail: dict[str, Any] = {"n": len(good)}
            if asked_by is not None:
                detail["witness"] = person.actor.name
            record_event(
                work, asked_by or person.actor, "value.verify", scheme.key, detail, now=now
            )
        return Verified(len(good), len(records) - len(good))

    def give_back(self, value_id: UUID, reason: str, person: Person) -> None:
        """Return a value to whoever reported it (退回).

        Raises
        ------
        NotFound, Conflict
            No such value; somebody decided about it meanwhile.
        NotAllowed, BadInput
            This person may not judge it; no reason is given.
        """
        reason = clean_text(reason, message("Say what has to be put right."), NOTE_LENGTH)
        require_verifier(person)
        now = self._now()
        with self._database.writing() as work:
            record = ObjectiveRepository(work).find(value_id, for_update=True)
            if record is None:
                raise unknown_value()
            scheme = scheme_in_use(work, record.scheme_key)
            refusal = verify_refusal(scheme, record, person)
            if refusal is not None:
                raise refusal
            if record.status != ValueStatus.REPORTED:
                raise Conflict(message("Somebody has decided about this value meanwhile."))
            record.status = ValueStatus.RETURNED
            record.decision_note = reason
            decide(record, person.actor, now)
            detail = {"value": str(record.id), "reason": reason}
            record_event(work, person.actor, "value.return", scheme.key, detail, now=now)


def require_verifier(person: Person) -> None:
    """Refuse whoever has not the role of a reviewer.

    Raises
    ------
    NotAllowed
    """
    if not person.verifies:
        raise NotAllowed(message("Values are verified by a reviewer."))
