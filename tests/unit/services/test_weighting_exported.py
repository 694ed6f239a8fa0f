"""Files that explain weights: every cell with its weight, and how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import Conflict
from surveyapp.services.assembly import Services
from tests.builders import CLERK, services_on
from tests.support.results import a_city, import_rows
from tests.support.weighting import BAD, GOOD, TOWN_HALF, set_margins


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_weights_of_cells_recompute_the_figures(services: Services, tmp_path: Path) -> None:
    key = a_city(services)
    rows = [*["5,town,2"] * 3, "1,town,1", *["1,village,1"] * 2, "3,,1"]
    import_rows(services, key, "overall,area,weight", *rows)
    out = tmp_path / "out.csv"
    with pytest.raises(Conflict, match="not weighted to the population at present"):
        services.exporting.export_weights(key, out, "csv", CLERK)
    set_margins(services, key)
    services.exporting.export_weights(key, out, "csv", CLERK)
    head, *lines = (one.split(",") for one in out.read_text("utf-8-sig").splitlines())
    assert head == ["area", "n", "base_weight", "g", "weight"]
    assert [line[:3] for line in lines] == [
        ["town", "1", "1.0"],
        ["town", "3", "2.0"],
        ["unknown", "1", "1.0"],
        ["village", "2", "1.0"],
    ]
    # By hand: 10 in all, 1 unknown; 4.5 each for 7 of the town and 2 of the village.
    weights = [float(line[4]) for line in lines]
    assert weights == pytest.approx([4.5 / 7, 9 / 7, 1, 4.5 / 2])
    assert [float(line[3]) for line in lines] == pytest.approx([4.5 / 7, 4.5 / 7, 1, 4.5 / 2])
    (row,) = services.reporting.report(key, fold="all").overall
    points = [0, 100, 60, 0]
    total = sum(w * int(line[1]) * p for w, line, p in zip(weights, lines, points, strict=True))
    assert row.figure.value is not None
    assert row.figure.value == pytest.approx(total / 10)
    set_margins(services, key, TOWN_HALF.replace("0.5", "1", 1).replace("0.5", "0"))
    with pytest.raises(Conflict):
        services.exporting.export_weights(key, out, "csv", CLERK)


def test_exports_explain_the_weights(services: Services, tmp_path: Path) -> None:
    key = a_city(services, *[GOOD] * 30, *[BAD] * 6, weighting={"trim": [0.2, 2]})
    set_margins(services, key, wave="2026")
    out = tmp_path / "out.json"
    services.exporting.export_indices(key, out, "json", CLERK, language="en")
    text = out.read_text("utf-8")
    for said in ("Method of calibration", "Weights trimmed", "census", "2026"):
        assert said in text
    plain = a_city(services, *[GOOD] * 30, *[BAD] * 6, key="town")
    set_margins(services, plain)
    services.exporting.export_indices(plain, out, "json", CLERK, language="en")
    assert "Weights trimmed" not in out.read_text("utf-8")
    set_margins(services, key, TOWN_HALF.replace("0.5", "1", 1).replace("0.5", "0"))
    services.exporting.export_indices(key, out, "json", CLERK, language="en")
    assert "Method of calibration" not in out.read_text("utf-8")
