"""What a survey rates, read from a table: windows, items of service, organisations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import InvalidOrganisation, RowProblem
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.auditing import record_event
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.tabular import Table, open_table
from surveyapp.storage.database import Database
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository

MAX_KEY: Final = 64
MAX_TITLE: Final = 200

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "key": ("key", "编号", "编码", "对象编号"),
    "title": ("title", "title_zh", "名称", "对象名称"),
    "title_en": ("title_en", "英文名称"),
    "unit": ("unit", "unit_code", "单位编码"),
}


@dataclass(frozen=True, slots=True)
class SubjectImport:
    """What a table of subjects did."""

    new: int
    changed: int
    unchanged: int


class Rated:
    """Use cases around subjects."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def import_file(self, survey_key: str, path: Path, actor: Actor) -> SubjectImport:
        """Add subjects to a survey or change their titles and units; none is taken away.

        Parameters
        ----------
        path : Path
            CSV, XLSX or Parquet with the columns ``key`` and ``title``, and optionally
            ``title_en`` and ``unit``.

        Raises
        ------
        NotFound
            No such survey.
        BadInput
            The file cannot be read, or lacks a column.
        InvalidOrganisation
            Bad rows, all of them at once; nothing was changed.
        """
        table = open_table(path)
        columns = _columns(table.header)
        with self._database.writing() as work:
            surveys = SurveyRepository(work)
            survey = surveys.find(survey_key, for_update=True)
            if survey is None:
                raise unknown_survey(survey_key)
            units = {unit.code for unit in UnitRepository(work).all()}
            subjects = _read(table, columns, units)
            known = {subject.key: subject for subject in surveys.subjects(survey.id)}
            surveys.put_subjects(survey.id, subjects)
            done = SubjectImport(
                new=sum(one.key not in known for one in subjects),
                changed=sum(one.key in known and known[one.key] != one for one in subjects),
                unchanged=sum(known.get(one.key) == one for one in subjects),
            )
            detail = {"file": path.name, "new": done.new, "changed": done.changed}
            record_event(work, actor, "subject.import", survey_key, detail, now=self._now())
        return done


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Find each column by any of its names.

    Raises
    ------
    BadInput
        One is unknown, stands there twice or is missing.
    """
    found: dict[str, int] = {}
    for index, heading in enumerate(header):
        name = next((one for one, names in _COLUMNS.items() if heading.lower() in names), None)
        if name is None or name in found:
            raise BadInput(
                message(
                    "Line 1: a table of subjects has the columns key, title, title_en and unit,"
                    " each once; “%(column)s” is none of them.",
                    column=heading[:80],
                )
            )
        found[name] = index
    for name in ("key", "title"):
        if name not in found:
            raise BadInput(message("Line 1: the column “%(column)s” is missing.", column=name))
    return found


def _read(table: Table, columns: Mapping[str, int], units: set[str]) -> list[Subject]:
    subjects: dict[str, Subject] = {}
    problems = []
    for line, cells in table.rows():
        texts = {
            name: cells[index].strip() if index < len(cells) else ""
            for name, index in columns.items()
        }
        problem = _problem(texts, units, subjects)
        if problem is not None:
            problems.append(RowProblem(None, line, problem))
        else:
            subjects[texts["key"]] = Subject(
                texts["key"],
                Text(texts["title"], texts.get("title_en") or texts["title"]),
                texts.get("unit") or None,
            )
    if problems:
        raise InvalidOrganisation(problems)
    return list(subjects.values())


def _problem(
    texts: Mapping[str, str], units: set[str], before: Mapping[str, Subject]
) -> Message | None:
    key, unit = texts["key"], texts.get("unit")
    if not key or len(key) > MAX_KEY or "|" in key or ";" in key:
        return message("A subject needs a short key without “;” and “|”.")
    if key in before:
        return message("The key “%(key)s” stands in an earlier line.", key=key)
    if not texts["title"] or max(map(len, texts.values())) > MAX_TITLE:
        return message("The name needs 1 to %(n)s characters.", n=MAX_TITLE)
    if unit and unit not in units:
        return message("No unit has the code %(code)s.", code=unit)
    return None
