"""Signs of careless or arranged answers in the rows: flags for a look, never deletions.

Answers are a matrix of respondents by items in the order they were asked; NaN is "not answered".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Codes, Mask, Vector, frozen_answers, frozen_vector

_Rows = TypeVar("_Rows", Mask, Codes)


@dataclass(frozen=True, slots=True, eq=False)
class StraightLines:
    """Runs of one answer.

    Attributes
    ----------
    longest : int array, shape (N,)
        Longest run of one answer; items not answered neither count nor break a run.
    uniform : bool array, shape (N,)
        All answers the same, given at least `minimum_items` of them.
    flagged : bool array, shape (N,)
        Uniform, or a run of at least `run`.
    """

    longest: Codes
    uniform: Mask
    flagged: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """Answers faster than a limit.

    Attributes
    ----------
    limit : float or None
        In seconds; None where nobody was timed and the limit is a share of the median.
    median : float or None
        Of the times known, in seconds.
    timed : int
        Responses with a known time.
    flagged : bool array, shape (N,)
        Time known and below the limit.
    """

    limit: float | None
    median: float | None
    timed: int
    flagged: Mask


@dataclass(frozen=True, slots=True)
class IdenticalGroup:
    """Respondents with the same answer to every item.

    Attributes
    ----------
    rows : tuple of int
        Their places in the matrix, ascending.
    uniform : bool
        The shared answers are one and the same answer: honest people do that too.
    expected : float
        How many further respondents one would expect to answer like the first.
    p_value : float
        Chance that any respondent of the survey finds as many others alike, at most 1.
    """

    rows: tuple[int, ...]
    uniform: bool
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Identical:
    """Groups of identical vectors, the most surprising first.

    Attributes
    ----------
    groups : tuple of IdenticalGroup
        With two members or more.
    flagged : bool array, shape (N,)
        Member of a group whose p-value is at most the significance.
    compared : int
        Respondents with at least `minimum_items` answers: the Bonferroni factor.
    """

    groups: tuple[IdenticalGroup, ...]
    flagged: Mask
    compared: int


def straight_lines(
    answers: ArrayLike, *, run: int | None = None, minimum_items: int = 4
) -> StraightLines:
    """Find respondents who gave one answer again and again.

    Parameters
    ----------
    answers : array_like, shape (N, Q)
        Items of one scale in the order asked (position of the level), NaN for not answered.
    run : int, optional
        Run to flag, at least 2; without it only uniform answers are flagged.
    minimum_items : int
        Answers needed before equal ones mean anything, at least 2.

    Returns
    -------
    StraightLines
        One entry per respondent.

    Raises
    ------
    ValueError
        Not a matrix, or a limit below 2.

    References
    ----------
    .. [1] Meade, Craig (2012), Psychol. Methods 17, 437-455 (LongString).
    """
    given = frozen_answers(answers, "answers")
    _require_items(minimum_items)
    if run is not None and run < 2:
        raise ValueError("a run of equal answers has at least two items")
    current = np.zeros(len(given), np.int64)
    longest = current.copy()
    last = np.full(len(given), np.nan)
    for column in given.T:
        answered = ~np.isnan(column)
        current = np.where(answered, np.where(column == last, current + 1, 1), current)
        last = np.where(answered, column, last)
        longest = np.maximum(longest, current)
    number = (~np.isnan(given)).sum(axis=1)
    uniform = (longest == number) & (number >= minimum_items)
    flagged = uniform if run is None else uniform | (longest >= run)
    return StraightLines(_frozen(longest), _frozen(uniform), _frozen(flagged))


def all_top(answers: ArrayLike, top: ArrayLike, *, minimum_items: int = 4) -> Mask:
    """Find respondents who gave the best level to everything they answered.

    Parameters
    ----------
    answers : array_like, shape (N, Q)
        NaN for not answered.
    top : array_like, shape (Q,)
        The best level of each item.
    minimum_items : int
        Answers needed, at least 2.

    Returns
    -------
    bool array, shape (N,)
        Read-only.

    Raises
    ------
    ValueError
        Shapes differ, or a limit below 2.
    """
    given = frozen_answers(answers, "answers")
    _require_items(minimum_items)
    best = frozen_vector(top, "top", given.shape[1])
    answered = ~np.isnan(given)
    return _frozen(
        ((given == best) | ~answered).all(axis=1) & (answered.sum(axis=1) >= minimum_items)
    )


def too_fast(
    seconds: ArrayLike, *, limit: float | None = None, share: float | None = None
) -> Speed:
    """Find responses given faster than anybody can read.

    Parameters
    ----------
    seconds : array_like, shape (N,)
        Time from opening to sending; NaN where unknown.
    limit : float, optional
        Seconds below which a response is too fast, for example 2 per item.
    share : float, optional
        Instead of a limit: this share of the median time, in (0, 1), for example 1/3.

    Returns
    -------
    Speed
        Times equal to the limit are not flagged.

    Raises
    ------
    ValueError
        Both or none of `limit` and `share` given, one of them out of range, or a negative time.

    Notes
    -----
    A limit from reading time finds more and accuses fewer than a share of the median, which
    flags quick readers of an easy survey and moves with the crowd.

    References
    ----------
    .. [1] Huang et al. (2012), J. Bus. Psychol. 27, 99-114 (2 seconds per item).
    """
    times = np.asarray(seconds, np.float64)
    if times.ndim != 1:
        raise ValueError(f"seconds must have one dimension, not {times.ndim}")
    if (times < 0).any() or np.isinf(times).any():
        raise ValueError("a time is negative or not finite")
    if (limit is None) == (share is None):
        raise ValueError("give either a limit in seconds or a share of the median")
    if limit is not None and not 0 < limit < np.inf:
        raise ValueError("the limit must be a positive number of seconds")
    if share is not None and not 0 < share < 1:
        raise ValueError("the share of the median must lie between 0 and 1")
    known = times[~np.isnan(times)]
    median = float(np.median(known)) if known.size else None
    if share is not None:
        limit = None if median is None else share * median
    flagged = np.zeros(times.size, np.bool_) if limit is None else times < limit
    return Speed(limit, median, known.size, _frozen(flagged))


def identical_vectors(
    answers: ArrayLike, *, minimum_items: int = 4, significance: float = 0.05
) -> Identical:
    """Find groups of respondents with the same answers and say how surprising each is.

    Parameters
    ----------
    answers : array_like, shape (N, Q)
        Any codes; "not answered" (NaN) is an answer of its own here.
    minimum_items : int
        Respondents with fewer answers are not compared; at least 2.
    significance : float
        Corrected p-value up to which a group is flagged, in (0, 1).

    Returns
    -------
    Identical
        Most surprising group first, larger groups first among equals.

    Raises
    ------
    ValueError
        Not a matrix, a limit below 2, or a significance outside (0, 1).

    Notes
    -----
    The chance P of a vector is that of a chain: the share of its first answer, times for each
    further item the share of its answer among those with the same answer before. That lets
    neighbouring items go together, as the answers of honest people do. Of N respondents, the
    number of others who share a given respondent's vector is binomial (N-1, P); its upper tail
    times N is the p-value (Bonferroni over the respondents). The group itself counts in the
    shares, so that P is rather too large. What makes people alike beyond neighbouring items (a
    general mood) is not in the chain: uniform vectors therefore look more surprising than they
    are, and say so.
    """
    given = frozen_answers(answers, "answers")
    _require_items(minimum_items)
    _require_significance(significance)
    rows = np.flatnonzero((~np.isnan(given)).sum(axis=1) >= minimum_items)
    flagged = np.zeros(len(given), np.bool_)
    if rows.size < 2:
        return Identical((), _frozen(flagged), rows.size)
    # Codes per item; np.unique counts all NaN as one value.
    codes = np.column_stack([np.unique(x, return_inverse=True)[1] for x in given[rows].T])
    chance = _chain_chance(codes)
    _, first, label, size = np.unique(
        codes, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    label = label.reshape(-1)
    members = np.split(rows[np.argsort(label, kind="stable")], np.cumsum(size)[:-1])
    groups = []
    for group in np.flatnonzero(size > 1):
        probability = float(chance[first[group]])
        vector = given[members[group][0]]
        found = IdenticalGroup(
            tuple(int(row) for row in members[group]),
            np.unique(vector[~np.isnan(vector)]).size == 1,
            (rows.size - 1) * probability,
            min(rows.size * _at_least(int(size[group]) - 1, rows.size - 1, probability), 1.0),
        )
        groups.append(found)
        flagged[members[group]] = found.p_value <= significance
    groups.sort(key=lambda group: (group.p_value, -len(group.rows), group.rows))
    return Identical(tuple(groups), _frozen(flagged), rows.size)


def _chain_chance(codes: Codes) -> Vector:
    """Chance of each row's vector if every answer depends on the one before it only."""
    size = len(codes)
    seen = np.bincount(codes[:, 0])[codes[:, 0]]
    chance = np.log(seen / size)
    for before, here in zip(codes.T[:-1], codes.T[1:], strict=True):
        pair = before * (here.max() + 1) + here
        chance += np.log(np.bincount(pair)[pair] / np.bincount(before)[before])
    return np.asarray(np.exp(chance), np.float64)


def _at_least(hits: int, trials: int, probability: float) -> float:
    """Chance of at least `hits` (one or more) of so many trials."""
    return float(special.bdtrc(hits - 1, trials, min(probability, 1.0)))


def _require_items(minimum_items: int) -> None:
    if minimum_items < 2:
        raise ValueError("minimum_items must be at least 2: one answer is always equal to itself")


def _require_significance(significance: float) -> None:
    if not 0 < significance < 1:
        raise ValueError(f"significance must lie between 0 and 1, not {significance}")


def _frozen(values: _Rows) -> _Rows:
    values.setflags(write=False)
    return values
