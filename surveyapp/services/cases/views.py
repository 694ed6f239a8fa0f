"""What pages, printing and exports are told about cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from surveyapp.domain.case import CallBack, CitizenStatus, Finding, Remedy, Ruling, State, Step
from surveyapp.domain.messages import Message
from surveyapp.domain.slips import Colour
from surveyapp.domain.text import Text


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one run of ``cases tick`` did.

    Attributes
    ----------
    slips : mapping of Colour to int
        Issued, the white ones of new cases too.
    closed : int
        Anonymous cases whose answer had stood long enough.
    recomputed : int
        Provisional deadlines that a newly known year made certain.
    contacts_deleted : int
        Telephone numbers.
    queued, sent, failed : int
        Notices made, delivered, and tried in vain.
    """

    opened: int = 0
    slips: Mapping[Colour, int] = field(default_factory=dict)
    closed: int = 0
    recomputed: int = 0
    contacts_deleted: int = 0
    queued: int = 0
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class CitizenCase:
    """What the receipt page shows of a case.

    Attributes
    ----------
    dates : tuple of (CitizenStatus, date)
        The day each status was reached last, in the order of the statuses.
    answer : str or None
        The unit's answer.
    may_answer : bool
        Whether the citizen is asked if they are satisfied with the fix.
    word : CallBack or None
        What they said of it before.
    is_excluded : bool
        Whether the review was found mistaken or malicious and left out of the figures.
    """

    status: CitizenStatus
    dates: tuple[tuple[CitizenStatus, date], ...]
    answer: str | None
    may_answer: bool
    word: CallBack | None
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """Which cases to show; None and False mean all.

    Attributes
    ----------
    colour : Colour or None
        Only open ones whose most urgent slip of the newest round has this colour.
    due : bool
        Only those whose clock ends within two working days.
    overdue : bool
        Only those whose clock has run out.
    mine : bool
        Only those that wait for a step the asker may take.
    page : int
        Counted from 1.
    """

    survey_key: str | None = None
    state: State | None = None
    is_open: bool | None = None
    unit_code: str | None = None
    is_named: bool | None = None
    colour: Colour | None = None
    due: bool = False
    overdue: bool = False
    mine: bool = False
    received_from: date | None = None
    received_until: date | None = None
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list.

    Attributes
    ----------
    waits_for_me : bool
        Whether the next step is the asker's.
    colour : Colour or None
        Of the most urgent slip of its present round.
    """

    number: str
    survey_key: str
    survey_title: Text
    subject: Text | None
    unit_code: str | None
    unit_name: str | None
    responsible_unit_name: str | None
    level: Text
    state: State
    is_named: bool
    received_on: date
    due_on: date | None
    due_is_provisional: bool
    is_overdue: bool
    waits_for_me: bool
    colour: Colour | None


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases of the asker are open, due within two working days, and overdue."""

    open: int
    mine: int
    due: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of cases; the most urgent first."""

    lines: tuple[CaseLine, ...]
    counts: CaseCounts
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class EventLine:
    """A step that was taken.

    Attributes
    ----------
    at : datetime or None
        None where the time of day could tell who the citizen is.
    detail : mapping
        What the step's form said.
    """

    position: int
    step: Step
    actor: str
    day: date
    at: datetime | None
    detail: Mapping[str, Any]
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True)
class FileContent:
    """Evidence as it is downloaded; its type was read from the file when it was handed in."""

    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileLine:
    """Evidence kept with a case."""

    id: UUID
    file_name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A slip (交办单、督办单) as lists and print show it.

    Attributes
    ----------
    number : str
        As it is printed, 督办〔2026〕1号.
    case_number, item_number : str or None
        The one thing it is about: a case, or a matter being put right.
    """

    year: int
    serial: int
    number: str
    colour: Colour
    case_number: str | None
    item_number: str | None
    round: int
    issued_on: date
    due_on: date | None
    signed_by: str | None
    unit_name: str | None
    person: str | None
    matter: str
    problem: str
    demand: str
    received_by: str | None
    received_on: date | None
    conclusion: str | None
    verified_by: str | None
    progress: str
    evidence: tuple[str, ...]
    talks: int
    sanctions: int
    note: str


@dataclass(frozen=True, slots=True)
class SlipRegister:
    """The register of slips with its totals (份数、约谈人次、组织处理人次)."""

    lines: tuple[SlipLine, ...]
    by_colour: Mapping[Colour, int]
    talks: int
    sanctions: int


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case as the asker may see it.

    Attributes
    ----------
    case_number : str or None
        Of the service rendered (办件编号); hidden from the unit in an anonymous case.
    reasons, comment
        What the citizen chose and wrote.
    contact : str or None
        The telephone number, masked; `reveal` shows it.
    seen : int
        Number of steps taken so far: forms send it back, so that two people never take one step.
    allowed : tuple of Step
        What the asker may do now.
    default_due : mapping of Remedy to date
        The deadline that the survey's rules give, and the latest day that can be named.
    """

    line: CaseLine
    response_id: UUID
    place: str | None
    window: str | None
    case_number: str | None
    reasons: tuple[Text, ...]
    comment: str
    contact: str | None
    responsible_unit: str | None
    responsible_person: str | None
    goal: str | None
    remedy: Remedy | None
    answer: str | None
    call_back: CallBack | None
    closed_on: date | None
    rectified_in_time: bool | None
    seen: int
    events: tuple[EventLine, ...]
    slips: tuple[SlipLine, ...]
    allowed: tuple[Step, ...]
    default_due: Mapping[Remedy, date]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What one step did to many cases: which took it, and why the others did not."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, Message], ...]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the 差评核查整改台账, column by column; None is an empty cell."""

    number: int
    review_number: str
    reviewed_on: date
    channel: Text
    case_number: str | None
    item: str | None
    unit: str | None
    window: str | None
    level: Text
    reasons: tuple[Text, ...]
    comment: str
    is_named: bool
    verified_on: date | None
    finding: Finding | None
    remedy: Remedy | None
    responsible_unit: str | None
    responsible_person: str | None
    measures: str | None
    due_on: date | None
    done_on: date | None
    answered_on: date | None
    called_back_on: date | None
    call_back: CallBack | None
    ruling: Ruling | None
    closed_on: date | None
    is_overdue: bool


LEDGER_COLUMNS: tuple[Text, ...] = (
    Text("序号", "No."),
    Text("评价编号", "Review number"),
    Text("评价时间", "Reviewed"),
    Text("评价渠道", "Channel"),
    Text("办件编号", "Case number"),
    Text("事项名称", "Item"),
    Text("办理单位", "Unit"),
    Text("窗口/工号", "Window / staff number"),
    Text("满意度", "Level"),
    Text("评价原因", "Reasons"),
    Text("评价内容", "Comment"),
    Text("实名/匿名", "Named / anonymous"),
    Text("核实时间", "Verified"),
    Text("是否属实", "True"),
    Text("处理方式", "Remedy"),
    Text("责任单位", "Responsible unit"),
    Text("责任人", "Responsible person"),
    Text("整改措施", "Measures"),
    Text("整改时限", "Deadline"),
    Text("完成时间", "Done"),
    Text("反馈时间", "Answered"),
    Text("回访时间", "Called back"),
    Text("回访结果", "Result of the call"),
    Text("申诉复核结论", "Ruling on the appeal"),
    Text("办结时间", "Closed"),
    Text("是否超期", "Overdue"),
)
"""The headings of the ledger, in the order of the fields of `LedgerRow`."""
