"""The part of the benchmark: every contender at every size, in turn, in the same run."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.estimation import task as tasks
from bench.estimation.contenders import CELLS, OTHERS, TALLYING, Contender, Measured, measure
from bench.estimation.environments import Missing
from bench.measures import in_words

SIZES = (10_000, 100_000, 1_000_000)
GOALS = {CELLS.name: 100, TALLYING.name: 10}


@dataclass(slots=True)
class Entry:
    """A contender and what it did at the present size and at the one before."""

    contender: Contender
    command: list[str]
    runs: list[Measured] = field(default_factory=list)
    seconds_per_row: float = 0.0
    missing: str = ""

    def expected(self, rows: int) -> float:
        """Return the seconds the task would take if they grew with the rows; 0 if unknown."""
        return self.seconds_per_row * rows

    def repetitions(self, rows: int, most: int) -> int:
        """Return how often to measure: what takes long scatters little."""
        expected = self.expected(rows)
        return 1 if expected > 10 else min(2, most) if expected > 3 else most

    def middle(self, name: str) -> float:
        """Return the median of one of the figures."""
        return float(statistics.median(getattr(run, name) for run in self.runs))


def run(repetitions: int, limit: float) -> None:
    """Measure and print everything.

    Parameters
    ----------
    repetitions : int
        Of each contender at each size; those that take long get fewer.
    limit : float
        A contender expected to take more seconds at a size is left out there.
    """
    print(
        "Raking to 3 margins (50 × 10 × 3 levels, relative error 1e-10), then 50 means with\n"
        "standard errors; data in memory, one thread, a fresh process for each measurement"
    )
    entries = _entries()
    for rows in SIZES:
        with tempfile.TemporaryDirectory(prefix="surveyapp-bench-") as name:
            tasks.make(rows).save(Path(name))
            measure_all(entries, rows, Path(name), repetitions, limit)
        report(entries, rows)


def _entries() -> list[Entry]:
    entries = []
    for contender in (CELLS, TALLYING, *OTHERS):
        try:
            entries.append(Entry(contender, contender.command()))
        except Missing as reason:
            print(f"  without {contender.name}: {reason}")
    return entries


def measure_all(
    entries: Sequence[Entry], rows: int, folder: Path, repetitions: int, limit: float
) -> None:
    """Measure in turn, A B C A B C …, so that what else the machine does meets everybody."""
    for entry in entries:
        entry.runs, entry.missing = [], ""
        if entry.expected(rows) > limit:
            entry.missing = f"left out: about {in_words(entry.expected(rows))} expected"
    for turn in range(repetitions):
        for entry in entries:
            if entry.missing or turn >= entry.repetitions(rows, repetitions):
                continue
            command = [*entry.command, str(folder), *entry.contender.after]
            try:
                entry.runs.append(measure(command, 2 * limit + 60))
            except Missing as reason:
                entry.missing = str(reason)
    for entry in entries:
        if entry.runs:
            entry.seconds_per_row = entry.middle("wall") / rows


def report(entries: Sequence[Entry], rows: int) -> None:
    """Print a table of one size, and how many times faster the product is.

    The standard is the fastest of the others that gives the same standard errors.
    """
    print(f"\n  {rows:,} rows")
    print(
        f"  {'':34}{'CPU s':>9} = {'weights':>8} + {'means':>8} {'wall s':>9} {'MB':>6}"
        f" {'margins':>8} {'means':>8} {'SEs':>8} runs"
    )
    ours = [entry for entry in entries if entry.contender in (CELLS, TALLYING) and entry.runs]
    if not ours:
        raise SystemExit("surveyapp itself could not be measured")
    reference = ours[0].runs[0]
    for entry in entries:
        print(_line(entry, reference))
    same = [
        entry
        for entry in entries
        if entry not in ours and entry.runs and entry.runs[0].agrees(reference)
    ]
    if not same:
        print("  nobody else gives the same standard errors here: nothing to compare with")
        return
    fastest = min(same, key=lambda entry: entry.middle("cpu"))
    for entry in ours:
        times = fastest.middle("cpu") / entry.middle("cpu")
        goal = f"; goal at {SIZES[-1]:,} rows: {GOALS[entry.contender.name]}"
        print(
            f"  {entry.contender.name}: {times:,.0f} times less CPU time than"
            f" {fastest.contender.name}, the fastest with the same standard errors"
            f"{goal if rows == SIZES[-1] else ''}"
        )


def _line(entry: Entry, reference: Measured) -> str:
    name = f"  {entry.contender.name:34}"
    if not entry.runs:
        return f"{name}{entry.missing}"
    one = entry.runs[0]
    means, errors = one.distances(reference)
    return (
        f"{name}{entry.middle('cpu'):9.4f} = {entry.middle('weighting'):8.4f} +"
        f" {entry.middle('estimation'):8.4f} {entry.middle('wall'):9.4f}"
        f" {entry.middle('peak_mb'):6.0f} {one.margin_error:8.0e} {means:8.0e} {errors:8.0e}"
        f" {len(entry.runs):4}{'' if one.agrees(reference) else '  other standard errors'}"
        f"{'; then ' + entry.missing if entry.missing else ''}"
    )
