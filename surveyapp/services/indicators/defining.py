"""Indicators: read from a file, checked against their surveys, kept by version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import uuid4

from surveyapp.domain.definition import sha256_of
from surveyapp.domain.errors import BadInput, InvalidDefinition, NotFound, Problem
from surveyapp.domain.indicator import Indicator
from surveyapp.domain.indicator_reading import parse_indicator, parse_indicators, text_document
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.indicators.examples import with_example
from surveyapp.services.indicators.fitting import Fitting
from surveyapp.services.yaml_documents import YamlDocument, text_of_file
from surveyapp.storage.database import Database, Work
from surveyapp.storage.indicators import IndicatorRecord, IndicatorRepository

MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class IndicatorVersion:
    """One version of an indicator as it is kept."""

    indicator: Indicator
    version: int
    sha256: str
    created_by: str
    created_at: datetime

    @property
    def key(self) -> str:
        """Its key."""
        return self.indicator.key


@dataclass(frozen=True, slots=True)
class IndicatorImport:
    """What a file did, by key."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)


class Indicators:
    """Use cases around the definitions of indicators."""

    def __init__(
        self, database: Database, definitions: DefinitionCache, *, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now

    def import_file(self, data: bytes, name: str, actor: Actor) -> IndicatorImport:
        """Store the indicators of a YAML file; a changed one is a new version.

        Parameters
        ----------
        name : str
            Of the file, for the messages.

        Raises
        ------
        BadInput
            The file cannot be read as a whole.
        InvalidDefinition
            With all problems at once; nothing was stored.
        """
        if len(data) > MAX_BYTES:
            raise BadInput(message("“%(name)s” is larger than 1 MB.", name=name))
        document = YamlDocument(text_of_file(data, name))
        problems = list(document.problems)
        indicators: tuple[Indicator, ...] = ()
        try:
            indicators = parse_indicators(document.content, line_of=document.line_of)
        except InvalidDefinition as error:
            problems += error.problems
        with self._database.writing() as work:
            for position, indicator in enumerate(indicators):
                path = ("indicators", position)
                problems += [
                    Problem(document.line_of((*path, *one.path)), indicator.key, one.reason)
                    for one in Fitting(work, self._definitions).misfits(indicator)
                ]
            if problems:
                raise InvalidDefinition(tuple(problems))
            return self._store(work, indicators, actor)

    def _store(self, work: Work, indicators: Sequence[Indicator], actor: Actor) -> IndicatorImport:
        found: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
        versions = {}
        for indicator in indicators:
            before = IndicatorRepository(work).current(indicator.key)
            sha256 = sha256_of(indicator.document)
            if before is not None and before.sha256 == sha256:
                found["unchanged"].append(indicator.key)
                versions[indicator.key] = before.version
                continue
            found["new" if before is None else "changed"].append(indicator.key)
            versions[indicator.key] = self._add(work, indicator, actor)
        return IndicatorImport(
            tuple(found["new"]), tuple(found["changed"]), tuple(found["unchanged"]), versions
        )

    def _add(self, work: Work, indicator: Indicator, actor: Actor) -> int:
        repository = IndicatorRepository(work)
        before = repository.current(indicator.key)
        record = IndicatorRecord(
            id=uuid4(),
            key=indicator.key,
            version=1 if before is None else before.version + 1,
            title=text_document(indicator.title),
            document=dict(indicator.document),
            sha256=sha256_of(indicator.document),
            created_by=actor.name[:128],
            created_at=self._now(),
        )
        repository.add(record)
        detail = {"version": record.version, "sha256": record.sha256}
        record_event(work, actor, "indicator.import", indicator.key, detail, now=record.created_at)
        return record.version

    def load_example(self, key: str, actor: Actor) -> IndicatorVersion:
        """Fill the empty coefficients of an indicator with the example; it is marked as one.

        The weighting by relevance stays as it was: an example switches nothing on.

        Raises
        ------
        NotFound
            No such indicator.
        Conflict
            It declares no relevance, or its questions have other answers than the example.
        """
        with self._database.writing() as work:
            record = IndicatorRepository(work).current(key)
            if record is None:
                raise unknown_indicator(key)
            indicator = parse_indicator(record.document)
            questions = Fitting(work, self._definitions).labels(indicator)
            filled = parse_indicator(with_example(indicator, questions))
            self._add(work, filled, actor)
        return self.find(key)

    def all(self) -> tuple[IndicatorVersion, ...]:
        """Return the version that holds of every indicator, by key."""
        with self._database.reading() as work:
            return tuple(_version(one) for one in IndicatorRepository(work).all_current())

    def find(self, key: str) -> IndicatorVersion:
        """Return the version of an indicator that holds.

        Raises
        ------
        NotFound
        """
        return self.versions(key)[0]

    def versions(self, key: str) -> tuple[IndicatorVersion, ...]:
        """Return all versions of an indicator, the one that holds first.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            found = versions_of(work, key)
        if not found:
            raise unknown_indicator(key)
        return found


def versions_of(work: Work, key: str) -> tuple[IndicatorVersion, ...]:
    """Return all versions of an indicator, the one that holds first; none where there is none."""
    return tuple(_version(one) for one in IndicatorRepository(work).versions(key))


def unknown_indicator(key: str) -> NotFound:
    """Return the refusal for a key nobody has."""
    return NotFound(message("There is no indicator “%(key)s”.", key=key))


def _version(record: IndicatorRecord) -> IndicatorVersion:
    return IndicatorVersion(
        parse_indicator(record.document),
        record.version,
        record.sha256,
        record.created_by,
        record.created_at,
    )
