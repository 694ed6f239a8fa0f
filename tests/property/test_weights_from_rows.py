"""Weighted figures from tallies are those that the rows give, raked and reckoned another way."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.margins import Measure, PopulationMargin, PopulationMargins
from surveyapp.domain.tallying import cell_of, counts_of
from surveyapp.services.results.figures import Figure
from surveyapp.services.results.index_figures import index_rows, pooled_indices
from surveyapp.services.results.question_figures import question_figures
from surveyapp.services.results.sample import ALL, Domain, Sample, groups_of
from surveyapp.services.results.sample_weights import MarginSet, Plan
from surveyapp.storage.tallies import TallyRow
from tests.property.test_figures_from_rows import (
    DEFINITION,
    POINTS,
    REVISION,
    REVISIONS,
    Row,
    index_of,
    reply_of,
    responses,
    tallied,
)

Vector = NDArray[np.float64]
TARGETS = {"district": {"1": 0.7, "2": 0.3}, "age": {"18-39": 0.4, "40+": 0.6}}
UNKNOWN = "unknown"


def plan_of(measure: Measure = Measure.SHARE, size: float = 1.0) -> Plan:
    variables = tuple(
        PopulationMargin((key,), {(level,): share * size for level, share in targets.items()})
        for key, targets in TARGETS.items()
    )
    margins = MarginSet(
        1, None, "census", "m.csv", "0" * 64, "li", datetime(2026, 1, 1, tzinfo=UTC), None,
        PopulationMargins(measure, variables),
    )  # fmt: skip
    return Plan(DEFINITION, margins)


def raked(rows: list[Row], base: Vector) -> tuple[Vector, Vector]:
    """Fit the margins one after the other; the unknown keep their share. Returns w and x."""
    columns, goals = [], []
    for key, targets in TARGETS.items():
        level = np.array([row[key] or UNKNOWN for row in rows])
        kept = base[level == UNKNOWN].sum() / base.sum()
        for name, share in targets.items():
            columns.append(level == name)
            goals.append(share * (1 - kept))
        if kept:
            columns.append(level == UNKNOWN)
            goals.append(kept)
    x = np.array(columns, dtype=float).T
    goal = np.array(goals) * base.sum()
    weight = base.copy()
    for _ in range(5000):
        for column in range(x.shape[1]):
            inside = x[:, column] > 0
            weight[inside] *= goal[column] / weight[inside].sum()
        if np.allclose(weight @ x, goal, rtol=1e-14, atol=0):
            break
    assume(np.allclose(weight @ x, goal, rtol=1e-13))
    return weight, x


def mean_and_se(
    values: Vector, inside: NDArray[np.bool_], weight: Vector, base: Vector, x: Vector
) -> tuple[float, float]:
    """Weighted mean, and the standard error of the residuals of the calibration."""
    used = inside & ~np.isnan(values)
    total = weight[used].sum()
    mean = float(weight[used] @ values[used] / total)
    z = np.where(used, (np.nan_to_num(values) - mean) / total, 0.0)
    root = np.sqrt(base)
    fit = x @ np.linalg.lstsq(x * root[:, None], z * root, rcond=1e-10)[0]
    u = weight * (z - fit)
    n = values.size
    return mean, float(np.sqrt(n / (n - 1) * ((u - u.mean()) ** 2).sum()))


@given(st.data(), responses.filter(lambda rows: len(rows) > 3))
def test_weighted_indices_are_those_of_the_rows(data: st.DataObject, rows: list[Row]) -> None:
    ages = st.lists(st.sampled_from(("18-39", "40+", None)), min_size=len(rows), max_size=len(rows))
    for row, age in zip(rows, data.draw(ages), strict=True):
        row["age"] = age
    base = np.array([float(row["weight"] or 1) for row in rows])
    sample = Sample(with_ages(rows), weighted=True, plan=plan_of())
    assert sample.calibrated is not None
    assume(sample.calibrated.weights is not None)
    weight, x = raked(rows, base)
    groups = [None, *groups_of(DEFINITION, "district", sample)]
    domains = [Domain(subject, group) for subject in (None, "w1", "w2") for group in groups]
    found = index_rows(
        sample, pooled_indices(DEFINITION, REVISIONS), [(None, one) for one in domains], 5
    )
    values = np.array([index_of(row) for row in rows])
    for domain, figure in zip(domains, [row.figure for row in found], strict=True):
        inside = inside_of(rows, domain)
        if figure.n == 0:
            continue
        mean, se = mean_and_se(values, inside, weight, base, x)
        assert figure.value == pytest.approx(mean, rel=1e-10)
        if figure.se is not None:
            assert figure.se == pytest.approx(se, rel=1e-7, abs=1e-9)


def inside_of(rows: list[Row], domain: Domain) -> NDArray[np.bool_]:
    wanted = None if domain.group is None else domain.group.level
    return np.array(
        [
            wanted in (None, row["district"] or UNKNOWN)
            and domain.subject in (None, row["subject"])
            for row in rows
        ]
    )


def with_ages(rows: list[Row]) -> list[TallyRow]:
    """One cell for each row: how cells are cut must not matter to any figure."""
    found = []
    for row in rows:
        reply = reply_of(row)
        attributes = dict(reply.attributes) | ({"age": row["age"]} if row["age"] else {})
        reply = type(reply)(reply.answers, attributes)
        cell = cell_of(DEFINITION, reply, row["mode"], row["weight"])
        found.append(
            TallyRow(REVISION, row["subject"], "counted", cell, counts_of(DEFINITION, reply))
        )
    return found


def merged(rows: list[TallyRow]) -> list[TallyRow]:
    """Add cells with one key up, as the tally does."""
    cells: dict[str, TallyRow] = {}
    for row in rows:
        key = repr((row.subject_key, sorted(row.cell.items())))
        if key in cells:
            before = cells[key]
            names = before.counts.keys() | row.counts.keys()
            counts = {name: before.counts.get(name, 0) + row.counts.get(name, 0) for name in names}
            row = TallyRow(row.revision_id, row.subject_key, row.standing, row.cell, counts)
        cells[key] = row
    return list(cells.values())


def figures_of(sample: Sample) -> list[Figure]:
    groups = [None, *groups_of(DEFINITION, "age", sample)]
    domains = [(None, Domain(subject, group)) for subject in (None, "w1") for group in groups]
    found = []
    for row in index_rows(sample, pooled_indices(DEFINITION, REVISIONS), domains, 5):
        assert row.favourable is not None
        assert row.concerned is not None
        found += [row.figure, row.favourable.figure, row.concerned.relevance]
    for question in question_figures(sample, DEFINITION, REVISIONS, ALL):
        found += [one for one in (question.mean, question.favourable) if one is not None]
        found += [level.share for level in question.levels]
        if question.concerned is not None:
            found.append(question.concerned.relevance)
    return found


@given(st.data(), responses.filter(lambda rows: len(rows) > 3))
def test_tallies_and_rows_give_one_figure(data: st.DataObject, rows: list[Row]) -> None:
    ages = st.lists(st.sampled_from(("18-39", "40+", None)), min_size=len(rows), max_size=len(rows))
    for row, age in zip(rows, data.draw(ages), strict=True):
        row["age"] = age
    single = with_ages(rows)
    by_row = Sample(single, weighted=True, plan=plan_of())
    by_tally = Sample(merged(single), weighted=True, plan=plan_of(Measure.COUNT, 1e6))
    assert by_row.calibrated is not None
    assert by_tally.calibrated is not None
    assert (by_row.calibrated.weights is None) == (by_tally.calibrated.weights is None)
    assert by_row.calibrated.incomplete == by_tally.calibrated.incomplete
    for one, other in zip(figures_of(by_row), figures_of(by_tally), strict=True):
        assert one.n == other.n
        for name in ("value", "effective_n"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert theirs == (None if mine is None else pytest.approx(mine, rel=1e-12, abs=1e-12))
        if one.se is not None:
            assert other.se == pytest.approx(one.se, rel=1e-9, abs=1e-9)


def test_the_tally_of_these_tests_is_the_one_of_the_others() -> None:
    rows: list[Row] = [
        {"police": "neutral", "air": None, "water": None, "district": "1", "subject": None,
         "mode": "phone", "weight": None, "age": None}
    ]  # fmt: skip
    assert merged(with_ages(rows)) == tallied(rows)
    assert set(POINTS) < {level.key for level in next(DEFINITION.rated_fields())[2].levels}
    assert parse_definition(DEFINITION.document) == DEFINITION
