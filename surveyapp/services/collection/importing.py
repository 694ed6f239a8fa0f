"""Importing recorded responses from a data file: all of it or nothing, and each row once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain import identity
from surveyapp.domain.answers import Reply, column_names, read_cells
from surveyapp.domain.days import read_day
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import INVITED_MODE, OPEN_FORM_MODE, Definition, Kind, Standing, Status
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import refuse_ballot, unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.services.reviews.importing import (
    REVIEW_COLUMNS,
    CaseNumbers,
    read_review_cells,
    require_direction,
    with_known_headings,
)
from surveyapp.services.tabular import Table, open_table
from surveyapp.storage.database import Database, Work
from surveyapp.storage.recorded_reviews import RecordedReviewRepository
from surveyapp.storage.records import ImportBatchRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository

BATCH = 1000
DEFAULT_MODE = "imported"
OWN_MODES = frozenset({OPEN_FORM_MODE, INVITED_MODE})
SPECIAL_COLUMNS = frozenset({"id", "mode", "subject", "observed_on", "weight"})
EXPORT_COLUMNS = frozenset({"row", "standing"})
_MODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
MAX_ID = 200


@dataclass(frozen=True, slots=True)
class LineError:
    """A bad row: its line in the file, and why."""

    line: int
    message: Message


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How an import went; with any error nothing was stored."""

    accepted: int
    refused: int
    duplicates: int
    errors: tuple[LineError, ...]


@dataclass(slots=True)
class _Row:
    line: int
    values: dict[str, Any]
    problems: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Target:
    """Everything a row is read against."""

    survey: SurveyRecord
    revision_id: UUID
    definition: Definition
    subjects: frozenset[str]
    mode: str
    response_key: bytes
    batch_id: UUID
    received_at: datetime
    today: date
    best: str | None

    @property
    def is_review(self) -> bool:
        return self.survey.kind == Kind.REVIEW


class Importing:
    """The use case of importing a file."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._keyring = keyring
        self._now = now
        self._timezone = timezone

    def import_file(
        self,
        survey_key: str,
        path: Path,
        *,
        actor: Actor,
        mode: str | None = None,
        source: str | None = None,
        best: str | None = None,
        progress: Callable[[int], None] = lambda _n: None,
    ) -> ImportResult:
        """Import a data file into a survey that is or was in use.

        Parameters
        ----------
        mode : str, optional
            Mode of rows without a ``mode`` cell.
        source : str, optional
            The channel that recorded reviews; needed for surveys of kind review, whose rows then
            need an id and a date of their own.
        best : {"1", "5"}, optional
            Which digit is the best level where a file of reviews gives satisfaction codes.
        progress : callable
            Called with a number of rows as they are read.

        Returns
        -------
        ImportResult
            With `errors`, nothing is stored.

        Raises
        ------
        NotFound, Conflict, BadInput
            No such survey; it takes no file; the file or its header cannot be used.
        """
        with self._database.reading() as work:
            target = self._target(work, survey_key, mode, source, best)
        table = open_table(path)
        if target.is_review:
            require_direction(target.definition, best)
            table = with_known_headings(table, target.definition)
        _require_columns(table, target)
        errors = self._errors(table, target, progress)
        if errors:
            return ImportResult(0, len(errors), 0, tuple(errors))
        return self._store(table, target, path, actor, source)

    def _errors(
        self, table: Table, target: _Target, progress: Callable[[int], None]
    ) -> list[LineError]:
        errors = []
        cases = CaseNumbers()
        for row in _rows(table, target):
            if not row.problems and target.is_review:
                values = row.values
                twice = cases.take(
                    row.line, values["case_number"], values["review_number"], values["id"]
                )
                row.problems += [twice] if twice else []
            if row.problems:
                errors.append(LineError(row.line, row.problems[0]))
            progress(1)
        with self._database.reading() as work:
            stored = cases.problems(work, target.survey.id)
        errors += [LineError(line, reason) for line, reason in stored]
        return sorted(errors, key=lambda error: error.line)

    def _store(
        self, table: Table, target: _Target, path: Path, actor: Actor, source: str | None
    ) -> ImportResult:
        accepted = total = 0
        with self._database.writing() as work:
            responses = ResponseRepository(work)
            batch = ImportBatchRecord(
                id=target.batch_id,
                survey_id=target.survey.id,
                file_name=path.name[:255],
                file_sha256=table.sha256,
                source=source,
                accepted=0,
                duplicates=0,
                imported_at=target.received_at,
                imported_by=actor.name,
            )
            responses.add_batch(batch)
            for rows in _batches(_rows(table, target)):
                new = responses.insert_many(target.survey.id, rows)
                _claim_cases(work, target, [row for row in rows if row["id"] in new])
                accepted += len(new)
                total += len(rows)
            batch.accepted, batch.duplicates = accepted, total - accepted
            detail = {"file": path.name, "accepted": accepted, "duplicates": total - accepted}
            record_event(
                work,
                actor,
                "responses.import",
                target.survey.key,
                detail | {"source": source},
                now=target.received_at,
            )
        return ImportResult(accepted, 0, total - accepted, ())

    def _target(
        self,
        work: Work,
        survey_key: str,
        mode: str | None,
        source: str | None,
        best: str | None,
    ) -> _Target:
        surveys = SurveyRepository(work)
        survey = surveys.find(survey_key)
        if survey is None:
            raise unknown_survey(survey_key)
        refuse_ballot(survey)
        if survey.status == Status.DRAFT:
            raise Conflict(
                message("“%(key)s” is a draft: put it in use before importing.", key=survey_key)
            )
        if survey.kind == Kind.REVIEW and not source:
            raise Conflict(
                message(
                    "Reviews are only imported from a named channel that recorded them:"
                    " give its name with --source."
                )
            )
        if mode is not None:
            problem = _mode_problem(mode)
            if problem is not None:
                raise BadInput(problem)
        revision = surveys.shown(survey)
        now = self._now()
        return _Target(
            survey=survey,
            revision_id=revision.id,
            definition=self._definitions.read(revision),
            subjects=frozenset(one.key for one in surveys.subjects(survey.id)),
            mode=mode or DEFAULT_MODE,
            response_key=self._keyring.open(survey.id, survey.wrapped_response_key),
            batch_id=uuid4(),
            received_at=now,
            today=now.astimezone(self._timezone).date(),
            best=best,
        )


def _claim_cases(work: Work, target: _Target, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which service cases have their review now; the constraint decides between two files."""
    reviews = [
        ((row["case_number"], row["review_number"]), row["id"])
        for row in rows
        if row.get("case_number")
    ]
    if not RecordedReviewRepository(work).claim_many(target.survey.id, reviews):
        raise Conflict(
            message("Somebody has just recorded a review of one of these cases: import again.")
        )


