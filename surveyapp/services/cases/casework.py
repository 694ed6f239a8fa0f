"""Cases of bad reviews: opened by a clock, handled by units, closed by a second person.

Each topic has its module: opening (`case_opening`), escalation (`case_ticking`), steps
(`case_handling`), reading (`case_reading`), the ledger (`case_ledger`), what the citizen sees
(`case_citizens`) and slips (`slips`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from surveyapp.domain import case_fields as given
from surveyapp.domain.accounts import StaffView
from surveyapp.domain.survey import Definition
from surveyapp.services.cases.citizens import CaseCitizens
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.handling import CaseHandling
from surveyapp.services.cases.ledger import CaseLedger
from surveyapp.services.cases.opening import queue_case
from surveyapp.services.cases.reading import CaseReading
from surveyapp.services.cases.slips import Slips
from surveyapp.services.cases.ticking import CaseTicking
from surveyapp.services.cases.views import (
    BulkResult,
    CaseCounts,
    CaseDetail,
    CaseFilters,
    CasePage,
    CitizenCase,
    FileContent,
    LedgerRow,
    SlipLine,
    SlipRegister,
    TickReport,
)
from surveyapp.services.results.counting import Counting
from surveyapp.storage.database import Work


class Casework:
    """Everything around cases, in one place.

    Attributes
    ----------
    slips : Slips
        The register, receipt and consequences of slips.
    """

    def __init__(self, desk: CaseDesk, counting: Counting) -> None:
        self.slips = Slips(desk)
        self._ticking = CaseTicking(desk)
        self._citizens = CaseCitizens(desk, self._ticking)
        self._handling = CaseHandling(desk, counting)
        self._reading = CaseReading(desk, self.slips)
        self._ledger = CaseLedger(desk)

    def queue(self, work: Work, definition: Definition, values: dict[str, Any]) -> None:
        """Queue the case of a review in the transaction that stores it; see `queue_case`."""
        queue_case(work, definition, values)

    def tick(self, as_of: datetime | None = None) -> TickReport:
        """Do what time asks for; running it again, or twice at once, changes nothing more.

        Opens due cases, issues slips, closes anonymous cases, recomputes provisional deadlines,
        deletes telephone numbers, makes notices and sends them.

        Parameters
        ----------
        as_of : datetime, optional
            Aware; the clock's time where none is given.
        """
        return self._ticking.tick(as_of)

    def citizen_view(self, response_id: UUID) -> CitizenCase | None:
        """Return what the citizen sees of a case, None where there is none (yet)."""
        self._ticking.open_if_due(response_id)
        return self._citizens.view(response_id)

    def citizen_word(self, response_id: UUID, satisfied: bool) -> None:
        """Take the citizen's word on the fix; the same word twice is once.

        Raises
        ------
        NotFound, Conflict
            There is no case; nothing is asked now, or another word was given.
        """
        self._citizens.word(response_id, satisfied=satisfied)

    def followed_up(self, work: Work, first_id: UUID, second_id: UUID, *, is_bad: bool) -> None:
        """Tell the case of a first review of its follow-up, in the transaction that stores it.

        Parameters
        ----------
        first_id, second_id : UUID
            The first review as it stands, and the follow-up; the follow-up is stored already.
        is_bad : bool
            Whether the follow-up is of a bad level: a case that was answered opens again. Where
            there is no case, the follow-up gets its own like any bad review.
        """
        self._citizens.followed_up(work, first_id, second_id, is_bad=is_bad)

    def counts(self, staff: StaffView) -> CaseCounts:
        """Return how many cases are open, due and overdue, for the page after sign-in.

        Raises
        ------
        NotAllowed
        """
        self._ticking.refresh()
        return self._reading.counts(staff)

    def inbox(self, staff: StaffView, filters: CaseFilters) -> CasePage:
        """Return cases that the asker may see: units those of their own and below.

        Raises
        ------
        NotAllowed
        """
        self._ticking.refresh()
        return self._reading.inbox(staff, filters)

    def case(self, staff: StaffView, number: str) -> CaseDetail:
        """Return one case.

        Raises
        ------
        NotFound, NotAllowed
            No such case, or another unit's (which looks the same).
        """
        return self._reading.case(staff, number)

    def file(self, staff: StaffView, number: str, file_id: UUID) -> FileContent:
        """Return evidence of a case.

        Raises
        ------
        NotFound, NotAllowed
        """
        return self._reading.file(staff, number, file_id)

    def reveal(self, staff: StaffView, number: str) -> str:
        """Return the telephone number in full, for a call; that it was read is logged.

        Raises
        ------
        NotFound, NotAllowed
            No number is kept; only the supervising office calls.
        """
        return self._handling.reveal(staff, number)

    def forward(
        self, staff: StaffView, number: str, fields: given.Forward, seen: int | None = None
    ) -> None:
        """Give the case to another unit (转办).

        Parameters
        ----------
        seen : int, optional
            `CaseDetail.seen` of the page the form stood on.

        Raises
        ------
        NotFound, NotAllowed, BadInput
        Conflict
            The case is in another state, or somebody took a step meanwhile.
        """
        self._handling.take(staff, number, fields, seen)

    def verify(
        self, staff: StaffView, number: str, fields: given.Verify, seen: int | None = None
    ) -> None:
        """Record what the unit found; see `forward` for parameters and refusals."""
        self._handling.take(staff, number, fields, seen)

    def assign(
        self, staff: StaffView, number: str, fields: given.Assign, seen: int | None = None
    ) -> None:
        """Say who puts it right, by when and to what end; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def extend(
        self, staff: StaffView, number: str, fields: given.Extend, seen: int | None = None
    ) -> None:
        """Move the deadline of a complex case, once; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def answer(
        self, staff: StaffView, number: str, fields: given.Answer, seen: int | None = None
    ) -> None:
        """Record what was done, with the answer to the citizen; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def call(
        self, staff: StaffView, number: str, fields: given.Call, seen: int | None = None
    ) -> None:
        """Log an attempt to call the citizen back; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def unreachable(
        self, staff: StaffView, number: str, fields: given.Unreachable, seen: int | None = None
    ) -> None:
        """Record 无法回访 after three attempts on different days; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def approve(
        self, staff: StaffView, number: str, fields: given.Approve, seen: int | None = None
    ) -> None:
        """Find the answer good, so that an anonymous case closes by itself; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def send_back(
        self, staff: StaffView, number: str, fields: given.SendBack, seen: int | None = None
    ) -> None:
        """Send an answer back to the unit (退回); see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def close(
        self, staff: StaffView, number: str, fields: given.Close, seen: int | None = None
    ) -> None:
        """Close a case (办结、销号); see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def appeal(
        self, staff: StaffView, number: str, fields: given.Appeal, seen: int | None = None
    ) -> None:
        """Appeal against the review (申诉); see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def propose_ruling(
        self, staff: StaffView, number: str, fields: given.ProposeRuling, seen: int | None = None
    ) -> None:
        """Propose what an appeal ends with (复核); see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def confirm_ruling(
        self, staff: StaffView, number: str, fields: given.ConfirmRuling, seen: int | None = None
    ) -> None:
        """Agree with a proposed ruling, or not, as a second person; see `forward`."""
        self._handling.take(staff, number, fields, seen)

    def take_each(
        self, staff: StaffView, numbers: Iterable[str], fields: given.Fields
    ) -> BulkResult:
        """Take one step in many cases: each one for itself, with its own refusal.

        Raises
        ------
        Unavailable
        """
        return self._handling.take_each(staff, numbers, fields)

    def ledger(self, staff: StaffView, filters: CaseFilters) -> list[LedgerRow]:
        """Return the 差评核查整改台账, oldest review first; `filters.page` does not matter.

        Raises
        ------
        NotAllowed
        """
        self._ticking.refresh()
        return self._ledger.rows(staff, filters)

    def register(self, staff: StaffView, year: int | None = None) -> SlipRegister:
        """Return the register of slips, of one year or of all.

        Raises
        ------
        NotAllowed
        """
        self._ticking.refresh()
        return self.slips.register(staff, year)

    def slip(self, staff: StaffView, year: int, serial: int) -> SlipLine:
        """Return one slip for printing.

        Raises
        ------
        NotFound, NotAllowed
        """
        return self.slips.slip(staff, year, serial)
