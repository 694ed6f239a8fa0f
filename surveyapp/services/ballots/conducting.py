"""How far a vote is, for those who conduct it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from surveyapp.domain.ballot import VotingClass
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.survey import Definition, Status
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.surveys import SurveyRepository


@dataclass(frozen=True, slots=True)
class ClassProgress:
    """What was issued to a class, and used.

    Attributes
    ----------
    issued, paper, voted : int
        Slips, printed ballots, and slips used.
    """

    voting_class: VotingClass
    issued: int
    paper: int
    voted: int

    @property
    def lacking(self) -> int:
        """Members for whom nothing was issued yet."""
        return self.voting_class.roll - self.issued - self.paper


@dataclass(frozen=True, slots=True)
class VoteProgress:
    """How far a vote is.

    Attributes
    ----------
    definition_sha256 : str
        Of the definition: what somebody looked at who puts it in use.
    made_by : UUID or None
        Who made the definition; somebody else puts it in use.
    has_passphrase : bool
        Whether scrutineers hold a passphrase without which the urn does not open.
    too_small : tuple of VotingClass
        Secret classes below the minimum: with them it cannot be put in use.
    """

    key: str
    definition: Definition
    definition_sha256: str
    stage: Stage
    made_by: UUID | None
    has_passphrase: bool
    classes: tuple[ClassProgress, ...]
    too_small: tuple[VotingClass, ...]

    @property
    def roll(self) -> int:
        """Members of all classes."""
        return sum(one.voting_class.roll for one in self.classes)

    @property
    def issued(self) -> int:
        """Slips and printed ballots of all classes."""
        return sum(one.issued + one.paper for one in self.classes)

    @property
    def voted(self) -> int:
        """Slips used, of all classes."""
        return sum(one.voted for one in self.classes)


class Conducting:
    """Use cases of those who conduct a vote and want to know what comes next."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def progress(self, key: str) -> VoteProgress:
        """Return how far a vote is.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            box = ballots.box(survey_id)
            spent = ballots.spent(survey_id)
            rows = {one.key: one for one in ballots.classes(survey_id)}
            classes = []
            for one in ballot.rules.classes:
                row = rows.get(one.key)
                if row is None:
                    classes.append(ClassProgress(one, 0, 0, 0))
                    continue
                voted = spent.get(one.key, 0) if row.spent is None else row.spent
                classes.append(ClassProgress(one, row.issued, row.paper_issued, voted))
            status = Status(ballot.record.status)
            counted = box is not None and box.root is not None
            return VoteProgress(
                key=key,
                definition=ballot.definition,
                definition_sha256=ballot.revision_sha256,
                stage=Stage.COUNTED if counted else Stage(status),
                made_by=SurveyRepository(work).shown(ballot.record).created_by,
                has_passphrase=box is not None and box.salt is not None,
                classes=tuple(classes),
                too_small=ballot.rules.too_small(),
            )