def _require_columns(table: Table, target: _Target) -> None:
    known = column_names(target.definition) | SPECIAL_COLUMNS | EXPORT_COLUMNS
    known |= REVIEW_COLUMNS if target.is_review else frozenset()
    unknown = [column for column in table.header if column not in known]
    if unknown:
        raise BadInput(
            message("Line 1: the survey has no column “%(columns)s”.", columns="”, “".join(unknown))
        )
    missing = {"id", "observed_on"} - set(table.header)
    if target.is_review and missing:
        raise BadInput(
            message(
                "Line 1: recorded reviews need the columns id and observed_on"
                " (missing: %(columns)s).",
                columns=", ".join(sorted(missing)),
            )
        )


def _rows(table: Table, target: _Target) -> Iterator[_Row]:
    for line, cells in table.rows():
        if len(cells) > len(table.header):
            too_long = message(
                "the row has %(n)s cells, line 1 has %(most)s", n=len(cells), most=len(table.header)
            )
            yield _Row(line, {}, [too_long])
            continue
        yield _read_row(line, dict(zip(table.header, cells, strict=False)), table.sha256, target)


def _read_row(line: int, cells: Mapping[str, str], file_sha256: str, target: _Target) -> _Row:
    more: dict[str, Any] = {}
    found: list[Message] = []
    answered = cells
    if target.is_review:
        answered, review = read_review_cells(target.definition, cells, target.best)
        more, found = review.values, review.problems
    reply, problems = read_cells(target.definition, answered)
    row_id = cells.get("id") or None
    observed_on, day_problem = read_day(cells.get("observed_on", ""), target.today)
    weight, weight_problem = _weight(cells.get("weight", ""))
    mode = cells.get("mode") or target.mode
    subject = cells.get("subject") or None
    noted = [day_problem, weight_problem, _mode_problem(mode)]
    if subject is not None and subject not in target.subjects:
        noted.append(message("The survey rates no “%(key)s”.", key=subject[:80]))
    if cells.get("standing") not in (None, "", Standing.COUNTED):
        noted.append(message("Only counted responses are imported: take this row out."))
    if row_id is not None and len(row_id) > MAX_ID:
        noted.append(message("The id is longer than %(most)s characters.", most=MAX_ID))
    if target.is_review and (row_id is None or observed_on is None):
        noted.append(message("A recorded review needs its own id and date."))
    values = (
        _values(target, reply)
        | more
        | {
            "id": identity.imported_id(
                target.response_key, row_id=row_id, file_sha256=file_sha256, line=line
            ),
            "subject_key": subject,
            "mode": mode,
            "observed_on": observed_on,
            "weight": weight,
        }
    )
    reasons = [*found, *problems, *(problem for problem in noted if problem is not None)]
    return _Row(line, values, reasons)


def _values(target: _Target, reply: Reply) -> dict[str, Any]:
    return {
        "survey_id": target.survey.id,
        "revision_id": target.revision_id,
        "received_at": target.received_at,
        "batch_id": target.batch_id,
        "answers": reply.answers,
        "attributes": reply.attributes,
        "standing": Standing.COUNTED,
    }


def _batches(rows: Iterator[_Row]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row.values)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _mode_problem(mode: str) -> Message | None:
    if mode in OWN_MODES:
        return message(
            "The mode “%(mode)s” is kept for answers given here; name the channel, e.g. phone.",
            mode=mode,
        )
    if not _MODE.fullmatch(mode):
        return message("A mode is a short word in Latin letters such as phone or paper.")
    return None


def _weight(text: str) -> tuple[str | None, Message | None]:
    """Return a weight as canonical decimal text; weight 1 is not stored."""
    if not text:
        return None, None
    try:
        weight = Decimal(text)
    except InvalidOperation:
        weight = Decimal(0)
    plain = f"{weight.normalize():f}" if weight.is_finite() else ""
    if not plain or weight <= 0 or len(plain) > 40:
        return None, message("“%(text)s” is not a weight: a number above 0.", text=text[:40])
    return (None if plain == "1" else plain), None
