"""The cost of reporting an index as responses grow in number, and the cost of counting them.

Two surveys alike but for their number of responses, side by side in the same run. Their responses
are inserted in bulk and counted by the product's own ``tally rebuild``; the time of that is set
against a bare loop over the same rows.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.measures import in_words, paired_ratio
from surveyapp.config import Settings
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services, assemble
from surveyapp.services.definition_files import read_definition
from surveyapp.storage.migrate import upgrade
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyRepository

ACTOR = Actor("benchmark")
KEY = "growth"
SMALL = 10_000
ATTRIBUTES = {"region": 50, "sexage": 10, "education": 3}
QUESTIONS = [f"q{number}" for number in range(1, 11)]
LEVELS = [
    "very_satisfied",
    "satisfied",
    "basically_satisfied",
    "dissatisfied",
    "very_dissatisfied",
]
INSERTED_AT_ONCE = 10_000
SEED = 20_210_901
REPORTS = 15
COMMANDS = 3
REBUILDS = 3


@dataclass(frozen=True, slots=True)
class Survey:
    """One of the two surveys, in a database of its own."""

    responses: int
    file: Path
    environ: dict[str, str]
    services: Services

    def rebuild(self) -> None:
        """Count all responses anew, as operators do."""
        counted = self.services.counting.rebuild(KEY)
        if counted != self.responses:
            raise SystemExit(f"{counted} responses counted instead of {self.responses}")

    def count_barely(self) -> None:
        """Do the least a program can do: read every row, count every answer by cell."""
        cells: Counter[tuple[str, ...]] = Counter()
        connection = sqlite3.connect(self.file)
        for attributes, answers in connection.execute("SELECT attributes, answers FROM response"):
            cell = tuple(json.loads(attributes).values())
            cells.update((*cell, *answer) for answer in json.loads(answers).items())
        connection.close()
        if sum(cells.values()) != self.responses * len(QUESTIONS):
            raise SystemExit("the bare loop has not counted every answer")

    def report(self) -> None:
        """Report the index, overall and by region."""
        report = self.services.reporting.report(KEY, by=("region",), fold="all")
        if report.n != self.responses:
            raise SystemExit(f"the index is over {report.n} responses, not {self.responses}")

    def command(self) -> None:
        """Report it with the command line, in a process of its own."""
        program = Path(sys.executable).with_name("surveyapp")
        done = subprocess.run(
            [program, "index", KEY, "--by", "region", "--json"],
            check=True,
            capture_output=True,
            env=os.environ | self.environ,
        )
        if json.loads(done.stdout)["n"] != self.responses:
            raise SystemExit("the command line has not reported on every response")

    @property
    def cells(self) -> int:
        """Rows of the tally."""
        with self.services.database.reading() as work:
            survey = SurveyRepository(work).find(KEY)
            return sum(1 for _ in TallyRepository(work).rows(survey.id)) if survey else 0


def run(responses: int) -> None:
    """Make a small survey and one with so many responses, and compare."""
    print(f"Reporting an index: {SMALL:,} responses against {responses:,} (SQLite)")
    with tempfile.TemporaryDirectory(prefix="surveyapp-bench-") as name:
        small = make(Path(name) / "small", SMALL)
        large = make(Path(name) / "large", responses)
        report_rebuilds(small, large)
        print(f"  cells of the tally: {small.cells:,} and {large.cells:,}")
        compare("index, service call", small.report, large.report, REPORTS)
        compare("index, whole command", small.command, large.command, COMMANDS)
        for survey in (small, large):
            survey.services.database.dispose()


def make(folder: Path, responses: int) -> Survey:
    """Make a survey with made-up responses, not yet counted."""
    folder.mkdir()
    environ = {
        "SURVEYAPP_DATABASE_URL": f"sqlite:///{folder}/survey.sqlite3",
        "SURVEYAPP_SECRET_KEY": "only for this benchmark",
        "SURVEYAPP_INSTANCE_DIR": str(folder),
    }
    settings = Settings.from_environ(environ)
    upgrade(settings.database_url)
    services = assemble(settings)
    services.authoring.import_definition(read_definition(_definition(), "growth.yaml"), ACTOR)
    services.authoring.publish(KEY, ACTOR)
    began = time.perf_counter()
    rows = _rows(services, responses)
    done = 0
    while done < responses:
        batch = [next(rows) for _ in range(min(INSERTED_AT_ONCE, responses - done))]
        with services.database.writing() as work:
            work.connection.execute(work.insert(ResponseRecord), batch)
        done += len(batch)
    print(f"  {responses:,} responses inserted in {in_words(time.perf_counter() - began)}")
    return Survey(responses, folder / "survey.sqlite3", environ, services)


def _definition() -> bytes:
    definition = {
        "key": KEY,
        "kind": "satisfaction",
        "title": {"zh": "基准", "en": "Benchmark"},
        "attributes": [
            {"key": key, "levels": [str(level) for level in range(levels)]}
            for key, levels in ATTRIBUTES.items()
        ],
        "questions": [
            {"key": key, "type": "scale", "scale": "hcp5", "title": {"zh": key, "en": key}}
            for key in QUESTIONS
        ],
        "indices": [{"key": "services", "of": QUESTIONS}],
    }
    return json.dumps(definition, ensure_ascii=False).encode()  # which is YAML too


def _rows(services: Services, responses: int) -> Iterator[dict[str, Any]]:
    with services.database.reading() as work:
        surveys = SurveyRepository(work)
        survey = surveys.find(KEY)
        if survey is None:
            raise SystemExit("the survey of the benchmark is missing")
        revision = surveys.shown(survey)
    source = random.Random(SEED)
    received_at = datetime(2021, 9, 1, 4, tzinfo=UTC)
    for _ in range(responses):
        yield {
            "id": UUID(int=source.getrandbits(128)),
            "survey_id": survey.id,
            "revision_id": revision.id,
            "mode": "imported",
            "received_at": received_at,
            "answers": dict(zip(QUESTIONS, source.choices(LEVELS, k=len(QUESTIONS)), strict=True)),
            "attributes": {
                key: str(source.randrange(levels)) for key, levels in ATTRIBUTES.items()
            },
            "standing": Standing.COUNTED,
        }


def report_rebuilds(small: Survey, large: Survey) -> None:
    """Print how fast the product counts, and how much more it takes than the bare loop."""
    for survey, pairs in ((small, REBUILDS), (large, 1)):
        ours, bare = _in_turn(survey.rebuild, survey.count_barely, pairs)
        rate = survey.responses / statistics.median(wall for wall, _ in ours)
        bare_rate = survey.responses / statistics.median(wall for wall, _ in bare)
        ratio = paired_ratio([cpu for _, cpu in ours], [cpu for _, cpu in bare])
        print(
            f"  tally rebuild, {survey.responses:,} responses: {rate:,.0f} rows/s;"
            f" CPU {ratio.value:.2f} × a bare loop over the rows ({bare_rate:,.0f} rows/s)"
        )


def compare(name: str, small: Callable[[], None], large: Callable[[], None], pairs: int) -> None:
    """Print how much more the large survey takes than the small one."""
    small()
    large()
    more, less = _in_turn(large, small, pairs)
    wall = paired_ratio([one[0] for one in more], [one[0] for one in less])
    cpu = paired_ratio([one[1] for one in more], [one[1] for one in less])
    medians = [in_words(statistics.median(one[0] for one in times)) for times in (more, less)]
    print(
        f"  {name}: large takes {wall} times as long as small"
        f" ({medians[0]} and {medians[1]}), {cpu} times the CPU; {pairs} pairs"
    )


def _in_turn(
    one: Callable[[], None], other: Callable[[], None], pairs: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Measure A B A B …; return wall and CPU seconds of each."""
    times: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(pairs):
        times[0].append(_timed(one))
        times[1].append(_timed(other))
    return times


def _timed(action: Callable[[], None]) -> tuple[float, float]:
    """Return wall and CPU seconds of an action, those of programs it started included.

    Python's collector of garbage runs before, not now and then within: with two surveys in one
    process it would strike either for what both have left behind.
    """
    gc.collect()
    before = os.times()
    began = time.perf_counter()
    action()
    seconds = time.perf_counter() - began
    after = os.times()
    return seconds, sum(after[:4]) - sum(before[:4])
