from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.estimation import task as tasks
from bench.estimation import with_surveyapp, with_surveyapp_tallying
from bench.estimation.contenders import CELLS, TALLYING, Contender, Measured, measure
from bench.estimation.environments import Missing
from bench.estimation.part import SIZES, Entry, measure_all, report

SVY = Contender("svy", list)
ONE = Measured("1", 2.0, 0.5, 1.0, 80, 1e-12, [50.0, 60.0], [1.0, 2.0])


def test_a_task_is_the_same_for_the_same_seed_and_comes_back_from_its_files(tmp_path: Path) -> None:
    task = tasks.make(5000)
    task.save(tmp_path)
    again = tasks.load(tmp_path)
    for other in (again, tasks.make(5000)):
        assert (other.level == task.level).all()
        for name, codes in task.codes.items():
            assert (other.codes[name] == codes).all()
            assert (other.targets[name] == task.targets[name]).all()
    assert (tasks.make(5000, seed=1).level != task.level).any()


def test_samples_of_any_size_come_from_one_population() -> None:
    small, large = tasks.make(1000), tasks.make(4000)
    for name, target in small.targets.items():
        assert (large.targets[name] == target).all()
        assert target.sum() == pytest.approx(tasks.POPULATION)
    assert small.base_weight * small.n == tasks.POPULATION


def test_the_margin_error_is_that_of_the_worst_level() -> None:
    codes = {"a": np.array([0, 0, 1], np.int8), "b": np.array([0, 1, 1], np.int8)}
    targets = {"a": np.array([20.0, 10.0]), "b": np.array([10.0, 25.0])}
    task = tasks.Task(codes, np.zeros(3, np.int8), targets)
    assert task.margin_error([10, 10, 10]) == pytest.approx(0.2)


def test_surveyapp_solves_the_task_as_its_rows_say(tmp_path: Path) -> None:
    task = tasks.make(20_000)
    state = with_surveyapp.prepare(task)
    weights = with_surveyapp.weigh(state)
    means, errors = with_surveyapp.estimate(state, weights)
    assert with_surveyapp.margin_error(state, weights) <= tasks.TOLERANCE
    place = np.ravel_multi_index([task.codes[name] for name in tasks.SIZES], (50, 10, 3))
    rows = weights.value[place]
    assert task.margin_error(rows) <= tasks.TOLERANCE
    for region in range(50):
        inside = task.codes["region"] == region
        expected = np.average(task.score[inside], weights=rows[inside])
        assert means[region] == pytest.approx(expected, rel=1e-12)
    counting = with_surveyapp_tallying.prepare(task)
    again = with_surveyapp_tallying.estimate(counting, with_surveyapp_tallying.weigh(counting))
    assert again == (means, errors)


def test_other_standard_errors_do_not_agree_though_the_means_do() -> None:
    assert ONE.agrees(replace(ONE, errors=[1.0 + 1e-9, 2.0]))
    assert not ONE.agrees(replace(ONE, errors=[1.0, 2.01]))
    assert not ONE.agrees(replace(ONE, means=[50.1, 60.0]))


def test_the_report_compares_with_the_fastest_that_gives_the_same_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def entry(contender: Contender, seconds: float, errors: float = 1.0) -> Entry:
        run = replace(ONE, weighting=0.0, estimation=seconds, errors=[errors, 2.0])
        return Entry(contender, [], [run])

    entries = [
        entry(CELLS, 0.01),
        entry(TALLYING, 0.02),
        entry(Contender("hasty", list), 0.1, errors=1.2),
        entry(SVY, 12.0),
        entry(Contender("slow", list), 100.0),
        Entry(Contender("absent", list), [], missing="left out: about 114 s expected"),
    ]
    report(entries, SIZES[-1])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("  hasty") and "other standard errors" in line for line in lines)
    assert any("absent" in line and "left out" in line for line in lines)
    assert "1,200 times less CPU time than svy" in lines[-2]
    assert "600 times less CPU time than svy" in lines[-1]
    report(entries[:3], SIZES[0])
    assert "nobody else gives the same standard errors" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        report(entries[2:], SIZES[0])


def test_who_takes_long_is_measured_once_and_who_takes_too_long_not_at_all(tmp_path: Path) -> None:
    entry = Entry(SVY, ["false"], seconds_per_row=1e-4)
    assert [entry.repetitions(rows, 5) for rows in (1000, 50_000, 1_000_000)] == [5, 2, 1]
    measure_all([entry], 1_000_000, tmp_path, 5, limit=60)
    assert entry.missing == "left out: about 100 s expected"
    measure_all([entry], 1000, tmp_path, 5, limit=60)
    assert entry.missing.startswith("failed")
    assert not entry.runs


def test_a_run_that_fails_hangs_or_says_nothing_is_no_measurement() -> None:
    for command, words in (
        (["python3", "-c", "import sys; sys.exit('out of memory')"], "failed: out of memory"),
        (["sleep", "30"], "stopped after 0 s"),
        (["true"], "no result"),
        (["echo", "not JSON"], "no result"),
    ):
        with pytest.raises(Missing, match=words):
            measure(command, 0.2 if command[0] == "sleep" else 20)
