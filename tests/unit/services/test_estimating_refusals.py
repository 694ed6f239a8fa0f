"""What a data file, its margins or the options must not be; each refusal names the place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.services.estimation.estimating import estimate
from surveyapp.services.estimation.request import Request
from surveyapp.stats.feasibility import NotConverged

DATA = "y,w,s,c,n,a,b\n1,1,p,1,9,x,u\n2,2,p,2,9,x,v\n3,1,q,3,9,y,u\n4,2,q,4,9,y,v\n"
MARGINS = "variable,level,share\na,x,0.5\na,y,0.5\n"


def refusal(folder: Path, data: str = DATA, margins: str | None = None, **asked: Any) -> str:
    file = folder / "data.csv"
    file.write_text(data, "utf-8")
    request = Request(file, asked.pop("value", "y"), **asked)
    if margins is not None:
        (folder / "margins.csv").write_text(margins, "utf-8")
        way = asked.get("calibrate", "rake")
        request = replace(request, margins=folder / "margins.csv", calibrate=way)
    with pytest.raises(BadInput) as refused:
        estimate(request, lambda _n: None)
    sentence = str(refused.value.message)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"level": 0.5}, "--statistic quantile"),
        ({"interval": "wilson"}, "--interval wilson is for proportions; a mean"),
        ({"interval": "beta", "statistic": "quantile"}, "a quantile has t intervals"),
        ({"calibrate": "rake"}, "add --margins"),
        ({"keep_unknown": True}, "--unknown is a rule for margins"),
        ({"bounds": (0.5, 2.0)}, "--bounds limits a calibration"),
        ({"trim": (0.5, 2.0)}, "--trim limits weights"),
        ({"lonely": "adjust"}, "--strata"),
        ({"by": ("a,b,a",)}, "--by names the column “a” twice"),
        ({"value": "z"}, "“data.csv”, line 1: there is no column “z”; the columns are y, w, s"),
        ({"by": ("a,z",)}, "no column “z”"),
    ],
)
def test_options_must_fit_each_other_and_the_file(
    tmp_path: Path, asked: dict[str, Any], words: str
) -> None:
    assert words in refusal(tmp_path, **asked)


def test_margins_need_a_method(tmp_path: Path) -> None:
    assert "add --calibrate" in refusal(tmp_path, margins=MARGINS, calibrate=None)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"calibrate": "logit"}, "bounds on either side of 1"),
        ({"calibrate": "logit", "bounds": (1.5, 2.0)}, "bounds on either side of 1"),
        ({"calibrate": "rake", "bounds": (-2.0, -1.0)}, "Raked weights are positive"),
    ],
)
def test_bounds_must_suit_the_method(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    assert words in refusal(tmp_path, margins=MARGINS, **asked)


@pytest.mark.parametrize(
    ("row", "asked", "words"),
    [
        ("five,1,p,1,9,x,u", {}, "line 6, column “y”: “five” is not a number."),
        ("NA,1,p,1,9,x,u", {"statistic": "quantile"}, "column “y”: “NA” is not a number."),
        ("1e99,1,p,1,9,x,u", {}, "1e99 is too large or too small to compute with."),
        ("1,0,p,1,9,x,u", {"weight": "w"}, "line 6, column “w”: a weight must be positive"),
        ("1,one,p,1,9,x,u", {"weight": "w"}, "column “w”: “one” is not a number."),
        ("1,-1,p,1,9,x,u", {"weight": "w"}, "column “w”: a weight must be positive"),
        ("1,,p,1,9,x,u", {"weight": "w"}, "column “w”: the cell is empty."),
        ("1,1,,1,9,x,u", {"strata": "s"}, "column “s”: the cell is empty."),
        ("1,1,p,1,0,x,u", {"fpc": "n"}, "column “n”: a population size must be positive."),
        ("1,1,p,1,8,x,u", {"fpc": "n"}, "column “n”: a stratum has one population size, but line"),
        ("1,1,p,3,9,x,u", {"strata": "s", "cluster": "c"}, "line 4 has “3” in another one"),
        ("1,1,r,5,9,x,u", {"strata": "s"}, "line 6, column “s”: the stratum “r” has a single"),
        ("1,1,p,1,9,x,u,more", {}, "line 6: the row has 8 cells, line 1 has 7."),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, asked: dict[str, Any], words: str) -> None:
    assert words in refusal(tmp_path, DATA + row + "\n", **asked)


def test_more_cannot_be_drawn_than_there_is(tmp_path: Path) -> None:
    data = DATA.replace(",9,", ",3,")
    assert "line 2, column “n”: 4 were drawn here, more than the population of 3." in refusal(
        tmp_path, data, fpc="n"
    )


def test_a_file_needs_rows_that_can_be_read(tmp_path: Path) -> None:
    assert "no rows below line 1" in refusal(tmp_path, "y\n")
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"y\n" + b"1\n" * 70_000 + b"\xff\xff\n")
    with pytest.raises(BadInput, match="a part of it cannot be read"):
        estimate(Request(broken, "y", statistic="proportion"), lambda _n: None)


@pytest.mark.parametrize(
    ("margins", "words"),
    [
        ("variable,level\na,x\n", "line 1: margins have the columns variable, level"),
        ("variable,level,share,count\na,x,1,1\n", "either share or count"),
        ("level,share\nx,1\n", "margins have the columns"),
        ("variable,level,share\n", "“margins.csv”: there are no rows below line 1."),
        ("variable,level,share\na,x\n", "line 2, column “share”: the cell is empty: write the"),
        ("variable,level,share\na,x,5e1%\na,y,0.5\n", "line 3: some shares have a percent sign"),
        ("变量,类别,share,比例\na,x,1,1\n", "line 1: margins have the columns"),
        ("variable,level,share\na,x,5O%\n", "line 2, column “share”: “5O” is not a number."),
        ("variable,level,share\na,x,-1\n", "column “share”: nobody can be fewer than 0."),
        ("variable,level,share\na,x,1\na,x,1\n", "line 3: the level “x” of “a” stands in line 2"),
        ("variable,level,share\na,x,0\na,y,0\n", "line 2: the levels of “a” add up to 0."),
        (
            "variable,level,count\na,x,50\na,y,50\nb,u,60\nb,v,50\n",
            "line 4: the totals disagree: “b” adds up to 110, but “a” to 100.",
        ),
        ("variable,level,share\nz,x,1\n", "line 2: there is no column “z” in “data.csv”."),
        ("variable,level,share\na:z,x,1\n", "there is no column “a:z”"),
        (
            MARGINS + "a,z,0.2\n",
            "“margins.csv”, line 4: no row of “data.csv” has the level “z” of “a”: merge it with"
            " “y” in both files.",
        ),
        (
            "variable,level,share\na,x,1\n",
            "“data.csv”, line 4, column “a”: the level “y” is not in “margins.csv”",
        ),
        (
            "variable,level,share\na,x,1\na,y,0\n",
            "“data.csv”, line 4, column “a”: “margins.csv” gives nobody to the level “y”.",
        ),
    ],
)
def test_impossible_margins_are_named(tmp_path: Path, margins: str, words: str) -> None:
    assert words in refusal(tmp_path, margins=margins)


def test_rows_need_a_level_of_every_margin(tmp_path: Path) -> None:
    words = "line 6, column “a”: the cell is empty, but the margins need a level"
    assert words in refusal(tmp_path, DATA + "5,1,p,1,9,,u\n", MARGINS)


def test_keeping_unknown_rows_needs_some_that_are_known(tmp_path: Path) -> None:
    margins = "variable,level,share\na,elsewhere,1\n"
    words = "line 2: no row of the data has a level of “a”"
    assert words in refusal(tmp_path, margins=margins, keep_unknown=True)


def test_joint_levels_must_be_readable_in_one_way(tmp_path: Path) -> None:
    data = "y,a,b\n1,x:1,u\n2,x,1:u\n"
    margins = "variable,level,count\na:b,x:1:u,9\n"
    words = "line 3, column “a:b”: “x:1:u” can be read in two ways."
    assert words in refusal(tmp_path, data, margins, calibrate="poststratify")


def test_post_stratification_takes_one_variable(tmp_path: Path) -> None:
    margins = MARGINS + "b,u,0.5\nb,v,0.5\n"
    words = refusal(tmp_path, margins=margins, calibrate="poststratify")
    assert "takes one variable, not 2: give their joint cells as a:b" in words


@pytest.mark.parametrize(
    ("way", "asked", "possible"),
    [
        ("poststratify", (0.9, 1.1), (0.75, 1.25)),
        ("rake", (0.9, 1.1), (0.75, 1.25)),
        ("linear", (0.9, 1.1), (0.75, 1.25)),
        ("logit", (0.9, 1.1), (0.7499, 1.251)),
        ("linear", (0.9, 2.0), (0.75, 2.0)),
        ("rake", (0.5, 1.1), (0.5, 1.25)),
        ("logit", (0.5, 1.1), (0.5, 1.251)),
    ],
)
def test_bounds_that_cannot_be_kept_come_with_bounds_that_can(
    tmp_path: Path, way: Any, asked: tuple[float, float], possible: tuple[float, float]
) -> None:
    margins = "variable,level,count\na,x,1.5\na,y,2.5\n"
    words = refusal(tmp_path, margins=margins, calibrate=way, bounds=asked)
    low, high = asked
    assert f"no weights between {low} and {high:g} times the base weights" in words
    assert f"--bounds {possible[0]:g},{possible[1]:g} would do." in words
    file, table = tmp_path / "data.csv", tmp_path / "margins.csv"
    request = Request(file, "y", margins=table, calibrate=way, bounds=possible)
    assert estimate(request, lambda _n: None).figures


def test_either_bound_may_give_way_where_that_is_possible(tmp_path: Path) -> None:
    data = "y,a,b\n1,x,u\n2,x,v\n3,y,u\n4,y,v\n5,x,u\n6,y,v\n"
    margins = "variable,level,count\na,x,3.2\na,y,2.8\nb,u,1.6\nb,v,4.4\n"
    words = refusal(tmp_path, data, margins, calibrate="linear", bounds=(0.5, 1.5))
    assert "--bounds 0.5,2.1 would do, or --bounds -0.1,1.5." in words
    words = refusal(tmp_path, data, margins, calibrate="rake", bounds=(0.5, 1.5))
    assert "--bounds 0.5,2.1 would do." in words


def test_a_calibration_that_does_not_converge_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_arguments: object, **_options: object) -> None:
        raise NotConverged(0.02)

    monkeypatch.setattr("surveyapp.services.weights.calibrating.rake", stopped)
    assert "a relative margin error of 0.02" in refusal(tmp_path, margins=MARGINS)


def test_margins_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    data = "y,a,b\n1,x,u\n2,y,v\n"
    margins = "variable,level,count\na,x,1\na,y,3\nb,u,2\nb,v,2\n"
    assert "merge levels near" in refusal(tmp_path, data, margins)
    corner = "y,a,b\n1,x,u\n2,x,v\n3,y,u\n"
    margins = "variable,level,count\na,x,5\na,y,5\nb,u,5\nb,v,5\n"
    zero = "giving some rows the weight 0"
    assert zero in refusal(tmp_path, corner, margins)
    assert zero in refusal(tmp_path, corner, margins, bounds=(0.5, 1.2))


def test_limits_of_weights_must_enclose_their_mean(tmp_path: Path) -> None:
    words = refusal(tmp_path, weight="w", trim=(2.0, 3.0))
    assert (
        "“data.csv”: the weights cannot keep their sum between 2 and 3: their mean is 1.5" in words
    )
