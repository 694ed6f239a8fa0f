"""The rows of every index: overall, by subject and by group, revisions pooled where they agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from surveyapp.domain.pooling import index_sha256
from surveyapp.domain.survey import Definition, IndexDefinition, Subject
from surveyapp.services.results.figures import Concerned, FavourableShare, Figure, IndexRow
from surveyapp.services.results.portions import Portion
from surveyapp.services.results.question_figures import Revision
from surveyapp.services.results.sample import Domain, Sample
from surveyapp.stats.cells import Moments
from surveyapp.stats.totals import Pairs


@dataclass(frozen=True, slots=True)
class PooledIndex:
    """An index with the revisions in which it means the same.

    Attributes
    ----------
    identity : str
        SHA-256 of everything that gives the index its meaning.
    units : dict of UUID to int
        For each of these revisions, how many parts a point is counted in.
    revision : int or None
        The last of these revisions where the index has other meanings too, else None.
    favourable : dict of UUID to int
        The revisions with the same favourable levels, each with the common factor of the weights
        of its items.
    relevance : dict of UUID to int
        The same for the revisions that weigh relevance alike.
    """

    definition: IndexDefinition
    identity: str
    units: dict[UUID, int]
    revision: int | None
    favourable: dict[UUID, int]
    relevance: dict[UUID, int]


def pooled_indices(
    definition: Definition, revisions: Mapping[UUID, Revision]
) -> tuple[PooledIndex, ...]:
    """Return the indices of the current definition in its order, then those of earlier revisions.

    Parameters
    ----------
    definition : Definition
        The current one.
    revisions : mapping of UUID to Revision
        Every revision with responses, and the current one.
    """
    newest_first = sorted(revisions.items(), key=lambda item: -item[1].number)
    found: dict[tuple[str, str], list[tuple[UUID, int, IndexDefinition]]] = {}
    for revision_id, revision in newest_first:
        for index in revision.definition.indices:
            identity = (index.key, index_sha256(revision.definition, index))
            found.setdefault(identity, []).append((revision_id, revision.number, index))
    order = {index.key: position for position, index in enumerate(definition.indices)}
    meanings = [key for key, _ in found]
    pooled = [
        PooledIndex(
            definition=members[0][2],
            identity=identity,
            units={revision_id: index.unit for revision_id, _, index in members},
            revision=members[0][1] if meanings.count(key) > 1 or key not in order else None,
            favourable=_alike(members, _favourable_levels),
            relevance=_alike(members, _relevance),
        )
        for (key, identity), members in found.items()
    ]
    return tuple(sorted(pooled, key=lambda one: order.get(one.definition.key, len(order))))


def _alike(
    members: Sequence[tuple[UUID, int, IndexDefinition]],
    meaning: Callable[[IndexDefinition], object],
) -> dict[UUID, int]:
    """Return the revisions that mean what the newest one does, with the factor of their weights."""
    newest = meaning(members[0][2])
    return {
        revision_id: math.gcd(*(item.weight for item in index.items))
        for revision_id, _, index in members
        if meaning(index) == newest
    }


def _favourable_levels(index: IndexDefinition) -> object:
    return {item.field: item.favourable for item in index.items}


def _relevance(index: IndexDefinition) -> object:
    asked = {item.field: item.relevance for item in index.items}
    return asked, index.relevance_weights, index.relevance_unit


def index_rows(
    sample: Sample,
    indices: Sequence[PooledIndex],
    domains: Sequence[tuple[Subject | None, Domain]],
    minimum_group: int,
) -> Iterator[IndexRow]:
    """Yield the rows of each index, in the order of the domains."""
    counted = [_Counted(sample, index) for index in indices]
    for portion in sample.portions([domain for _, domain in domains]):
        for one in counted:
            one.add(portion)
    for index, one in zip(indices, counted, strict=True):
        for (subject, domain), row in zip(domains, one.rows(), strict=True):
            figure, unweighted = row.mean
            yield IndexRow(
                key=index.definition.key,
                title=index.definition.title,
                subject=subject,
                group=domain.group,
                figure=figure,
                unweighted=unweighted,
                lowest=float(index.definition.lowest),
                highest=float(index.definition.highest),
                suppressed=figure.n < minimum_group,
                revision=index.revision,
                favourable=row.favourable,
                concerned=row.concerned,
            )


@dataclass(frozen=True, slots=True)
class _Row:
    mean: tuple[Figure, float | None]
    favourable: FavourableShare | None
    concerned: Concerned | None


class _Counted:
    """What one index adds up to in the sample, and its figures portion by portion."""

    def __init__(self, sample: Sample, index: PooledIndex) -> None:
        definition = index.definition
        self._moments = sample.index_moments(definition.key, index.units)
        self._favourable = _favourable(sample, index)
        self._relevance = self._users = None
        if definition.relevance_weights:
            self._relevance = sample.index_pairs(
                f"v|{definition.key}", index.relevance, unit=definition.unit
            )
        if definition.has_users:
            alike = {key: unit for key, unit in index.units.items() if key in index.relevance}
            self._users = sample.index_moments(definition.key, alike, "u")
        self._found: list[_Row] = []

    def add(self, portion: Portion) -> None:
        """Estimate the figures of some domains."""
        means = portion.means(self._moments)
        missing = [None] * len(means)
        shares: Sequence[tuple[Figure, float | None] | None] = missing
        if isinstance(self._favourable, Pairs):
            shares = portion.ratios(self._favourable, are_shares=True)
        elif self._favourable is not None:
            shares = portion.shares(self._favourable)
        relevance: Sequence[tuple[Figure, float | None] | None] = missing
        if self._relevance is not None:
            relevance = portion.ratios(self._relevance, are_shares=False)
        users: Sequence[tuple[Figure, float | None] | None] = missing
        if self._users is not None:
            users = portion.means(self._users)
        for mean, share, weighted, used in zip(means, shares, relevance, users, strict=True):
            self._found.append(
                _Row(
                    mean,
                    None if share is None else FavourableShare(*share),
                    None
                    if weighted is None
                    else Concerned(None if used is None else used[0], None, weighted[0]),
                )
            )

    def rows(self) -> list[_Row]:
        """Return the figures of all domains in their order."""
        return self._found


def _favourable(sample: Sample, index: PooledIndex) -> Moments | Pairs | None:
    """Return the favourable answers: of one item a share, of several a ratio of their sums."""
    definition = index.definition
    if not definition.has_favourable:
        return None
    if len(definition.items) > 1:
        return sample.index_pairs(f"f|{definition.key}", index.favourable)
    (item,) = definition.items
    columns = {
        level: sample.column(f"q|{item.field}|{level}", index.favourable.keys())
        for level in item.points
    }
    liked = np.sum([columns[level] for level in item.favourable], axis=0)
    return Moments.from_hits(liked, np.sum(list(columns.values()), axis=0))
