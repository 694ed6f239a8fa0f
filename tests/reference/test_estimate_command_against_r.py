"""The whole way of an analyst, from a file to figures, against R's survey package."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner

from surveyapp.cli import main
from tests.reference.schools import DATA, DESIGNS, read, reference

EXACT = 1e-9
ITERATED = 1e-6
FILES = {"srs": "apisrs.csv", "strat": "apistrat.csv", "clus": "apiclus1.csv"}
DESIGN = {"srs": (), "strat": ("--strata", "stype"), "clus": ("--cluster", "dnum")}
MARGINS = ("--margins", str(DATA / "api_margins.csv"), "--calibrate")
METHODS = (
    "base",
    "poststratify_wide",
    "poststratify_joint",
    "rake",
    "linear",
    "linear_bounded",
    "logit",
    "rake_trimmed",
)

Answer: TypeAlias = dict[str, Any]


def run(*arguments: str) -> Answer:
    result = CliRunner().invoke(main, ["estimate", *arguments, "--json"])
    assert (result.exit_code, result.stderr) == (0, "")
    answer: Answer = json.loads(result.stdout)
    return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that say in cells what make_reference.R does in code."""
    folder = tmp_path_factory.mktemp("data")
    for name in FILES.values():
        rows = read(name)
        for number, row in enumerate(rows, start=1):
            row["item"] = row["api00"] if number % 7 else ""
        _write(folder / name, rows)
    wide = [row for row in read("api_margins.csv") if row["variable"] == "sch.wide"]
    _write(folder / "wide.csv", wide)
    joint = [
        {
            "variable": "stype:sch.wide",
            "level": f"{row['stype']}:{row['sch.wide']}",
            "count": row["Freq"],
        }
        for row in reference()["joint"]
    ]
    _write(folder / "joint.csv", joint)
    return folder


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def design(folder: Path, name: str) -> tuple[str, ...]:
    kind, _, fpc = name.partition("_")
    sized = ("--fpc", "fpc") if fpc else ()
    return str(folder / FILES[kind]), "--weight", "pw", *DESIGN[kind], *sized


def weighting(folder: Path, name: str, method: str) -> tuple[str, ...]:
    bounds = reference()["bounds"][name.partition("_")[0]]
    limits = reference()["figures"][name][method]["limits"]

    def allowed(kind: str) -> str:
        return ",".join(str(bound) for bound in bounds[kind])

    ways: dict[str, Callable[[], tuple[str, ...]]] = {
        "base": tuple,
        "poststratify_wide": lambda: (
            "--margins",
            str(folder / "wide.csv"),
            "--calibrate",
            "poststratify",
        ),
        "poststratify_joint": lambda: (
            "--margins",
            str(folder / "joint.csv"),
            "--calibrate",
            "poststratify",
        ),
        "rake": lambda: (*MARGINS, "rake"),
        "linear": lambda: (*MARGINS, "linear"),
        "linear_bounded": lambda: (*MARGINS, "linear", "--bounds", allowed("linear")),
        "logit": lambda: (*MARGINS, "logit", "--bounds", allowed("logit")),
        "rake_trimmed": lambda: (*MARGINS, "rake", "--trim", f"0,{limits!r}"),
    }
    return ways[method]()


def assert_same(got: Answer, expected: Answer) -> None:
    for name in ("value", "se", "low", "high", "df", "deff"):
        if name in expected:
            wanted = expected[name]
            assert got[name] == (None if wanted is None else pytest.approx(wanted, rel=EXACT)), name


