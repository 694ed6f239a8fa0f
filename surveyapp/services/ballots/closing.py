"""Closing a vote: closed, opened, destroyed, scrubbed.

Each step is committed before the next one begins and does nothing where it was done already, so an
interrupted closing is simply done again: at start-up, by closing once more, or by verifying. There
is no moment at which two results, or none, could come out.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from nacl.public import PrivateKey, SealedBox

from surveyapp.domain import codes
from surveyapp.domain.ballot_counting import sizes_for_merging
from surveyapp.domain.ballot_pace import Pace
from surveyapp.domain.ballot_packet import Packet
from surveyapp.domain.ballot_paper import merged_classes
from surveyapp.domain.errors import Conflict, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.desk import BallotDesk, BallotSurvey
from surveyapp.services.ballots.opening import opened, root_in, write_down
from surveyapp.services.ballots.paper_settling import (
    SettledPapers,
    is_settled,
    papers_first,
    settled_papers,
)
from surveyapp.storage.ballot_records import BallotBoxRecord
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.scrubbing import scrub
from surveyapp.storage.surveys import SurveyRepository

_log = logging.getLogger(__name__)
_BEFORE_OPENING = ("sealed", "closed")


@dataclass(frozen=True, slots=True)
class Closed:
    """A vote that was closed and opened.

    Attributes
    ----------
    ballots : int
        That came out of the urn.
    unreadable : int
        Boxes that did not open: printed, never skipped in silence.
    scrubbed : bool
        Whether the files of the database are rewritten; where not, start-up does it.
    """

    key: str
    ballots: int
    unreadable: int
    root: str
    scrubbed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """What counting everything again has shown.

    Attributes
    ----------
    ok : bool
        Whether the recount gives the stored root, and the given one.
    root : str
        Of the recount.
    stored : str
        As it was written when the urn was opened.
    """

    key: str
    ok: bool
    root: str
    stored: str
    receipts: tuple[str, ...]
    ballots: int
    unreadable: int
    definition_sha256: str


class BallotClosing:
    """Use cases after the last ballot is cast."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def close(
        self, key: str, actor: Actor, *, passphrase: str | None = None, recovery: str | None = None
    ) -> Closed:
        """End a vote, open its urn, destroy the key: again and again until all of it is done.

        Raises
        ------
        NotFound
            No such survey.
        Conflict
            It is no ballot, or was never in use; a key or the passphrase is missing. Printed
            ballots are not counted yet: the vote has ended, and opens once they are.
        BadInput
            The passphrase is wrong. Where the vote was open it stays open; nothing is lost.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            box = _box(work, ballot)
            waits = box.stage in _BEFORE_OPENING and not is_settled(work, ballot)
            opener = None
            if box.stage in _BEFORE_OPENING and not waits:
                opener = self._desk.keys.open(box, passphrase=passphrase, recovery=recovery)
            survey_id = ballot.record.id
        self.end(key, actor)
        if waits:
            raise papers_first(key)
        if opener is not None:
            self._open(key, opener)
        return self._finish(key, survey_id)

    def _finish(self, key: str, survey_id: UUID) -> Closed:
        """Destroy the key, scrub the files, and say what came out."""
        self._destroy(survey_id)
        scrubbed = self._scrub(survey_id)
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            box = _box(work, ballot)
            ballots = BallotRepository(work)
            opened = len(ballots.ballots(survey_id)) + len(ballots.signed_ballots(survey_id))
            return Closed(key, opened, box.unreadable, box.root or "", scrubbed)

    def resume(self) -> None:
        """Finish every closing that was interrupted and needs nobody's passphrase."""
        with self._desk.database.reading() as work:
            unfinished = [
                (work.session.get_one(SurveyRecord, survey_id).key, survey_id)
                for survey_id in BallotRepository(work).unfinished()
            ]
        for key, survey_id in unfinished:
            try:
                self._resume(key, survey_id)
            except Refusal as refusal:
                _log.warning("the closing of %s waits: %s", key, refusal.message)

    def _resume(self, key: str, survey_id: UUID) -> None:
        with self._desk.database.reading() as work:
            box = _box(work, self._desk.survey(work, key))
            opener = None
            if box.stage in _BEFORE_OPENING:
                settled_papers(work, self._desk.survey(work, key))
                opener = self._desk.keys.open(box, passphrase=None, recovery=None)
        if opener is not None:
            self._open(key, opener)
        self._finish(key, survey_id)

    def open_votes(self) -> tuple[str, ...]:
        """Return the keys of the votes that take ballots."""
        with self._desk.database.reading() as work:
            return tuple(BallotRepository(work).open_votes())

    def has_key_file(self, key: str) -> bool:
        """Whether the key file of a vote lies in the key directory of this computer.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot.
        """
        with self._desk.database.reading() as work:
            survey_id = self._desk.survey(work, key).record.id
        return self._desk.keys.files.read(survey_id) is not None

    # --- the four steps ------------------------------------------------------------------------

    def end(self, key: str, actor: Actor) -> None:
        """Take no more ballots: waits for those that are being cast. The urn stays sealed.

        Needs no key: where a vote is held away from the office, the key stays there.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot, or was never in use.
        """
        now = self._desk.now()
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            box = _box(work, ballot)
            if box.away:
                raise Conflict(
                    message(
                        "“%(key)s” is away at its meeting: bring it home with `surveyapp ballot"
                        " home`, or give the laptop up with `surveyapp ballot recall`.",
                        key=key,
                    )
                )
            if box.stage == "sealed":
                survey = ballot.record
                survey.status = Status.CLOSED
                survey.closed_at = survey.updated_at = now
                box.stage = "closed"
                record_event(work, actor, "survey.close", key, {}, now=now)

    def _open(self, key: str, opener: SealedBox[PrivateKey]) -> None:
        """Write what came out of the urn and delete the urn, in one transaction."""
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            box = _box(work, ballot)
            if box.stage != "closed":
                return
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            papers = settled_papers(work, ballot)
            packets, box.unreadable = opened(ballot.rules, opener, ballots.sealed(survey_id))
            voted = sizes_for_merging(
                Counter(one.class_key for one in packets),
                Counter(one.class_key for one in papers.packets),
            )
            into = merged_classes(ballot.rules, voted)
            self._count(work, ballot, packets, papers, into)
            write_down(work, ballot, [*packets, *papers.packets], into, self._desk.new_id)
            work.flush()
            ballots.forget(survey_id)
            box.root = root_in(work, ballot, box)
            box.wrapped_private_key = box.salt = None
            box.stage = "opened"

    def _count(
        self,
        work: Work,
        ballot: BallotSurvey,
        packets: Sequence[Packet],
        papers: SettledPapers,
        into: Mapping[str, str],
    ) -> None:
        """Write the counts of each class, and with which one it is pooled."""
        ballots = BallotRepository(work)
        spent = ballots.spent(ballot.record.id)
        paces = Counter((into[one.class_key], one.pace) for one in packets)
        for one in ballots.classes(ballot.record.id):
            one.spent = spent.get(one.key, 0)
            one.merged_into = None if into[one.key] == one.key else into[one.key]
            one.pace_fast = paces[one.key, Pace.FAST]
            one.pace_usual = paces[one.key, Pace.USUAL]
            one.pace_slow = paces[one.key, Pace.SLOW]
            if one.paper_issued:
                one.paper_returned = papers.counts[one.key].returned
                one.paper_void = papers.counts[one.key].void
        work.flush()

    def _destroy(self, survey_id: UUID) -> None:
        """Remove the key file: from now on no box opens, in no backup."""
        self._desk.keys.files.destroy(survey_id)
        self._advance(survey_id, "opened", "destroyed")

    def _scrub(self, survey_id: UUID) -> bool:
        """Rewrite the files of the database; whether that is done."""
        with self._desk.database.reading() as work:
            box = work.session.get_one(BallotBoxRecord, survey_id)
            if box.stage == "scrubbed":
                return True
        try:
            scrub(self._desk.database)
        except Refusal:
            _log.warning("the database is busy: its files are rewritten at the next start")
            return False
        self._advance(survey_id, "destroyed", "scrubbed")
        return True

    def _advance(self, survey_id: UUID, before: str, after: str) -> None:
        with self._desk.database.writing() as work:
            box = work.session.get_one(BallotBoxRecord, survey_id)
            if box.stage == before:
                box.stage = after

    # --- proving -------------------------------------------------------------------------------

    def verify(self, key: str, root: str | None = None) -> Verification:
        """Count everything again and compare with the root, and with the one on paper.

        Parameters
        ----------
        root : str, optional
            As it is printed on the signed 汇总表, in hexadecimal.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot, or its urn is not open yet.
        """
        self.resume()
        return self._recount(key, root)

    def _recount(self, key: str, root: str | None) -> Verification:
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            box = _box(work, ballot)
            if box.root is None:
                raise Conflict(message("The urn of “%(key)s” is not open yet.", key=key))
            counted = root_in(work, ballot, box)
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            given = box.root if root is None else "".join(root.split()).lower()
            return Verification(
                key=key,
                ok=counted == box.root == given,
                root=counted,
                stored=box.root,
                receipts=tuple(ballots.receipts(survey_id)),
                ballots=len(ballots.ballots(survey_id)) + len(ballots.signed_ballots(survey_id)),
                unreadable=box.unreadable,
                definition_sha256=ballot.revision_sha256,
            )

    def receipts(self, key: str) -> Verification:
        """Return the recount with its receipts, for staff with that right.

        Raises
        ------
        NotFound
            As of `require_receipts_page`: switched off it is for everybody.
        Conflict
            The urn is not open yet.
        """
        self.require_receipts_page(key)
        return self._recount(key, None)

    def require_receipts_page(self, key: str) -> None:
        """Refuse to look for receipts where there is nothing to look in.

        Raises
        ------
        NotFound
            No such survey, no ballot, or its page of receipts is switched off: one answer.
        """
        with self._desk.database.reading() as work:
            survey = SurveyRepository(work).find(key)
            if survey is not None and survey.kind == Kind.BALLOT:
                ballot = self._desk.survey(work, key)
                if ballot.rules.receipts_page:
                    return
        raise NotFound(message("There is no list of receipts here."))

    def has_receipt(self, key: str, receipt: str) -> Verification | None:
        """Return the recount for the holder of a receipt; None where the list does not hold it.

        Raises
        ------
        NotFound
            As of `require_receipts_page`.
        Conflict
            The urn is not open yet.
        """
        self.require_receipts_page(key)
        verification = self._recount(key, None)
        normal = codes.normalise(receipt, codes.RECEIPT_BITS)
        return verification if normal in verification.receipts else None


def _box(work: Work, ballot: BallotSurvey) -> BallotBoxRecord:
    box = BallotRepository(work).box(ballot.record.id)
    if box is None:
        raise Conflict(message("“%(key)s” was never put in use.", key=ballot.record.key))
    return box
