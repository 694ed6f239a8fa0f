"""Computing composite scores: one frozen input, one result, both stored for good."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID, uuid4

from surveyapp.domain.accumulating import Occurrence, PartValue
from surveyapp.domain.composite import Before, CompositeInputs, RatedUnit, compose
from surveyapp.domain.composite_document import FrozenInputs, inputs_document, inputs_of
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme import Scheme, SchemeIndicator, Source
from surveyapp.domain.scheme_weights import due_lines, moved
from surveyapp.domain.score_document import MOVES, score_document
from surveyapp.domain.snapshot import VALUE, Snapshot, SnapshotValue, canonical, sha256_of
from surveyapp.services.assessment.counted import (
    counted_adjustments,
    counted_overrides,
    verified_values,
)
from surveyapp.services.assessment.schemes import scheme_in_use
from surveyapp.services.assessment.scores import ScoreRun, run_of
from surveyapp.services.assessment.uncertainty import uncertainty_document, uncertainty_of
from surveyapp.services.auditing import record_event
from surveyapp.services.indicators.records import snapshot_of
from surveyapp.stats.composites import DRAWS
from surveyapp.storage.database import Database, Work
from surveyapp.storage.indicators import INDICATOR, SnapshotRepository
from surveyapp.storage.scheme_records import ScoreRunRecord
from surveyapp.storage.schemes import SchemeRepository, ScoreRepository

CONFIDENCE: Final = 0.95
MAX_INPUT: Final = 200_000_000
_SEED_BYTES: Final = 7
_TOLERANCE: Final = 1e-4


class Scoring:
    """Use cases of computing scores."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._now = now
        self._random_bytes = random_bytes

    def score(
        self,
        key: str,
        period: Period,
        actor: Actor,
        *,
        seed: int | None = None,
        draws: int = DRAWS,
    ) -> ScoreRun:
        """Compute the scores of a category for a period and keep them.

        Parameters
        ----------
        seed : int, optional
            Of the simulation; default: a random one. It is recorded either way.
        draws : int
            How often survey error is drawn.

        Raises
        ------
        NotFound, Conflict
            No such scheme; it is not in use; the period is not of its year; its category has no
            units; nothing is due by the end of the period; a figure of a snapshot is not named.
        """
        chosen = int.from_bytes(self._random_bytes(_SEED_BYTES)) if seed is None else seed
        with self._database.reading() as work:
            version, scheme = scheme_in_use(work, key)
            inputs = _gather(work, scheme, period)
            frozen = FrozenInputs(inputs, version.document, version.number, chosen, draws)
        document = inputs_document(frozen)
        content = canonical(document)
        result = result_of(frozen)
        now = self._now()
        with self._database.writing() as work:
            # Two runs at once take their numbers one after the other.
            SchemeRepository(work).find(key, for_update=True)
            scores = ScoreRepository(work)
            record = ScoreRunRecord(
                id=uuid4(),
                scheme_id=version.scheme_id,
                scheme_version_id=version.id,
                period=str(period),
                number=scores.next_number(version.scheme_id, str(period)),
                input=lzma.compress(content),
                input_sha256=sha256_of(content),
                result=result,
                result_sha256=sha256_of(canonical(result)),
                seed=chosen,
                made_by=actor.name,
                made_staff_id=actor.staff_id,
                made_at=now,
            )
            scores.add(record)
            record_event(
                work,
                actor,
                "score.run",
                key,
                {"period": str(period), "number": record.number},
                now=now,
            )
            return run_of(record, None, key)

    def verify(self, run_id: UUID) -> bool:
        """Whether a stored run follows from its stored input: hashes, exact part, simulated part.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = ScoreRepository(work).find(run_id)
            if record is None:
                raise NotFound(message("There is no such run of scores."))
            return is_intact(record)


def is_intact(record: ScoreRunRecord) -> bool:
    """Whether a run is what its input gives; the simulated part to 1e-4."""
    try:
        content = lzma.LZMADecompressor().decompress(record.input, MAX_INPUT)
    except lzma.LZMAError:
        return False
    is_unchanged = (sha256_of(content), sha256_of(canonical(record.result))) == (
        record.input_sha256,
        record.result_sha256,
    )
    return is_unchanged and _same(result_of(inputs_of(json.loads(content))), record.result)


def result_of(frozen: FrozenInputs) -> dict[str, Any]:
    """Compute the result of a frozen input: the same input gives the same result."""
    inputs = frozen.inputs
    composite = compose(inputs)
    others = {}
    for move in MOVES:
        other = moved(inputs.scheme, Fraction(move))
        if other is not None:
            others[move] = compose(replace(inputs, scheme=other))
    document = score_document(inputs, composite, others)
    found = uncertainty_of(inputs, composite, seed=frozen.seed, draws=frozen.draws)
    for unit in document["units"]:
        unit.update(uncertainty_document(found.get(unit["unit"])))
    return document | {
        "version": frozen.version,
        "uncertain": bool(found),
        "confidence": CONFIDENCE,
        "draws": frozen.draws,
        "seed": frozen.seed,
    }


def _same(first: Any, second: Any) -> bool:
    """Whether two results agree: texts and whole numbers exactly, simulated numbers nearly."""
    if isinstance(first, float) and isinstance(second, float):
        return abs(first - second) <= _TOLERANCE
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(_same(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        pairs = zip(first, second, strict=False)
        return len(first) == len(second) and all(_same(one, other) for one, other in pairs)
    return bool(first == second)


def _gather(work: Work, scheme: Scheme, period: Period) -> CompositeInputs:
    if period.year != scheme.year:
        raise Conflict(
            message(
                "“%(key)s” is the scheme of %(year)s: %(period)s is not part of it.",
                key=scheme.key,
                year=scheme.year,
                period=str(period),
            )
        )
    units = tuple(
        RatedUnit(one.code, one.name) for one in SchemeRepository(work).units_of(scheme.category)
    )
    if not units:
        raise Conflict(
            message(
                "No unit belongs to the category “%(category)s”: enter it at the units first.",
                category=scheme.category,
            )
        )
    lines = due_lines(scheme, period)
    if not any(line.weight for line in lines):
        raise Conflict(
            message("Nothing of “%(key)s” is due by the end of this period.", key=scheme.key)
        )
    before_run, before = _before(work, scheme, period)
    return CompositeInputs(
        scheme=scheme,
        period=period,
        units=units,
        values=(*_reported(work, scheme, period, lines), *_frozen(work, period, lines, units)),
        adjustments=tuple(
            Occurrence(
                one.rule, one.unit, one.day, one.occurrences, one.reason, one.document, one.id
            )
            for one in counted_adjustments(work, scheme.key, period)
            if one.day.year == scheme.year
        ),
        overrides=tuple(
            Occurrence(one.rule, one.unit, one.day, 1, one.reason, one.document, one.id)
            for one in counted_overrides(work, scheme.key, period)
            if one.day.year == scheme.year
        ),
        before=before,
        before_run=before_run,
    )


def _reported(
    work: Work, scheme: Scheme, period: Period, lines: Sequence[SchemeIndicator]
) -> list[PartValue]:
    """Return the verified values of the parts that are due."""
    due = {
        line.key: set(period.up_to(line.every)) for line in lines if line.source is Source.OBJECTIVE
    }
    return [
        PartValue(
            one.indicator,
            one.unit,
            one.period,
            one.value,
            None,
            None,
            {
                "kind": "objective",
                "value": str(one.value_id),
                "version": one.version,
                "verified_by": one.verified_by,
            },
        )
        for one in verified_values(work, scheme.key, period)
        if one.period in due.get(one.indicator, ())
    ]


def _frozen(
    work: Work, period: Period, lines: Sequence[SchemeIndicator], units: Sequence[RatedUnit]
) -> list[PartValue]:
    """Return the figures of snapshots of the parts that are due; too small ones are missing."""
    found = []
    for line in lines:
        for part in period.up_to(line.every) if line.source is Source.INDICATOR else ():
            record = SnapshotRepository(work).latest(line.indicator or "", str(part))
            if record is None:
                continue
            snapshot = snapshot_of(record)
            for unit in units:
                value = _figure(line, snapshot, unit.code)
                if value is not None and value.value is not None and not value.suppressed:
                    found.append(_measured(line, part, unit, snapshot, value))
    return found


def _figure(line: SchemeIndicator, snapshot: Snapshot, unit: str) -> SnapshotValue | None:
    if line.figure is not None:
        return snapshot.find(line.figure, unit)
    if snapshot.source_kind == INDICATOR:
        return snapshot.find(VALUE, unit)  # what stands beside it are its parts
    figures = snapshot.of(unit)
    if len(figures) > 1:
        raise Conflict(
            message(
                "The snapshot of “%(key)s” has several figures: name one of them at the indicator"
                " “%(line)s” of the scheme (%(figures)s).",
                key=snapshot.source_key,
                line=line.key,
                figures=", ".join(one.figure for one in figures),
            )
        )
    return figures[0] if figures else None


def _measured(
    line: SchemeIndicator,
    part: Period,
    unit: RatedUnit,
    snapshot: Snapshot,
    value: SnapshotValue,
) -> PartValue:
    return PartValue(
        line.key,
        unit.code,
        part,
        _exact(value.value),
        None if not value.se else _exact(value.se),
        _exact(value.effective_n) if value.effective_n else None,
        {
            "kind": "snapshot",
            "snapshot": str(snapshot.id),
            "key": snapshot.source_key,
            "source_kind": snapshot.source_kind,
            "number": snapshot.number,
            "input_sha256": snapshot.input_sha256,
            "figure": value.figure,
            "subject": value.subject,
            "n": value.n,
            "effective_n": value.effective_n,
            "low": value.low,
            "high": value.high,
            "measure": value.unit.value,
            "method": value.method,
        },
    )


def _exact(number: float | None) -> Fraction:
    """Take a stored number by the digits it is written with."""
    return Fraction(repr(number))


def _before(work: Work, scheme: Scheme, period: Period) -> tuple[UUID | None, dict[str, Before]]:
    """Return the newest run of the period before, also of the scheme this one follows."""
    earlier = period.before()
    key = scheme.key if earlier.year == scheme.year else scheme.follows
    record = None if key is None else SchemeRepository(work).find(key)
    runs = () if record is None else ScoreRepository(work).of(record.id, str(earlier))
    if not runs:
        return None, {}
    run = runs[0][0]
    total = Fraction(run.result["total"])
    grades = [grade["zh"] for grade in run.result["grades"]]
    return run.id, {
        unit["unit"]: Before(
            None if unit["score"] is None else Fraction(unit["score"]) / total * 100,
            unit["rank"],
            None if unit["grade"] is None else grades[unit["grade"]],
        )
        for unit in run.result["units"]
    }
