"""Numbers of service cases (办件量): from files or programs, all of a delivery or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from surveyapp.domain.days import read_day
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Kind, Subject
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.collection.importing import LineError
from surveyapp.services.tabular import Table, open_table
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.volumes import VolumeKey, VolumeMonth, VolumeRepository

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("日期", "办件日期"),
    "n": ("办件量", "办件数", "应评办件数"),
    "subject": ("评价对象", "评价对象编号"),
    "unit": ("单位编码", "办理单位编码"),
    "item": ("事项编码", "item_code"),
    "window": ("窗口", "窗口号"),
}
"""Columns of a file, and what else a heading may be called."""

MOST = 1_000_000_000
LONGEST = 64
LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One number, as a file or a program gives it; empty where it is not split.

    Attributes
    ----------
    day, n : str
        As written: ``2026-11-21`` and whole digits.
    unit : str
        Code of a unit, instead of the one subject that belongs to it.
    """

    day: str
    n: str
    subject: str = ""
    unit: str = ""
    item: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class VolumeResult:
    """How a delivery went; with any error nothing was stored.

    Attributes
    ----------
    new, replaced, unchanged : int
        Numbers.
    """

    new: int = 0
    replaced: int = 0
    unchanged: int = 0
    errors: tuple[LineError, ...] = ()


class Volumes:
    """Use cases around the numbers of service cases."""

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], timezone: tzinfo
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone

    def import_file(self, key: str, path: Path, source: str, actor: Actor) -> VolumeResult:
        """Store the numbers of a CSV, XLSX or Parquet file.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no survey of reviews.
        BadInput
            The file or its heading cannot be used, or no source is named.
        """
        table = open_table(path)
        return self.put(key, list(_rows(table)), source, actor)

    def put(
        self, key: str, rows: Sequence[tuple[int, VolumeRow]], source: str, actor: Actor
    ) -> VolumeResult:
        """Store numbers; what replaces another number leaves an event for each day.

        Parameters
        ----------
        rows : sequence of (line, VolumeRow)
            A number holds for what its row names and nothing else.
        source : str
            Where the numbers come from, such as the office's own system.

        Raises
        ------
        NotFound, Conflict, BadInput
        """
        source = source.strip()
        if not 0 < len(source) <= LONGEST_SOURCE:
            raise BadInput(message("Say where the numbers of service cases come from."))
        now = self._now()
        with self._database.writing() as work:
            survey = _survey(work, key)
            reader = _Reader(
                SurveyRepository(work).subjects(survey.id),
                today=now.astimezone(self._timezone).date(),
            )
            for line, row in rows:
                reader.read(line, row)
            if reader.errors or not reader.numbers:
                return VolumeResult(errors=tuple(reader.errors))
            return _store(work, survey, reader.numbers, source, actor, now)

    def months(self, key: str) -> list[VolumeMonth]:
        """Return what is known month by month, the latest first.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            return VolumeRepository(work).months(_survey(work, key).id)


def _survey(work: Work, key: str) -> SurveyRecord:
    survey = SurveyRepository(work).find(key)
    if survey is None:
        raise unknown_survey(key)
    if survey.kind != Kind.REVIEW:
        raise Conflict(message("“%(key)s” is no survey of service reviews.", key=key))
    return survey


def _rows(table: Table) -> Iterator[tuple[int, VolumeRow]]:
    names = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
    columns = [names.get(heading) for heading in table.header]
    unknown = [heading for heading, name in zip(table.header, columns, strict=True) if name is None]
    if unknown:
        raise BadInput(
            message(
                "Line 1: numbers of service cases have no column “%(columns)s”;"
                " they have 日期, 办件量, 评价对象, 单位编码, 事项编码 and 窗口.",
                columns="”, “".join(unknown),
            )
        )
    if not {"day", "n"} <= set(columns) or len(set(columns)) < len(columns):
        raise BadInput(
            message("Line 1: the columns 日期 (day) and 办件量 (n) are needed, each column once.")
        )
    for line, cells in table.rows():
        named = dict(zip(columns, cells, strict=False))
        yield line, VolumeRow(**{"day": "", "n": ""} | {str(k): v for k, v in named.items()})


class _Reader:
    """Rows in; numbers and what is wrong with the rows out."""

    def __init__(self, subjects: Sequence[Subject], *, today: date) -> None:
        self._subjects = {one.key for one in subjects}
        self._of_unit: dict[str, list[str]] = {}
        for subject in subjects:
            if subject.unit_code is not None:
                self._of_unit.setdefault(subject.unit_code, []).append(subject.key)
        self._today = today
        self._lines: dict[VolumeKey, int] = {}
        self.numbers: dict[VolumeKey, int] = {}
        self.errors: list[LineError] = []

    def read(self, line: int, row: VolumeRow) -> None:
        """Take one row."""
        day, problem = read_day(row.day, self._today)
        subject, no_subject = self._subject(row)
        problem = problem or no_subject or _number_problem(row.n)
        if max(len(row.item), len(row.window)) > LONGEST:
            problem = problem or message(
                "Item and window have at most %(most)s characters.", most=LONGEST
            )
        if problem is not None or day is None:
            missing = message("“%(text)s” is not a date such as 2026-11-21.", text="")
            self.errors.append(LineError(line, problem or missing))
            return
        key = VolumeKey(day, subject, row.item, row.window)
        if key in self.numbers:
            twice = message("The same number stands in line %(line)s too.", line=self._lines[key])
            self.errors.append(LineError(line, twice))
            return
        self.numbers[key], self._lines[key] = int(row.n), line

    def _subject(self, row: VolumeRow) -> tuple[str, Message | None]:
        if row.subject:
            if row.subject in self._subjects:
                return row.subject, None
            return "", message("The survey rates no “%(key)s”.", key=row.subject[:80])
        if not row.unit:
            return "", None
        found = self._of_unit.get(row.unit, [])
        if len(found) == 1:
            return found[0], None
        return "", message(
            "Unit “%(code)s” has %(n)s subjects in this survey: name the subject instead.",
            code=row.unit[:80],
            n=len(found),
        )


def _number_problem(text: str) -> Message | None:
    if text.isascii() and text.isdigit() and int(text[:20]) <= MOST:
        return None
    return message("“%(text)s” is no number of service cases.", text=text[:40])


def _store(
    work: Work,
    survey: SurveyRecord,
    numbers: Mapping[VolumeKey, int],
    source: str,
    actor: Actor,
    now: datetime,
) -> VolumeResult:
    volumes = VolumeRepository(work)
    days = [key.day for key in numbers]
    known = volumes.numbers(survey.id, min(days), max(days))
    new = [(key, n) for key, n in numbers.items() if key not in known]
    changed = [(key, n) for key, n in numbers.items() if key in known and known[key] != n]
    volumes.put(survey.id, [*new, *changed], source=source, recorded_by=actor.name, recorded_at=now)
    for day in sorted({key.day for key, _ in changed}):
        of_day = [(key, n) for key, n in changed if key.day == day]
        detail = {
            "day": day.isoformat(),
            "before": sum(known[key] for key, _ in of_day),
            "after": sum(n for _, n in of_day),
            "n": len(of_day),
            "source": source,
        }
        record_event(work, actor, "volume.replace", survey.key, detail, now=now)
    unchanged = len(numbers) - len(new) - len(changed)
    detail = {"new": len(new), "changed": len(changed), "source": source}
    record_event(work, actor, "volume.import", survey.key, detail, now=now)
    return VolumeResult(len(new), len(changed), unchanged)
