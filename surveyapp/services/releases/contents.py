"""What the figures of a release rest on, item by item: the input of the release rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from surveyapp.domain.pooling import question_sha256
from surveyapp.domain.release import (
    EMPTY,
    NO_GROUP,
    RESPONSES,
    Content,
    Entry,
    Item,
    ItemEntry,
    Ledger,
    Nesting,
)
from surveyapp.domain.survey import (
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    TagsQuestion,
    TextQuestion,
)
from surveyapp.domain.tallying import MODE
from surveyapp.services.results.index_figures import PooledIndex
from surveyapp.services.results.question_figures import pooled_revisions
from surveyapp.services.results.reporting import Results
from surveyapp.services.results.sample import Domain, Sample, groups_of
from surveyapp.stats.arrays import Mask, Vector

SUBJECT = "subject"
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything the release rule asks about the present."""

    items: dict[str, Item]
    nestings: tuple[Nesting, ...]


def index_item(index: PooledIndex) -> str:
    """Return the name of the item of an index: another meaning is another item."""
    return f"i|{index.definition.key}|{index.identity[:_SHORT]}"


def question_item(field: str, question: Question) -> str:
    """Return the name of the item of a question or of a row of a matrix."""
    return f"q|{field}|{question_sha256(question)[:_SHORT]}"


def release_domains(results: Results, sample: Sample) -> dict[str, list[Domain]]:
    """Return the one-way breakdowns of a release: subjects, each attribute, the mode.

    There are no two-way tables in a release: their cells are too small to be protected well.
    """
    domains: dict[str, list[Domain]] = {}
    if results.subjects:
        domains[SUBJECT] = [Domain(subject=subject.key) for subject in results.subjects]
    for key in (*(attribute.key for attribute in results.definition.attributes), MODE):
        groups = groups_of(results.definition, key, sample)
        domains[key] = [Domain(group=group) for group in groups]
    return domains


def group_key(domain: Domain) -> str:
    """Return the name of a group inside its breakdown."""
    return domain.group.level if domain.group is not None else domain.subject or NO_GROUP


def all_responses(sample: Sample) -> Content:
    """Return what the number of all responses rests on."""
    return _Digests(sample).item(sample.column("n"), _all_counts(sample), {}).whole


def read_contents(results: Results, sample: Sample) -> Contents:
    """Return what all figures rest on at present."""
    masks = {
        breakdown: {group_key(domain): sample.mask(domain) for domain in domains}
        for breakdown, domains in release_domains(results, sample).items()
    }
    if SUBJECT in masks:
        named = np.any(list(masks[SUBJECT].values()), axis=0)
        masks[SUBJECT][NO_GROUP] = ~named
    digests = _Digests(sample)
    items = {RESPONSES: digests.item(sample.column("n"), _all_counts(sample), masks)}
    for index in results.indices:
        sums = sample.index_sums(index.definition.key, index.units)
        marks: dict[int, str] = {}
        answered = np.zeros(sample.size)
        for part in sums:
            marks[part.cell] = marks.get(part.cell, "") + repr(part[1:])  # cells are renumbered
            answered[part.cell] += part.m
        items[index_item(index)] = digests.item(answered, marks, masks)
    items |= {
        name: digests.item(answered, marks, {})
        for name, answered, marks in _questions(results, sample)
    }
    return Contents(items, tuple(_nestings(masks)))


def answers_by_item(results: Results, sample: Sample) -> dict[str, Vector]:
    """Return the valid answers to each index and each question by cell."""
    found = {
        index_item(index): sample.index_moments(index.definition.key, index.units).m
        for index in results.indices
    }
    return found | {name: answered for name, answered, _ in _questions(results, sample)}


def _all_counts(sample: Sample) -> dict[int, str]:
    return {cell: repr(sorted(row.counts.items())) for cell, row in enumerate(sample.rows)}


