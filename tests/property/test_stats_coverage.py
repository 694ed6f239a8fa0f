"""Intervals must contain the truth as often as they claim: a seeded simulation."""

from __future__ import annotations

import numpy as np

from surveyapp.stats.calibration import rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import weighted_means
from surveyapp.stats.margins import Margin
from surveyapp.stats.shares import shares

DRAWS = 600
DISTRICTS, AGES = 4, 3
POINTS = np.array([100.0, 80.0, 60.0, 30.0, 0.0])
DISTRICT, AGE = np.divmod(np.arange(DISTRICTS * AGES), AGES)
DOMAINS = np.arange(DISTRICTS)[:, None] == DISTRICT


def test_ninety_five_per_cent_intervals_cover_the_truth_in_about_95_of_100_samples() -> None:
    random = np.random.default_rng(20261121)
    people = random.dirichlet(np.full(DISTRICTS * AGES, 30.0))
    # Ages differ in opinion and in how often they answer: unweighted means would be wrong.
    opinions = np.array([random.dirichlet(np.array([4, 8, 6, 2, 2]) + age) for age in AGE])
    answering = people * (1 + AGE)
    answering /= answering.sum()
    inside = DOMAINS * people
    inside /= inside.sum(axis=1, keepdims=True)
    true_means, true_shares = inside @ opinions @ POINTS, inside @ opinions[:, 3:].sum(axis=1)
    hits = {"mean": 0, "share": 0}
    for _ in range(DRAWS):
        n = random.multinomial(500, answering)
        counts = random.multinomial(n, opinions)
        cells = Cells(n)
        margins = [
            Margin(name, [str(i) for i in range(levels)], np.bincount(level, people), level)
            for name, levels, level in (("district", DISTRICTS, DISTRICT), ("age", AGES, AGE))
        ]
        weights = rake(cells, [margin.scaled(500) for margin in margins])
        means = weighted_means(
            cells, Moments.from_levels(counts, POINTS), weights=weights, domains=DOMAINS
        )
        rare = Moments.from_hits(counts[:, 3:].sum(axis=1), n)
        parts = shares(cells, rare, weights=weights, domains=DOMAINS)
        for name, estimates, truths in (("mean", means, true_means), ("share", parts, true_shares)):
            for estimate, truth in zip(estimates, truths, strict=True):
                assert estimate.low is not None
                assert estimate.high is not None
                hits[name] += estimate.low <= truth <= estimate.high
    covered = {name: count / (DRAWS * DISTRICTS) for name, count in hits.items()}
    assert 0.935 <= covered["mean"] <= 0.965, covered
    assert 0.935 <= covered["share"] <= 0.965, covered
