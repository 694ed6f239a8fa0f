"""Votes that are held away from the office: carried out on a laptop, and carried home (会场模式).

What travels is one folder with a database of its own: the votes, their sealed urns, and the
accounts of those who conduct them; no other survey, and no key of an urn. The server's secret
stays, too: the folder has one of its own, under which the keys of these votes are wrapped anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor, Role
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.keyring import Keyring
from surveyapp.storage.ballot_records import BallotBoxRecord
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Database, Work
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.travelling import TravellingVote, TravelRepository

TRAVELLERS: Final = (Role.EDITOR, Role.REVIEWER, Role.EXAMINER, Role.SCRUTINEER)
"""Roles whose accounts can sign in on the laptop."""


@dataclass(frozen=True, slots=True)
class CarriedVote:
    """A vote that came home.

    Attributes
    ----------
    ballots : int
        Sealed ones in its urn.
    is_closed : bool
        Whether it was ended at the meeting.
    """

    key: str
    ballots: int
    is_closed: bool


class BallotCarrying:
    """Use cases around a laptop that goes to a meeting."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def carry_out(
        self, keys: Collection[str], laptop: Database, keyring: Keyring, actor: Actor
    ) -> None:
        """Copy votes in use into an empty database.

        Parameters
        ----------
        laptop : Database
            Migrated, and empty.
        keyring : Keyring
            Of the laptop: another secret than the office's.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot, or takes no ballots.
        """
        with self._desk.database.writing() as work:
            travel = TravelRepository(work)
            # Whoever is casting here now is waited for; whoever comes later is sent to the meeting.
            boxes = {key: self._box(work, key) for key in dict.fromkeys(keys)}
            votes = [self._leaving(travel, key, box, keyring) for key, box in boxes.items()]
            staff = travel.staff([str(role) for role in TRAVELLERS])
            with laptop.writing() as away:
                TravelRepository(away).arrive(votes, staff)
            for key, box in boxes.items():
                box.away = True
                record_event(work, actor, "ballot.carry_out", key, {}, now=self._desk.now())

    def recall(self, key: str, actor: Actor) -> None:
        """Hold a vote here again whose laptop will not come home; what was cast there is lost.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot, or is not away.
        """
        with self._desk.database.writing() as work:
            box = self._box(work, key)
            if not box.away:
                raise Conflict(message("“%(key)s” is not away.", key=key))
            box.away = False
            record_event(work, actor, "ballot.recall", key, {}, now=self._desk.now())

    def _box(self, work: Work, key: str) -> BallotBoxRecord:
        ballot = self._desk.survey(work, key, for_update=True)
        box = BallotRepository(work).box(ballot.record.id)
        if box is None:
            raise _takes_no_ballots(key)
        return box

    def _leaving(
        self, travel: TravelRepository, key: str, box: BallotBoxRecord, keyring: Keyring
    ) -> TravellingVote:
        ballot = self._desk.survey(travel.work, key)
        if box.stage != "sealed":
            raise _takes_no_ballots(key)
        if box.away:
            raise Conflict(
                message(
                    "“%(key)s” is away already: bring it home first, or give the laptop up with"
                    " `surveyapp ballot recall`.",
                    key=key,
                )
            )
        vote = travel.vote(ballot.record.id)
        opened = self._desk.keyring.open(ballot.record.id, ballot.record.wrapped_response_key)
        return replace(vote, survey=vote.survey | {"wrapped_response_key": keyring.wrap(opened)})

    def carry_home(self, laptop: Database, actor: Actor) -> tuple[CarriedVote, ...]:
        """Take over what happened at the meetings of a laptop: all of its votes, or none.

        Raises
        ------
        NotFound, Conflict
            A vote is not known here, or is another one; it was opened, or has come home; ballots
            were cast here meanwhile; papers were keyed by somebody who has no account here.
        """
        with laptop.reading() as work:
            keys = [one.key for one in SurveyRepository(work).all() if one.kind == "ballot"]
            found = (SurveyRepository(work).find(key) for key in keys)
            votes = [TravelRepository(work).vote(one.id) for one in found if one is not None]
        with self._desk.database.writing() as work:
            travel = TravelRepository(work)
            for vote in votes:
                self._require_same(travel, vote)
                travel.come_home(vote)
                record_event(
                    work, actor, "ballot.carry_home", vote.survey["key"], {}, now=self._desk.now()
                )
        return tuple(
            CarriedVote(
                vote.survey["key"], len(vote.boxes()), is_closed=vote.box["stage"] == "closed"
            )
            for vote in votes
        )

    def _require_same(self, travel: TravelRepository, vote: TravellingVote) -> None:
        key = vote.survey["key"]
        record = SurveyRepository(travel.work).find(key, for_update=True)
        if record is None:
            raise unknown_survey(key)
        box = BallotRepository(travel.work).box(record.id)
        if (
            box is None
            or record.id != vote.survey["id"]
            or box.public_key != vote.box["public_key"]
        ):
            raise Conflict(message("“%(key)s” on the laptop is another vote.", key=key))
        if box.stage != "sealed" or vote.box["stage"] not in ("sealed", "closed"):
            raise Conflict(
                message("“%(key)s” has ended here, or its urn was opened already.", key=key)
            )
        here = travel.vote(record.id)
        if not here.boxes() <= vote.boxes() or not here.spent() <= vote.spent():
            raise Conflict(
                message(
                    "Ballots of “%(key)s” were cast here while it was away: nothing was taken"
                    " over.",
                    key=key,
                )
            )
        if travel.known_staff(vote.clerks()) != vote.clerks():
            raise Conflict(
                message(
                    "Papers of “%(key)s” were keyed by accounts that do not exist here: let those"
                    " take them out of the count, and key them here.",
                    key=key,
                )
            )


def _takes_no_ballots(key: str) -> Conflict:
    return Conflict(message("“%(key)s” takes no ballots: put it in use first.", key=key))
