"""Intervals must contain the truth as often as they claim: a seeded simulation."""

from __future__ import annotations

import numpy as np

from surveyapp.stats.calibration import rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.classes import VoterClass, class_score
from surveyapp.stats.composition import net_scores
from surveyapp.stats.design import Design
from surveyapp.stats.estimates import Estimate, weighted_mean, weighted_means
from surveyapp.stats.margins import Margin
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.rao_scott import homogeneity
from surveyapp.stats.relevance import relevance_indices
from surveyapp.stats.replicates import Resampled
from surveyapp.stats.shares import shares
from surveyapp.stats.totals import Pairs, ratios
from surveyapp.stats.trimmed import trimmed_mean_of, trimmed_means

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


def covers(estimate: Estimate | Resampled, truth: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def test_intervals_of_derived_figures_cover_the_truth_as_often() -> None:
    random = np.random.default_rng(20261122)
    opinions = np.array([0.2, 0.35, 0.25, 0.12, 0.08])
    concern = np.array([1.0, 0.5, 0.2])
    # Whoever is concerned more is more critical: the relevance index differs from the plain one.
    joint = np.array([opinions * np.array([0.6, 0.9, 1.1, 1.4, 1.6]), opinions, opinions[::-1]])
    joint /= joint.sum()
    levels = joint.sum(axis=0)
    weighted = concern @ joint @ POINTS / (concern @ joint.sum(axis=1))
    sign = np.array([1, 1, 0, -1, -1])
    truth = {
        "net": 100 * float(levels @ sign),
        "gap": float(weighted - levels @ POINTS),
        "trimmed": float(trimmed_mean_of(POINTS[::-1], 0.1)(levels[None, ::-1])[0]),
    }
    hits = dict.fromkeys(truth, 0)
    draws = 1500
    for draw in range(draws):
        table = random.multinomial(200, joint.ravel()).reshape(1, 3, 5)
        counts = table.sum(axis=1)
        cells = Cells([200])
        hits["net"] += covers(net_scores(cells, counts, sign)[0], truth["net"])
        (index,) = relevance_indices(cells, table, concern, POINTS)
        hits["gap"] += covers(index.gap, truth["gap"])
        if draw % 3 == 0:
            (trimmed,) = trimmed_means(
                cells,
                Histogram(counts[:, ::-1].astype(float), POINTS[::-1]),
                0.1,
                random=random,
                replicates=150,
            )
            hits["trimmed"] += 3 * covers(trimmed, truth["trimmed"])
    covered = {name: count / draws for name, count in hits.items()}
    # 94 % in 4,000 samples; the 500 that there is time for here scatter by a point.
    assert 0.92 <= covered.pop("trimmed") <= 0.97
    assert all(0.935 <= share <= 0.965 for share in covered.values()), covered


def test_class_scores_of_small_rolls_cover_the_truth_as_often() -> None:
    random = np.random.default_rng(20261123)
    points = [100, 80, 60, 0]
    rolls = {
        "A": (30, [12, 12, 5, 1], 12),
        "B": (40, [40, 60, 15, 5], 40),
        "C": (30, [90, 150, 50, 10], 60),
    }
    everybody = [VoterClass.from_levels(n, w, c, points) for n, (w, c, _) in rolls.items()]
    truth = class_score(everybody, empty="block").value
    assert truth is not None
    hits, draws = 0, 2000
    for _ in range(draws):
        classes = [
            VoterClass.from_levels(
                name,
                weight,
                [int(x) for x in random.multivariate_hypergeometric(members, voting)],
                points,
                roll=sum(members),
            )
            for name, (weight, members, voting) in rolls.items()
        ]
        interval = class_score(classes, empty="block").interval
        hits += interval is not None and interval.low <= truth <= interval.high
    assert 0.935 <= hits / draws <= 0.965, hits / draws


def test_clusters_and_strata_are_seen_by_intervals_and_tests() -> None:
    random = np.random.default_rng(20261124)
    clusters = 40
    stratum = np.arange(clusters) % 2
    design = Design(stratum=stratum, cluster=np.arange(clusters))
    opinions = np.array([0.2, 0.35, 0.25, 0.12, 0.08])
    groups = stratum[None, :] == np.arange(2)[:, None]
    hits, refused, naive, draws = 0, 0, 0, 1500
    for _ in range(draws):
        # Everybody in a cluster leans to its own opinion: neighbours are not independent.
        leaning = random.dirichlet(opinions * 8, clusters)
        counts = random.multinomial(20, leaning).astype(float)
        cells = Cells(counts.sum(axis=1), design=design)
        moments = Moments.from_levels(counts, POINTS)
        hits += covers(weighted_mean(cells, moments), float(opinions @ POINTS))
        p_value = homogeneity(cells, counts, groups).p_value
        blind = homogeneity(Cells(counts.sum(axis=1)), counts, groups).p_value
        assert p_value is not None
        assert blind is not None
        refused += p_value < 0.05
        naive += blind < 0.05
    assert 0.935 <= hits / draws <= 0.965, hits / draws
    assert 0.035 <= refused / draws <= 0.065, refused / draws
    # Without the clusters the test would cry wolf in every third survey.
    assert naive / draws > 0.25, naive / draws


def test_intervals_of_a_share_of_answers_cover_and_learn_from_every_answer() -> None:
    """Eight answers a person, some skipped, with people who like more than others."""
    random = np.random.default_rng(20261122)
    people, items, draws = 60, 8, 2000
    covered = narrower = 0
    for _ in range(draws):
        likes = random.beta(6.0, 3.0, people)
        asked = random.binomial(items, 0.8, people)
        liked = random.binomial(asked, likes)
        pairs = Pairs.from_rows(np.zeros(people, int), liked.astype(float), asked.astype(float), 1)
        (found,) = ratios(Cells([people]), pairs, interval="wilson")
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 6 / 9 <= found.high
        narrower += found.high - found.low < 2 * 1.96 * np.sqrt(2 / 9 / people)
    assert 0.935 <= covered / draws <= 0.965
    assert narrower == draws
