"""The figures of a request: every group, and in it every level, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np

from surveyapp.services.estimation.answer import Figure
from surveyapp.services.estimation.problems import level_order, read_number
from surveyapp.services.estimation.request import Request, Statistic
from surveyapp.services.estimation.rows import Sample
from surveyapp.stats.arrays import Mask
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import Estimate, weighted_means
from surveyapp.stats.quantiles import Histogram, weighted_quantile
from surveyapp.stats.shares import shares
from surveyapp.stats.totals import weighted_totals
from surveyapp.stats.weights import Weights

BLOCK: Final = 1 << 22
"""Groups times cells that are looked at together."""

Made: TypeAlias = list[tuple[str | None, Estimate]]
"""The estimates of one group, each with the level it belongs to."""


def make_figures(
    request: Request, sample: Sample, cells: Cells, weights: Weights
) -> Iterator[Figure]:
    """Estimate what a request asks for.

    Raises
    ------
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.
    """
    found = _WAYS[request.statistic](request, sample, cells, weights)
    for levels, made in zip(_groups(request, sample), found, strict=True):
        by = dict(zip(request.by, levels, strict=True))
        for level, estimated in made:
            yield Figure(by, level, estimated)


def _groups(request: Request, sample: Sample) -> list[tuple[str, ...]]:
    """Return the groups in the order of their levels, the first column first."""
    places = [
        {
            label: place
            for place, label in enumerate(level_order({g[k] for g in sample.groups.codes}))
        }
        for k in range(len(request.by))
    ]
    return sorted(
        sample.groups.codes,
        key=lambda group: [place[label] for place, label in zip(places, group, strict=True)],
    )


def _domains(request: Request, sample: Sample) -> Iterator[Mask]:
    """Yield the cells of the groups, shape (k, C): so many groups as fit the memory."""
    codes = np.array([sample.groups.codes[g] for g in _groups(request, sample)], dtype=np.int64)
    length = max(1, BLOCK // len(sample.n))
    for start in range(0, codes.size, length):
        yield sample.group == codes[start : start + length, None]


def _means(request: Request, sample: Sample, cells: Cells, weights: Weights) -> Iterator[Made]:
    moments = sample.sums.moments(cells.size)
    for domains in _domains(request, sample):
        for made in weighted_means(
            cells, moments, weights=weights, domains=domains, confidence=request.confidence
        ):
            yield [(None, made)]


def _totals(request: Request, sample: Sample, cells: Cells, weights: Weights) -> Iterator[Made]:
    moments = sample.sums.moments(cells.size)
    for domains in _domains(request, sample):
        for made in weighted_totals(
            cells, moments, weights=weights, domains=domains, confidence=request.confidence
        ):
            yield [(None, made)]


def _proportions(
    request: Request, sample: Sample, cells: Cells, weights: Weights
) -> Iterator[Made]:
    order = level_order(sample.counts.codes)
    place = {level: column for column, level in enumerate(order)}
    columns = [place[level] for level in sample.counts.codes]
    table = sample.counts.table(cells.size, columns, len(order))
    answered = table.sum(axis=1)
    for domains in _domains(request, sample):
        by_level = [
            shares(
                cells,
                Moments.from_hits(table[:, [column]].toarray()[:, 0], answered),
                weights=weights,
                domains=domains,
                confidence=request.confidence,
                interval=request.interval or "wilson",
            )
            for column in range(len(order))
        ]
        for group in range(len(domains)):
            yield [(level, by_level[column][group]) for column, level in enumerate(order)]


def _quantiles(request: Request, sample: Sample, cells: Cells, weights: Weights) -> Iterator[Made]:
    numbers = [read_number(text).value for text in sample.counts.codes]
    values, columns = np.unique(np.array(numbers, dtype=np.float64), return_inverse=True)
    table = sample.counts.table(cells.size, columns.tolist(), values.size)
    histogram = Histogram(table.tocsr(), values)
    for domains in _domains(request, sample):
        for domain in domains:
            made = weighted_quantile(
                cells,
                histogram,
                request.quantile,
                weights=weights,
                domain=domain,
                confidence=request.confidence,
            )
            yield [(None, made)]


_WAYS: Final[dict[Statistic, Callable[[Request, Sample, Cells, Weights], Iterator[Made]]]] = {
    "mean": _means,
    "total": _totals,
    "proportion": _proportions,
    "quantile": _quantiles,
}
