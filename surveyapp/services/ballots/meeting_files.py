"""The workbook of the meetings of an evaluation: reading it, and handing it out empty.

The workbook is one flat sheet with a row for each team or person that is rated. What concerns the
meeting stands in its first row; a cell left blank below says the same as the one above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from surveyapp.domain.accounts import require_team
from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.errors import BadInput, InvalidDefinition
from surveyapp.domain.evaluation import (
    MAX_MEETINGS,
    MAX_UNIT_NAME,
    PlannedMeeting,
    RatedRow,
    Roll,
    find_group,
    read_moment,
    read_roll,
    require_rolls,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.services.collection.importing import LineError
from surveyapp.services.tables import Column, InvalidTable, read_rows, template

TITLE: Final = Text("场次", "Meetings")
_ROLL_OF: Final = "roll."
_Read = TypeVar("_Read")

_NUMBER = Column(
    "number",
    Text("场次", "Meeting"),
    message(
        "Number of the meeting, 1 to 999. It stands in its first row; rows below without a number"
        " belong to the same meeting. Lines that begin with 示例 (example) are left out."
    ),
    Text("示例1", "example 1"),
    required=True,
    also=("场次号", "场次编号", "no.", "no"),
)
_OF_A_MEETING = (
    Column(
        "unit",
        Text("单位", "Unit"),
        message("Name of the unit, as it is to stand on the ballot."),
        Text("示例县民政局", "Sample bureau"),
        required=True,
        also=("单位名称", "考核单位"),
    ),
    Column(
        "unit_code",
        Text("单位编码", "Unit code"),
        message("Code in the organisation, where it is kept; may stay empty."),
        Text("", ""),
        also=("编码", "单位代码"),
    ),
    Column(
        "time",
        Text("时间", "Time"),
        message("Such as 2026-12-05 14:30; may stay empty."),
        Text("2026-12-05 14:30", "2026-12-05 14:30"),
        also=("测评时间", "会议时间", "日期"),
    ),
    Column(
        "place",
        Text("地点", "Place"),
        message("Where people meet; may stay empty."),
        Text("三楼会议室", "Meeting room"),
        also=("测评地点", "会议地点"),
    ),
    Column(
        "team",
        Text("考核组", "Team"),
        message("Who conducts the meeting: accounts bound to a team see only its meetings."),
        Text("第一考核组", "Team 1"),
    ),
)
_OF_A_ROW = (
    Column(
        "group",
        Text("组", "Group"),
        message("Group of the template, by its name or key: ranks exist inside a group only."),
        Text("", ""),
        also=("组别", "分组", "类别"),
    ),
    Column(
        "name",
        Text("姓名或班子名称", "Name"),
        message("Who or what is rated: one row for each team or person."),
        Text("", ""),
        required=True,
        also=("姓名", "名称", "测评对象", "评价对象"),
    ),
    Column(
        "office",
        Text("职务", "Office held"),
        message("As it stands on the ballot; may stay empty."),
        Text("", ""),
        also=("现任职务", "职位"),
    ),
)


def columns_of(rules: BallotRules) -> tuple[Column, ...]:
    """Return the columns of the workbook for a template: one for the members of each class."""
    return (_NUMBER, *_OF_A_MEETING, *(_roll_column(one) for one in rules.classes), *_OF_A_ROW)


def _roll_column(one: VotingClass) -> Column:
    return Column(
        f"{_ROLL_OF}{one.key}",
        Text(f"{one.key}票人数", f"Members of {one.key}"),
        message(
            "How many belong to %(title)s. A class of fewer than 5 is merged (3并入B) or signs its"
            " ballots (3署名).",
            title=one.title,
        ),
        Text("12", "12"),
        required=True,
        also=(
            one.key.casefold(),
            f"{one.key}票人数".casefold(),
            f"{one.key}票".casefold(),
            f"{one.key}人数".casefold(),
            f"{one.title.zh}人数".casefold(),
            f"{one.title.en} members".casefold(),
        ),
    )


def meetings_template(rules: BallotRules, language: Language) -> bytes:
    """Make the workbook to fill in, with a meeting as an example."""
    columns = columns_of(rules)
    numbers = {
        f"{_ROLL_OF}{one.key}": Text.same(str(12 + 8 * n)) for n, one in enumerate(rules.classes)
    }
    lines = []
    for position, group in enumerate(rules.groups):
        row = {
            "number": _NUMBER.example,
            "group": group.title,
            "name": Text("示例", "Sample"),
        }
        if position == 0:
            row |= {one.name: one.example for one in _OF_A_MEETING} | numbers
        lines.append([row.get(column.name, Text("", "")) for column in columns])
    return template(TITLE, columns, language, lines)


@dataclass(slots=True)
class _Draft:
    """A meeting while its rows are read: the texts of its cells, and who is rated."""

    line: int
    number: int
    cells: dict[str, str] = field(default_factory=dict)
    rated: list[RatedRow] = field(default_factory=list)


class _Reading:
    """Reads the rows of a workbook and notes every problem with its line."""

    def __init__(self, rules: BallotRules, timezone: tzinfo) -> None:
        self._rules = rules
        self._timezone = timezone
        self._shared = tuple(
            column
            for column in columns_of(rules)
            if column in _OF_A_MEETING or column.name.startswith(_ROLL_OF)
        )
        self.drafts: dict[int, _Draft] = {}
        self.problems: list[LineError] = []
        self._current: _Draft | None = None

    def refuse(self, line: int, reason: Message) -> None:
        self.problems.append(LineError(line, reason))

    def _attempt(self, line: int, read: Callable[[], _Read]) -> _Read | None:
        try:
            return read()
        except BadInput as refusal:
            self.refuse(line, refusal.message)
            return None

    def row(self, line: int, row: Mapping[str, str]) -> None:
        """Take one row."""
        draft = self._draft(line, row["number"].strip())
        if draft is None:
            return
        for column in self._shared:
            given = " ".join(row.get(column.name, "").split())
            if given and draft.cells.setdefault(column.name, given) != given:
                self.refuse(
                    line,
                    message(
                        "“%(column)s” differs from the first row of meeting %(number)s: leave it"
                        " empty there, or give the meeting another number.",
                        column=column.heading,
                        number=draft.number,
                    ),
                )
        self._rated(draft, line, row)

    def _draft(self, line: int, typed: str) -> _Draft | None:
        if not typed:
            if self._current is None:
                self.refuse(line, message("The first row needs the number of its meeting."))
            return self._current
        if not (typed.isascii() and typed.isdecimal() and 1 <= int(typed[:6]) <= MAX_MEETINGS):
            self.refuse(
                line,
                message(
                    "“%(text)s” is no number of a meeting: 1 to %(most)s.",
                    text=typed[:40],
                    most=MAX_MEETINGS,
                ),
            )
            # Rows below without a number do not belong to the meeting above.
            self._current = _Draft(line, 0)
            return self._current
        number = int(typed)
        self._current = self.drafts.setdefault(number, _Draft(line, number))
        return self._current

    def _rated(self, draft: _Draft, line: int, row: Mapping[str, str]) -> None:
        name = " ".join(row["name"].split())
        if not name:
            self.refuse(line, message("Who or what is rated is missing."))
            return
        group = self._attempt(line, lambda: find_group(self._rules, row.get("group", "")))
        if group is None:
            return
        if any(one.name == name and one.group == group for one in draft.rated):
            self.refuse(line, message("“%(name)s” stands in this meeting twice.", name=name[:80]))
            return
        office = " ".join(row.get("office", "").split()) or None
        draft.rated.append(RatedRow(line, group, name, office))

    def planned(self) -> list[PlannedMeeting]:
        """Return the meetings whose rows are right, by number."""
        made = (self._planned(one) for _number, one in sorted(self.drafts.items()))
        return [one for one in made if one is not None]

    def _planned(self, draft: _Draft) -> PlannedMeeting | None:
        before = len(self.problems)
        unit_name = draft.cells.get("unit", "")
        if not 1 <= len(unit_name) <= MAX_UNIT_NAME:
            self.refuse(
                draft.line,
                message(
                    "The name of the unit is missing or longer than %(n)s characters.",
                    n=MAX_UNIT_NAME,
                ),
            )
        time = draft.cells.get("time")
        moment = (
            None
            if time is None
            else self._attempt(draft.line, lambda: read_moment(time, self._timezone))
        )
        team = self._attempt(draft.line, lambda: require_team(draft.cells.get("team", "")))
        place = draft.cells.get("place", "")
        if len(place) > MAX_UNIT_NAME:
            self.refuse(
                draft.line,
                message("The place is longer than %(n)s characters.", n=MAX_UNIT_NAME),
            )
        rolls = self._rolls(draft)
        if len(self.problems) > before or not draft.rated:
            return None
        return PlannedMeeting(
            line=draft.line,
            number=draft.number,
            unit_name=unit_name,
            unit_code=draft.cells.get("unit_code"),
            team=team,
            takes_place_at=moment,
            place_name=place or None,
            rolls=rolls,
            rated=tuple(draft.rated),
        )

    def _rolls(self, draft: _Draft) -> dict[str, Roll]:
        keys = [one.key for one in self._rules.classes]
        rolls: dict[str, Roll] = {}
        for one in self._rules.classes:
            typed = draft.cells.get(f"{_ROLL_OF}{one.key}")
            if typed is None:
                self.refuse(
                    draft.line,
                    message("How many belong to %(title)s is missing.", title=one.title),
                )
                continue
            roll = self._attempt(draft.line, partial(read_roll, typed, keys))
            if roll is not None:
                rolls[one.key] = roll
        if len(rolls) == len(keys) and draft.rated:
            used = {one.group for one in draft.rated}
            self._attempt(draft.line, lambda: require_rolls(self._rules, rolls, used))
        return rolls


def read_meetings(path: Path, rules: BallotRules, timezone: tzinfo) -> list[PlannedMeeting]:
    """Read the workbook of the meetings.

    Parameters
    ----------
    timezone : tzinfo
        In which people write times.

    Raises
    ------
    BadInput
        The file cannot be read, or lacks a column.
    InvalidTable
        Rows that cannot be used, all of them at once.
    """
    reading = _Reading(rules, timezone)
    for line, row in read_rows(path, columns_of(rules)):
        reading.row(line, row)
    planned = reading.planned()
    if reading.problems:
        raise InvalidTable(sorted_problems(reading.problems))
    return planned


def sorted_problems(problems: Iterable[LineError]) -> list[LineError]:
    """Return problems in the order of the file."""
    return sorted(problems, key=lambda one: one.line)


def lines_of(refusal: InvalidDefinition, planned: PlannedMeeting) -> list[LineError]:
    """Return what is wrong with the definition of a meeting at the rows that say it."""
    problems = []
    for one in refusal.problems:
        line = planned.line
        name, _bracket, rest = one.path.partition("[")
        if name == "subjects" and rest:
            line = planned.rated[int(rest.partition("]")[0]) - 1].line
        problems.append(LineError(line, one.message))
    return problems
