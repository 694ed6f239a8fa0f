"""What pairs that cannot be told apart leave of an order: possible ranks, and bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveyapp.stats.arrays import Mask


def possible_ranks(alike: Mask, order: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the ranks that are left when those told apart are surely better or worse.

    Parameters
    ----------
    alike : bool array, shape (K, K)
        Which pairs cannot be told apart.
    order : sequence of int, length K
        Positions, best first.

    Returns
    -------
    dict of int to (int, int)
        Best and worst possible rank by position.
    """
    apart = ~alike[np.ix_(order, order)]
    better, worse = np.tril(apart).sum(axis=1), np.triu(apart).sum(axis=1)
    return {
        unit: (1 + int(up), len(order) - int(down))
        for unit, up, down in zip(order, better, worse, strict=True)
    }


def bands_of(alike: Mask, order: Sequence[int]) -> list[tuple[int, ...]]:
    """Give each longest run of places in which every pair is alike a number, 1 for the best.

    Parameters
    ----------
    alike : bool array, shape (K, K)
        Which pairs cannot be told apart; the diagonal is True.
    order : sequence of int, length K
        Positions, best first.

    Returns
    -------
    list of tuple of int
        By position: the bands it belongs to.
    """
    ordered = alike[np.ix_(order, order)]
    bands: list[list[int]] = [[] for _ in order]
    begin, number = 0, 0
    for place in range(len(order)):
        while not ordered[begin : place + 1, place].all():
            begin += 1
        # The run ends here unless the next place may join it whole.
        if place + 1 == len(order) or not ordered[begin : place + 2, place + 1].all():
            number += 1
            for member in order[begin : place + 1]:
                bands[member].append(number)
    return [tuple(band) for band in bands]
