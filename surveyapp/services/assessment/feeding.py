"""What other programs read page by page: indicators, snapshots, schemes in use, released scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.domain.snapshot import Snapshot
from surveyapp.domain.text import Text
from surveyapp.services.assessment.deciding import Deciding, Decision
from surveyapp.services.indicators.records import snapshot_of
from surveyapp.services.indicators.telling import as_told
from surveyapp.storage.database import Database
from surveyapp.storage.feed import FeedRepository, ReleasedRun
from surveyapp.storage.indicators import IndicatorRecord, IndicatorRepository
from surveyapp.storage.scheme_records import SchemeRecord, SchemeVersionRecord
from surveyapp.storage.schemes import SchemeRepository

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Entry]):
    """One page; `next` is the cursor of the next one, None on the last."""

    entries: tuple[Entry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class FeedIndicator:
    """The version of an indicator that holds."""

    key: str
    version: int
    title: Text
    document: Mapping[str, Any]
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FeedScheme:
    """The version of a scheme that is in use."""

    key: str
    year: int
    category: str
    version: int
    title: Text
    document: Mapping[str, Any]
    sha256: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class FeedScores:
    """A released run.

    Attributes
    ----------
    result : mapping
        As the run keeps it; the face for programs hands out what is no internal of the office.
    decisions : mapping of str to Decision
        What meetings decided, by unit; empty before that.
    """

    id: UUID
    scheme_key: str
    scheme_version: int
    title: Text
    category: str
    period: Period
    number: int
    made_at: datetime
    released_at: datetime
    input_sha256: str
    result_sha256: str
    seed: int
    result: Mapping[str, Any]
    decisions: Mapping[str, Decision]


class Feeding:
    """Use cases of programs that read."""

    def __init__(self, database: Database, deciding: Deciding) -> None:
        self._database = database
        self._deciding = deciding

    def indicators(self, after: str | None, limit: int) -> FeedPage[FeedIndicator]:
        """Return indicators by key; `after` is the key of the last one that is known."""
        with self._database.reading() as work:
            found = [_indicator(one) for one in IndicatorRepository(work).all_current()]
        later = [one for one in found if after is None or one.key > after]
        return _page(later[: limit + 1], limit, lambda one: one.key)

    def indicator(self, key: str) -> FeedIndicator:
        """Return one indicator.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = IndicatorRepository(work).current(key)
            if record is None:
                raise NotFound(message("There is no indicator “%(key)s”.", key=key[:80]))
            return _indicator(record)

    def snapshots(
        self, source: str | None, period: Period | None, after: UUID | None, limit: int
    ) -> FeedPage[Snapshot]:
        """Return snapshots, the first made first, so that a program can go on where it stopped.

        Values that rest on too few answers are withheld.

        Raises
        ------
        BadInput
            There is no snapshot `after`.
        """
        asked = None if period is None else str(period)
        with self._database.reading() as work:
            records = FeedRepository(work).snapshots(source, asked, after, limit + 1)
            found = [as_told(work, snapshot_of(one)) for one in _known(records)]
        return _page(found, limit, lambda one: str(one.id))

    def snapshot(self, snapshot_id: UUID) -> Snapshot:
        """Return one snapshot, with values that rest on too few answers withheld.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = FeedRepository(work).snapshot(snapshot_id)
            if record is None:
                raise NotFound(message("There is no such snapshot."))
            return as_told(work, snapshot_of(record))

    def schemes(self, after: str | None, limit: int) -> FeedPage[FeedScheme]:
        """Return schemes in use by key."""
        with self._database.reading() as work:
            repository = SchemeRepository(work)
            found = [
                _scheme(record, repository.version(record.current_version_id))
                for record in sorted(repository.all(), key=lambda one: one.key)
                if record.current_version_id is not None and (after is None or record.key > after)
            ]
        return _page(found[: limit + 1], limit, lambda one: one.key)

    def scheme(self, key: str) -> FeedScheme:
        """Return a scheme in use.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            repository = SchemeRepository(work)
            record = repository.find(key)
            if record is None or record.current_version_id is None:
                raise NotFound(message("No scheme “%(key)s” is in use.", key=key[:80]))
            return _scheme(record, repository.version(record.current_version_id))

    def scores(
        self, scheme: str | None, period: Period | None, after: UUID | None, limit: int
    ) -> FeedPage[FeedScores]:
        """Return released runs, the first released first.

        Raises
        ------
        BadInput
            There is no released run `after`.
        """
        asked = None if period is None else str(period)
        with self._database.reading() as work:
            runs = _known(FeedRepository(work).runs(scheme, asked, after, limit + 1))
        found = [self._scores(one) for one in runs]
        return _page(found, limit, lambda one: str(one.id))

    def score(self, run_id: UUID) -> FeedScores:
        """Return one released run with what meetings decided.

        Raises
        ------
        NotFound
            There is none, or it was not released.
        """
        with self._database.reading() as work:
            found = FeedRepository(work).run(run_id)
            if found is None:
                raise NotFound(message("No such scores were released."))
        return self._scores(found)

    def _scores(self, found: ReleasedRun) -> FeedScores:
        """Return a run with what meetings decided."""
        decisions = self._deciding.of(found.scheme.key, Period.parse(found.run.period))
        return _scores(found, decisions)


def _page(found: Sequence[Entry], limit: int, cursor: Callable[[Entry], str]) -> FeedPage[Entry]:
    shown = tuple(found[:limit])
    return FeedPage(shown, cursor(shown[-1]) if len(found) > limit else None)


def _known(found: Sequence[Entry] | None) -> Sequence[Entry]:
    if found is None:
        raise BadInput(message("“after” is no cursor of this list: use “next” of a page."))
    return found


def _indicator(record: IndicatorRecord) -> FeedIndicator:
    return FeedIndicator(
        key=record.key,
        version=record.version,
        title=Text(record.title["zh"], record.title["en"]),
        document=record.document,
        sha256=record.sha256,
        created_at=record.created_at,
    )


def _scheme(record: SchemeRecord, version: SchemeVersionRecord) -> FeedScheme:
    return FeedScheme(
        key=record.key,
        year=record.year,
        category=record.category,
        version=version.number,
        title=_title(version),
        document=version.document,
        sha256=version.sha256,
        published_at=version.published_at or version.created_at,
    )


def _title(version: SchemeVersionRecord) -> Text:
    return parse_scheme(version.document).title


def _scores(found: ReleasedRun, decisions: Mapping[str, Decision]) -> FeedScores:
    run = found.run
    return FeedScores(
        id=run.id,
        scheme_key=found.scheme.key,
        scheme_version=found.version.number,
        title=_title(found.version),
        category=found.scheme.category,
        period=Period.parse(run.period),
        number=run.number,
        made_at=run.made_at,
        released_at=found.release.released_at,
        input_sha256=run.input_sha256,
        result_sha256=run.result_sha256,
        seed=run.seed,
        result=run.result,
        decisions=decisions,
    )
