"""What all use cases of closed ballots share."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Definition, Kind
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.ballots.keys import BallotKeys
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
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
