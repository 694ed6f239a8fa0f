from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.calibration import rake
from surveyapp.stats.cells import Cells
from surveyapp.stats.margins import Margin
from surveyapp.stats.trimming import LimitsCannotHold, trim


def test_what_is_cut_off_is_spread_over_the_others_until_nobody_exceeds() -> None:
    # 10 -> 4 gives 6 to three people: 3.5, 3 and 5; 5 -> 4 gives 1 to two: 4, 3.5.
    cells = Cells(np.ones(4))
    got = trim(cells, [10.0, 1.5, 1.0, 3.0], high=4)
    assert got.value.tolist() == pytest.approx([4, 4, 3.5, 4])
    assert got.trimming is not None
    assert got.trimming.trimmed == 2
    assert got.trimming.effective_n > got.trimming.effective_n_before


def test_a_cell_counts_as_many_people_as_it_has() -> None:
    cells = Cells([1, 2, 1])
    got = trim(cells, [7.0, 1.0, 3.0], high=4)
    assert got.value.tolist() == [4, 2, 4]


def test_small_weights_are_lifted_at_the_cost_of_the_others() -> None:
    got = trim(Cells([1, 1, 2]), [0.5, 2.5, 3.0], low=1.0)
    assert got.value == pytest.approx(np.array([1, 2.5 - 0.5 / 3, 3 - 0.5 / 3]))


def test_weights_within_the_limits_stay_as_they_are() -> None:
    got = trim(Cells([1, 1], [1, 2]), low=0.5, high=3)
    assert got.value.tolist() == [1, 2]
    assert got.trimming is not None
    assert got.trimming.trimmed == 0


def test_limits_that_hold_exactly_everybody_are_no_error() -> None:
    assert trim(Cells([1, 1]), [1.0, 3.0], low=2, high=4).value.tolist() == [2, 2]
    assert trim(Cells([1, 1]), [1.0, 5.0], low=2, high=4).value.tolist() == [2, 4]


def test_limits_without_room_for_the_sum_are_refused() -> None:
    with pytest.raises(LimitsCannotHold, match=r"between 0 and 1.5; their mean is 2"):
        trim(Cells([1, 1]), [1.0, 3.0], high=1.5)
    with pytest.raises(ValueError, match="must be below"):
        trim(Cells([1]), low=2, high=2)


def test_trimmed_weights_remember_their_calibration() -> None:
    cells = Cells([40, 20, 20, 20])
    age = Margin("age", ("young", "old"), [50, 50], [0, 0, 1, 1])
    sex = Margin("sex", ("m", "f"), [48, 52], [0, 1, 0, 1])
    raked = rake(cells, [age, sex])
    once = trim(cells, raked, high=1.3)
    assert once.calibrated is not None
    assert once.calibrated.tolist() == raked.value.tolist()
    assert once.report is raked.report
    twice = trim(cells, once, high=1.25)
    assert twice.calibrated is not None
    assert twice.calibrated.tolist() == raked.value.tolist()
