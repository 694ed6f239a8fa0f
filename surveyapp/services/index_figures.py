"""The rows of every index: overall, by subject and by group, revisions pooled where they agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from surveyapp.domain.pooling import index_sha256
from surveyapp.domain.survey import Definition, IndexDefinition, Subject
from surveyapp.services.figures import Figure, IndexRow
from surveyapp.services.question_figures import Revision
from surveyapp.services.sample import Domain, Sample


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
    """

    definition: IndexDefinition
    identity: str
    units: dict[UUID, int]
    revision: int | None


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
        )
        for (key, identity), members in found.items()
    ]
    return tuple(sorted(pooled, key=lambda one: order.get(one.definition.key, len(order))))


def index_rows(
    sample: Sample,
    indices: Sequence[PooledIndex],
    domains: Sequence[tuple[Subject | None, Domain]],
    minimum_group: int,
) -> Iterator[IndexRow]:
    """Yield the rows of each index, in the order of the domains."""
    moments = [sample.index_moments(one.definition.key, one.units) for one in indices]
    found: list[list[tuple[Figure, float | None]]] = [[] for _ in indices]
    for portion in sample.portions([domain for _, domain in domains]):
        for position, variable in enumerate(moments):
            found[position] += portion.means(variable)
    for index, rows in zip(indices, found, strict=True):
        for (subject, domain), (figure, unweighted) in zip(domains, rows, strict=True):
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
            )
