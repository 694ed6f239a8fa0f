"""Preparing a ballot: putting it in use makes the keys; slips carry the one-time credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from surveyapp.domain import codes
from surveyapp.domain.ballot import VotingClass
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import Authoring, SurveySummary
from surveyapp.services.ballots.desk import (
    BallotDesk,
    BallotSurvey,
    class_of,
    require_open,
    require_two,
    rules_of,
)
from surveyapp.services.ballots.keys import MadeKeys
from surveyapp.services.definitions import require_seen
from surveyapp.storage.ballot_records import BallotBoxRecord, BallotClassRecord
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository

CODE_LETTERS: Final = codes.CREDENTIAL_BITS // 5
_RANDOM_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class InUse:
    """A ballot that was put in use, and the keys that are handed out once."""

    summary: SurveySummary
    definition: Definition
    keys: MadeKeys


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip to print."""

    code: str
    url: str
    voting_class: VotingClass


@dataclass(frozen=True, slots=True)
class Slips:
    """New slips, in random order within each class.

    Attributes
    ----------
    rehearsal : bool
        Whether they are throw-away codes that reach no urn.
    """

    definition: Definition
    slips: tuple[Slip, ...]
    rehearsal: bool

    @property
    def by_class(self) -> dict[str, list[str]]:
        """The codes of each class."""
        classes: dict[str, list[str]] = {}
        for slip in self.slips:
            classes.setdefault(slip.voting_class.key, []).append(slip.code)
        return classes


Deliver = Callable[[Slips], object]


def _keep(_slips: Slips) -> None:
    """Leave it to the caller to hand the slips out."""


