"""What comes out of an urn, how it is written down, and the root that covers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.ballot_packet import Packet, unpacked
from surveyapp.domain.ballot_paper import canonical_ballot, root_of
from surveyapp.services.ballots.desk import BallotSurvey
from surveyapp.storage.ballot_records import BallotBoxRecord, BallotClassRecord
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work


def opened(
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


def write_down(
    work: Work,
    ballot: BallotSurvey,
    packets: Sequence[Packet],
    into: Mapping[str, str],
    new_id: Callable[[], UUID],
) -> None:
    """Store ballots, remarks and receipts, each in an order of its own: that of random keys.

    Parameters
    ----------
    packets : sequence of Packet
        From the urn, and printed ballots, which have no receipt.
    into : mapping of str to str
        The class that each class is written into.
    """
    signed = {one.key for one in ballot.rules.classes if one.signed}
    survey_id = ballot.record.id

    def rows(contents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made = [{"survey_id": survey_id, "id": new_id(), **content} for content in contents]
        return sorted(made, key=lambda row: row["id"])

    BallotRepository(work).add_opened(
        rows(
            {"class_key": into[one.class_key], "grades": one.paper.grades}
            for one in packets
            if one.class_key not in signed
        ),
        rows(
            {
                "class_key": one.class_key,
                "grades": one.paper.grades,
                "signed_by": one.paper.signature,
            }
            for one in packets
            if one.class_key in signed
        ),
        rows(_said(packets)),
        [
            {"survey_id": survey_id, "receipt": receipt}
            for receipt in sorted(one.receipt for one in packets if one.receipt)
        ],
    )


def _said(packets: Iterable[Packet]) -> Iterator[dict[str, Any]]:
    """Yield every suggestion, and every reason with the subject whose grade it is for."""
    for one in packets:
        if one.paper.remark:
            yield {"subject_key": None, "remark": one.paper.remark}
        for subject, reason in one.paper.reasons.items():
            yield {"subject_key": subject, "remark": reason}


def canonical_ballots(work: Work, survey_id: UUID) -> list[str]:
    """Return every opened ballot in the one form in which the root covers it."""
    ballots = BallotRepository(work)
    written = [canonical_ballot(one.class_key, one.grades) for one in ballots.ballots(survey_id)]
    written += [
        canonical_ballot(one.class_key, one.grades, one.signed_by)
        for one in ballots.signed_ballots(survey_id)
    ]
    return sorted(written)


def covered_counts(work: Work, survey_id: UUID, unreadable: int) -> list[dict[str, Any]]:
    """Return the counts that the root covers: of each class, and of unreadable boxes."""
    classes = BallotRepository(work).classes(survey_id)
    return [*(counts_in_root(one) for one in classes), {"unreadable": unreadable}]


def root_in(work: Work, ballot: BallotSurvey, box: BallotBoxRecord) -> str:
    """Compute the root from what the database holds now."""
    survey_id = ballot.record.id
    return root_of(
        ballot.revision_sha256,
        canonical_ballots(work, survey_id),
        BallotRepository(work).receipts(survey_id),
        covered_counts(work, survey_id, box.unreadable),
    )


def counts_in_root(one: BallotClassRecord) -> dict[str, Any]:
    """Write the counts of a class; what a vote did not have is left out, so old roots hold."""
    counts: dict[str, Any] = {
        "class": one.key,
        "roll": one.roll,
        "issued": one.issued,
        "spent": one.spent,
        "merged_into": one.merged_into,
    }
    if one.pace_fast is not None:
        counts["pace"] = [one.pace_fast, one.pace_usual, one.pace_slow]
    if one.paper_issued:
        counts["paper"] = [one.paper_issued, one.paper_returned, one.paper_void]
    return counts
