"""Where the count of printed ballots stands, and when it is settled.

It is settled when every paper out of the boxes was keyed by two people who say the same, no class
has more papers than were printed for it, and two people have confirmed the count. Until then the
urn does not open: ballots that came later could be told from those of the urn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from surveyapp.domain.ballot_counting import Difference, Keying, PaperCount, differences
from surveyapp.domain.ballot_packet import Packet
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.services.ballots.desk import BallotSurvey
from surveyapp.storage.ballot_records import PaperKeyingRecord
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.paper_ballots import PaperRepository

CLERKS: Final = 2
"""How many people key each paper, and how many confirm the count."""


@dataclass(frozen=True, slots=True)
class PaperEntry:
    """One paper: what was keyed, in the order of the clerks' turns."""

    number: int
    clerks: tuple[UUID, ...]
    keyings: tuple[Keying, ...]
    differences: tuple[Difference, ...]

    def class_by(self, clerk_id: UUID) -> str | None:
        """Return the class under which somebody keyed it, None where they did not."""
        turns = zip(self.clerks, self.keyings, strict=True)
        return next((keying.class_key for one, keying in turns if one == clerk_id), None)

    @property
    def is_keyed(self) -> bool:
        """Whether two people have keyed it."""
        return len(self.keyings) == CLERKS

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.is_keyed and not self.differences


@dataclass(frozen=True, slots=True)
class PaperState:
    """How far the count of the papers of a vote has come.

    Attributes
    ----------
    counts : mapping of str to PaperCount
        By class, for every class; papers that differ count where they were keyed first.
    confirmed : frozenset of UUID
        Who has confirmed the count as it stands.
    """

    entries: tuple[PaperEntry, ...]
    counts: Mapping[str, PaperCount]
    confirmed: frozenset[UUID]

    @property
    def issued(self) -> int:
        """Papers issued, of all classes together."""
        return sum(one.issued for one in self.counts.values())

    @property
    def too_many(self) -> tuple[PaperCount, ...]:
        """Classes with more papers out of the box than were printed."""
        return tuple(one for one in self.counts.values() if one.written_off < 0)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left but to confirm it."""
        return all(one.agrees for one in self.entries) and not self.too_many

    @property
    def is_settled(self) -> bool:
        """Whether the urn may be opened as far as papers are concerned."""
        return not self.issued or (self.is_complete and len(self.confirmed) >= CLERKS)


@dataclass(frozen=True, slots=True)
class SettledPapers:
    """What joins the ballots of the urn.

    Attributes
    ----------
    packets : tuple of Packet
        Without receipts.
    counts : mapping of str to PaperCount
        By class.
    """

    packets: tuple[Packet, ...]
    counts: Mapping[str, PaperCount]


def content_of(keying: Keying) -> dict[str, Any]:
    """Return a keying as the columns of its row."""
    return {
        "class_key": keying.class_key,
        "void": keying.void,
        "marks": keying.marks,
        "words": {
            "remark": keying.remark,
            "signature": keying.signature,
            "reasons": keying.reasons,
        },
    }


def keying_of(row: PaperKeyingRecord) -> Keying:
    """Read a keying from its row."""
    words = row.words
    return Keying(
        row.number,
        row.class_key,
        row.void,
        row.marks,
        words["remark"],
        words["signature"],
        words["reasons"],
    )


def entries_of(ballot: BallotSurvey, rows: Iterable[PaperKeyingRecord]) -> tuple[PaperEntry, ...]:
    """Return the papers that were keyed, by number."""
    entries = []
    for number, group in groupby(rows, key=lambda row: row.number):
        turns = list(group)
        keyings = tuple(keying_of(row) for row in turns)
        found = differences(ballot.rules, *keyings) if len(keyings) == CLERKS else ()
        entries.append(PaperEntry(number, tuple(row.clerk_id for row in turns), keyings, found))
    return tuple(entries)


def state_of(work: Work, ballot: BallotSurvey) -> PaperState:
    """Return how far the count has come."""
    papers = PaperRepository(work)
    survey_id = ballot.record.id
    entries = entries_of(ballot, papers.keyings(survey_id))
    issued = {one.key: one.paper_issued for one in BallotRepository(work).classes(survey_id)}
    return PaperState(
        entries, _counts(ballot, issued, entries), frozenset(papers.confirmations(survey_id))
    )


def _counts(
    ballot: BallotSurvey, issued: Mapping[str, int], entries: Sequence[PaperEntry]
) -> dict[str, PaperCount]:
    first = [entry.keyings[0] for entry in entries]
    return {
        one.key: PaperCount(
            one,
            issued.get(one.key, 0),
            sum(keying.class_key == one.key for keying in first),
            sum(keying.class_key == one.key and keying.void for keying in first),
        )
        for one in ballot.rules.classes
    }


def is_settled(work: Work, ballot: BallotSurvey) -> bool:
    """Whether printed ballots keep the urn from being opened."""
    return not PaperRepository(work).issued(ballot.record.id) or state_of(work, ballot).is_settled


def settled_papers(work: Work, ballot: BallotSurvey) -> SettledPapers:
    """Return what joins the ballots of the urn.

    Raises
    ------
    Conflict
        The count of the papers is not settled.
    """
    state = state_of(work, ballot)
    if not state.is_settled:
        raise papers_first(ballot.record.key)
    keyings = [entry.keyings[0] for entry in state.entries]
    return SettledPapers(
        tuple(
            Packet(keying.class_key, keying.paper(), receipt="")
            for keying in keyings
            if not keying.void
        ),
        state.counts,
    )


def papers_first(key: str) -> Conflict:
    """Make the refusal to open an urn before its papers are counted."""
    return Conflict(
        message(
            "The vote “%(key)s” has ended. Its urn opens once the printed ballots are counted: two"
            " people key each of them in the console and confirm the count; then close it again.",
            key=key,
        )
    )
