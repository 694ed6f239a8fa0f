"""How a citizen wants to be called back: encrypted, masked, read only with a trace, and deleted.

Each number is sealed with a key derived from its survey's own key for this purpose alone, and bound
to its review: a ciphertext moved to another row does not open.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.telephone import normalise
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.case_records import ContactRecord
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.contacts import ContactRepository
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository

_NONCE_BYTES = 12


class Contacts:
    """Use cases around telephone numbers."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._keyring = keyring
        self._now = now
        self._timezone = timezone
        self._random_bytes = random_bytes

    def store(self, work: Work, survey: SurveyRecord, response_id: UUID, number: str) -> None:
        """Keep a number in the transaction of a larger change; an earlier one gives way.

        It goes ``contact_days`` after today unless a case opens, which keeps it until it closes.

        Parameters
        ----------
        response_id : UUID
            The review as it stands; the response is stored already.

        Raises
        ------
        BadInput
            It is no telephone number.
        """
        number = _normal(number)
        open_case = CaseRepository(work).open_of_response(response_id)
        if open_case is not None:
            open_case.has_contact = True
        nonce = self._random_bytes(_NONCE_BYTES)
        sealed = self._cipher(survey).encrypt(nonce, number.encode(), response_id.bytes)
        last = None if open_case else self._today() + self._kept_for(work, response_id)
        ContactRepository(work).put(
            ContactRecord(
                response_id=response_id,
                survey_id=survey.id,
                ciphertext=nonce + sealed,
                delete_after=last,
            )
        )

    def move(self, work: Work, survey: SurveyRecord, before: UUID, after: UUID) -> None:
        """Give the number of a review to the one that replaces it (a changed level)."""
        contacts = ContactRepository(work)
        kept = contacts.find(before)
        if kept is not None:
            self.store(work, survey, after, self._opened(survey, kept))
            contacts.remove(before)

    def masked(self, response_id: UUID) -> str | None:
        """Return the number with its middle hidden, None where none is kept."""
        with self._database.reading() as work:
            return self.masked_within(work, response_id)

    def masked_within(self, work: Work, response_id: UUID) -> str | None:
        """Return the masked number, in the transaction of a larger reading."""
        kept = ContactRepository(work).find(response_id)
        return None if kept is None else masked_number(self._opened(_survey(work, kept), kept))

    def has(self, work: Work, response_id: UUID) -> bool:
        """Whether a number is kept for a review."""
        return ContactRepository(work).find(response_id) is not None

    def reveal(self, response_id: UUID, actor: Actor, target: str = "") -> str:
        """Return the whole number; that it was read becomes an event of the log.

        Parameters
        ----------
        target : str
            What the log names, such as the number of the case; the review itself where empty.

        Raises
        ------
        NotFound
            No number is kept.
        """
        with self._database.writing() as work:
            kept = ContactRepository(work).find(response_id)
            if kept is None:
                raise NotFound(message("No telephone number is kept here, or it was deleted."))
            number = self._opened(_survey(work, kept), kept)
            target = target or str(response_id)
            record_event(work, actor, "contact.reveal", target, {}, now=self._now())
        return number

    def keep(self, work: Work, response_id: UUID) -> None:
        """Keep a number until its case closes."""
        kept = ContactRepository(work).find(response_id)
        if kept is not None:
            kept.delete_after = None

    def forget_after(self, work: Work, response_id: UUID, day: date) -> None:
        """Let a number go after a day."""
        kept = ContactRepository(work).find(response_id)
        if kept is not None:
            kept.delete_after = day

    def forget(self, today: date) -> int:
        """Delete every number that is past its day; return how many that were."""
        with self._database.writing() as work:
            return ContactRepository(work).forget(today)

    def _kept_for(self, work: Work, response_id: UUID) -> timedelta:
        """Return for how long a number is kept where no case is open."""
        response = ResponseRepository(work).get(response_id)
        revision = SurveyRepository(work).revision(response.revision_id)
        rules = self._definitions.read(revision).review
        return timedelta(days=0 if rules is None else rules.contact_days)

    def _today(self) -> date:
        return self._now().astimezone(self._timezone).date()

    def _opened(self, survey: SurveyRecord, kept: ContactRecord) -> str:
        nonce, sealed = kept.ciphertext[:_NONCE_BYTES], kept.ciphertext[_NONCE_BYTES:]
        return self._cipher(survey).decrypt(nonce, sealed, kept.response_id.bytes).decode()

    def _cipher(self, survey: SurveyRecord) -> AESGCM:
        key = self._keyring.open(survey.id, survey.wrapped_response_key)
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"surveyapp contacts")
        return AESGCM(derive.derive(key))


def _survey(work: Work, kept: ContactRecord) -> SurveyRecord:
    return work.session.get_one(SurveyRecord, kept.survey_id)


def _normal(typed: str) -> str:
    number = normalise(typed)
    if number is None:
        raise BadInput(
            message(
                "This is no telephone number: enter a mobile number of 11 digits, or a landline"
                " with its area code."
            )
        )
    return number


def masked_number(number: str) -> str:
    """Return a number with its middle hidden, for example 138****5678."""
    return f"{number[:3]}****{number[-4:]}"
