"""Someone keeps every release and subtracts: whatever follows must rest on enough responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from surveyapp.domain.release import (
    EMPTY,
    NO_GROUP,
    Content,
    Edge,
    Entry,
    is_safe,
    may_move,
    shown_groups,
)

MINIMUM = 5
Atom = tuple[str, int]
Release = Mapping[str, Entry]


def _content(arrived: Sequence[int]) -> Content:
    parts = [f"{column}:{n}" for column, n in enumerate(arrived) if n]
    return Content(sum(arrived), " ".join(parts)) if parts else EMPTY


def _releases(arrivals: Sequence[Mapping[str, int]]) -> list[Release]:
    """Release after each batch of arrivals, as the product does."""
    groups = sorted(set().union(*arrivals))
    history: list[Release] = []
    whole: list[Entry] = []
    for column in range(len(arrivals)):
        now = {
            group: _content([batch.get(group, 0) for batch in arrivals[: column + 1]])
            for group in groups
        }
        total = Content(sum(one.n for one in now.values()), str(now))
        shown_before = [entry.content for entry in whole if entry.shown]
        moves = may_move(total, shown_before, MINIMUM)
        whole.append(Entry(total, moves))
        if moves:
            shown = shown_groups(now, history, MINIMUM)
            history.append({group: Entry(now[group], group in shown) for group in groups})
    return history


def _atoms(history: Sequence[Release]) -> dict[Atom, int]:
    """Return how many responses arrived in each group between two releases of the whole."""
    atoms = {}
    before = dict.fromkeys(history[0], 0) if history else {}
    for column, release in enumerate(history):
        for group, entry in release.items():
            if entry.content.n > before[group]:
                atoms[group, column] = entry.content.n - before[group]
            before[group] = entry.content.n
    return atoms


def _published(history: Sequence[Release], atoms: Mapping[Atom, int]) -> list[list[int]]:
    """Return every published figure as the set of atoms it is made of."""
    sets = []
    for column, release in enumerate(history):
        sets.append([int(atom[1] <= column) for atom in atoms])
        sets += [
            [int(atom[0] == group and atom[1] <= column) for atom in atoms]
            for group, entry in release.items()
            if entry.shown
        ]
    return sets


def _told(sets: Sequence[Sequence[int]], width: int) -> NDArray[np.int64]:
    """Return every set of atoms whose sum follows from the published sums by linear algebra.

    A sum follows if its indicator lies in the span of the published ones, that is, if it is
    orthogonal to everything they are orthogonal to.
    """
    known = np.array(sets, dtype=float).reshape(-1, width)
    _, sizes, directions = np.linalg.svd(known)
    unknown = directions[int((sizes > 1e-9).sum()) :]
    chosen = np.array(list(product((0, 1), repeat=width)), dtype=np.int64).reshape(-1, width)
    follows = (np.abs(chosen @ unknown.T) < 1e-9).all(axis=1)
    told: NDArray[np.int64] = chosen[follows & chosen.any(axis=1)]
    return told


def _smallest(sets: Sequence[Sequence[int]], changes: Sequence[int]) -> int:
    """Return the fewest responses that can be told apart; `MINIMUM` where nothing is published."""
    if not sets or not changes:
        return MINIMUM
    told = _told(sets, len(changes))
    return int((told @ np.array(changes)).min()) if len(told) else MINIMUM


@st.composite
def _arrivals(draw: st.DrawFn) -> list[dict[str, int]]:
    groups = draw(st.sampled_from([["a", "b"], ["a", "b", "c"], ["a", "b", NO_GROUP]]))
    few = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 9])
    return draw(st.lists(st.fixed_dictionaries(dict.fromkeys(groups, few)), min_size=1, max_size=4))


@given(_arrivals())
def test_nothing_that_can_be_subtracted_rests_on_a_few_responses(
    arrivals: list[dict[str, int]],
) -> None:
    history = _releases(arrivals)
    atoms = _atoms(history)
    assert _smallest(_published(history, atoms), list(atoms.values())) >= MINIMUM


@st.composite
def _edges(draw: st.DrawFn) -> list[Edge]:
    found = []
    for group in "abc":
        ends = draw(st.lists(st.booleans(), min_size=4, max_size=4))
        for column in range(4):
            change = draw(st.sampled_from([0, 0, 2, 4, 6]))
            end = next((end for end in range(column, 4) if ends[end]), None)
            if change:
                found.append(Edge(column, None if end is None else (group, end), change))
    return found


@given(_edges())
def test_the_audit_agrees_with_linear_algebra(edges: list[Edge]) -> None:
    nodes = (
        sorted({edge.column for edge in edges}),
        sorted({edge.run for edge in edges if edge.run}),
    )
    sets = [[int(edge.column == column) for edge in edges] for column in nodes[0]]
    sets += [[int(edge.run == run) for edge in edges] for run in nodes[1]]
    smallest = _smallest(sets, [edge.change for edge in edges])
    assert is_safe(edges, MINIMUM) == (smallest >= MINIMUM)
