"""Figures from tallies are those that the rows themselves give, reckoned another way."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from surveyapp.domain.answers import Reply
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.survey import MatrixQuestion, ScaleQuestion
from surveyapp.domain.tallying import cell_of, counts_of
from surveyapp.services.results.index_figures import index_rows, pooled_indices
from surveyapp.services.results.question_figures import Revision, question_figures
from surveyapp.services.results.sample import ALL, Domain, Sample, groups_of
from surveyapp.storage.tallies import TallyRow
from tests.builders import every_type_document

DEFINITION = parse_definition(every_type_document())
REVISION = UUID(int=1)
REVISIONS = {REVISION: Revision(1, DEFINITION)}
LEVELS = ("very_satisfied", "fairly_satisfied", "neutral", "very_dissatisfied", "dont_know")
POINTS = {"very_satisfied": 100, "fairly_satisfied": 80, "neutral": 60, "very_dissatisfied": 0}
Row = dict[str, Any]
Vector = NDArray[np.float64]

level = st.sampled_from((*LEVELS, None))
responses = st.lists(
    st.fixed_dictionaries(
        {
            "police": level,
            "air": level,
            "water": level,
            "district": st.sampled_from(("1", "2", None)),
            "subject": st.sampled_from(("w1", "w2", None)),
            "mode": st.sampled_from(("phone", "paper")),
            "weight": st.sampled_from((None, "0.5", "2.25", "3")),
        }
    ),
    min_size=1,
    max_size=40,
)


def reply_of(row: Row) -> Reply:
    matrix = {name: row[name] for name in ("air", "water") if row[name]}
    answers: Row = {"police": row["police"]} if row["police"] else {}
    if matrix:
        answers["m"] = matrix
    return Reply(answers, {"district": row["district"]} if row["district"] else {})


def tallied(rows: list[Row]) -> list[TallyRow]:
    cells: defaultdict[tuple[str | None, tuple[tuple[str, str], ...]], Counter[str]]
    cells = defaultdict(Counter)
    for row in rows:
        reply = reply_of(row)
        cell = cell_of(DEFINITION, reply, row["mode"], row["weight"])
        cells[row["subject"], tuple(sorted(cell.items()))].update(counts_of(DEFINITION, reply))
    return [
        TallyRow(REVISION, subject, "counted", dict(cell), n)
        for (subject, cell), n in cells.items()
    ]


def index_of(row: Row) -> float:
    """Return the weighted mean of the rated items: police counts twice; NaN where none is."""
    items = [(2, row["police"]), (1, row["air"]), (1, row["water"])]
    rated = [(weight, POINTS[chosen]) for weight, chosen in items if chosen in POINTS]
    if not rated:
        return float("nan")
    return sum(weight * points for weight, points in rated) / sum(weight for weight, _ in rated)


def mean_and_se(values: Vector, weights: Vector, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Textbook estimator over rows: linearised, zeros outside the domain and for who skipped."""
    used = inside & ~np.isnan(values)
    total = weights[used].sum()
    mean = float((weights[used] * values[used]).sum() / total)
    linear = np.where(used, weights * (np.nan_to_num(values) - mean) / total, 0)
    n = len(values)
    return mean, float(np.sqrt(n / (n - 1) * ((linear - linear.mean()) ** 2).sum()))


@given(responses, st.booleans())
def test_indices_are_those_of_the_rows(rows: list[Row], weighted: bool) -> None:
    sample = Sample(tallied(rows), weighted=weighted)
    groups = [None, *groups_of(DEFINITION, "district", sample)]
    domains = [Domain(subject, group) for subject in (None, "w1", "w2") for group in groups]
    figures = [
        row.figure
        for row in index_rows(
            sample,
            pooled_indices(DEFINITION, REVISIONS),
            [(None, domain) for domain in domains],
            5,
        )
    ]
    values = np.array([index_of(row) for row in rows])
    given_weights = np.array([float(row["weight"] or 1) for row in rows])
    weights = given_weights if weighted else np.ones(len(rows))
    for domain, figure in zip(domains, figures, strict=True):
        wanted = None if domain.group is None else domain.group.level
        inside = np.array(
            [
                wanted in (None, row["district"] or "unknown")
                and domain.subject in (None, row["subject"])
                for row in rows
            ]
        )
        n = int((inside & ~np.isnan(values)).sum())
        assert figure.n == n
        if n == 0:
            assert figure.value is None
            continue
        mean, se = mean_and_se(values, weights, inside) if len(rows) > 1 else (values[0], 0)
        assert figure.value == pytest.approx(mean, rel=1e-12, abs=1e-12)
        if n > 1:
            assert figure.se == pytest.approx(se, rel=1e-12, abs=1e-10)


@given(responses)
def test_distributions_are_those_of_the_rows(rows: list[Row]) -> None:
    sample = Sample(tallied(rows), weighted=False)
    found = {one.field: one for one in question_figures(sample, DEFINITION, REVISIONS, ALL)}
    for field, name in (("police", "police"), ("m.air", "air"), ("m.water", "water")):
        given_levels = Counter(row[name] for row in rows if row[name])
        assert {one.key: one.count for one in found[field].levels if one.count} == given_levels
        scored = sum(n for key, n in given_levels.items() if key in POINTS)
        assert found[field].answered == sum(given_levels.values())
        for one in found[field].levels:
            whole = found[field].answered if one.unscored else scored
            share = one.count / whole if whole else None
            assert one.share.value == (None if share is None else pytest.approx(share, rel=1e-12))


def test_the_definition_of_these_tests_is_the_one_they_reckon_with() -> None:
    kinds = [type(one) for one in DEFINITION.questions]
    assert kinds[1:3] == [ScaleQuestion, MatrixQuestion]
    assert [item.weight for item in DEFINITION.indices[0].items] == [2, 1, 1]
