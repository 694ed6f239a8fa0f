"""Invitations: links for one service case or one invited person, kept as keyed digests only.

The link of a service case comes from its number through a keyed hash: asked for again, it is the
same one, though it is stored nowhere. A link for a person of a sample is drawn at random.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Kind
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import refuse_ballot, unknown_survey
from surveyapp.services.collection.importing import LineError
from surveyapp.services.collection.intake import Intake, unknown_code
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.case_records import InvitationRecord
from surveyapp.storage.database import Work
from surveyapp.storage.invitations import (
    InvitationNumbers,
    InvitationRepository,
    InvitationRow,
    InvitationStatusRow,
)
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository

MOST = {"case_number": 50, "item_code": 64, "item_name": 200, "window": 64, "staff_number": 64}
_LONGEST_WEIGHT = 40
_BYTES = codes.RECEIPT_BITS // 8


@dataclass(frozen=True, slots=True)
class InvitationOrder:
    """What a link shall be for.

    Attributes
    ----------
    case_number : str or None
        The service case (办件编号); None for a person of a sample.
    attributes : mapping of str to str
        Banded attributes of the person invited, by level key: all that is kept of them.
    base_weight : str or None
        The weight of the design, a number above 0.
    expires_at : datetime or None
        Aware.
    """

    case_number: str | None = None
    subject_key: str | None = None
    item_code: str | None = None
    item_name: str | None = None
    window: str | None = None
    staff_number: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    base_weight: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link, as it goes out once.

    Attributes
    ----------
    is_new : bool
        False where the service case had this link before.
    """

    code: str
    url: str
    survey_key: str
    case_number: str | None
    expires_at: datetime | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class InvitationStatus:
    """Whether a service case was reviewed: without a review it is 未评, never good.

    Attributes
    ----------
    reviews : int
        0 to 2, whatever the way in.
    """

    case_number: str
    reviews: int
    created_at: datetime
    expires_at: datetime | None
    is_expired: bool


class InvalidInvitations(BadInput):
    """Orders that cannot be kept, all of them at once."""

    def __init__(self, problems: Sequence[LineError]) -> None:
        super().__init__(message("No link was made: %(n)s rows are refused.", n=len(problems)))
        self.problems = tuple(problems)


