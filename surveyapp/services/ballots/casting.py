"""Casting a ballot: the credential is spent and the sealed packet lies in the urn, or neither."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from surveyapp.domain import codes
from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.ballot_pace import pace_of
from surveyapp.domain.ballot_packet import Packet, packed
from surveyapp.domain.ballot_paper import Paper, read_paper
from surveyapp.domain.errors import BadInput, Conflict, NotFound, SurveyClosed, SurveyNotOpen
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Accepting, CollectionWindow, Definition, Status
from surveyapp.services.ballots.desk import BallotDesk, rules_of
from surveyapp.services.ballots.keys import seal
from surveyapp.storage.ballots import BallotRepository, HeldSurvey, SlipRow
from surveyapp.storage.database import Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that was minted with a page, and the proof that this server made it for this slip.

    Neither is stored: they travel in the page, and the receipt inside the sealed box. The proof
    begins with the second in which the page was made; of it the box keeps one of three levels.
    """

    code: str
    proof: str


@dataclass(frozen=True, slots=True)
class OpenBallot:
    """A ballot page.

    Attributes
    ----------
    rehearsal : bool
        Whether nothing cast here counts.
    """

    code: str
    definition: Definition
    rules: BallotRules
    voting_class: VotingClass
    rehearsal: bool
    accepting: Accepting
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Cast:
    """What became of a ballot.

    Attributes
    ----------
    receipt : str or None
        None where the slip had been used before: this ballot was not counted again.
    """

    ballot: OpenBallot
    receipt: str | None


@dataclass(frozen=True, slots=True)
class ClassTurnout:
    """How many of a class have voted: everything that is known before the vote is closed.

    `printed` counts ballots on paper, which nobody sees before their box is emptied.
    """

    voting_class: VotingClass
    issued: int
    voted: int
    printed: int = 0


