"""What all use cases of closed ballots share."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Definition, Kind, Status
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.ballots.keys import BallotKeys
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.staff import StaffRepository
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class BallotSurvey:
    """A survey of kind ballot in one transaction."""

    record: SurveyRecord
    revision_sha256: str
    definition: Definition
    rules: BallotRules


@dataclass(frozen=True, slots=True)
class BallotDesk:
    """The parts everything around ballots is made of."""

    database: Database
    definitions: DefinitionCache
    keyring: Keyring
    keys: BallotKeys
    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    base_url: str

    def survey(self, work: Work, key: str, *, for_update: bool = False) -> BallotSurvey:
        """Return a ballot.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is of another kind.
        """
        surveys = SurveyRepository(work)
        record = surveys.find(key, for_update=for_update)
        if record is None:
            raise unknown_survey(key)
        if record.kind != Kind.BALLOT:
            raise Conflict(message("“%(key)s” is no ballot.", key=key))
        revision = surveys.shown(record)
        definition = self.definitions.read(revision)
        return BallotSurvey(record, revision.sha256, definition, rules_of(definition))

    def digest(self, survey_id: UUID, wrapped: bytes, code: str, *, rehearsal: bool) -> str:
        """Return what is stored of a credential; real and rehearsal codes never meet."""
        purpose = "rehearsal" if rehearsal else "credential"
        return self.keyed(survey_id, wrapped, purpose, code).hex()

    def keyed(self, survey_id: UUID, wrapped: bytes, purpose: str, *parts: str) -> bytes:
        """Return a keyed hash that only this server can make."""
        key = self.keyring.open(survey_id, wrapped)
        return hmac.digest(key, "\n".join((purpose, *parts)).encode(), hashlib.sha256)

    def new_id(self) -> UUID:
        """Draw a random id."""
        return UUID(bytes=self.random_bytes(16), version=4)


def rules_of(definition: Definition) -> BallotRules:
    """Return the rules of a ballot."""
    if definition.ballot is None:
        raise ValueError(f"{definition.key} is no ballot")
    return definition.ballot


def require_open(ballot: BallotSurvey, *, rehearsal: bool = False) -> None:
    """Refuse slips and papers of a vote that has not begun, but for a rehearsal, or has ended.

    Raises
    ------
    Conflict
    """
    status = ballot.record.status
    if status == Status.CLOSED:
        raise Conflict(message("The vote “%(key)s” has ended.", key=ballot.record.key))
    if status == Status.DRAFT and not rehearsal:
        raise Conflict(
            message(
                "“%(key)s” is a draft: put it in use before issuing slips. Slips for a rehearsal"
                " can be made now with --rehearsal.",
                key=ballot.record.key,
            )
        )


def class_of(ballot: BallotSurvey, class_key: str) -> VotingClass:
    """Return a class of a ballot.

    Raises
    ------
    NotFound
        With the classes there are.
    """
    try:
        return ballot.rules.voting_class(class_key)
    except KeyError:
        known = ", ".join(one.key for one in ballot.rules.classes)
        raise NotFound(
            message(
                "There is no class “%(key)s”; the classes are: %(known)s.",
                key=class_key[:80],
                known=known,
            )
        ) from None


def require_two(work: Work, witnesses: tuple[str, str]) -> None:
    """Refuse to replace anything that was issued unless two members of staff watch.

    Raises
    ------
    BadInput
        They are not two accounts.
    """
    staff = StaffRepository(work)
    names = {name.strip() for name in witnesses}
    found = [staff.find(name) for name in names]
    if len(found) < 2 or any(one is None or one.disabled_at is not None for one in found):
        raise BadInput(
            message("A slip is replaced before two members of staff: name two different accounts.")
        )