class Inviting:
    """Use cases around invitations."""

    def __init__(
        self,
        intake: Intake,
        definitions: DefinitionCache,
        keyring: Keyring,
        base_url: str,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._intake = intake
        self._definitions = definitions
        self._keyring = keyring
        self._base_url = base_url
        self._now = now
        self._random_bytes = random_bytes

    def create(self, survey_key: str, order: InvitationOrder, actor: Actor) -> Invitation:
        """Make the link for a service case or for a person.

        A case that has one gets the same again, with the new end and the new description.

        Raises
        ------
        NotFound
            There is no such survey.
        BadInput
            What is wrong with the order, in one sentence.
        Conflict
            The survey is not in use.
        """
        try:
            return self.create_all(survey_key, [(1, order)], actor)[0]
        except InvalidInvitations as refusal:
            raise BadInput(refusal.problems[0].message) from refusal

    def create_all(
        self, survey_key: str, orders: Sequence[tuple[int, InvitationOrder]], actor: Actor
    ) -> list[Invitation]:
        """Make links for many service cases or persons, all of them or none.

        Parameters
        ----------
        orders : sequence of (line, InvitationOrder)
            At least one.

        Raises
        ------
        NotFound, Conflict
            As `create` does.
        InvalidInvitations
            Every order that cannot be kept, by its line.
        """
        with self._intake.database.writing() as work:
            survey = SurveyRepository(work).find(survey_key)
            if survey is None:
                raise unknown_survey(survey_key)
            refuse_ballot(survey)
            if survey.status != "open":
                raise Conflict(message("Only a survey that is in use can invite."))
            weights = self._all_checked(work, survey, orders)
            key = self._keyring.open(survey.id, survey.wrapped_response_key)
            made = []
            for (_, order), weight in zip(orders, weights, strict=True):
                code = self._code(key, order)
                record = self._record(survey, order, digest_of(key, code), weight, actor)
                made.append(self._invitation(survey, order, code, is_new=self._put(work, record)))
            new = sum(one.is_new for one in made)
            detail: dict[str, Any] = {"n": len(made), "new": new}
            if len(made) == 1:
                detail = {"for": orders[0][1].case_number, "new": new}
            record_event(
                work, actor, "invitation.create", survey_key, now=self._now(), detail=detail
            )
        return made

    def _invitation(
        self, survey: SurveyRecord, order: InvitationOrder, code: str, *, is_new: bool
    ) -> Invitation:
        return Invitation(
            code=code,
            url=f"{self._base_url}/i/{code}",
            survey_key=survey.key,
            case_number=order.case_number,
            expires_at=order.expires_at,
            is_new=is_new,
        )

    def _all_checked(
        self, work: Work, survey: SurveyRecord, orders: Sequence[tuple[int, InvitationOrder]]
    ) -> list[str | None]:
        """Refuse all orders if one cannot be kept; return their weights as canonical text."""
        subjects = {subject.key for subject in SurveyRepository(work).subjects(survey.id)}
        definition = self._definitions.read(SurveyRepository(work).shown(survey))
        weights, problems = [], []
        lines: dict[str, int] = {}
        for line, order in orders:
            try:
                weights.append(self._checked(survey, order, subjects, definition))
            except BadInput as refusal:
                problems.append(LineError(line, refusal.message))
            if order.case_number is not None:
                other = lines.setdefault(order.case_number, line)
                if other != line:
                    twice = message("The service case stands in line %(line)s too.", line=other)
                    problems.append(LineError(line, twice))
        if problems:
            raise InvalidInvitations(problems)
        return weights

    def status(self, survey_key: str, case_number: str) -> InvitationStatus:
        """Return whether a service case that was invited has been reviewed.

        Raises
        ------
        NotFound
            There is no such survey, or the case has no link.
        """
        with self._intake.database.reading() as work:
            survey = SurveyRepository(work).find(survey_key)
            if survey is None:
                raise unknown_survey(survey_key)
            rows = InvitationRepository(work).statuses(survey.id, only=case_number)
        if not rows:
            raise NotFound(message("This service case has no link."))
        return self._status(rows[0])

    def statuses(
        self, survey_key: str, *, after: str = "", limit: int, unreviewed: bool = False
    ) -> list[InvitationStatus]:
        """Return the invited service cases by number, from behind one of them on.

        Raises
        ------
        NotFound
        """
        with self._intake.database.reading() as work:
            survey = SurveyRepository(work).find(survey_key)
            if survey is None:
                raise unknown_survey(survey_key)
            rows = InvitationRepository(work).statuses(
                survey.id, after=after, limit=limit, unreviewed=unreviewed
            )
        return [self._status(row) for row in rows]

    def numbers(self, survey_key: str) -> InvitationNumbers:
        """Return how many links a survey has, and how many were used.

        Raises
        ------
        NotFound
        """
        with self._intake.database.reading() as work:
            survey = SurveyRepository(work).find(survey_key)
            if survey is None:
                raise unknown_survey(survey_key)
            return InvitationRepository(work).totals(survey.id)

    def _status(self, row: InvitationStatusRow) -> InvitationStatus:
        return InvitationStatus(
            case_number=row.case_number,
            reviews=row.reviews,
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_expired=row.expires_at is not None and self._now() >= row.expires_at,
        )

    def find(self, work: Work, typed: str) -> InvitationRow:
        """Return the invitation behind a link.

        Raises
        ------
        NotFound
            Unknown, malformed and expired ones alike.
        """
        code = codes.normalise(typed, codes.RECEIPT_BITS)
        if code is None:
            raise unknown_code()
        for keys in (self._intake.known_keys, self._intake.learn_keys):
            digests = [digest_of(key, code) for key in keys(work)]
            found = InvitationRepository(work).find(digests)
            if found is not None:
                if found.expires_at is not None and self._now() >= found.expires_at:
                    raise unknown_code()
                return found
        raise unknown_code()

    def _code(self, key: bytes, order: InvitationOrder) -> str:
        if order.case_number is None:
            return codes.new_code(codes.RECEIPT_BITS, self._random_bytes)
        made = hmac.digest(key, f"invitation for {order.case_number}".encode(), "sha256")
        return codes.encode(made[:_BYTES])

    def _put(self, work: Work, record: InvitationRecord) -> bool:
        """Store an invitation, or renew the one its case has; whether it is new."""
        invitations = InvitationRepository(work)
        if invitations.add(record):
            return True
        known = invitations.of_case(record.survey_id, record.case_number or "")
        for name in ("subject_key", "item_code", "item_name", "window", "staff_number"):
            setattr(known, name, getattr(record, name))
        known.attributes, known.expires_at = record.attributes, record.expires_at
        return False

    def _checked(
        self,
        survey: SurveyRecord,
        order: InvitationOrder,
        subjects: Collection[str],
        definition: Definition,
    ) -> str | None:
        """Refuse an order that cannot be kept; return the weight as canonical text."""
        for name, most in MOST.items():
            value = getattr(order, name)
            if value is not None and not 0 < len(value.strip()) <= most:
                raise BadInput(
                    message("“%(name)s” needs 1 to %(most)s characters.", name=name, most=most)
                )
        if order.case_number is not None and survey.kind != Kind.REVIEW:
            raise BadInput(message("Only a review can be bound to a service case."))
        if order.case_number is not None and order.base_weight is not None:
            raise BadInput(message("A service case has no weight: it was not drawn by chance."))
        if order.subject_key is not None and order.subject_key not in subjects:
            raise BadInput(message("The survey rates no “%(key)s”.", key=order.subject_key[:80]))
        if order.expires_at is not None and order.expires_at <= self._now():
            raise BadInput(message("The link would have expired already."))
        _check_attributes(definition, order.attributes)
        return _weight(order.base_weight)

    def _record(
        self,
        survey: SurveyRecord,
        order: InvitationOrder,
        digest: str,
        weight: str | None,
        actor: Actor,
    ) -> InvitationRecord:
        return InvitationRecord(
            id=uuid4(),
            survey_id=survey.id,
            token_digest=digest,
            subject_key=order.subject_key,
            case_number=order.case_number,
            item_code=order.item_code,
            item_name=order.item_name,
            window=order.window,
            staff_number=order.staff_number,
            attributes=dict(order.attributes),
            base_weight=weight,
            used=0,
            created_by=actor.name,
            created_at=self._now(),
            expires_at=order.expires_at,
        )


def digest_of(response_key: bytes, code: str) -> str:
    """Return what the database keeps of a link."""
    return hmac.digest(response_key, f"invitation{code}".encode(), "sha256").hex()


def _check_attributes(definition: Definition, attributes: Mapping[str, str]) -> None:
    for key, level in attributes.items():
        attribute = definition.attribute(key)
        if attribute is None or attribute.find(level) is None:
            raise BadInput(
                message(
                    "The survey has no attribute “%(key)s” with the level “%(level)s”.",
                    key=key[:64],
                    level=str(level)[:64],
                )
            )


def _weight(text: str | None) -> str | None:
    """Return a weight as canonical decimal text; weight 1 is not stored."""
    if text is None:
        return None
    try:
        weight = Decimal(text)
    except InvalidOperation:
        weight = Decimal(0)
    plain = f"{weight.normalize():f}" if weight.is_finite() and weight > 0 else ""
    if not plain or len(plain) > _LONGEST_WEIGHT:
        raise BadInput(message("“%(text)s” is not a weight: a number above 0.", text=text[:40]))
    return None if plain == "1" else plain
