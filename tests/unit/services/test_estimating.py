"""Estimates from data files, against sums that can be done by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from surveyapp.services.estimation.answer import Estimated
from surveyapp.services.estimation.estimating import estimate
from surveyapp.services.estimation.problems import level_order, read_number, shown
from surveyapp.services.estimation.request import Request

TOWN = "variable,level,count\nage,young,50\nage,old,50\n"


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """60 young people, half of them satisfied, and 40 old ones, all of them satisfied."""
    rows = ["young,1"] * 30 + ["young,0"] * 30 + ["old,1"] * 40
    path = tmp_path / "town.csv"
    path.write_text("age,satisfied\n" + "\n".join(rows) + "\n", "utf-8")
    (tmp_path / "margins.csv").write_text(TOWN, "utf-8")
    return path


def ask(file: Path, value: str, **asked: Any) -> Estimated:
    return estimate(Request(file, value, **asked), lambda _n: None)


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_weighted_mean_worked_by_hand(town: Path) -> None:
    made = ask(town, "satisfied", margins=town.parent / "margins.csv", calibrate="poststratify")
    [figure] = made.figures
    assert figure.estimate.value == pytest.approx(0.75)
    assert figure.estimate.n == 100
    report = made.method.as_json()["calibration"]
    assert report["method"] == "poststratify"
    assert (report["g_min"], report["g_max"]) == pytest.approx((50 / 60, 50 / 40))
    assert report["margin_error"] < 1e-10


def test_shares_are_scaled_to_the_base_weights(town: Path) -> None:
    shares = write(town.parent / "shares.csv", "variable,level,share\nage,young,50\nage,old,50\n")
    made = ask(town, "satisfied", margins=shares, calibrate="rake", statistic="total")
    assert made.figures[0].estimate.value == pytest.approx(75)


def test_proportions_name_their_levels_in_numerical_order(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "grade,ward\n10,b\n9,a\n9,b\n,b\n")
    made = ask(file, "grade", statistic="proportion")
    assert [figure.level for figure in made.figures] == ["9", "10"]
    assert [figure.estimate.n for figure in made.figures] == [3, 3]
    assert made.figures[0].estimate.value == pytest.approx(2 / 3)
    assert made.method.interval == "wilson"
    wards = ask(file, "grade", statistic="proportion", by=("ward",)).figures
    assert [(f.by["ward"], f.level, f.estimate.value) for f in wards] == [
        ("a", "9", 1.0),
        ("a", "10", 0.0),
        ("b", "9", 0.5),
        ("b", "10", 0.5),
    ]
    assert "level" in wards[0].as_json()


def test_levels_are_ordered_as_numbers_only_if_all_are() -> None:
    assert level_order(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert level_order(["10", "9", "b"]) == ["10", "9", "b"]


def test_columns_with_commas_are_taken_as_they_are_called(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", '"a,b",a,y\n1,x,5\n2,x,7\n')
    assert [f.by for f in ask(file, "y", by=("a,b", "a")).figures] == [
        {"a,b": "1", "a": "x"},
        {"a,b": "2", "a": "x"},
    ]


def test_an_empty_value_keeps_its_weight_in_the_calibration(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "age,y\nyoung,1\nyoung,\nold,3\nold,5\n")
    margins = write(tmp_path / "m.csv", TOWN)
    made = ask(file, "y", margins=margins, calibrate="poststratify").figures[0].estimate
    assert made.n == 3
    assert made.value == pytest.approx((25 * 1 + 25 * 3 + 25 * 5) / 75)


def test_rows_of_unknown_level_are_kept_and_counted(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "age,y\nyoung,1\nold,3\n,5\nnone,7\n")
    margins = write(tmp_path / "m.csv", "variable,level,share\nage,young,0.75\nage,old,0.25\n")
    made = ask(file, "y", margins=margins, calibrate="rake", keep_unknown=True)
    assert made.method.unknown == {"age": 2}
    # Half of the rows are unknown: young 0.375, old 0.125, unknown 0.25 each.
    wanted = 0.375 * 1 + 0.125 * 3 + 0.25 * 5 + 0.25 * 7
    assert made.figures[0].estimate.value == pytest.approx(wanted)


def test_rows_without_a_group_stay_in_the_design(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "ward,y\na,1\na,3\n,5\nb,7\n")
    made = ask(file, "y", by=("ward",))
    assert [figure.by["ward"] for figure in made.figures] == ["a", "b"]
    assert (made.method.rows, made.method.ungrouped) == (4, 1)
    b = made.figures[1].estimate
    assert (b.n, b.value, b.se, b.low, b.high, b.deff) == (1, 7.0, None, None, None, None)


@pytest.mark.parametrize("statistic", ["mean", "total", "quantile"])
def test_nobody_who_answered_has_no_figure(tmp_path: Path, statistic: Any) -> None:
    file = write(tmp_path / "a.csv", "ward,y\na,\nb,\n")
    made = ask(file, "y", statistic=statistic).figures[0].estimate
    assert (made.n, made.value, made.se, made.low) == (0, None, None, None)
    assert ask(file, "y", statistic="proportion", by=("ward",)).figures == ()


def test_a_quantile_joins_numbers_however_they_are_written(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "y\n1\n1.0\n1e0\n2\n3\n")
    made = ask(file, "y", statistic="quantile")
    assert made.figures[0].estimate.value == 1.0
    assert (made.method.level, made.method.interval) == (0.5, "woodruff")
    assert ask(file, "y", statistic="quantile", level=0.9).figures[0].estimate.value == 3.0


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    rows = [f"{chance.choice('ab')},{chance.gauss(1e6, 0.01)!r}" for _row in range(500)]
    first = ask(write(tmp_path / "a.csv", "\n".join(["g,y", *rows])), "y", by=("g",))
    chance.shuffle(rows)
    again = ask(write(tmp_path / "b.csv", "\n".join(["g,y", *rows])), "y", by=("g",))
    for one, other in zip(first.figures, again.figures, strict=True):
        assert one.estimate.value == pytest.approx(other.estimate.value, rel=1e-15)
        assert one.estimate.se == pytest.approx(other.estimate.se, rel=1e-12)


def test_large_numbers_with_little_scatter_keep_their_standard_error(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "y\n1000000000.1\n1000000000.2\n1000000000.3\n")
    assert ask(file, "y").figures[0].estimate.se == pytest.approx(0.1 / 3**0.5, rel=1e-12)


def test_trimming_is_reported(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "y,w\n1,10\n2,3\n3,1.5\n4,1\n")
    made = ask(file, "y", weight="w", trim=(0.0, 4.0))
    assert made.figures[0].estimate.value == pytest.approx((4 * 1 + 4 * 2 + 4 * 3 + 3.5 * 4) / 15.5)
    report = made.as_json()["method"]["trimming"]
    assert (report["low"], report["high"], report["trimmed"]) == (0, 4, 2)
    open_ended = ask(file, "y", weight="w", trim=(float("-inf"), 4.0))
    assert open_ended.as_json()["method"]["trimming"]["low"] is None


def test_a_lonely_stratum_may_follow_a_rule(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "y,s\n1,p\n2,p\n3,p\n9,q\n")
    made = ask(file, "y", strata="s", lonely="certainty")
    assert made.method.lonely == "certainty"
    assert made.figures[0].estimate.se is not None
    whole = write(tmp_path / "b.csv", "y,s,n\n1,p,9\n2,p,9\n3,p,9\n9,q,1\n")
    assert ask(whole, "y", strata="s", fpc="n").figures[0].estimate.se is not None


def test_without_weights_a_cluster_stands_for_as_many_as_there_are(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "c,n,y\n1,6,1\n1,6,2\n2,6,3\n")
    made = ask(file, "y", cluster="c", fpc="n", statistic="total").figures[0].estimate
    assert made.value == pytest.approx(3 * (1 + 2 + 3))
    assert made.df == 1


def test_short_rows_end_with_empty_cells(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "g,y\na,1\na\n")
    made = ask(file, "y", by=("g",))
    assert (made.method.rows, made.figures[0].estimate.n) == (2, 1)


def test_progress_hears_of_every_row(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "y\n" + "1\n2\n" * 2500)
    heard: list[int] = []
    estimate(Request(file, "y"), heard.append)
    assert sum(heard) == 5000
    assert len(heard) == 3


def test_many_groups_are_worked_on_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n % 7},{n}\n" for n in range(70))
    file = write(tmp_path / "a.csv", "g,y\n" + rows)
    whole = ask(file, "y", by=("g",))
    monkeypatch.setattr("surveyapp.services.estimation.figures.BLOCK", 1)
    assert ask(file, "y", by=("g",)) == whole
    assert [figure.by["g"] for figure in whole.figures] == list("0123456")


def test_numbers_are_read_exactly() -> None:
    assert read_number("0.1") == (0.1, 1, 10)
    assert read_number("-12.50") == (-12.5, -25, 2)
    assert read_number("2E3") == (2000.0, 2000, 1)
    assert read_number("0e-999999999") == (0.0, 0, 1)


@pytest.mark.parametrize("text", ["", "1_000", "１２", "nan", "inf", "1,5", "0x1", "1e", "1e-400"])
def test_other_cells_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number|too small to compute"):
        read_number(text)


def test_long_cells_are_shortened_in_sentences() -> None:
    assert shown("two\nlines") == "two lines"
    assert shown("x" * 100) == "x" * 60 + "…"
