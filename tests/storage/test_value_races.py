"""Several people report, verify and contest one value at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from surveyapp.domain.errors import Conflict
from surveyapp.domain.objective import Ruling
from surveyapp.domain.roles import Role
from surveyapp.storage.objectives import ValueQuery
from tests.support.values import (
    OFFICE,
    REVIEWER,
    SCHEME,
    SECOND,
    WEST,
    ValueBook,
    a_value_book,
    person_of,
)

Done = TypeVar("Done")


@pytest.fixture
def book(database_url: str, tmp_path: Path) -> Iterator[ValueBook]:
    with a_value_book(database_url, tmp_path) as made:
        yield made


def _at_once(*steps: Callable[[], Done]) -> list[Done | Conflict]:
    """Take steps at the same moment; return what each of them came to."""
    start = Barrier(len(steps))

    def take(step: Callable[[], Done]) -> Done | Conflict:
        start.wait()
        try:
            return step()
        except Conflict as refusal:
            return refusal

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(take, steps))


def test_each_report_is_a_version_of_its_own_and_one_waits(book: ValueBook) -> None:
    _at_once(*(lambda n=n: book.report(str(n)) for n in range(4)))
    query = ValueQuery(SCHEME, with_replaced=True)
    lines = book.services.objectives.lines(query, OFFICE)
    assert sorted(one.version for one in lines) == [1, 2, 3, 4]
    (waiting,) = [one for one in lines if one.status == "reported"]
    assert waiting.version == 4


def test_a_value_is_verified_once(book: ValueBook) -> None:
    book.report("6.5")
    verify = book.services.verifying.verify_all
    done = _at_once(*(lambda one=one: verify(SCHEME, one) for one in (REVIEWER, SECOND)))
    assert sorted(one.verified for one in done if not isinstance(one, Conflict)) == [0, 1]


def test_a_value_is_contested_and_ruled_on_once(book: ValueBook) -> None:
    value_id = book.verified("6.5")
    objecting = book.services.objecting
    raised = _at_once(
        *(lambda n=n: objecting.against_value(value_id, f"理由{n}", WEST) for n in range(2))
    )
    (objection,) = [one for one in raised if not isinstance(one, Conflict)]
    third = person_of("third", Role.REVIEWER)
    ruled = _at_once(
        lambda: objecting.rule(objection, Ruling.UPHELD, "属实", SECOND),
        lambda: objecting.rule(objection, Ruling.DISMISSED, "不属实", third),
    )
    assert sum(isinstance(one, Conflict) for one in ruled) == 1


def test_the_same_occurrence_is_entered_once(book: ValueBook) -> None:
    entered = _at_once(book.enter, book.enter)
    assert sum(isinstance(one, Conflict) for one in entered) == 1
