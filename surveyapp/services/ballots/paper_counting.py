"""Counting printed ballots after the vote has ended: two clerks, and no one sees the other's work.

A clerk keys a paper under the number that was stamped on it when its box was emptied. What the
other one keyed shows only where both have, and only as far as they differ. Every change takes the
confirmations of the count back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.ballot_counting import MAX_NUMBER, Keying, read_keying, settled
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.desk import BallotDesk, BallotSurvey, class_of
from surveyapp.services.ballots.paper_settling import (
    CLERKS,
    PaperEntry,
    PaperState,
    content_of,
    state_of,
)
from surveyapp.services.ballots.paper_views import PaperForm, PaperLine, PaperTable, PaperView
from surveyapp.storage.ballots import BallotRepository
from surveyapp.storage.database import Work
from surveyapp.storage.paper_ballots import PaperRepository
from surveyapp.storage.staff import StaffRepository


class PaperCounting:
    """Use cases of the tellers (计票人)."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def table(self, key: str, clerk: StaffView) -> PaperTable:
        """Return how far the count has come.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            box = BallotRepository(work).box(ballot.record.id)
            state = state_of(work, ballot)
            names = _names(work, state)
        return PaperTable(
            definition=ballot.definition,
            rules=ballot.rules,
            is_counting=box is not None and box.stage == "closed" and state.issued > 0,
            lines=tuple(
                PaperLine(
                    one.number,
                    tuple(names[clerk_id] for clerk_id in one.clerks),
                    one.class_by(clerk.id),
                    one.is_keyed,
                    one.agrees,
                )
                for one in state.entries
            ),
            counts=tuple(one for one in state.counts.values() if one.issued or one.returned),
            issued=state.issued,
            is_complete=state.is_complete,
            is_settled=state.is_settled,
            too_many=state.too_many,
            seen=_seen(state),
            confirmed=tuple(sorted(names[one] for one in state.confirmed)),
            i_confirmed=clerk.id in state.confirmed,
        )

    def form(self, key: str, class_key: str, number: int | None, clerk: StaffView) -> PaperForm:
        """Return the form for a paper of a class.

        Raises
        ------
        NotFound, Conflict
            No such survey or class; there is nothing to count.
        """
        with self._desk.database.reading() as work:
            ballot, state = self._counting(work, key)
            voting_class = class_of(ballot, class_key)
        own = {
            entry.number: keying
            for entry in state.entries
            for clerk_id, keying in zip(entry.clerks, entry.keyings, strict=True)
            if clerk_id == clerk.id
        }
        if number is None:
            number = next(n for n in range(1, len(own) + 2) if n not in own)
        mine = own.get(number)
        return PaperForm(ballot.definition, ballot.rules, voting_class, number, mine)

    def key_in(
        self,
        key: str,
        class_key: str,
        number: int,
        fields: Mapping[str, Sequence[str]],
        clerk: StaffView,
        *,
        again: bool = False,
    ) -> None:
        """Store what one clerk reads on a paper.

        Parameters
        ----------
        again : bool
            Replace what the same clerk keyed under this number before.

        Raises
        ------
        NotFound, InvalidAnswers
            No such survey or class; as of `read_keying`.
        BadInput
            No number a paper can have.
        Conflict
            There is nothing to count; no paper of the class was issued; the number was keyed by
            this clerk, or by two others.
        """
        if not 1 <= number <= MAX_NUMBER:
            raise BadInput(message("The number of a paper is a whole number from 1."))
        with self._desk.database.writing() as work:
            ballot, state = self._counting(work, key, for_update=True)
            voting_class = class_of(ballot, class_key)
            if not state.counts[class_key].issued:
                raise Conflict(
                    message("No printed ballot of the class “%(key)s” was issued.", key=class_key)
                )
            keying = read_keying(ballot.rules, voting_class, number, fields)
            entry = next((one for one in state.entries if one.number == number), None)
            self._put(work, ballot, keying, entry, clerk, again=again)

    def _put(
        self,
        work: Work,
        ballot: BallotSurvey,
        keying: Keying,
        entry: PaperEntry | None,
        clerk: StaffView,
        *,
        again: bool,
    ) -> None:
        papers = PaperRepository(work)
        survey_id = ballot.record.id
        clerks = () if entry is None else entry.clerks
        if clerk.id in clerks:
            if not again:
                raise Conflict(
                    message(
                        "You have keyed paper %(number)s already. If this is another paper, look at"
                        " the number stamped on it; if not, open it from the list to key it again.",
                        number=keying.number,
                    )
                )
            papers.replace(survey_id, keying.number, clerk.id, content_of(keying))
        elif len(clerks) >= CLERKS:
            raise Conflict(
                message("Paper %(number)s was keyed by two others.", number=keying.number)
            )
        else:
            papers.add(survey_id, keying.number, len(clerks) + 1, clerk.id, content_of(keying))
        papers.unconfirm(survey_id)

    def paper(self, key: str, number: int, clerk: StaffView) -> PaperView:
        """Return where the two keyings of a paper differ.

        Raises
        ------
        NotFound
            No such survey; the paper was not keyed by two people yet.
        Conflict
            There is nothing to count.
        """
        with self._desk.database.reading() as work:
            ballot, state = self._counting(work, key)
            entry = _keyed(state, number)
            names = _names(work, state)
        return PaperView(
            ballot.definition,
            ballot.rules,
            number,
            ballot.rules.voting_class(entry.keyings[0].class_key),
            tuple(names[one] for one in entry.clerks),
            entry.clerks.index(clerk.id) if clerk.id in entry.clerks else -1,
            entry.differences,
        )

    def settle(self, key: str, number: int, chosen: Mapping[str, str], clerk: StaffView) -> None:
        """Put into one's own keying what the paper says where the two differ.

        The paper is settled once both clerks have: nobody changes the other's keying.

        Raises
        ------
        NotFound, Conflict
            As of `paper`; it was keyed by two others.
        InvalidAnswers
            Something that the form does not offer.
        """
        with self._desk.database.writing() as work:
            ballot, state = self._counting(work, key, for_update=True)
            entry = _keyed(state, number)
            if clerk.id not in entry.clerks:
                raise Conflict(message("Paper %(number)s was keyed by two others.", number=number))
            mine = entry.keyings[entry.clerks.index(clerk.id)]
            changed = settled(ballot.rules, mine, entry.differences, chosen)
            papers = PaperRepository(work)
            papers.replace(ballot.record.id, number, clerk.id, content_of(changed))
            papers.unconfirm(ballot.record.id)
            self._record(work, clerk, "paper.settle", key, {"number": number})

    def take_out(self, key: str, number: int, clerk: StaffView) -> None:
        """Take a paper out of the count: to be keyed anew, or because it is none of ours.

        Raises
        ------
        NotFound, Conflict
            No such survey or paper; there is nothing to count.
        """
        with self._desk.database.writing() as work:
            ballot, state = self._counting(work, key, for_update=True)
            if number not in {one.number for one in state.entries}:
                raise NotFound(message("Paper %(number)s was not keyed.", number=number))
            papers = PaperRepository(work)
            papers.take_out(ballot.record.id, number)
            papers.unconfirm(ballot.record.id)
            self._record(work, clerk, "paper.take_out", key, {"number": number})

    def confirm(self, key: str, seen: str, clerk: StaffView) -> None:
        """Confirm the count: what did not come back is written off (未收回,注销).

        Parameters
        ----------
        seen : str
            `PaperTable.seen` of the page that was looked at.

        Raises
        ------
        NotFound, Conflict
            No such survey; there is nothing to count; the count is not complete, or is not the one
            that was looked at; the same person has confirmed it.
        """
        with self._desk.database.writing() as work:
            ballot, state = self._counting(work, key, for_update=True)
            if seen != _seen(state):
                raise Conflict(
                    message("The count has changed meanwhile. Look at it again, then confirm.")
                )
            if not state.is_complete:
                raise Conflict(
                    message(
                        "The count is not complete: every paper has to be keyed by two people who"
                        " say the same, and no class may have more papers than were printed."
                    )
                )
            if clerk.id in state.confirmed:
                raise Conflict(
                    message("You have confirmed the count already: a second person has to.")
                )
            PaperRepository(work).confirm(ballot.record.id, clerk.id)
            detail = {
                one.voting_class.key: {
                    "issued": one.issued,
                    "returned": one.returned,
                    "void": one.void,
                    "written_off": one.written_off,
                }
                for one in state.counts.values()
                if one.issued
            }
            self._record(work, clerk, "paper.confirm", key, detail)

    def _record(
        self, work: Work, clerk: StaffView, action: str, key: str, detail: Mapping[str, object]
    ) -> None:
        record_event(work, clerk.actor, action, key, detail, now=self._desk.now())

    def _counting(
        self, work: Work, key: str, *, for_update: bool = False
    ) -> tuple[BallotSurvey, PaperState]:
        """Return a vote whose papers can be counted now."""
        ballot = self._desk.survey(work, key, for_update=for_update)
        box = BallotRepository(work).box(ballot.record.id)
        if box is None or box.stage == "sealed":
            raise Conflict(message("Papers are counted when the vote has ended: end it first."))
        if box.stage != "closed":
            raise Conflict(message("The urn is open: its papers were counted."))
        state = state_of(work, ballot)
        if not state.issued:
            raise Conflict(message("No printed ballots were issued for “%(key)s”.", key=key))
        return ballot, state


def _keyed(state: PaperState, number: int) -> PaperEntry:
    for entry in state.entries:
        if entry.number == number and entry.is_keyed:
            return entry
    raise NotFound(message("Paper %(number)s was not keyed by two people yet.", number=number))


def _names(work: Work, state: PaperState) -> dict[UUID, str]:
    staff = StaffRepository(work)
    known = {one for entry in state.entries for one in entry.clerks} | state.confirmed
    return {one: staff.get(one).full_name for one in known}


def _seen(state: PaperState) -> str:
    """Write down what the count says, class by class."""
    return " ".join(
        f"{key}:{one.issued}:{one.returned}:{one.void}" for key, one in state.counts.items()
    )
