from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.contrasts import contrast, mean_covariance
from surveyapp.stats.estimates import weighted_means
from tests.reference.schools import DESIGNS, Schools, reference
from tests.reference.test_calibration_against_r import METHODS, weighting


@pytest.mark.parametrize("method", ["base", *METHODS])
@pytest.mark.parametrize("design", DESIGNS)
def test_covariances_and_differences_of_domain_means_are_those_of_r(
    design: str, method: str
) -> None:
    schools = Schools(design)
    expected = reference()["figures"][design]["rake" if method == "sweeps" else method]
    weights = None if method == "base" else weighting(schools, method, expected["limits"])
    domains = np.array([schools.stype == level for level in ("E", "H", "M")])
    covariance = mean_covariance(schools.cells, "item", domains, weights=weights)
    scale = float(np.abs(covariance).max())
    known = np.array(expected["contrasts"]["covariance"])
    assert covariance == pytest.approx(known, rel=1e-9, abs=1e-11 * scale)
    means = weighted_means(schools.cells, "item", weights=weights, domains=domains)
    values = [mean.value or 0 for mean in means]
    got = contrast(values, covariance, [1, -1, 0], 100)
    assert (got.value, got.se) == pytest.approx(
        (expected["contrasts"]["difference"]["value"], expected["contrasts"]["difference"]["se"]),
        rel=1e-9,
    )
