from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.intervals import ShareInterval, quantile
from surveyapp.stats.shares import share, shares, shares_of


def test_a_simple_share_is_wilson_with_the_t_quantile() -> None:
    # 30 of 40: n_eff = p(1-p)/V = n - 1 here, because V = p(1-p)/(n-1).
    got = share(Cells([40]), Moments.from_hits([30], [40]))
    q2 = quantile(39, 0.95) ** 2
    n, p = 39, 0.75
    centre = (p + q2 / (2 * n)) / (1 + q2 / n)
    reach = (q2 * p * (1 - p) / n + q2**2 / (4 * n**2)) ** 0.5 / (1 + q2 / n)
    assert got.value == 0.75
    assert got.se == pytest.approx((p * (1 - p) / 39) ** 0.5)
    assert (got.low, got.high) == pytest.approx((centre - reach, centre + reach))


def test_a_share_of_everybody_keeps_an_honest_interval() -> None:
    got = share(Cells([9]), Moments.from_hits([9], [9]))
    assert (got.value, got.se, got.high) == (1, 0, 1)
    q2 = stats.t.ppf(0.975, 8) ** 2
    assert got.low == pytest.approx(1 / (1 + q2 / 9))


def test_a_share_of_nobody_uses_the_effective_size_of_kish() -> None:
    got = share(Cells([5, 5]), Moments.from_hits([0, 0], [5, 5]), weights=[1, 3])
    q2 = stats.t.ppf(0.975, 9) ** 2
    assert (got.value, got.se, got.low) == (0, 0, 0)
    assert got.high == pytest.approx((q2 / 8) / (1 + q2 / 8))


def test_one_respondent_has_no_interval() -> None:
    got = share(Cells([1]), Moments.from_hits([1], [1]))
    assert (got.value, got.se, got.low, got.high) == (1, None, None, None)


def test_domains_come_in_the_order_they_were_asked_for() -> None:
    cells = Cells([4, 4], variables={"used": Moments.from_hits([1, 3], [4, 4])})
    got = shares(cells, "used", domains=np.array([[False, True], [True, False]]))
    assert [one.value for one in got] == [0.75, 0.25]
    assert share(cells, "used", domain=[True, False]) == got[1]


@pytest.mark.parametrize("kind", ["wilson", "logit", "beta", "t"])
def test_every_kind_of_interval_covers_the_share(kind: ShareInterval) -> None:
    got = share(Cells([40]), Moments.from_hits([30], [40]), interval=kind)
    assert got.low is not None
    assert got.high is not None
    assert 0.55 < got.low < 0.75 < got.high < 0.95


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="interval must be one of wilson, logit, beta, t"):
        share(Cells([1]), Moments.from_hits([1], [1]), interval="wald")  # type: ignore[arg-type]


def test_points_are_no_share() -> None:
    with pytest.raises(ValueError, match="zeros and ones"):
        share(Cells([2]), Moments.from_levels([[1, 1]], [0, 100]))


def test_several_shares_come_as_each_alone() -> None:
    cells = Cells([10, 20], [1.0, 2.0])
    variables = [Moments.from_hits([3, 4], [10, 18]), Moments.from_hits([0, 0], [10, 20])]
    domain = np.array([True, True])
    together = shares_of(cells, variables, domain=domain)
    assert together == tuple(share(cells, one, domain=domain) for one in variables)
    assert shares_of(cells, variables)[0].n == 28
    assert shares_of(cells, []) == ()
    with pytest.raises(ValueError, match="zeros and ones"):
        shares_of(cells, [Moments.from_sums([10, 20], [30, 60], [91, 181])])
