"""Making snapshots: figures are frozen with everything they were computed from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile
from uuid import UUID, uuid4

from surveyapp.domain.errors import Conflict, NotAllowed
from surveyapp.domain.indicator_reading import parse_indicator
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.domain.snapshot import Snapshot, canonical, packed, sha256_of
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.outbox import Outbox
from surveyapp.services.indicators.computing import Computed, compute
from surveyapp.services.indicators.gathering import Gathering, Source
from surveyapp.services.indicators.records import snapshot_of, values_document
from surveyapp.storage.database import Database, Work
from surveyapp.storage.indicators import (
    INDICATOR,
    SURVEY,
    IndicatorRecord,
    IndicatorRepository,
    SnapshotRecord,
    SnapshotRepository,
)

TOPIC = "snapshot.made"
_SEED_BYTES = 6  # so that programs that read JSON numbers as doubles keep it exactly


class Snapshotting:
    """The use case of freezing figures."""

    def __init__(
        self,
        database: Database,
        gathering: Gathering,
        outbox: Outbox,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._gathering = gathering
        self._outbox = outbox
        self._now = now
        self._random_bytes = random_bytes

    def make(self, key: str, period: Period, actor: Actor) -> Snapshot:
        """Freeze the figures of an indicator, a survey or an evaluation for a period.

        Nothing that was frozen before changes: a further snapshot of a period supersedes the one
        before and names it.

        Raises
        ------
        NotFound
            Nothing has this key.
        NotAllowed
            The person who wrote the indicator asks: somebody else has to look at it.
        Conflict
            There is nothing to freeze; or a part is missing and the rule is to wait for it; or
            somebody else froze the same at this moment.
        """
        with self._database.reading() as work:
            versions = IndicatorRepository(work).versions(key)
        record = versions[0] if versions else None
        source = _source(key, versions)
        if record is not None and actor.staff_id is not None and actor.name == record.created_by:
            raise NotAllowed(
                message(
                    "You wrote this version of the indicator: somebody else freezes its values."
                )
            )
        now = self._now()
        seed = int.from_bytes(self._random_bytes(_SEED_BYTES), "big")
        document = self._gathering.gather(source, period, seed=seed, now=now)
        content = canonical(document)
        computed = compute(document)
        with self._database.writing() as work:
            made = self._store(work, source, record, period, content, computed, actor, seed, now)
            return snapshot_of(made)

    def _store(
        self,
        work: Work,
        source: Source,
        indicator: IndicatorRecord | None,
        period: Period,
        content: bytes,
        computed: Computed,
        actor: Actor,
        seed: int,
        now: datetime,
    ) -> SnapshotRecord:
        snapshots = SnapshotRepository(work)
        before = snapshots.latest(source.key, str(period))
        if before is not None and before.source_kind != source.kind:
            raise Conflict(
                message(
                    "“%(key)s” once named something else that was frozen: choose another key.",
                    key=source.key,
                )
            )
        values = values_document(
            title=computed.title,
            version=source.version,
            values=computed.values,
            notes=computed.notes,
            minimum=computed.minimum,
            whole_waves=computed.whole_waves,
        )
        record = SnapshotRecord(
            id=uuid4(),
            source_kind=source.kind,
            source_key=source.key,
            period=str(period),
            number=1 if before is None else before.number + 1,
            supersedes_id=None if before is None else before.id,
            indicator_id=None if indicator is None else indicator.id,
            values=values,
            values_sha256=sha256_of(canonical(values)),
            input_blob=packed(content),
            input_sha256=sha256_of(content),
            seed=seed,
            made_by=actor.name[:128],
            made_at=now,
        )
        if not snapshots.add(record):
            raise Conflict(
                message("Somebody else froze the same at this moment: look at it first.")
            )
        detail = {
            "period": record.period,
            "number": record.number,
            "supersedes": _written(record.supersedes_id),
            "input_sha256": record.input_sha256,
        }
        record_event(work, actor, "snapshot.make", source.key, detail, now=now)
        notice = detail | {
            "snapshot": str(record.id),
            "source": {"kind": source.kind, "key": source.key},
            "values_sha256": record.values_sha256,
            "made_at": now.isoformat(),
        }
        self._outbox.add(work, TOPIC, f"{TOPIC}:{record.id}", notice)
        return record


def _source(key: str, versions: Sequence[IndicatorRecord]) -> Source:
    if not versions:
        return Source(SURVEY, key, None, None)
    indicator = parse_indicator(versions[0].document)
    chosen = indicator.selections
    alike = takewhile(lambda one: parse_indicator(one.document).selections == chosen, versions)
    *_, first = alike
    return Source(INDICATOR, key, versions[0].version, indicator, first.created_at)


def _written(snapshot_id: UUID | None) -> str | None:
    return None if snapshot_id is None else str(snapshot_id)
