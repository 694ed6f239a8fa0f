"""Population margins of a survey: read from a file, looked at, then set; never edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.margins import PopulationMargins
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.results.sample import Sample
from surveyapp.services.results.sample_weights import Calibrated, MarginSet, Plan
from surveyapp.services.tabular import open_table
from surveyapp.services.weights.margin_fitting import fit
from surveyapp.services.weights.margin_tables import read_margins
from surveyapp.storage.database import Database, Work
from surveyapp.storage.margins import MarginRepository, MarginSetRecord
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyRepository

MAX_SOURCE: Final = 500
MAX_WAVE: Final = 64
_MAX_FILE_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class MarginsPreview:
    """What setting margins would do; no figure of the survey is among it.

    Attributes
    ----------
    margins : MarginSet
        As it would be set.
    notes : tuple of Message
        What to know before.
    calibrated : Calibrated or None
        Weights for the responses counted so far; None while there are none.
    """

    margins: MarginSet
    notes: tuple[Message, ...]
    calibrated: Calibrated | None


class Weighting:
    """Use cases around population margins."""

    def __init__(
        self, database: Database, definitions: DefinitionCache, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now

    def preview(
        self, key: str, path: Path, actor: Actor, *, source: str, wave: str | None = None
    ) -> MarginsPreview:
        """Return what setting the margins of a file would do; nothing is stored.

        Parameters
        ----------
        path : Path
            CSV, XLSX or Parquet with the columns ``variable``, ``level`` and ``share`` or
            ``count`` (变量、类别、比例、人数). Variables are attributes of the survey by key, name
            or title (several joined by colons), levels their keys, codes or labels.
        source : str
            Where the figures come from: who publishes them, which table, as of when.
        wave : str, optional
            Which wave or year they are for.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            The file does not fit the survey, or the source is missing.
        """
        table = open_table(path)
        read = read_margins(table, path)
        with self._database.reading() as work:
            survey = _survey(work, key)
            definition = self._definitions.read(SurveyRepository(work).shown(survey))
            fitted = fit(definition, read)
            current = MarginRepository(work).current(survey.id)
            before = 0 if current is None else current.number
            made = MarginSet(
                number=before + 1,
                wave=_line(wave, MAX_WAVE, message("The name of the wave")),
                source=_source(source),
                file_name=path.name[-_MAX_FILE_NAME:],
                file_sha256=table.sha256,
                set_by=actor.name,
                set_at=self._now(),
                replaces=before or None,
                margins=fitted.margins,
            )
            done = _weighed(work, survey.id, Plan(definition, made))
        return MarginsPreview(made, fitted.notes, done)

    def apply(self, key: str, margins: MarginSet, actor: Actor) -> MarginSet:
        """Set margins that were previewed.

        Raises
        ------
        NotFound
            No such survey.
        Conflict
            Others were set since the preview.
        """
        with self._database.writing() as work:
            survey = _survey(work, key, for_update=True)
            repository = MarginRepository(work)
            current = repository.current(survey.id)
            if (None if current is None else current.number) != margins.replaces:
                raise Conflict(
                    message("Other population margins were set meanwhile: look at them first.")
                )
            now = self._now()
            record = MarginSetRecord(
                id=uuid4(),
                survey_id=survey.id,
                number=margins.number,
                wave=margins.wave,
                source=margins.source,
                file_name=margins.file_name,
                file_sha256=margins.file_sha256,
                margins=margins.margins.as_document(),
                set_by=actor.name,
                set_at=now,
                replaces=margins.replaces,
            )
            repository.add(record)
            detail = {
                "number": record.number,
                "source": record.source,
                "wave": record.wave,
                "file": record.file_name,
                "sha256": record.file_sha256,
                "responses": SurveyRepository(work).response_numbers().get(survey.id, 0),
            }
            record_event(work, actor, "margins.set", key, detail, now=now)
            return _margin_set(record)

    def set_file(
        self, key: str, path: Path, actor: Actor, *, source: str, wave: str | None = None
    ) -> MarginsPreview:
        """Preview and apply in one step; the errors are those of both."""
        previewed = self.preview(key, path, actor, source=source, wave=wave)
        self.apply(key, previewed.margins, actor)
        return previewed

    def history(self, key: str) -> tuple[MarginSet, ...]:
        """Return all margin sets of a survey, the one that holds first.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            survey = _survey(work, key)
            return tuple(_margin_set(one) for one in MarginRepository(work).of(survey.id))

    def numbered(self, key: str, number: int) -> MarginSet:
        """Return one margin set of a survey.

        Raises
        ------
        NotFound
        """
        for margins in self.history(key):
            if margins.number == number:
                return margins
        raise NotFound(
            message("“%(survey)s” has no population margins no. %(n)s.", survey=key, n=number)
        )

    def present(self, key: str) -> Calibrated | None:
        """Return the weights that the margins give now; None without margins or responses.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            survey = _survey(work, key)
            margins = current_margins(work, survey.id)
            if margins is None:
                return None
            definition = self._definitions.read(SurveyRepository(work).shown(survey))
            return _weighed(work, survey.id, Plan(definition, margins))


def current_margins(work: Work, survey_id: UUID) -> MarginSet | None:
    """Return the margins that hold for a survey, or None."""
    record = MarginRepository(work).current(survey_id)
    return None if record is None else _margin_set(record)


def margin_set_document(margins: MarginSet) -> dict[str, Any]:
    """Return a margin set as plain data, for a page to carry and for a release to keep."""
    return {
        "number": margins.number,
        "wave": margins.wave,
        "source": margins.source,
        "file": margins.file_name,
        "sha256": margins.file_sha256,
        "set_by": margins.set_by,
        "set_at": margins.set_at.isoformat(),
        "replaces": margins.replaces,
        "margins": margins.margins.as_document(),
    }


def margin_set_of(document: dict[str, Any]) -> MarginSet:
    """Read what `margin_set_document` has written."""
    return MarginSet(
        number=document["number"],
        wave=document["wave"],
        source=document["source"],
        file_name=document["file"],
        file_sha256=document["sha256"],
        set_by=document["set_by"],
        set_at=datetime.fromisoformat(document["set_at"]),
        replaces=document["replaces"],
        margins=PopulationMargins.of_document(document["margins"]),
    )


def _margin_set(record: MarginSetRecord) -> MarginSet:
    return MarginSet(
        number=record.number,
        wave=record.wave,
        source=record.source,
        file_name=record.file_name,
        file_sha256=record.file_sha256,
        set_by=record.set_by,
        set_at=record.set_at,
        replaces=record.replaces,
        margins=PopulationMargins.of_document(record.margins),
    )


def _weighed(work: Work, survey_id: UUID, plan: Plan) -> Calibrated | None:
    rows = TallyRepository(work).rows(survey_id)
    counted = [row for row in rows if row.standing == Standing.COUNTED]
    return Sample(counted, weighted=True, plan=plan).calibrated


def _survey(work: Work, key: str, *, for_update: bool = False) -> SurveyRecord:
    survey = SurveyRepository(work).find(key, for_update=for_update)
    if survey is None:
        raise unknown_survey(key)
    return survey


def _source(given: str) -> str:
    source = _line(given, MAX_SOURCE, message("The source"))
    if source is None:
        raise BadInput(
            message(
                "Say where the population figures come from: who publishes them, which table, as of"
                " when."
            )
        )
    return source


def _line(given: str | None, most: int, what: Message) -> str | None:
    line = " ".join((given or "").split())
    if len(line) > most:
        raise BadInput(
            message("%(what)s is longer than %(most)s characters.", what=what, most=most)
        )
    return line or None
