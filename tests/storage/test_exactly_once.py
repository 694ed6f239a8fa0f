"""Nothing acknowledged is lost or counted twice: threads, processes and kill -9."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.errors import AnswersChanged
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyRepository, TallyRow
from tests.builders import CLERK, SECRET, a_place, an_open_survey, services_on, submit

LEVELS = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied")


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(database_url, tmp_path)
    yield made
    made.database.dispose()


def tally(services: Services, key: str) -> list[TallyRow]:
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return list(TallyRepository(work).rows(survey.id))


def response_ids(services: Services, key: str) -> list[UUID]:
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return [response.id for response in ResponseRepository(work).each(survey.id)]


def test_forty_parallel_posts_of_one_key_are_one_response(services: Services) -> None:
    key = an_open_survey(services)
    place, submission = a_place(services, key), uuid4()
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(
                lambda _: submit(services, place, key=submission, overall="satisfied"), range(40)
            )
        )
    assert len({reply.receipt for reply in replies}) == 1
    assert sum(not reply.replayed for reply in replies) == 1
    assert services.counting.fold(key) == 1


def test_parallel_posts_of_one_key_with_different_answers_keep_the_first(
    services: Services,
) -> None:
    key = an_open_survey(services)
    place, submission = a_place(services, key), uuid4()

    def post(number: int) -> str | None:
        try:
            submit(services, place, key=submission, overall=LEVELS[number % 4])
        except AnswersChanged:
            return None
        return LEVELS[number % 4]

    with ThreadPoolExecutor(8) as pool:
        accepted = {level for level in pool.map(post, range(24)) if level}
    assert len(accepted) == 1
    services.counting.fold(key)
    assert tally(services, key)[0].counts[f"q|overall|{accepted.pop()}"] == 1


class Meddlers:
    """Who folds, changes standings and counts anew while responses arrive."""

    def __init__(self, services: Services, key: str) -> None:
        self.services = services
        self.key = key
        self.done = threading.Event()

    def fold(self) -> None:
        while not self.done.is_set():
            self.services.counting.fold_some(self.key)

    def change(self) -> None:
        dice = random.Random(20261121)
        standings = [Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED]
        while not self.done.is_set():
            if known := response_ids(self.services, self.key):
                chosen, standing = dice.choice(known), dice.choice(standings)
                self.services.counting.set_standing(chosen, standing, "测试", CLERK)

    def rebuild(self) -> None:
        while not self.done.is_set():
            self.services.counting.rebuild(self.key)
            time.sleep(0.02)


def test_counting_is_exact_while_responses_arrive_and_standings_change(services: Services) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    meddlers = Meddlers(services, key)

    def arrive(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            submit(services, place, overall=dice.choice(LEVELS))

    with ThreadPoolExecutor(7) as pool:
        meddling = [
            pool.submit(work) for work in (meddlers.fold, meddlers.change, meddlers.rebuild)
        ]
        list(pool.map(arrive, range(4)))
        meddlers.done.set()
        for meddler in meddling:
            meddler.result()
    services.counting.fold(key)
    folded = tally(services, key)
    assert sum(row.counts["n"] for row in folded) == 100
    services.counting.rebuild(key)
    assert tally(services, key) == folded
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        numbers = ResponseRepository(work).standing_numbers(survey.id)
    assert numbers == {
        standing: sum(row.counts["n"] for row in folded if row.standing == standing)
        for standing in numbers
    }


_SUBMITTER = """
import sys
from uuid import uuid4
from pathlib import Path
from tests.builders import services_on
services = services_on(sys.argv[1], Path(sys.argv[2]))
while True:
    submission = uuid4()
    services.collecting.submit(sys.argv[3], submission, None, {"overall": ["satisfied"]})
    print(submission, flush=True)
"""


def test_what_was_acknowledged_survives_a_killed_process(services: Services) -> None:
    assert SECRET in services.settings.secret_keys
    key = an_open_survey(services)
    place = a_place(services, key)
    url, folder = services.settings.database_url, str(services.settings.instance_dir)
    process = subprocess.Popen(
        [sys.executable, "-c", _SUBMITTER, url, folder, place.code],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout if len(line.strip()) == 36]
    process.stdout.close()
    process.wait()
    for submission in acknowledged:
        assert submit(services, place, key=UUID(submission), overall="satisfied").replayed
    # The killed process may have stored one more than it could still say; never fewer.
    assert services.counting.fold(key) in (len(acknowledged), len(acknowledged) + 1)
