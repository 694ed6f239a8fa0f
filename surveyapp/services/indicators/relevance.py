"""The value by K × R × class (知情度 × 关联度 × 类别), beside the headline and never in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np

from surveyapp.domain.answers import Reply
from surveyapp.domain.indicator import IndicatorPart, RelevanceRule
from surveyapp.domain.scoring import score
from surveyapp.domain.survey import UNKNOWN, Definition
from surveyapp.domain.tallying import cell_of
from surveyapp.services.indicators.estimated import Estimated
from surveyapp.services.indicators.samples import SampleSource
from surveyapp.services.results.sample import ALL
from surveyapp.stats.estimates import Estimate
from surveyapp.stats.relevance import relevance_indices
from surveyapp.storage.records import ResponseRecord

RELEVANCE = "relevance"
GAP = "gap"
Kind: TypeAlias = tuple[
    str, str | None, tuple[tuple[str, str], ...], str, tuple[str, ...], int, int
]
"""Revision, subject, cell, index, levels of the factors, and the index a/b of a respondent."""


class RelevanceCounts:
    """Counts respondents by what they said to the questions of the weighting and their index."""

    def __init__(self, rule: RelevanceRule, indices: Iterable[str]) -> None:
        self._questions = [one.question for one in rule.factors]
        self._indices = frozenset(indices)
        self._counts: Counter[Kind] = Counter()

    def add(self, definition: Definition, response: ResponseRecord) -> None:
        """Count one response that counts."""
        reply = Reply(response.answers, response.attributes)
        levels = reply.levels()
        said = tuple(
            levels.get(key) or reply.attributes.get(key, UNKNOWN) for key in self._questions
        )
        cell = cell_of(definition, reply, response.mode, response.weight)
        for index in definition.indices:
            scored = score(index, levels) if index.key in self._indices else None
            if scored is not None:
                where = str(response.revision_id), response.subject_key, tuple(sorted(cell.items()))
                self._counts[*where, index.key, said, *scored] += 1

    def document(self) -> list[dict[str, Any]]:
        """Return the counts as plain data."""
        written = [
            {
                "revision": revision,
                "subject": subject,
                "cell": dict(cell),
                "index": index,
                "levels": list(levels),
                "a": a,
                "b": b,
                "n": n,
            }
            for (revision, subject, cell, index, levels, a, b), n in self._counts.items()
        ]
        return sorted(written, key=repr)


def by_relevance(
    source: SampleSource, part: IndicatorPart, rule: RelevanceRule, *, by_unit: bool
) -> tuple[dict[str | None, Estimated], dict[str | None, Estimated]]:
    """Estimate a part by relevance, and how far that is from the headline.

    Returns
    -------
    weighted, gap : mapping of str or None to Estimated
        The gap is the value by relevance less the headline, with the error of the difference.

    Notes
    -----
    The weight of a respondent is the calibrated weight times the coefficients of what they said;
    whoever did not say has no weight, as has whoever says 不了解 with the coefficient 0. See
    :func:`surveyapp.stats.relevance.relevance_indices`.
    """
    sample = source.sample(source.modes_of(part))
    if not sample.size:
        return {}, {}
    index = source.index(part.figure.key)
    cells = {
        (row.revision_id, row.subject_key, tuple(sorted(row.cell.items()))): number
        for number, row in enumerate(sample.rows)
    }
    found: list[tuple[int, Fraction, Fraction, int]] = []
    for one in source.document[RELEVANCE]:
        revision = UUID(one["revision"])
        cell = cells.get((revision, one["subject"], tuple(sorted(one["cell"].items()))))
        if cell is None or one["index"] != index.definition.key or revision not in index.units:
            continue
        points = Fraction(one["a"], one["b"] * index.units[revision])
        found.append((cell, _weight(rule, one["levels"]), points, one["n"]))
    if not found:
        return {}, {}
    concern = sorted({weight for _, weight, _, _ in found})
    worth = sorted({points for _, _, points, _ in found})
    counts = np.zeros((sample.size, len(concern), len(worth)))
    for cell, weight, points, n in found:
        counts[cell, concern.index(weight), worth.index(points)] += n
    domains = source.domains(part, by_unit=by_unit)
    masks = np.array([sample.mask(domain) for domain in domains.values()])
    (portion,) = sample.portions([ALL])
    estimates = relevance_indices(
        portion.cells,
        counts,
        [float(one) for one in concern],
        [float(one) for one in worth],
        weights=portion.weights,
        domains=masks,
    )
    concerned = counts[:, [one > 0 for one in concern], :].sum(axis=(1, 2))
    weighted, gap = {}, {}
    for subject, mask, one in zip(domains, masks, estimates, strict=True):
        n = int(concerned[mask].sum())
        if one.weighted.value is not None and n:
            minimum = source.definition.minimum_group
            weighted[subject] = _estimated(one.weighted, n, minimum)
            gap[subject] = _estimated(one.gap, n, minimum, one.weighted.effective_n)
    return weighted, gap


def _weight(rule: RelevanceRule, levels: Sequence[str]) -> Fraction:
    return math.prod(
        (
            factor.weights.get(level) or Fraction(0)
            for factor, level in zip(rule.factors, levels, strict=True)
        ),
        start=Fraction(1),
    )


def _estimated(
    figure: Estimate, n: int, minimum: int, effective_n: float | None = None
) -> Estimated:
    return Estimated(
        value=figure.value,
        se=figure.se,
        low=figure.low,
        high=figure.high,
        n=n,
        effective_n=figure.effective_n if effective_n is None else effective_n,
        df=float(figure.df) if figure.df > 0 else math.inf,
        method=RELEVANCE,
        suppressed=n < minimum,
    )


def needs_review(gap: Mapping[str | None, Estimated], limit: Fraction) -> list[str | None]:
    """Return for whom the gap is so large that somebody has to look."""
    return [code for code, one in gap.items() if one.value is not None and abs(one.value) > limit]
