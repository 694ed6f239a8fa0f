"""Reading snapshots: what scores, feeds and pages rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Snapshot, unpacked
from surveyapp.domain.text import Text
from surveyapp.services.indicators.defining import (
    IndicatorVersion,
    unknown_indicator,
    versions_of,
)
from surveyapp.services.indicators.records import snapshot_of, title_of
from surveyapp.services.indicators.telling import as_told
from surveyapp.storage.database import Database
from surveyapp.storage.indicators import SnapshotRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class Head:
    """How often an indicator or a survey was frozen, and when last."""

    key: str
    kind: str
    title: Text
    number: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class SourceView:
    """An indicator or a survey with what was frozen of it, in the order it was made.

    Attributes
    ----------
    versions : tuple of IndicatorVersion
        The one that holds first; none of a survey.
    """

    key: str
    title: Text
    versions: tuple[IndicatorVersion, ...]
    snapshots: tuple[Snapshot, ...]


class Snapshots:
    """Use cases of reading snapshots."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, source_key: str, period: Period) -> Snapshot | None:
        """Return the snapshot of exactly this period that nothing supersedes, or None."""
        with self._database.reading() as work:
            record = SnapshotRepository(work).latest(source_key, str(period))
            return None if record is None else snapshot_of(record)

    def within(self, source_key: str, period: Period) -> list[Snapshot]:
        """Return the latest snapshot of each shorter period inside a period, in their order.

        Months come before the quarter that ends with them.
        """
        newest: dict[Period, Snapshot] = {}
        for one in self.of(source_key):
            if one.period != period and period.covers(one.period):
                before = newest.get(one.period, one)
                newest[one.period] = max(before, one, key=lambda made: made.number)
        return sorted(newest.values(), key=lambda one: (one.period.last_month, one.period.length))

    def of(self, source_key: str) -> tuple[Snapshot, ...]:
        """Return all snapshots of a source in the order they were made."""
        with self._database.reading() as work:
            return tuple(snapshot_of(one) for one in SnapshotRepository(work).of(source_key))

    def all(self) -> tuple[Snapshot, ...]:
        """Return every snapshot, the newest first."""
        with self._database.reading() as work:
            return tuple(snapshot_of(one) for one in SnapshotRepository(work).all())

    def find(self, snapshot_id: UUID) -> Snapshot:
        """Return one snapshot.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = SnapshotRepository(work).find(snapshot_id)
            if record is None:
                raise unknown_snapshot()
            return snapshot_of(record)

    def heads(self) -> tuple[Head, ...]:
        """Return every source that was frozen, the newest first."""
        with self._database.reading() as work:
            heads = SnapshotRepository(work).heads()
            surveys = {one.key: one for one in SurveyRepository(work).all()}
            return tuple(
                Head(
                    one.key,
                    one.kind,
                    title_of(SurveyRepository(work).shown(surveys[one.key]))
                    if one.key in surveys
                    else Text.same(one.key),
                    one.number,
                    one.last_at,
                )
                for one in heads
            )

    def source(self, key: str, *, allow_survey: bool) -> SourceView:
        """Return what is known of an indicator, or of a survey that is frozen by itself.

        Parameters
        ----------
        allow_survey : bool
            Whether a survey of which nothing was frozen yet may be named.

        Raises
        ------
        NotFound
            Nothing has this key.
        """
        with self._database.reading() as work:
            versions = versions_of(work, key)
            made = tuple(snapshot_of(one) for one in SnapshotRepository(work).of(key))
            survey = SurveyRepository(work).find(key) if allow_survey else None
            if versions:
                title = versions[0].indicator.title
            elif made:
                title = made[-1].title
            elif survey is not None:
                title = title_of(SurveyRepository(work).shown(survey))
            else:
                raise unknown_indicator(key)
        return SourceView(key, title, versions, made)

    def unit_names(self, codes: Iterable[str | None]) -> dict[str, str]:
        """Return the names of units by code, as they are now."""
        wanted = set(codes)
        with self._database.reading() as work:
            return {one.code: one.name for one in UnitRepository(work).all() if one.code in wanted}

    def public(self, snapshot: Snapshot, codes: Iterable[str] | None = None) -> Snapshot:
        """Return a snapshot as readers outside the office see it: small numbers are withheld.

        Parameters
        ----------
        codes : iterable of str, optional
            The units whose figures the reader may see; default everything.
        """
        with self._database.reading() as work:
            return as_told(work, snapshot, codes)

    def input_of(self, snapshot_id: UUID) -> bytes:
        """Return the canonical JSON of everything a snapshot was computed from.

        Raises
        ------
        NotFound
            No such snapshot.
        ValueError
            Its input is damaged.
        """
        with self._database.reading() as work:
            record = SnapshotRepository(work).find(snapshot_id)
            if record is None:
                raise unknown_snapshot()
            return unpacked(record.input_blob)


def unknown_snapshot() -> NotFound:
    """Return the refusal for an id nothing has."""
    return NotFound(message("There is no such snapshot."))
