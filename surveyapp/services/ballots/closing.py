"""Closing a vote: closed, opened, destroyed, scrubbed.

Each step is committed before the next one begins and does nothing where it was done already, so an
interrupted closing is simply done again: at start-up, by closing once more, or by verifying. There
is no moment at which two results, or none, could come out.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from surveyapp.domain import codes
from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.ballot_pace import Pace
from surveyapp.domain.ballot_packet import Packet, unpacked
from surveyapp.domain.ballot_paper import canonical_ballot, merged_classes, root_of
from surveyapp.domain.errors import Conflict, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.desk import BallotDesk, BallotSurvey
from surveyapp.storage.ballot_records import BallotBoxRecord, BallotClassRecord
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
            It is no ballot, or was never in use; a key or the passphrase is missing.
        BadInput
            The passphrase is wrong. Where the vote was open it stays open; nothing is lost.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            box = _box(work, ballot)
            opener = None
            if box.stage in _BEFORE_OPENING:
                opener = self._desk.keys.open(box, passphrase=passphrase, recovery=recovery)
            survey_id = ballot.record.id
        self._end(key, actor)
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
                opener = self._desk.keys.open(box, passphrase=None, recovery=None)
        if opener is not None:
            self._open(key, opener)
        self._finish(key, survey_id)

    # --- the four steps ------------------------------------------------------------------------

    def _end(self, key: str, actor: Actor) -> None:
        """Take no more ballots: waits for those that are being cast."""
        now = self._desk.now()
        with self._desk.database.writing() as work:
            ballot = self._desk.survey(work, key, for_update=True)
            box = _box(work, ballot)
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
            packets, box.unreadable = _opened(ballot.rules, opener, ballots.sealed(survey_id))
            spent = ballots.spent(survey_id)
            into = merged_classes(ballot.rules, Counter(one.class_key for one in packets))
            paces = Counter((into[one.class_key], one.pace) for one in packets)
            for one in ballots.classes(survey_id):
                one.spent = spent.get(one.key, 0)
                one.merged_into = None if into[one.key] == one.key else into[one.key]
                one.pace_fast = paces[one.key, Pace.FAST]
                one.pace_usual = paces[one.key, Pace.USUAL]
                one.pace_slow = paces[one.key, Pace.SLOW]
            work.flush()
            self._write(work, ballot, packets, into)
            work.flush()
            ballots.forget(survey_id)
            box.root = _root(work, ballot, box)
            box.wrapped_private_key = box.salt = None
            box.stage = "opened"

    def _write(
        self,
        work: Work,
        ballot: BallotSurvey,
        packets: Sequence[Packet],
        into: Mapping[str, str],
    ) -> None:
        """Store ballots, remarks and receipts, each in an order of its own: that of random keys."""
        signed = {one.key for one in ballot.rules.classes if one.signed}
        BallotRepository(work).add_opened(
            self._rows(
                ballot,
                (
                    {"class_key": into[one.class_key], "grades": one.paper.grades}
                    for one in packets
                    if one.class_key not in signed
                ),
            ),
            self._rows(
                ballot,
                (
                    {
                        "class_key": one.class_key,
                        "grades": one.paper.grades,
                        "signed_by": one.paper.signature,
                    }
                    for one in packets
                    if one.class_key in signed
                ),
            ),
            self._rows(ballot, _said(packets)),
            [
                {"survey_id": ballot.record.id, "receipt": receipt}
                for receipt in sorted(one.receipt for one in packets)
            ],
        )

    def _rows(
        self, ballot: BallotSurvey, contents: Iterable[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Give each row a fresh random id and sort the rows by it."""
        rows = [
            {"survey_id": ballot.record.id, "id": self._desk.new_id(), **content}
            for content in contents
        ]
        return sorted(rows, key=lambda row: row["id"])

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
            counted = _root(work, ballot, box)
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
            )

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


def _opened(
    rules: BallotRules, opener: SealedBox[PrivateKey], boxes: Iterable[bytes]
) -> tuple[list[Packet], int]:
    """Open all boxes; return the packets and how many boxes held none."""
    packets = []
    unreadable = 0
    for box in boxes:
        try:
            packets.append(unpacked(rules, opener.decrypt(box)))
        except (CryptoError, ValueError):
            unreadable += 1
    return packets, unreadable


def _said(packets: Iterable[Packet]) -> Iterator[dict[str, Any]]:
    """Yield every suggestion, and every reason with the subject whose grade it is for."""
    for one in packets:
        if one.paper.remark:
            yield {"subject_key": None, "remark": one.paper.remark}
        for subject, reason in one.paper.reasons.items():
            yield {"subject_key": subject, "remark": reason}


def _root(work: Work, ballot: BallotSurvey, box: BallotBoxRecord) -> str:
    ballots = BallotRepository(work)
    survey_id = ballot.record.id
    written = [canonical_ballot(one.class_key, one.grades) for one in ballots.ballots(survey_id)]
    written += [
        canonical_ballot(one.class_key, one.grades, one.signed_by)
        for one in ballots.signed_ballots(survey_id)
    ]
    counts = [_counts(one) for one in ballots.classes(survey_id)]
    return root_of(
        ballot.revision_sha256,
        written,
        ballots.receipts(survey_id),
        [*counts, {"unreadable": box.unreadable}],
    )


def _counts(one: BallotClassRecord) -> dict[str, Any]:
    return {
        "class": one.key,
        "roll": one.roll,
        "issued": one.issued,
        "spent": one.spent,
        "merged_into": one.merged_into,
        "pace": [one.pace_fast, one.pace_usual, one.pace_slow],
    }
