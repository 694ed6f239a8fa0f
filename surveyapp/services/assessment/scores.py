"""Reading scores: the runs of a scheme, who may see them, and their release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.auditing import record_event
from surveyapp.storage.database import Database
from surveyapp.storage.scheme_records import ScoreReleaseRecord, ScoreRunRecord
from surveyapp.storage.schemes import SchemeRepository, ScoreRepository


@dataclass(frozen=True, slots=True)
class RunHead:
    """What a list says of one computation of a scheme for a period.

    Attributes
    ----------
    number : int
        From 1 on inside the period; the highest holds.
    version_id : UUID
        The version of the scheme it was computed with.
    released_by : str or None
        Who let units, leaders and programs see it; None until somebody did.
    """

    id: UUID
    scheme_key: str
    version_id: UUID
    period: Period
    number: int
    input_sha256: str
    result_sha256: str
    seed: int
    made_by: str
    made_staff_id: UUID | None
    made_at: datetime
    released_by: str | None
    released_at: datetime | None

    @property
    def is_released(self) -> bool:
        """Whether units, leaders and programs may see it."""
        return self.released_at is not None


@dataclass(frozen=True, slots=True)
class ScoreRun(RunHead):
    """One computation with its result.

    Attributes
    ----------
    result : mapping
        As `surveyapp.domain.score_document` writes it, with what was simulated.
    """

    result: Mapping[str, Any]

    @property
    def units(self) -> list[dict[str, Any]]:
        """The units by rank, those without one last."""
        units: list[dict[str, Any]] = self.result["units"]
        return units

    def unit(self, code: str) -> dict[str, Any] | None:
        """Return one unit's score, or None."""
        return next((one for one in self.units if one["unit"] == code), None)


class Scores:
    """Use cases around runs that were made."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def runs(self, scheme_key: str, *, released_only: bool = False) -> tuple[ScoreRun, ...]:
        """Return all runs of a scheme, the last made first; none where there is no such scheme."""
        with self._database.reading() as work:
            record = SchemeRepository(work).find(scheme_key)
            found = () if record is None else ScoreRepository(work).of(record.id)
            runs = tuple(run_of(run, release, scheme_key) for run, release in found)
        return tuple(run for run in runs if run.is_released or not released_only)

    def heads(self, scheme_key: str, *, released_only: bool = False) -> tuple[RunHead, ...]:
        """Return what a list says of all runs of a scheme, the last made first."""
        with self._database.reading() as work:
            record = SchemeRepository(work).find(scheme_key)
            found = () if record is None else ScoreRepository(work).heads(record.id)
            heads = tuple(RunHead(**_head(run, release, scheme_key)) for run, release in found)
        return tuple(head for head in heads if head.is_released or not released_only)

    def run(
        self, scheme_key: str, period: Period, *, released_only: bool = False
    ) -> ScoreRun | None:
        """Return the newest run of exactly this period, or None."""
        with self._database.reading() as work:
            record = SchemeRepository(work).find(scheme_key)
            found = () if record is None else ScoreRepository(work).of(record.id, str(period))
            runs = [run_of(run, release, scheme_key) for run, release in found]
        seen = [run for run in runs if run.is_released or not released_only]
        return max(seen, key=lambda run: run.number, default=None)

    def get(self, run_id: UUID) -> ScoreRun:
        """Return a run.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            scores = ScoreRepository(work)
            record = _get(scores, run_id)
            scheme = SchemeRepository(work).get(record.scheme_id)
            return run_of(record, scores.release(run_id), scheme.key)

    def scheme_of(self, run: ScoreRun) -> Scheme:
        """Return the scheme a run was computed with, as it was then."""
        with self._database.reading() as work:
            return parse_scheme(SchemeRepository(work).version(run.version_id).document)

    def release(self, run_id: UUID, actor: Actor) -> ScoreRun:
        """Let units, leaders and programs see a run.

        Raises
        ------
        NotFound, Conflict
            No such run; it is released already.
        NotAllowed
            The person who made the run asks.
        """
        now = self._now()
        with self._database.writing() as work:
            scores = ScoreRepository(work)
            record = _get(scores, run_id)
            scheme = SchemeRepository(work).get(record.scheme_id)
            if actor.staff_id is not None and actor.staff_id == record.made_staff_id:
                raise NotAllowed(
                    message("Whoever computed scores cannot release them: ask a second person.")
                )
            if scores.release(run_id) is not None:
                raise Conflict(message("These scores are released already."))
            release = ScoreReleaseRecord(
                run_id=run_id,
                released_by=actor.name,
                released_staff_id=actor.staff_id,
                released_at=now,
            )
            scores.add_release(release)
            detail = {"period": record.period, "number": record.number}
            record_event(work, actor, "score.release", scheme.key, detail, now=now)
            return run_of(record, release, scheme.key)


def run_of(record: ScoreRunRecord, release: ScoreReleaseRecord | None, key: str) -> ScoreRun:
    """Return a run as others see it; its input stays where it is."""
    return ScoreRun(**_head(record, release, key), result=record.result)


def _head(record: ScoreRunRecord, release: ScoreReleaseRecord | None, key: str) -> dict[str, Any]:
    return {
        "id": record.id,
        "scheme_key": key,
        "version_id": record.scheme_version_id,
        "period": Period.parse(record.period),
        "number": record.number,
        "input_sha256": record.input_sha256,
        "result_sha256": record.result_sha256,
        "seed": record.seed,
        "made_by": record.made_by,
        "made_staff_id": record.made_staff_id,
        "made_at": record.made_at,
        "released_by": None if release is None else release.released_by,
        "released_at": None if release is None else release.released_at,
    }


def _get(scores: ScoreRepository, run_id: UUID) -> ScoreRunRecord:
    record = scores.find(run_id)
    if record is None:
        raise NotFound(message("There is no such run of scores."))
    return record
