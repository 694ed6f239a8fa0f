"""Snapshots as readers outside the office see them."""

from __future__ import annotations

from collections.abc import Iterable

from surveyapp.domain.snapshot import Snapshot
from surveyapp.domain.snapshot_disclosure import protected, seen_by_units
from surveyapp.services.indicators.records import snapshot_of
from surveyapp.storage.database import Work
from surveyapp.storage.indicators import SnapshotRepository
from surveyapp.storage.units import UnitRepository


def as_told(work: Work, snapshot: Snapshot, codes: Iterable[str] | None = None) -> Snapshot:
    """Return a snapshot without figures that rest on few answers or could be worked out.

    Parameters
    ----------
    codes : iterable of str, optional
        The units whose figures the reader may see; default everything.
    """
    # Only what rests on the same answers can be subtracted from it.
    period = None if snapshot.whole_waves else str(snapshot.period)
    made = [snapshot_of(one) for one in SnapshotRepository(work).of(snapshot.source_key, period)]
    parents = {unit.code: unit.parent_code for unit in UnitRepository(work).all()}
    if codes is not None:
        own = frozenset(codes)
        made = [seen_by_units(one, own) for one in made]
    place = next(at for at, one in enumerate(made) if one.id == snapshot.id)
    return protected(made[place], made[:place], parents)