def _questions(results: Results, sample: Sample) -> Iterator[tuple[str, Vector, dict[int, str]]]:
    """Yield the item, the answers by cell and what tells the answers of a cell apart."""
    for question in results.definition.questions:
        pooled, _ = pooled_revisions(question, results.revisions)
        for field, names in _counts_of(sample, question):
            columns = {name: sample.column(name, pooled) for name in names}
            marks: dict[int, str] = {}
            for name, column in columns.items():
                for cell in np.flatnonzero(column):
                    marks[int(cell)] = marks.get(int(cell), "") + f"{name}={int(column[cell])};"
            if isinstance(question, MultipleQuestion | TagsQuestion):
                answered = sample.column("n", pooled)
            elif isinstance(question, NumberQuestion):
                answered = columns[f"x|{field}|m"]
            else:
                answered = np.sum([np.zeros(sample.size), *columns.values()], axis=0)
            yield question_item(field, question), answered, marks


def _counts_of(sample: Sample, question: Question) -> Iterator[tuple[str, list[str]]]:
    """Yield each field of a question and the names of its counts."""
    key = question.key
    match question:
        case MatrixQuestion():
            yield from ((name, sample.names(f"q|{name}|")) for name, _ in question.fields())
        case NumberQuestion():
            yield key, [f"x|{key}|{part}" for part in ("m", "s", "ss")]
        case TextQuestion():
            yield key, [f"t|{key}"]
        case _:
            yield key, sample.names(f"q|{key}|")


class _Digests:
    """Makes contents of counts by cell."""

    def __init__(self, sample: Sample) -> None:
        self._names = [
            f"{row.revision_id}|{row.subject_key}|{sorted(row.cell.items())}" for row in sample.rows
        ]

    def item(
        self,
        answered: Vector,
        marks: Mapping[int, str],
        masks: Mapping[str, Mapping[str, Mask]],
    ) -> Item:
        """Make an item of the answers by cell and of what tells them apart."""
        everybody = np.ones(len(self._names), dtype=np.bool_)
        return Item(
            self._content(answered, marks, everybody),
            {
                breakdown: {
                    group: self._content(answered, marks, mask) for group, mask in groups.items()
                }
                for breakdown, groups in masks.items()
            },
        )

    def _content(self, answered: Vector, marks: Mapping[int, str], mask: Mask) -> Content:
        n = int(answered[mask].sum())
        if n == 0:
            return EMPTY
        digest = hashlib.sha256()
        for cell in np.flatnonzero(mask):
            mark = marks.get(int(cell))
            if mark is not None:
                digest.update(f"{self._names[cell]}={mark}\n".encode())
        return Content(n, digest.hexdigest()[:_SHORT])


def _nestings(masks: Mapping[str, Mapping[str, Mask]]) -> Iterator[Nesting]:
    """Find breakdowns whose every group lies inside one group of another."""
    used = {
        breakdown: {group: mask for group, mask in groups.items() if mask.any()}
        for breakdown, groups in masks.items()
    }
    for fine, coarse in permutations(sorted(used), 2):
        sizes = len(used[fine]), len(used[coarse])
        is_finer = sizes[0] > sizes[1] or (sizes[0] == sizes[1] and fine < coarse)
        if is_finer and sizes[1] > 1:
            inside = _inside(used[fine], used[coarse])
            if inside is not None:
                yield Nesting(fine, coarse, inside)


def _inside(fine: Mapping[str, Mask], coarse: Mapping[str, Mask]) -> dict[str, str] | None:
    inside = {}
    for group, mask in fine.items():
        homes = [name for name, other in coarse.items() if (mask & other).any()]
        if len(homes) != 1:
            return None
        inside[group] = homes[0]
    return inside


# --- the ledger as it is stored -------------------------------------------------------------------


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as plain data."""
    return {
        name: {
            "whole": _entry_json(item.whole),
            "groups": {
                breakdown: {group: _entry_json(entry) for group, entry in groups.items()}
                for breakdown, groups in item.groups.items()
            },
        }
        for name, item in ledger.items()
    }


def ledger_of(document: Mapping[str, Any]) -> Ledger:
    """Read a ledger back."""
    return {
        name: ItemEntry(
            _entry(item["whole"]),
            {
                breakdown: {group: _entry(entry) for group, entry in groups.items()}
                for breakdown, groups in item["groups"].items()
            },
        )
        for name, item in document.items()
    }


def _entry_json(entry: Entry) -> list[Any]:
    return [entry.content.n, entry.content.digest, entry.shown]


def _entry(stored: Sequence[Any]) -> Entry:
    n, digest, shown = stored
    return Entry(Content(n, digest), shown)