class BallotPreparing:
    """Use cases before the first ballot is cast."""

    def __init__(self, desk: BallotDesk, authoring: Authoring) -> None:
        self._desk = desk
        self._authoring = authoring

    def put_in_use(
        self, key: str, actor: Actor, *, scrutineers: bool = False, seen: str | None = None
    ) -> InUse:
        """Put a ballot in use (启用): its definition is frozen and its keys are made.

        Parameters
        ----------
        scrutineers : bool
            Whether the urn opens only with a passphrase besides the key file.
        seen : str, optional
            SHA-256 of the definition that was looked at: of no other one.

        Raises
        ------
        NotFound, NotAllowed
            As of `Authoring.publish`.
        Conflict
            No draft to put in use, or another one; no ballot; a class is too small to be secret.
        """
        made: list[MadeKeys] = []

        def prepare(work: Work, survey: SurveyRecord, definition: Definition) -> None:
            draft = SurveyRepository(work).draft(survey.id)
            require_seen(seen, "" if draft is None else draft.sha256)
            made.append(self._prepare(work, survey, definition, scrutineers=scrutineers))

        summary = self._authoring.publish(key, actor, prepare=prepare)
        return InUse(summary, self._authoring.get(key).definition, made[0])

    def _prepare(
        self, work: Work, survey: SurveyRecord, definition: Definition, *, scrutineers: bool
    ) -> MadeKeys:
        rules = rules_of(definition)
        for one in rules.too_small():
            raise Conflict(
                message(
                    "The class “%(key)s” has %(n)s members, and a class of fewer than %(least)s is"
                    " not secret: merge it with another class (their weights add up), or declare"
                    " it as signed (署名评价) with “signed: true”.",
                    key=one.key,
                    n=one.roll,
                    least=rules.minimum.voting_class,
                )
            )
        box, keys = self._desk.keys.make(survey.id, scrutineers=scrutineers)
        classes = (
            BallotClassRecord(
                survey_id=survey.id, key=one.key, position=position, roll=one.roll, issued=0
            )
            for position, one in enumerate(rules.classes)
        )
        BallotRepository(work).add_box(box, classes)
        return keys

    def renew_keys(self, key: str, actor: Actor, *, scrutineers: bool = False) -> InUse:
        """Make the keys anew, because what was handed out was lost before anybody got a slip.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot in use; slips or printed ballots were issued.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            if any(one.issued or one.paper_issued for one in ballots.classes(survey_id)):
                raise Conflict(
                    message(
                        "Slips were issued already: the keys of “%(key)s” stay as they are.",
                        key=key,
                    )
                )
            made, keys = self._desk.keys.make(survey_id, scrutineers=scrutineers)
            box = work.session.get_one(BallotBoxRecord, survey_id)
            box.public_key = made.public_key
            box.wrapped_private_key = made.wrapped_private_key
            box.salt = made.salt
            record_event(work, actor, "ballot.renew_keys", key, {}, now=self._desk.now())
        return InUse(self._authoring.get(key).summary, ballot.definition, keys)

    def lacking(self, key: str) -> dict[str, int]:
        """Return how many slips each class of a ballot in use still lacks, as far as it lacks any.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            left = {
                one.key: one.roll - one.issued - one.paper_issued
                for one in BallotRepository(work).classes(ballot.record.id)
            }
        return {key: n for key, n in left.items() if n > 0}

    def withdraw(self, key: str, class_key: str, witnesses: tuple[str, str], actor: Actor) -> int:
        """Make every unused slip of a class worthless, before two members of staff.

        For the day the file of slips is lost before it was printed: as many can then be issued
        again. Ballots that were cast stay.

        Returns
        -------
        int
            How many slips that were.

        Raises
        ------
        NotFound, Conflict
            No such survey or class; it is not in use.
        BadInput
            The witnesses are not two accounts.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            require_two(work, witnesses)
            voting_class = class_of(ballot, class_key)
            n = BallotRepository(work).withdraw(ballot.record.id, voting_class.key)
            detail = {"class": voting_class.key, "n": n, "witnesses": list(witnesses)}
            record_event(work, actor, "credentials.withdraw", key, detail, now=self._desk.now())
        return n

    def issue(
        self,
        key: str,
        numbers: Mapping[str, int],
        actor: Actor,
        *,
        rehearsal: bool = False,
        deliver: Deliver = _keep,
    ) -> Slips:
        """Make one-time credentials for classes of voters; all of them or none.

        Parameters
        ----------
        numbers : mapping of str to int
            How many for each class.
        rehearsal : bool
            Make throw-away codes: they show the ballot, and reach no urn.
        deliver : callable, optional
            Takes the slips before they become valid; if it fails there are none.

        Raises
        ------
        NotFound, BadInput
            No such survey or class; not a positive number.
        Conflict
            It is not in use; a class would have more slips than members.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot, rehearsal=rehearsal)
            slips: list[Slip] = []
            for class_key, n in numbers.items():
                voting_class = class_of(ballot, class_key)
                slips += self._issue(work, ballot, voting_class, n, rehearsal=rehearsal)
            record_event(
                work,
                actor,
                "credentials.rehearse" if rehearsal else "credentials.issue",
                key,
                {"classes": dict(numbers)},
                now=self._desk.now(),
            )
            issued = Slips(ballot.definition, tuple(slips), rehearsal)
            deliver(issued)
        return issued

    def _issue(
        self,
        work: Work,
        ballot: BallotSurvey,
        voting_class: VotingClass,
        n: int,
        *,
        rehearsal: bool,
    ) -> list[Slip]:
        ballots = BallotRepository(work)
        survey_id = ballot.record.id
        if not 1 <= n <= voting_class.roll:
            raise BadInput(
                message(
                    "The class “%(key)s” has %(roll)s members: ask for 1 to %(roll)s slips.",
                    key=voting_class.key,
                    roll=voting_class.roll,
                )
            )
        if not rehearsal and not ballots.reserve(survey_id, voting_class.key, n):
            raise Conflict(
                message(
                    "The class “%(key)s” would have more slips than its %(roll)s members. A slip"
                    " that was spoiled is replaced with `surveyapp credentials replace`.",
                    key=voting_class.key,
                    roll=voting_class.roll,
                )
            )
        made = [self._code() for _n in range(n)]
        ballots.add_slips(
            survey_id,
            voting_class.key,
            [self._digest(ballot, code, rehearsal=rehearsal) for code in made],
            rehearsal=rehearsal,
        )
        return [Slip(code, f"{self._desk.base_url}/b/{code}", voting_class) for code in made]

    def replace(
        self,
        key: str,
        code: str,
        witnesses: tuple[str, str],
        actor: Actor,
        *,
        deliver: Deliver = _keep,
    ) -> Slips:
        """Make a spoiled slip worthless and issue another one, before two members of staff.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is not in use; the slip is unknown or was used.
        BadInput
            The witnesses are not two accounts.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            require_two(work, witnesses)
            normal = codes.normalise(code, codes.CREDENTIAL_BITS)
            class_key = None
            if normal is not None:
                digest = self._digest(ballot, normal, rehearsal=False)
                class_key = BallotRepository(work).spoil(ballot.record.id, digest)
            if class_key is None:
                raise Conflict(
                    message("This slip is not known here, or it was used: it is not replaced.")
                )
            made = self._code()
            BallotRepository(work).add_slips(
                ballot.record.id,
                class_key,
                [self._digest(ballot, made, rehearsal=False)],
                rehearsal=False,
            )
            detail = {"class": class_key, "witnesses": list(witnesses)}
            record_event(work, actor, "credentials.replace", key, detail, now=self._desk.now())
            voting_class = ballot.rules.voting_class(class_key)
            slip = Slip(made, f"{self._desk.base_url}/b/{made}", voting_class)
            issued = Slips(ballot.definition, (slip,), rehearsal=False)
            deliver(issued)
        return issued

    def _code(self) -> str:
        return codes.encode(self._desk.random_bytes(_RANDOM_BYTES))[:CODE_LETTERS]

    def _digest(self, ballot: BallotSurvey, code: str, *, rehearsal: bool) -> str:
        record = ballot.record
        return self._desk.digest(record.id, record.wrapped_response_key, code, rehearsal=rehearsal)
