"""The tally of a survey as a sample: cells for the estimators, and the groups people ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

import numpy as np

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import INVITED_MODE, OPEN_FORM_MODE, UNKNOWN, Definition
from surveyapp.domain.tallying import MODE, WEIGHT
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import Figure, Group
from surveyapp.services.results.portions import CONFIDENCE, Portion, figures_of
from surveyapp.services.results.sample_weights import Calibrated, Plan, WeightKind, calibrated
from surveyapp.stats.arrays import Codes, Mask, Matrix, Vector
from surveyapp.stats.cells import Cells, FractionSums, Moments
from surveyapp.stats.contrasts import mean_covariance
from surveyapp.stats.effective import effective_size
from surveyapp.stats.estimates import weighted_means
from surveyapp.stats.shares import shares_of
from surveyapp.stats.totals import Pairs, PairSums, ratios
from surveyapp.stats.weights import Weights
from surveyapp.storage.tallies import TallyRow

MASK_SIZE = 2_000_000
SUBJECTS_AT_ONCE = 64
_MODES = {
    OPEN_FORM_MODE: message("Open form"),
    INVITED_MODE: message("Invited"),
    "imported": message("Imported"),
    "phone": message("Telephone"),
    "paper": message("Paper"),
    "mail": message("Mail"),
    "web": message("Web"),
}
Revisions = Collection[UUID]


def mode_title(mode: str) -> Text | Message:
    """Return what people call a mode of collection."""
    return _MODES.get(mode, Text.same(mode))


@dataclass(frozen=True, slots=True)
class Domain:
    """Part of the sample; whatever is None or empty leaves a condition out.

    Attributes
    ----------
    among : frozenset of str or None
        Several subjects, such as those of a unit and everything below it.
    where : tuple of (str, frozenset of str)
        Attributes, and the levels of which one must be there.
    """

    subject: str | None = None
    group: Group | None = None
    among: frozenset[str] | None = None
    where: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def subjects(self) -> frozenset[str] | None:
        """The subjects it is about; None for all and for what names none."""
        return self.among if self.subject is None else frozenset({self.subject})


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
        Whether weights count, or every response equally.
    plan : Plan, optional
        The population margins to which the weights are calibrated. Where they cannot be met, the
        base weights count, and `calibrated` says why.

    Attributes
    ----------
    calibrated : Calibrated or None
        What came out of meeting the margins; None without margins, weights or responses.
    """

    def __init__(
        self, rows: Sequence[TallyRow], *, weighted: bool, plan: Plan | None = None
    ) -> None:
        self.rows = rows
        self.size = len(rows)
        self._columns: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for cell, row in enumerate(rows):
            for name, count in row.counts.items():
                self._columns[name].append((cell, count))
        base = [float(row.cell[WEIGHT]) for row in rows] if weighted else [1.0] * self.size
        self.people = self.column("n")
        self._cells = Cells(self.people, base)
        self.calibrated: Calibrated | None = None
        self._weights, self._classes = Weights(self._cells.base_weight), np.zeros(self.size, int)
        if weighted and plan is not None and self.people.any():
            self.calibrated = calibrated(self._cells, [row.cell for row in rows], plan)
            if self.calibrated.weights is not None:
                self._weights = self.calibrated.weights
                self._classes = self.calibrated.classes
        self._subjects = _Coded([row.subject_key or "" for row in rows])
        self._levels: dict[str, _Coded] = {}

    @property
    def weighting(self) -> WeightKind:
        """What the figures are weighted by."""
        if self._weights.auxiliary is not None:
            return "calibrated"
        return "base" if (self._cells.base_weight != 1.0).any() else "equal"

    @property
    def n(self) -> int:
        """Respondents."""
        return int(self.people.sum())

    @property
    def effective_n(self) -> float:
        """Kish's effective number of respondents."""
        return effective_size(self._weights.value, self.people)

    def column(self, name: str, revisions: Revisions | None = None) -> Vector:
        """Return one count by cell, 0 outside the given revisions."""
        values = np.zeros(self.size)
        for cell, count in self._columns.get(name, ()):
            if revisions is None or self.rows[cell].revision_id in revisions:
                values[cell] = count
        return values

    def index_sums(
        self, key: str, units: Mapping[UUID, int], prefix: str = "i"
    ) -> list[FractionSums]:
        """Return the exact sums of an index over the revisions named with their units of points.

        Parameters
        ----------
        prefix : {"i", "u"}
            Of all respondents, or over the items each is concerned with.
        """
        sums: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
        prefix = f"{prefix}|{key}|"
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

    def index_moments(self, key: str, units: Mapping[UUID, int], prefix: str = "i") -> Moments:
        """Return the moments of the same."""
        return Moments.from_fractions(self.index_sums(key, units, prefix), self.size)

    def index_pairs(self, name: str, divisors: Mapping[UUID, int], *, unit: int = 1) -> Pairs:
        """Return the joint moments of a numerator a and a denominator b of each respondent.

        Parameters
        ----------
        name : str
            Of the counts: ``v|index`` or ``f|index``.
        divisors : mapping of UUID to int
            The revisions that count, each with a common factor of all its numbers.
        unit : int
            What the numerators are counted in.
        """
        columns = {
            kind: dict(self._columns.get(f"{name}|{kind}", ()))
            for kind in ("m", "a", "b", "aa", "bb", "ab")
        }
        found = []
        for cell, m in columns["m"].items():
            divisor = divisors.get(self.rows[cell].revision_id)
            if divisor is not None:
                first = [columns[kind].get(cell, 0) // divisor for kind in ("a", "b")]
                second = [columns[kind].get(cell, 0) // divisor**2 for kind in ("aa", "bb", "ab")]
                found.append(PairSums(cell, m, *first, *second))
        return Pairs.from_sums(found, self.size, unit=unit)

    def names(self, prefix: str) -> list[str]:
        """Return the names of all counts that begin like this."""
        return sorted(name for name in self._columns if name.startswith(prefix))

    def mask(self, domain: Domain) -> Mask:
        """Return which cells belong to a part of the sample."""
        inside: Mask = np.ones(self.size, dtype=np.bool_)
        if domain.subjects is not None:
            inside &= self._subjects.mask(*domain.subjects)
        if domain.group is not None:
            inside &= self._level_of_cells(domain.group.attribute).mask(domain.group.level)
        for attribute, levels in domain.where:
            inside &= self._level_of_cells(attribute).mask(*levels)
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

        Outside a subject everybody has the linearised value 0, and the influence of somebody
        depends on the weighting class alone: all cells of other subjects are one cell a class.
        Work grows with the cells of the subject instead of those of the survey.
        """
        for is_single, run in groupby(domains, key=lambda domain: domain.subjects is not None):
            some = list(run)
            everything = np.arange(self.size)
            step = SUBJECTS_AT_ONCE if is_single else max(1, MASK_SIZE // max(1, self.size))
            for start in range(0, len(some), step):
                asked = some[start : start + step]
                kept = everything
                if is_single:
                    named = frozenset[str]().union(*(domain.subjects or () for domain in asked))
                    kept = np.flatnonzero(self._subjects.mask(*named))
                yield self._portion(asked, kept)

    def _portion(self, domains: Sequence[Domain], kept: Codes) -> Portion:
        outside = np.ones(self.size, dtype=np.bool_)
        outside[kept] = False
        classes, first = np.unique(self._classes[outside], return_index=True)
        members = np.bincount(self._classes[outside], self.people[outside])[classes]
        shown = np.concatenate([kept, np.flatnonzero(outside)[first]])
        masks = np.zeros((len(domains), shown.size), dtype=np.bool_)
        masks[:, : kept.size] = [self.mask(domain)[kept] for domain in domains]
        n = np.concatenate([self.people[kept], members])
        cells = Cells(n, self._cells.base_weight[shown])
        return Portion(kept, masks, cells, self._weights.of_cells(shown))

    def mean(self, moments: Moments, domain: Domain = ALL) -> Figure:
        """Estimate one mean."""
        masks = self.mask(domain)[None, :]
        estimates = weighted_means(
            self._cells, moments, weights=self._weights, domains=masks, confidence=CONFIDENCE
        )
        return figures_of(estimates)[0]

    def ratio(self, pairs: Pairs, domain: Domain = ALL) -> Figure:
        """Estimate one mean by relevance: a ratio of two totals."""
        masks = self.mask(domain)[None, :]
        estimates = ratios(
            self._cells,
            pairs,
            weights=self._weights,
            domains=masks,
            confidence=CONFIDENCE,
            size_by_denominator=True,
        )
        return figures_of(estimates)[0]

    def shares(self, variables: Sequence[Moments], domain: Domain = ALL) -> list[Figure]:
        """Estimate several shares, with Wilson's intervals."""
        inside = self.mask(domain)
        estimates = shares_of(
            self._cells, variables, weights=self._weights, domain=inside, confidence=CONFIDENCE
        )
        return figures_of(estimates)

    def share(self, moments: Moments, domain: Domain = ALL) -> Figure:
        """Estimate one share."""
        return self.shares([moments], domain)[0]

    def covariance(self, moments: Moments, domains: Sequence[Domain]) -> Matrix:
        """Estimate how the means of parts that share nobody vary together, shape (K, K)."""
        inside = np.zeros((len(domains), self.size), dtype=np.bool_)
        for row, domain in zip(inside, domains, strict=True):
            row[:] = self.mask(domain)
        return mean_covariance(self._cells, moments, inside, weights=self._weights)

    def deviation(self, moments: Moments, mean: Figure, domain: Domain) -> float | None:
        """Estimate the standard deviation of a variable; None for fewer than two answers."""
        inside = self.mask(domain)
        weights, m = self._weights.value[inside], moments.m[inside]
        if mean.value is None or mean.n < 2:
            return None
        squares = moments.scatter[inside] + m * (moments.mean[inside] - mean.value) ** 2
        variance = mean.n / (mean.n - 1) * float(weights @ squares) / float(weights @ m)
        return float(np.sqrt(max(variance, 0.0)))


def groups_of(definition: Definition, attribute_key: str, sample: Sample) -> list[Group]:
    """Return the groups of an attribute in declared order, `UNKNOWN` last.

    Levels that only an earlier revision declared follow the declared ones; modes, which nobody
    declares, are in alphabetical order. `UNKNOWN` is a group where it is allowed or occurs.
    """
    present = sample.levels_present(attribute_key)
    if attribute_key == MODE:
        title = message("Mode of collection")
        return [Group(MODE, title, mode, mode_title(mode)) for mode in sorted(present)]
    attribute = next(one for one in definition.attributes if one.key == attribute_key)
    titles: dict[str, Text | Message] = {level.key: level.label for level in attribute.levels}
    titles |= {key: Text.same(key) for key in sorted(present - titles.keys() - {UNKNOWN})}
    if attribute.unknown_allowed or UNKNOWN in present:
        titles[UNKNOWN] = message("Not stated")
    return [Group(attribute.key, attribute.heading, key, label) for key, label in titles.items()]
