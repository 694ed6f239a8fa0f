"""What may be told of a snapshot outside the office: nothing that rests on very few answers.

A figure of fewer answers than the survey's smallest group is withheld. So is one that a reader
could work out from the others they see: the only withheld part of a whole, and what changed by very
few answers between two snapshots of the same answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from surveyapp.domain.snapshot import Snapshot, SnapshotValue

Name: TypeAlias = tuple[str, str | None]


def protected(
    snapshot: Snapshot, earlier: Sequence[Snapshot], parents: Mapping[str, str | None]
) -> Snapshot:
    """Return a snapshot as readers outside the office see it.

    Parameters
    ----------
    earlier : sequence of Snapshot
        All of the same source that were made before, in their order.
    parents : mapping of str to str or None
        The unit above each unit.

    Returns
    -------
    Snapshot
        The same figures; withheld ones have no numbers and are ``suppressed``. None has its
        unweighted value: with the weighted one it is a second equation for who gave which answer.
    """
    least = snapshot.minimum
    told: dict[Name, int] = {}
    for one in earlier:
        if snapshot.whole_waves or one.period == snapshot.period:
            _tell(told, _hidden(one.values, told, one.minimum, parents), one.values)
    hidden = _hidden(snapshot.values, told, least, parents)
    return replace(
        snapshot,
        values=tuple(
            one.withheld() if _name(one) in hidden else replace(one, unweighted=None)
            for one in snapshot.values
        ),
    )


def seen_by_units(snapshot: Snapshot, codes: Iterable[str]) -> Snapshot:
    """Return only what is about some units: nobody sees the figures of another."""
    own = frozenset(codes)
    return replace(snapshot, values=tuple(one for one in snapshot.values if one.subject in own))


def _name(value: SnapshotValue) -> Name:
    return value.figure, value.subject


def _tell(told: dict[Name, int], hidden: frozenset[Name], values: Iterable[SnapshotValue]) -> None:
    for one in values:
        if _name(one) not in hidden:
            told[_name(one)] = one.n


def _hidden(
    values: Sequence[SnapshotValue],
    told: Mapping[Name, int],
    least: int,
    parents: Mapping[str, str | None],
) -> frozenset[Name]:
    hidden = {
        _name(one)
        for one in values
        if one.suppressed or 0 < abs(one.n - told.get(_name(one), one.n)) < least
    }
    families: defaultdict[Name, list[SnapshotValue]] = defaultdict(list)
    present = {_name(one) for one in values}
    for one in values:
        if one.subject is not None:
            above = one.figure, parents.get(one.subject)
            whole = above if above in present else (one.figure, None)
            families[whole].append(one)
    for whole, children in families.items():
        if whole not in present:
            continue  # nothing to subtract from
        secret = [one for one in children if _name(one) in hidden]
        others = [one for one in children if _name(one) not in hidden]
        if len(secret) == 1 and others:
            hidden.add(_name(min(others, key=lambda one: (one.n, one.subject or ""))))
    return frozenset(hidden)
