"""The tally of a survey as a sample: cells for the estimators, and the groups people ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import numpy as np

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import OPEN_FORM_MODE, UNKNOWN, Definition
from surveyapp.domain.tallying import MODE, WEIGHT
from surveyapp.domain.text import Text
from surveyapp.services.figures import Figure, Group
from surveyapp.stats.arrays import Codes, Mask, Vector
from surveyapp.stats.cells import Cells, FractionSums, Moments
from surveyapp.stats.estimates import Estimate, weighted_means
from surveyapp.stats.shares import shares
from surveyapp.storage.tallies import TallyRow

CONFIDENCE = 0.95
MASK_SIZE = 2_000_000
SUBJECTS_AT_ONCE = 64
_MODES = {
    OPEN_FORM_MODE: message("Open form"),
    "imported": message("Imported"),
    "phone": message("Telephone"),
    "paper": message("Paper"),
    "mail": message("Mail"),
    "web": message("Web"),
}
Revisions = Collection[UUID]


@dataclass(frozen=True, slots=True)
class Domain:
    """Part of the sample: a subject, a group, both or (both None) all of it."""

    subject: str | None = None
    group: Group | None = None


ALL = Domain()


class _Coded:
    """Words as numbers: comparing them is then quick, however many groups are asked for."""

    def __init__(self, words: Sequence[str]) -> None:
        self.names = {word: code for code, word in enumerate(dict.fromkeys(words))}
        self._codes = np.array([self.names[word] for word in words], dtype=np.int64)

    def mask(self, *words: str) -> Mask:
        """Return where one of the words stands."""
        wanted = np.zeros(len(self.names) + 1, dtype=np.bool_)
        wanted[[self.names.get(word, len(self.names)) for word in words]] = True
        found: Mask = wanted[self._codes]
        return found


class Sample:
    """Tally rows of the standings that count.

    Parameters
    ----------
    rows : sequence of TallyRow
        One a cell; revision and subject are part of the cell here.
    weighted : bool
        Whether the base weights of the data count, or every response equally.
    """

    def __init__(self, rows: Sequence[TallyRow], *, weighted: bool) -> None:
        self.rows = rows
        self.size = len(rows)
        self._columns: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for cell, row in enumerate(rows):
            for name, count in row.counts.items():
                self._columns[name].append((cell, count))
        weights = [float(row.cell[WEIGHT]) for row in rows] if weighted else [1.0] * self.size
        self.is_weighted = any(weight != 1.0 for weight in weights)
        self.people = self.column("n")
        self._cells = Cells(self.people, weights)
        self._subjects = _Coded([row.subject_key or "" for row in rows])
        self._levels: dict[str, _Coded] = {}

    @property
    def n(self) -> int:
        """Respondents."""
        return int(self.people.sum())

    @property
    def effective_n(self) -> float:
        """Kish's effective number of respondents."""
        return self.share(Moments.from_hits(self.people, self.people)).effective_n

    def column(self, name: str, revisions: Revisions | None = None) -> Vector:
        """Return one count by cell, 0 outside the given revisions."""
        values = np.zeros(self.size)
        for cell, count in self._columns.get(name, ()):
            if revisions is None or self.rows[cell].revision_id in revisions:
                values[cell] = count
        return values

    def index_sums(self, key: str, units: Mapping[UUID, int]) -> list[FractionSums]:
        """Return the exact sums of an index over the revisions named with their units of points."""
        sums: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
        prefix = f"i|{key}|"
        for name in [name for name in self._columns if name.startswith(prefix)]:
            b, kind = name.removeprefix(prefix).split("|")
            for cell, count in self._columns[name]:
                sums[cell, int(b)][kind] = count
        return [
            FractionSums(
                cell,
                b * units[self.rows[cell].revision_id],
                kinds["m"],
                kinds.get("a", 0),
                kinds.get("aa", 0),
            )
            for (cell, b), kinds in sorted(sums.items())
            if self.rows[cell].revision_id in units
        ]

    def index_moments(self, key: str, units: Mapping[UUID, int]) -> Moments:
        """Return the moments of the same."""
        return Moments.from_fractions(self.index_sums(key, units), self.size)

    def names(self, prefix: str) -> list[str]:
        """Return the names of all counts that begin like this."""
        return sorted(name for name in self._columns if name.startswith(prefix))

    def mask(self, domain: Domain) -> Mask:
        """Return which cells belong to a part of the sample."""
        inside: Mask = np.ones(self.size, dtype=np.bool_)
        if domain.subject is not None:
            inside &= self._subjects.mask(domain.subject)
        if domain.group is not None:
            inside &= self._level_of_cells(domain.group.attribute).mask(domain.group.level)
        return inside

    def levels_present(self, attribute: str) -> set[str]:
        """Return the levels of an attribute (or of the mode) that occur."""
        return set(self._level_of_cells(attribute).names)

    def n_of(self, domain: Domain) -> int:
        """Return the respondents of a part of the sample."""
        return int(self.people[self.mask(domain)].sum())

    def _level_of_cells(self, attribute: str) -> _Coded:
        if attribute not in self._levels:
            found = [row.cell.get(attribute, UNKNOWN) for row in self.rows]
            self._levels[attribute] = _Coded(found)
        return self._levels[attribute]

    def portions(self, domains: Sequence[Domain]) -> Iterator[Portion]:
        """Yield the sample as seen by some domains at a time, in their order.

        Outside a subject everybody has the influence 0, so all cells of other subjects are one cell
        to it: work grows with the cells of the subject instead of those of the survey.
        """
        for is_single, run in groupby(domains, key=lambda domain: domain.subject is not None):
            some = list(run)
            everything = np.arange(self.size)
            step = SUBJECTS_AT_ONCE if is_single else max(1, MASK_SIZE // max(1, self.size))
            for start in range(0, len(some), step):
                asked = some[start : start + step]
                kept = everything
                if is_single:
                    named = {domain.subject for domain in asked if domain.subject is not None}
                    kept = np.flatnonzero(self._subjects.mask(*named))
                yield self._portion(asked, kept)

    def _portion(self, domains: Sequence[Domain], kept: Codes) -> Portion:
        rest = self.n - self.people[kept].sum()
        masks = np.array([np.append(self.mask(domain)[kept], False) for domain in domains])
        n = np.append(self.people[kept], rest)
        weights = np.append(self._cells.base_weight[kept], 1.0)
        equal = Cells(n)
        return Portion(kept, masks, Cells(n, weights) if self.is_weighted else equal, equal)

    def mean(self, moments: Moments, domain: Domain = ALL) -> Figure:
        """Estimate one mean."""
        masks = self.mask(domain)[None, :]
        return _figures(weighted_means(self._cells, moments, domains=masks, confidence=CONFIDENCE))[
            0
        ]

    def share(self, moments: Moments, domain: Domain = ALL) -> Figure:
        """Estimate one share, with Wilson's interval."""
        masks = self.mask(domain)[None, :]
        return _figures(shares(self._cells, moments, domains=masks, confidence=CONFIDENCE))[0]

    def deviation(self, moments: Moments, mean: Figure, domain: Domain) -> float | None:
        """Estimate the standard deviation of a variable; None for fewer than two answers."""
        inside = self.mask(domain)
        weights, m = self._cells.base_weight[inside], moments.m[inside]
        if mean.value is None or mean.n < 2:
            return None
        squares = moments.scatter[inside] + m * (moments.mean[inside] - mean.value) ** 2
        variance = mean.n / (mean.n - 1) * float(weights @ squares) / float(weights @ m)
        return float(np.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Portion:
    """Some domains and the cells they need: those `kept`, and one for everybody else.

    Attributes
    ----------
    masks : bool array, shape (K, C)
        Which of these cells belong to each domain.
    cells, equal : Cells
        With the weights of the sample, and with equal ones.
    """

    kept: Codes
    masks: Mask
    cells: Cells
    equal: Cells

    def means(self, moments: Moments) -> list[tuple[Figure, float | None]]:
        """Estimate a mean in each domain, and its value with equal weights."""
        inside = Moments(
            np.append(moments.m[self.kept], 0.0),
            np.append(moments.mean[self.kept], 0.0),
            np.append(moments.scatter[self.kept], 0.0),
        )
        figures = _figures(
            weighted_means(self.cells, inside, domains=self.masks, confidence=CONFIDENCE)
        )
        if self.cells is self.equal:
            return [(figure, figure.value) for figure in figures]
        plain = weighted_means(self.equal, inside, domains=self.masks, confidence=CONFIDENCE)
        return [(figure, one.value) for figure, one in zip(figures, plain, strict=True)]


def _figures(estimates: Sequence[Estimate]) -> list[Figure]:
    return [
        Figure(one.n, one.value, one.se, one.low, one.high, one.effective_n, one.deff, one.df)
        for one in estimates
    ]


def groups_of(definition: Definition, attribute_key: str, sample: Sample) -> list[Group]:
    """Return the groups of an attribute in declared order, `UNKNOWN` last.

    Levels that only an earlier revision declared follow the declared ones; modes, which nobody
    declares, are in alphabetical order. `UNKNOWN` is a group where it is allowed or occurs.
    """
    present = sample.levels_present(attribute_key)
    if attribute_key == MODE:
        title = message("Mode of collection")
        return [
            Group(MODE, title, mode, _MODES.get(mode, Text.same(mode))) for mode in sorted(present)
        ]
    attribute = next(one for one in definition.attributes if one.key == attribute_key)
    titles: dict[str, Text | Message] = {level.key: level.label for level in attribute.levels}
    titles |= {key: Text.same(key) for key in sorted(present - titles.keys() - {UNKNOWN})}
    if attribute.unknown_allowed or UNKNOWN in present:
        titles[UNKNOWN] = message("Not stated")
    return [Group(attribute.key, attribute.title, key, label) for key, label in titles.items()]
