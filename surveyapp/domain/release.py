"""Which figures a release may move, so that no subtraction ever tells what a few people said.

Whoever keeps every release can subtract: this release from the last one, the groups of a breakdown
from the whole, and any combination of these. A release is planned so that whatever can be computed
in this way rests on at least `minimum` responses, or on none.

Responses that arrived between two releases in one group are an *atom*. Each release tells the sum
over a column of atoms (what is new in the whole); each group that moves tells the sum over its row
of atoms since it last moved, its *run*. Groups that are held back leave their atoms in the column,
mixed with those of the other groups held back. `is_safe` looks at everything that follows.

Changes count in both directions: an exclusion takes responses out of a figure, and the difference
tells as much about them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import NamedTuple, TypeAlias

RESPONSES = "responses"
"""The item every release has: all responses, whatever they answered."""

NO_GROUP = ""
"""Responses outside all groups of a breakdown: never shown, but the rest of a subtraction."""

MOST_COLUMNS = 12
"""Beyond so many entangled releases a group held back stays so: the audit doubles with each."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a figure rests on.

    Attributes
    ----------
    n : int
        Responses.
    digest : str
        Tells contents apart that have the same `n`; empty where `n` is 0.
    """

    n: int
    digest: str


EMPTY = Content(0, "")


@dataclass(frozen=True, slots=True)
class Entry:
    """A content at the time of a release, and whether that release shows figures of it."""

    content: Content
    shown: bool


@dataclass(frozen=True, slots=True)
class Item:
    """What one kind of figure (an index, a question, the responses themselves) rests on now.

    Attributes
    ----------
    groups : mapping of str to mapping of str to Content
        By breakdown, then by group; the groups of a breakdown make up the whole.
    """

    whole: Content
    groups: Mapping[str, Mapping[str, Content]]


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """The same at the time of a release."""

    whole: Entry
    groups: Mapping[str, Mapping[str, Entry]]


Ledger: TypeAlias = Mapping[str, ItemEntry]
"""All items of one release, by name."""


@dataclass(frozen=True, slots=True)
class Nesting:
    """A breakdown whose every group lies inside one group of another, such as halls in districts.

    Attributes
    ----------
    inside : mapping of str to str
        For each group of `fine` the group of `coarse` it lies in.
    """

    fine: str
    coarse: str
    inside: Mapping[str, str]


class Edge(NamedTuple):
    """An atom: what changed in one group between two releases.

    `column` is the release that told the whole, `run` the row sum that includes the atom, None
    where the group has not moved since.
    """

    column: int
    run: tuple[str, int] | None
    change: int


def plan_release(
    now: Mapping[str, Item],
    history: Sequence[Ledger],
    minimum: int,
    nestings: Sequence[Nesting] = (),
) -> Ledger:
    """Decide which figures of a new release show the present and which stay as they were.

    Parameters
    ----------
    now : mapping of str to Item
        By name; `RESPONSES` must be among them.
    history : sequence of Ledger
        All earlier releases, the first one first.
    minimum : int
        Smallest number of responses that may be told apart.
    nestings : sequence of Nesting
        A coarse group moves only when every fine group inside it shows the present. No breakdown
        may be finer than itself, not even by way of others.

    Returns
    -------
    Ledger
        Nothing is shown of an item whose whole changed by fewer than `minimum`. A group of any
        item is shown only where the group of `RESPONSES` is.
    """
    responses = _plan_item(now[RESPONSES], _of_item(history, RESPONSES), minimum, nestings, {})
    held = {
        breakdown: frozenset(group for group, entry in groups.items() if not entry.shown)
        for breakdown, groups in responses.groups.items()
    }
    others = {
        name: _plan_item(item, _of_item(history, name), minimum, nestings, held)
        for name, item in now.items()
        if name != RESPONSES
    }
    return {RESPONSES: responses} | others


def may_move(now: Content, shown: Iterable[Content], minimum: int) -> bool:
    """Whether a figure may go over to a new content, given all contents it has ever shown.

    With additions alone the last one would do. After exclusions a content may come close to one of
    long ago, and the difference of the two be a single person.
    """
    return all(now == before or abs(now.n - before.n) >= minimum for before in (EMPTY, *shown))


def _shown(entries: Iterable[Entry]) -> list[Content]:
    return [entry.content for entry in entries if entry.shown]


def _of_item(history: Sequence[Ledger], name: str) -> list[ItemEntry]:
    """Return the releases that told the whole of an item."""
    return [ledger[name] for ledger in history if name in ledger and ledger[name].whole.shown]


def _plan_item(
    item: Item,
    history: Sequence[ItemEntry],
    minimum: int,
    nestings: Sequence[Nesting],
    held: Mapping[str, frozenset[str]],
) -> ItemEntry:
    moves = may_move(item.whole, _shown(entry.whole for entry in history), minimum)
    shown: dict[str, frozenset[str]] = {}
    for breakdown in _fine_ones_first(item.groups, nestings):
        kept = set(held.get(breakdown, frozenset()))
        for nesting in nestings:
            if nesting.coarse == breakdown and nesting.fine in shown:
                behind = item.groups[nesting.fine].keys() - shown[nesting.fine]
                if behind != {NO_GROUP}:  # the rest of a subtraction of which nothing else is held
                    kept |= {nesting.inside[group] for group in behind if group in nesting.inside}
        past = [entry.groups.get(breakdown, {}) for entry in history]
        shown[breakdown] = (
            shown_groups(item.groups[breakdown], past, minimum, held=frozenset(kept))
            if moves
            else frozenset()
        )
    return ItemEntry(
        Entry(item.whole, moves),
        {
            breakdown: {
                group: Entry(content, group in shown[breakdown])
                for group, content in groups.items()
            }
            for breakdown, groups in item.groups.items()
        },
    )


def _fine_ones_first(breakdowns: Iterable[str], nestings: Sequence[Nesting]) -> list[str]:
    before: dict[str, set[str]] = {breakdown: set() for breakdown in sorted(breakdowns)}
    for nesting in nestings:
        if nesting.coarse in before and nesting.fine in before:
            before[nesting.coarse].add(nesting.fine)
    return list(TopologicalSorter(before).static_order())


def shown_groups(
    now: Mapping[str, Content],
    history: Sequence[Mapping[str, Entry]],
    minimum: int,
    *,
    held: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Decide which groups of one breakdown may show the present.

    Parameters
    ----------
    now : mapping of str to Content
        Every group; together they are the whole, which is shown in any case.
    history : sequence of mapping of str to Entry
        The same at every earlier release that showed the whole.
    minimum : int
        Smallest number of responses that may be told apart.
    held : frozenset of str
        Groups that must not move for other reasons.

    Returns
    -------
    frozenset of str
        As many as safely can: the groups with the smallest changes are held back first.
    """
    able = {
        group
        for group, content in now.items()
        if group != NO_GROUP
        and group not in held
        and may_move(content, _shown_of(history, group), minimum)
    }
    changed = {group for group in able if any(_open_atoms(now, history, group))}
    still = able - changed
    moving = sorted(changed, key=lambda group: (-_pending(now, history, group), group))
    while moving:
        shown = still | set(moving)
        rest = sum(content.n for group, content in now.items() if group not in shown)
        edges = list(_edges(now, history, shown))
        if (rest == 0 or rest >= minimum) and is_safe(edges, minimum):
            return frozenset(shown)
        # One by one in a breakdown of ordinary size; in a very large one in small portions.
        del moving[-max(1, len(moving) // 50) :]
    return frozenset(still)


def _shown_of(history: Sequence[Mapping[str, Entry]], group: str) -> list[Content]:
    return _shown(entries[group] for entries in history if group in entries)


def _pending(now: Mapping[str, Content], history: Sequence[Mapping[str, Entry]], group: str) -> int:
    known = (EMPTY, *_shown_of(history, group))[-1]
    return abs(now[group].n - known.n)


def _open_atoms(
    now: Mapping[str, Content], history: Sequence[Mapping[str, Entry]], group: str
) -> Iterator[Edge]:
    return (edge for edge in _row(now, history, group, shown=False) if edge.run is None)


def _edges(
    now: Mapping[str, Content], history: Sequence[Mapping[str, Entry]], shown: set[str]
) -> Iterator[Edge]:
    groups = set(now).union(*history)
    for group in sorted(groups):
        yield from _row(now, history, group, shown=group in shown)


def _row(
    now: Mapping[str, Content],
    history: Sequence[Mapping[str, Entry]],
    group: str,
    *,
    shown: bool,
) -> Iterator[Edge]:
    """Yield the atoms of a group: one for each column in which its content changed."""
    entries = [entries.get(group, Entry(EMPTY, shown=False)) for entries in history]
    entries.append(Entry(now.get(group, EMPTY), shown))
    ends = [position for position, entry in enumerate(entries) if entry.shown]
    before = EMPTY
    for column, entry in enumerate(entries):
        if entry.content != before:
            end = next((end for end in ends if end >= column), None)
            yield Edge(column, None if end is None else (group, end), entry.content.n - before.n)
        before = entry.content


# --- what can be computed from sums over columns and rows -----------------------------------------


def is_safe(edges: Sequence[Edge], minimum: int) -> bool:
    """Whether no combination of the published sums singles out fewer than `minimum` responses.

    Parameters
    ----------
    edges : sequence of Edge
        All atoms. Published are the sum of each column and the sum of each run; an atom whose run
        is None is in its column alone.
    minimum : int
        Smallest allowed number of responses.

    Notes
    -----
    Columns and runs are the nodes of a bipartite graph, atoms its edges; the published sums are
    the vectors that add up the edges at a node. The set of atoms S can be singled out if and only
    if its indicator lies in their span, that is, if there are potentials x (columns) and y (runs)
    with x - y = 1 on S and 0 elsewhere. Cutting the potentials at each integer splits S into sets
    of two forms: the atoms of some columns without the runs that lie inside these columns; and, for
    columns without an open atom, the runs that touch them without the columns themselves (without
    any columns: single runs). It is enough to try every set of columns in both forms. Atoms that
    are alone at a node are known and drop out first, which leaves few columns to try in practice.
    """
    at: defaultdict[object, set[int]] = defaultdict(set)
    for position, edge in enumerate(edges):
        for node in _nodes(edge):
            at[node].add(position)
    queue = list(at)
    while queue:
        node = queue.pop()
        if len(at[node]) == 1:
            (position,) = at[node]
            if abs(edges[position].change) < minimum:
                return False
            for end in _nodes(edges[position]):
                at[end].discard(position)
                queue.append(end)
    left = sorted(set().union(*at.values()))
    return all(
        _is_component_safe(component, minimum)
        for component in _components([edges[position] for position in left])
    )


def _nodes(edge: Edge) -> list[object]:
    return [edge.column] if edge.run is None else [edge.column, edge.run]


def _components(edges: Sequence[Edge]) -> list[list[Edge]]:
    """Split the graph where nothing connects it."""
    home: dict[object, int] = {}
    parts: dict[int, list[Edge]] = {}
    for number, edge in enumerate(edges):
        merged = [edge]
        for part in {home[node] for node in _nodes(edge) if node in home}:
            merged += parts.pop(part)
        parts[number] = merged
        home |= {node: number for one in merged for node in _nodes(one)}
    return list(parts.values())


def _is_component_safe(edges: Sequence[Edge], minimum: int) -> bool:
    columns = sorted({edge.column for edge in edges})
    if len(columns) > MOST_COLUMNS:
        return False
    bits = {column: 1 << position for position, column in enumerate(columns)}
    sums = dict.fromkeys(bits.values(), 0)
    open_columns = 0
    masks: defaultdict[tuple[str, int], int] = defaultdict(int)
    totals: defaultdict[tuple[str, int], int] = defaultdict(int)
    for edge in edges:
        bit = bits[edge.column]
        sums[bit] += edge.change
        if edge.run is None:
            open_columns |= bit
        else:
            masks[edge.run] |= bit
            totals[edge.run] += edge.change
    if any(abs(total) < minimum for total in totals.values()):
        return False
    runs: defaultdict[int, int] = defaultdict(int)
    for run, mask in masks.items():
        runs[mask] += totals[run]
    for chosen in range(1, 1 << len(columns)):
        whole = sum(count for bit, count in sums.items() if bit & chosen)
        if not _is_choice_safe(chosen, whole, runs, open_columns, minimum):
            return False
    return True


def _is_choice_safe(
    chosen: int, whole: int, runs: Mapping[int, int], open_columns: int, minimum: int
) -> bool:
    """Try one set of columns in both forms; `whole` is the sum over them."""
    crossing = any(mask & chosen and mask & ~chosen for mask in runs)
    has_open = bool(chosen & open_columns)
    inside = sum(total for mask, total in runs.items() if not mask & ~chosen)
    if (crossing or has_open) and abs(whole - inside) < minimum:
        return False
    touching = sum(total for mask, total in runs.items() if mask & chosen)
    return has_open or not crossing or abs(touching - whole) >= minimum
