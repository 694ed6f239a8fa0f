"""Printed ballots before the vote ends: how many there are, and who watched one being replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from surveyapp.domain import codes
from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.desk import (
    BallotDesk,
    BallotSurvey,
    class_of,
    require_open,
    require_two,
)
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.paper_ballots import PaperRepository

MOST_AT_ONCE: Final = 500
"""Papers in one file: what a browser still prints."""


@dataclass(frozen=True, slots=True)
class Papers:
    """Ballots to print: all of a class are alike, and none has a number."""

    definition: Definition
    rules: BallotRules
    numbers: tuple[tuple[VotingClass, int], ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(n for _voting_class, n in self.numbers)


Deliver = Callable[[Papers], object]


class PaperIssuing:
    """Use cases of those who hand out printed ballots."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def issue(
        self, key: str, numbers: Mapping[str, int], actor: Actor, *, deliver: Deliver
    ) -> Papers:
        """Count printed ballots of classes as issued; all of them or none.

        Parameters
        ----------
        numbers : mapping of str to int
            How many for each class.
        deliver : callable
            Takes the ballots; if it fails none is issued.

        Raises
        ------
        NotFound, BadInput
            No such survey or class; no number that can be printed.
        Conflict
            It is not in use; a class would have more slips and papers than members.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            for class_key, n in numbers.items():
                self._reserve(work, ballot, class_of(ballot, class_key), n)
            return self._hand_out(work, ballot, numbers, actor, "paper.issue", {}, deliver)

    def _reserve(self, work: Work, ballot: BallotSurvey, voting_class: VotingClass, n: int) -> None:
        if not 1 <= n <= MOST_AT_ONCE:
            raise BadInput(
                message("Ask for 1 to %(most)s printed ballots at a time.", most=MOST_AT_ONCE)
            )
        if not PaperRepository(work).reserve(ballot.record.id, voting_class.key, n):
            raise Conflict(
                message(
                    "The class “%(key)s” would have more slips and printed ballots than its"
                    " %(roll)s members. A spoilt one is replaced with --spoilt, a slip with"
                    " --instead-of.",
                    key=voting_class.key,
                    roll=voting_class.roll,
                )
            )

    def replace(
        self,
        key: str,
        class_key: str,
        witnesses: tuple[str, str],
        actor: Actor,
        *,
        deliver: Deliver,
    ) -> Papers:
        """Print a ballot for one that was spoilt, taken back and destroyed before two people.

        Raises
        ------
        NotFound, BadInput, Conflict
            As of `issue`; the witnesses are not two accounts; no paper of the class was issued.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            require_two(work, witnesses)
            voting_class = class_of(ballot, class_key)
            rows = BallotRepository(work).classes(ballot.record.id)
            if not any(one.key == voting_class.key and one.paper_issued for one in rows):
                raise Conflict(
                    message(
                        "No printed ballot of the class “%(key)s” was issued: there is none to"
                        " replace.",
                        key=voting_class.key,
                    )
                )
            detail = {"witnesses": list(witnesses)}
            numbers = {voting_class.key: 1}
            return self._hand_out(work, ballot, numbers, actor, "paper.replace", detail, deliver)

    def instead_of_slip(
        self,
        key: str,
        code: str,
        witnesses: tuple[str, str],
        actor: Actor,
        *,
        deliver: Deliver,
    ) -> Papers:
        """Make an unused slip worthless and print a ballot for its holder, before two people.

        Raises
        ------
        NotFound, BadInput, Conflict
            As of `replace`; the slip is unknown or was used.
        """
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            require_open(ballot)
            require_two(work, witnesses)
            normal = codes.normalise(code, codes.CREDENTIAL_BITS)
            record = ballot.record
            class_key = None
            if normal is not None:
                wrapped = record.wrapped_response_key
                digest = self._desk.digest(record.id, wrapped, normal, rehearsal=False)
                class_key = BallotRepository(work).spoil(record.id, digest)
            if class_key is None:
                raise Conflict(
                    message("This slip is not known here, or it was used: it is not replaced.")
                )
            PaperRepository(work).instead_of_slip(record.id, class_key)
            detail = {"witnesses": list(witnesses)}
            numbers = {class_key: 1}
            return self._hand_out(work, ballot, numbers, actor, "paper.instead", detail, deliver)

    def _hand_out(
        self,
        work: Work,
        ballot: BallotSurvey,
        numbers: Mapping[str, int],
        actor: Actor,
        action: str,
        detail: Mapping[str, object],
        deliver: Deliver,
    ) -> Papers:
        """Note who issued how many, and deliver them before the transaction ends."""
        key = ballot.record.key
        whole = {"classes": dict(numbers), **detail}
        record_event(work, actor, action, key, whole, now=self._desk.now())
        papers = Papers(
            ballot.definition,
            ballot.rules,
            tuple((ballot.rules.voting_class(one), n) for one, n in numbers.items()),
        )
        deliver(papers)
        return papers
