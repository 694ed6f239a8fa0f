"""The citizen's journey: the product against a bare Flask application."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from bench.bare import count_rows, make_table
from bench.journeys import Outcome, Target, drive
from bench.measures import percentile
from bench.servers import Server, running
from surveyapp.config import Settings
from surveyapp.content import template_bytes
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, choices_of
from surveyapp.services.assembly import assemble
from surveyapp.services.definition_files import read_definition
from surveyapp.storage.migrate import upgrade
from tests.support.databases import empty_postgres
from tests.support.postgres import running_postgres

ACTOR = Actor("benchmark")
SURVEY = "public-services"


@dataclass(slots=True)
class Side:
    """The product or the baseline over all blocks."""

    server: Server
    target: Target
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)

    def block(self, seconds: float) -> None:
        """Measure one block."""
        before = self.server.cpu_seconds()
        outcome = drive(self.target, seconds)
        done = max(1, len(outcome.journeys))
        self.rates.append(len(outcome.journeys) / outcome.seconds)
        self.cpu.append((self.server.cpu_seconds() - before) / done)
        self.outcome.add(outcome)


def questions_of(definition: Definition) -> list[tuple[str, list[str]]]:
    """Return every field of the form with its levels: what the baseline asks too."""
    fields = [
        (name, [level.key for level in scale.levels])
        for name, _, scale in definition.rated_fields()
    ]
    rated = {name.partition(".")[0] for name, _ in fields}
    fields += [
        (question.key, [level.key for level in choices_of(question)])
        for question in definition.questions
        if question.key not in rated and choices_of(question)
    ]
    return fields + [
        (attribute.key, [level.key for level in attribute.levels])
        for attribute in definition.asked_attributes
    ]


def prepare(settings: Settings) -> tuple[str, Definition]:
    """Migrate, put the survey in use; return the path of a place and the definition."""
    upgrade(settings.database_url)
    services = assemble(settings)
    definition = read_definition(template_bytes(SURVEY), f"{SURVEY}.yaml")
    services.authoring.import_definition(definition, ACTOR)
    services.authoring.publish(definition.key, ACTOR)
    place = services.placing.add(definition.key, "1", None, ACTOR)
    services.database.dispose()
    return f"/r/{place.code}", definition


def page_size(port: int, path: str) -> int:
    """Return the bytes of a page as sent without compression."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": "identity"})
    size = len(connection.getresponse().read())
    connection.close()
    return size


@contextmanager
def both_sides(product_url: str, bare_url: str, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Run the product and the baseline beside each other, each idle while the other works."""
    environ = {
        "SURVEYAPP_DATABASE_URL": product_url,
        "SURVEYAPP_SECRET_KEY": "only for this benchmark",
        "SURVEYAPP_INSTANCE_DIR": str(folder),
    }
    path, definition = prepare(Settings.from_environ(environ))
    make_table(bare_url)
    questions = questions_of(definition)
    answers = tuple((name, levels[0]) for name, levels in questions)
    with running({"what": "product"}, environ) as product:
        size = page_size(product.port, path)
        job = {"what": "bare", "url": bare_url, "questions": questions, "page_bytes": size}
        with running(job, environ) as bare:
            bare_size = page_size(bare.port, "/form")
            print(
                f"  page: product {size:,} bytes, bare {bare_size:,} bytes; {len(answers)} answers"
            )
            yield (
                Side(product, Target(product.port, path, answers)),
                Side(bare, Target(bare.port, "/form", answers)),
            )


def compare(product_url: str, bare_url: str, folder: Path, seconds: float, pairs: int) -> None:
    """Measure in turn, A B A B …, and print ratios pair by pair."""
    with both_sides(product_url, bare_url, folder) as (product, bare):
        for side in (product, bare):
            drive(side.target, 1.0)
        stored = count_responses(product_url), count_rows(bare_url)
        for _ in range(pairs):
            product.block(seconds)
            bare.block(seconds)
        report(product, bare)
        stored = (
            count_responses(product_url) - stored[0],
            count_rows(bare_url) - stored[1],
        )
    acknowledged = len(product.outcome.journeys), len(bare.outcome.journeys)
    print(f"  acknowledged {acknowledged}, stored {stored} (product, bare)")
    if stored[0] < acknowledged[0]:
        raise SystemExit("an acknowledged response is missing")


def count_responses(url: str) -> int:
    """Return how many responses the product's database holds."""
    environ = {"SURVEYAPP_DATABASE_URL": url, "SURVEYAPP_SECRET_KEY": "only for this benchmark"}
    services = assemble(Settings.from_environ(environ))
    (summary,) = services.authoring.summaries()
    services.database.dispose()
    return summary.responses


def report(product: Side, bare: Side) -> None:
    """Print the ratios, with the absolute figures behind them in brackets."""
    rates = [ours / theirs for ours, theirs in zip(product.rates, bare.rates, strict=True)]
    cpu = [ours / theirs for ours, theirs in zip(product.cpu, bare.cpu, strict=True)]
    p99 = [percentile(side.outcome.journeys, 0.99) for side in (product, bare)]
    worst = [max(side.outcome.posts) for side in (product, bare)]
    failures = product.outcome.failures, bare.outcome.failures
    rate = statistics.median(rates)
    print(
        f"  journeys per second   {rate:.2f} × bare"
        f" (pairs {min(rates):.2f} to {max(rates):.2f};"
        f" {statistics.median(product.rates):.0f} and {statistics.median(bare.rates):.0f})\n"
        f"  CPU s per journey     {statistics.median(cpu):.2f} × bare"
        f" ({statistics.median(product.cpu) * 1000:.2f} and"
        f" {statistics.median(bare.cpu) * 1000:.2f} ms)\n"
        f"  p99 of a journey      {p99[0] / p99[1]:.2f} × bare"
        f" ({p99[0] * 1000:.0f} and {p99[1] * 1000:.0f} ms)\n"
        f"  longest wait, a POST  {worst[0] / worst[1]:.2f} × bare"
        f" ({worst[0] * 1000:.0f} and {worst[1] * 1000:.0f} ms)\n"
        f"  failures              {failures[0]} and {failures[1]}"
    )


def run(seconds: float, pairs: int) -> None:
    """Run on SQLite and on PostgreSQL: so many blocks of each side, of so many seconds."""
    print("Citizen's journey: open the form, submit, read the receipt (8 at a time)")
    with tempfile.TemporaryDirectory(prefix="surveyapp-bench-") as name:
        folder = Path(name)
        print("SQLite, WAL, synchronous=FULL")
        compare(
            f"sqlite:///{folder}/product.sqlite3",
            f"sqlite:///{folder}/bare.sqlite3",
            folder,
            seconds,
            pairs,
        )
        print("PostgreSQL, fsync on")
        with (
            running_postgres(durable=True) as server,
            empty_postgres(server, "product") as product_url,
            empty_postgres(server, "bare") as bare_url,
        ):
            compare(product_url, bare_url, folder, seconds, pairs)