class Balloting:
    """Use cases of voters."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def open(self, code: str) -> OpenBallot:
        """Return the ballot of a slip; whether it was used shows only when it is cast.

        Raises
        ------
        NotFound
            The code is malformed, unknown, replaced, or of a vote that has ended: one answer.
        """
        with self._desk.database.reading() as work:
            slip = self._find(work, code)
            return self._ballot(work, slip, code)

    def _find(self, work: Work, code: str) -> SlipRow:
        normal = codes.normalise(code, codes.CREDENTIAL_BITS)
        ballots = BallotRepository(work)
        slip = None
        if normal is not None:
            keys = ballots.ballot_keys()
            slip = ballots.find(
                {
                    rehearsal: {
                        self._desk.digest(survey_id, wrapped, normal, rehearsal=rehearsal): (
                            survey_id
                        )
                        for survey_id, wrapped in keys
                    }
                    for rehearsal in (False, True)
                }
            )
        if slip is None:
            raise NotFound(message("This code is not valid, or the vote has ended."))
        return slip

    def _ballot(self, work: Work, slip: SlipRow, code: str) -> OpenBallot:
        survey = work.session.get_one(SurveyRecord, slip.survey_id)
        definition = self._desk.definitions.read(SurveyRepository(work).shown(survey))
        rules = rules_of(definition)
        try:
            voting_class = rules.voting_class(slip.class_key)
        except KeyError:
            # A rehearsal slip of a draft that was rewritten since.
            raise NotFound(message("This code is not valid, or the vote has ended.")) from None
        return OpenBallot(
            code=code,
            definition=definition,
            rules=rules,
            voting_class=voting_class,
            rehearsal=slip.rehearsal,
            accepting=(
                Accepting.OPEN
                if slip.rehearsal
                else CollectionWindow(survey.opens_at, survey.closes_at).accepting(self._desk.now())
            ),
            opens_at=survey.opens_at,
        )

    def mint(self, code: str) -> Receipt:
        """Draw a receipt for a page; nothing is stored.

        Raises
        ------
        NotFound
            As of `open`.
        """
        receipt = codes.new_code(codes.RECEIPT_BITS, self._desk.random_bytes)
        with self._desk.database.reading() as work:
            slip = self._find(work, code)
            return Receipt(receipt, self._proof(work, slip, receipt, str(self._second())))

    def _second(self) -> int:
        return int(self._desk.now().timestamp())

    def _proof(self, work: Work, slip: SlipRow, receipt: str, second: str) -> str:
        survey = work.session.get_one(SurveyRecord, slip.survey_id)
        wrapped = survey.wrapped_response_key
        parts = (slip.digest, receipt, second)
        keyed = self._desk.keyed(survey.id, wrapped, "ballot receipt", *parts).hex()
        return f"{second}-{keyed}"

    def read(
        self, code: str, fields: Mapping[str, Sequence[str]]
    ) -> tuple[OpenBallot, Paper | None]:
        """Read a posted ballot without casting it: for the page that shows it once more.

        Returns
        -------
        tuple
            The paper is None where the slip was used before: there is nothing left to look over.

        Raises
        ------
        NotFound, InvalidAnswers
            As of `open` and `read_paper`.
        """
        with self._desk.database.reading() as work:
            slip = self._find(work, code)
            ballot = self._ballot(work, slip, code)
            if BallotRepository(work).is_spent(slip):
                return ballot, None
        return ballot, read_paper(ballot.rules, ballot.voting_class, fields)

    def cast(self, code: str, fields: Mapping[str, Sequence[str]], receipt: Receipt) -> Cast:
        """Spend the slip and put the sealed ballot into the urn, in one transaction.

        Raises
        ------
        NotFound, InvalidAnswers
            As of `open` and `read_paper`.
        BadInput
            The receipt was not minted here for this slip.
        SurveyNotOpen, SurveyClosed, Conflict
            Nothing was counted, and the slip was not used up; the vote is away at its meeting.
        """
        with self._desk.database.reading() as work:
            slip = self._find(work, code)
            ballot = self._ballot(work, slip, code)
            minted = receipt.proof.partition("-")[0]
            proof = self._proof(work, slip, receipt.code, minted)
            if not hmac.compare_digest(proof.encode(), receipt.proof.encode()):
                raise BadInput(
                    message(
                        "The ballot did not arrive as it was sent out. Nothing was counted yet:"
                        " please check it and submit again."
                    )
                )
            public_key = (
                None if slip.rehearsal else BallotRepository(work).public_key(slip.survey_id)
            )
        paper = read_paper(ballot.rules, ballot.voting_class, fields)
        cards = len(ballot.rules.rated_by(ballot.voting_class))
        packet = Packet(
            ballot.voting_class.key,
            paper,
            receipt.code,
            pace_of(self._second() - int(minted), cards),
        )
        sealed = None if public_key is None else seal(public_key, packed(ballot.rules, packet))
        with self._desk.database.writing() as work:
            ballots = BallotRepository(work)
            if not slip.rehearsal:
                self._require_open(ballots.hold(slip.survey_id))
            if ballots.spend(slip):
                if sealed is not None:
                    ballots.put(slip.survey_id, self._desk.new_id(), sealed)
                return Cast(ballot, receipt.code)
            if ballots.is_spent(slip):
                return Cast(ballot, None)
        raise NotFound(message("This code is not valid, or the vote has ended."))

    def _require_open(self, survey: HeldSurvey) -> None:
        if survey.away:
            raise Conflict(
                message(
                    "This vote is being held at its meeting, away from here: please open the"
                    " address shown in the room. Nothing was counted, and your slip is unused."
                )
            )
        accepting = CollectionWindow(survey.opens_at, survey.closes_at).accepting(self._desk.now())
        if accepting is Accepting.NOT_YET:
            raise SurveyNotOpen(survey.opens_at)
        if survey.status != Status.OPEN or accepting is Accepting.CLOSED:
            raise SurveyClosed

    def turnout(self, key: str) -> tuple[ClassTurnout, ...]:
        """Return how many of each class have voted.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            ballots = BallotRepository(work)
            spent = ballots.spent(ballot.record.id)
            return tuple(
                ClassTurnout(
                    ballot.rules.voting_class(one.key),
                    one.issued,
                    spent.get(one.key, 0) if one.spent is None else one.spent,
                    one.paper_issued,
                )
                for one in ballots.classes(ballot.record.id)
            )
