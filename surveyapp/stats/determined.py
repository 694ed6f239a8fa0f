"""What somebody can work out who knows some weighted sums over the parts of a sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Mask, Matrix, frozen_matrix, frozen_vector

EXACT = 1e-9
"""Length below which nothing is left of a sum of length 1."""


def newly_determined(known: ArrayLike, added: ArrayLike, asked: ArrayLike) -> Mask:
    """Find the sums that follow once another sum is known, and did not follow before.

    Parameters
    ----------
    known : array_like, shape (r, P)
        Coefficients of r sums over P parts that are known already; r may be 0.
    added : array_like, shape (P,)
        Coefficients of the sum that is made known as well.
    asked : array_like, shape (q, P)
        Coefficients of the sums in question, none of them all 0.

    Returns
    -------
    bool array, shape (q,)
        A sum follows if no numbers for the parts that agree with everything known give another
        one: its coefficients are a combination of the known ones [1]_.

    References
    ----------
    .. [1] Willenborg, de Waal (2001), Elements of Statistical Disclosure Control, section 1.5.
    """
    more = frozen_vector(added, "added")
    before = frozen_matrix(np.reshape(known, (-1, more.size)), "known")
    sums = _of_length_one(frozen_matrix(asked, "asked"))
    found: Mask = _determined(np.vstack([before, more]), sums) & ~_determined(before, sums)
    return found


def _determined(known: Matrix, asked: Matrix) -> Mask:
    if known.shape[0] == 0:
        return np.zeros(asked.shape[0], dtype=np.bool_)
    _, sizes, directions = np.linalg.svd(_of_length_one(known), full_matrices=False)
    space = directions[sizes > EXACT]
    # What is left of a sum outside the known ones: computed as a vector, so that nothing cancels.
    left = asked - (asked @ space.T) @ space
    determined: Mask = np.linalg.norm(left, axis=1) < EXACT
    return determined


def _of_length_one(rows: Matrix) -> Matrix:
    scaled: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled
