"""Taking data out: responses, indices and weights as files, de-identified, counted and logged."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from uuid import UUID

from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Language
from surveyapp.language import translate
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import refuse_ballot, unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.exports.files import WRITERS, Document
from surveyapp.services.exports.indices import index_sheet, question_sheet
from surveyapp.services.exports.tables import (
    Column,
    Content,
    Levels,
    ResponseTable,
    Sheet,
    Value,
)
from surveyapp.services.results.reporting import SIMULATED, Reporting
from surveyapp.services.weights.files import weight_sheet
from surveyapp.services.weights.words import weighting_facts
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ResponseRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository

SPSS = "sav"
FORMATS = (*WRITERS, SPSS)
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written.

    Attributes
    ----------
    rows : int
        Rows of data, without the header.
    sha256 : str
        Of the file.
    data_sha256 : str
        Of the rows as CSV in UTF-8: the same for every format.
    """

    rows: int
    sha256: str
    data_sha256: str


class Exporting:
    """Use cases around exports."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        reporting: Reporting,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._reporting = reporting
        self._now = now
        self._timezone = timezone

    def export_responses(
        self,
        key: str,
        path: Path,
        file_format: str,
        actor: Actor,
        *,
        levels: Levels = "key",
        language: Language = "zh",
        progress: Callable[[int], None] = lambda _n: None,
    ) -> Exported:
        """Write all responses of a survey into a file that `responses import` understands.

        Parameters
        ----------
        path : Path
            Replaced once the new file is complete.
        file_format : {"csv", "xlsx", "json", "parquet", "sav"}
        levels : {"key", "code", "label"}
            How chosen levels are written; labels cannot be imported again. SPSS files have codes
            with labels wherever the codes are whole numbers.
        language : {"zh", "en"}
            Of titles and labels.
        progress : callable
            Called with a number of rows as they are written.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            An unknown format, or more rows than the format can hold.
        """
        simulated = self._database.is_simulated()
        with self._database.reading() as work:
            survey = _survey(work, key)
            definitions = self._all_definitions(work, survey)
            table = ResponseTable(
                definitions,
                levels="key" if file_format == SPSS else levels,  # its labels carry the rest
                language=language,
                timezone=self._timezone,
            )
            responses = _reported(ResponseRepository(work).each(survey.id), progress)
            sheet = Sheet(
                translate(message("Responses"), language), table.columns, table.rows(responses)
            )
            current = list(definitions.values())[-1]
            document = Document(
                current.title.in_language(language),
                _marked(sheet, language) if simulated else sheet,
                self._about(current, language, simulated=simulated),
                language,
                more=[table.codebook()],
            )
            exported = _write(document, path, file_format)
        self._log(actor, "responses.export", key, file_format, exported)
        return exported

    def export_indices(
        self,
        key: str,
        path: Path,
        file_format: str,
        actor: Actor,
        *,
        by: Sequence[str] | None = None,
        language: Language = "zh",
    ) -> Exported:
        """Write all indices of a survey into a file; groups that are too small stay empty.

        Parameters
        ----------
        by : sequence of str, optional
            Attributes to break down by; default all of them and the mode.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            An unknown format, or an unknown attribute.
        """
        report = self._reporting.report(key, by=by, fold="all")
        simulated = report.method.simulated
        sheet = index_sheet(report, language)
        notes = [(message("Note"), translate(note, language)) for note in report.method.notes]
        document = Document(
            report.title.in_language(language),
            _marked(sheet, language) if simulated else sheet,
            [
                *self._about(report.definition, language, simulated=False),
                (message("Smallest group listed"), str(report.method.minimum_group)),
                *weighting_facts(report.method),
                *notes,
            ],
            language,
            more=[question_sheet(report, language)],
        )
        exported = _write(document, path, file_format)
        self._log(actor, "indices.export", key, file_format, exported)
        return exported

    def export_weights(
        self, key: str, path: Path, file_format: str, actor: Actor, *, language: Language = "zh"
    ) -> Exported:
        """Write the weight of each cell of the sample into a file: figures can be recomputed.

        Raises
        ------
        NotFound
            No such survey.
        Conflict
            The figures are not weighted to the population.
        BadInput
            An unknown format.
        """
        report = self._reporting.report(key, fold="all")
        done = report.method.calibrated
        sheet = None if done is None else weight_sheet(done, language)
        if sheet is None:
            raise Conflict(message("The figures are not weighted to the population at present."))
        simulated = report.method.simulated
        document = Document(
            report.title.in_language(language),
            _marked(sheet, language) if simulated else sheet,
            [
                *self._about(report.definition, language, simulated=False),
                *weighting_facts(report.method),
            ],
            language,
        )
        exported = _write(document, path, file_format)
        self._log(actor, "weights.export", key, file_format, exported)
        return exported

    def _all_definitions(self, work: Work, survey: SurveyRecord) -> dict[UUID, Definition]:
        surveys = SurveyRepository(work)
        shown = surveys.shown(survey)
        in_use = [one for one in surveys.revisions(survey.id) if one.published_at is not None]
        found = {one.id: self._definitions.read(one) for one in in_use if one.id != shown.id}
        return found | {shown.id: self._definitions.read(shown)}

    def _about(
        self, definition: Definition, language: Language, *, simulated: bool
    ) -> list[tuple[Message, str]]:
        today = self._now().astimezone(self._timezone).date()
        about = [
            (message("Survey"), definition.title.in_language(language)),
            (message("Key"), definition.key),
            (message("Exported on"), today.isoformat()),
        ]
        if definition.notes is not None:
            about.append((message("Notes"), definition.notes.in_language(language)))
        if definition.source is not None:
            about.append((message("Source"), definition.source.in_language(language)))
        if simulated:
            about.append((message("Note"), translate(SIMULATED, language)))
        return about

    def _log(self, actor: Actor, action: str, key: str, file_format: str, done: Exported) -> None:
        detail = {"format": file_format, "rows": done.rows, "sha256": done.sha256}
        with self._database.writing() as work:
            record_event(work, actor, action, key, detail, now=self._now())


def _survey(work: Work, key: str) -> SurveyRecord:
    survey = SurveyRepository(work).find(key)
    if survey is None:
        raise unknown_survey(key)
    refuse_ballot(survey)
    return survey


def _reported(
    things: Iterable[ResponseRecord], progress: Callable[[int], None]
) -> Iterator[ResponseRecord]:
    for thing in things:
        yield thing
        progress(1)


def _marked(sheet: Sheet, language: Language) -> Sheet:
    """Add a column that says in its header that the data are simulated.

    It is a column, not a remark above the table, so that programs can still read the file; and no
    import takes it for real, because no survey has such a column.
    """
    warning = translate(SIMULATED, language)
    column = Column(warning, warning, Content.WORD)

    def rows() -> Iterator[list[Value]]:
        for row in sheet.rows:
            yield [*row, warning]

    return Sheet(sheet.title, (*sheet.columns, column), rows())


def _write(document: Document, path: Path, file_format: str) -> Exported:
    """Write beside the final name and rename: there is never half a file under it."""
    writers = dict(WRITERS)
    if file_format == SPSS:
        # Loaded only where it is needed: it brings a large library with it.
        from surveyapp.services.exports.spss import write_sav

        writers[SPSS] = write_sav
    if file_format not in writers:
        raise BadInput(
            message(
                "“%(format)s” is not a format; there are: %(formats)s.",
                format=file_format,
                formats=", ".join(FORMATS),
            )
        )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        writers[file_format](document, draft)
        sha256 = _sha256(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Exported(document.rows, sha256, document.data_sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