@pytest.fixture(params=DESIGNS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("method", METHODS)
def test_means_and_totals_are_those_of_r(folder: Path, name: str, method: str) -> None:
    expected = reference()["figures"][name][method]
    asked = (*design(folder, name), *weighting(folder, name, method))
    for statistic in ("mean", "total"):
        [whole] = run(*asked, "--value", "api00", "--statistic", statistic)["estimates"]
        assert whole["by"] == {}
        assert_same(whole, expected[statistic])
        [item] = run(*asked, "--value", "item", "--statistic", statistic)["estimates"]
        assert_same(item, expected[f"item_{statistic}"])
        by = run(*asked, "--value", "item", "--by", "comp.imp", "--statistic", statistic)
        no, yes = by["estimates"]
        assert (no["by"], yes["by"]) == ({"comp.imp": "No"}, {"comp.imp": "Yes"})
        assert_same(yes, expected[f"domain_{statistic}"])


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_those_of_r(folder: Path, name: str, method: str) -> None:
    expected = reference()["figures"][name][method]["stype_means"]
    asked = (*design(folder, name), *weighting(folder, name, method))
    got = run(*asked, "--value", "item", "--by", "stype")["estimates"]
    assert [one["by"]["stype"] for one in got] == expected["level"]
    assert [one["value"] for one in got] == pytest.approx(expected["value"], rel=EXACT)
    assert [one["se"] for one in got] == pytest.approx(expected["se"], rel=EXACT)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("interval", ["logit", "beta"])
def test_proportions_are_those_of_r(folder: Path, name: str, method: str, interval: str) -> None:
    expected = reference()["figures"][name][method]["share"]
    asked = (*design(folder, name), *weighting(folder, name, method), "--interval", interval)
    no, yes = run(*asked, "--value", "comp.imp", "--statistic", "proportion")["estimates"]
    assert (no["level"], yes["level"]) == ("No", "Yes")
    assert (yes["value"], yes["se"]) == pytest.approx(
        (expected["value"], expected["se"]), rel=EXACT
    )
    assert (yes["low"], yes["high"]) == pytest.approx(expected[interval], rel=ITERATED)
    assert no["value"] == pytest.approx(1 - expected["value"], rel=EXACT)


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_are_those_of_r(folder: Path, name: str, method: str) -> None:
    asked = (*design(folder, name), *weighting(folder, name, method))
    smallest, second = sorted({float(row["api00"]) for row in read(FILES[name.partition("_")[0]])})[
        :2
    ]
    for row in reference()["figures"][name][method]["quantiles"]:
        level = row["level"]
        if name.startswith("srs") and method == "base" and level in {0.1, 0.9}:
            continue  # F(x) = level exactly; R lets floating-point noise decide
        options = ("--value", "api00", "--statistic", "quantile", "--level", str(level))
        [got] = run(*asked, *options)["estimates"]
        assert (got["value"], got["high"]) == (row["value"], row["high"])
        if (got["low"], row["low"]) == (smallest, second):
            continue  # below the share of the smallest value R takes the second smallest
        assert got["low"] == row["low"]
        assert got["se"] == (None if row["se"] is None else pytest.approx(row["se"], rel=EXACT))


def command() -> Answer:
    """Everything that make_command_reference.R wrote."""
    found: Answer = json.loads((DATA / "command.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("statistic", ["mean", "total"])
def test_without_weights_every_unit_stands_for_as_many_as_its_stratum_says(
    folder: Path, kind: str, statistic: str
) -> None:
    asked = (str(folder / FILES[kind]), *DESIGN[kind], "--value", "api00", "--statistic", statistic)
    [sized] = run(*asked, "--fpc", "fpc")["estimates"]
    assert_same(sized, command()["sized"][kind][statistic])
    [bare] = run(*asked)["estimates"]
    assert_same(bare, command()["bare"][kind][statistic])


def test_groups_by_two_columns_are_those_of_r(folder: Path) -> None:
    asked = (*design(folder, "strat_fpc"), "--value", "api00", "--by", "sch.wide,comp.imp")
    means = run(*asked)["estimates"]
    totals = run(*asked, "--statistic", "total")["estimates"]
    expected = {(row["sch.wide"], row["comp.imp"]): row for row in command()["groups"]}
    assert [(one["by"]["sch.wide"], one["by"]["comp.imp"]) for one in means] == sorted(expected)
    for mean, total in zip(means, totals, strict=True):
        row = expected[mean["by"]["sch.wide"], mean["by"]["comp.imp"]]
        assert_same(mean, {key: row.get(key) for key in ("value", "se", "deff")})
        assert_same(total, {"value": row["total"], "se": row["total_se"]})


def test_levels_in_groups_are_those_of_r(folder: Path) -> None:
    asked = (*design(folder, "strat_fpc"), "--value", "stype", "--statistic", "proportion")
    got = run(*asked, "--by", "sch.wide", "--interval", "logit", "--confidence", "0.9")
    assert got["method"]["confidence"] == 0.9
    for one, expected in zip(got["estimates"], command()["levels"], strict=True):
        assert (one["by"]["sch.wide"], one["level"]) == (expected["group"], expected["level"])
        assert_same(one, {key: expected[key] for key in ("value", "se", "deff")})
        assert (one["low"], one["high"]) == pytest.approx(expected["logit"], rel=ITERATED)
