"""Printed ballots before the vote: issued within the roll, replaced before two people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.services.assembly import Services
from tests.builders import CLERK
from tests.support.ballots import ballots_on, cast, issue, pattern, put_in_use
from tests.support.papers import clerk, counts, print_papers


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


def test_slips_and_papers_together_are_never_more_than_the_class(services: Services) -> None:
    put_in_use(services)
    issue(services, A=7)
    assert print_papers(services, A=5).count == 5
    for more in (lambda: print_papers(services, A=1), lambda: issue(services, A=1)):
        with pytest.raises(Conflict, match="12 members"):
            more()
    with pytest.raises(NotFound):
        print_papers(services, Z=1)
    for n in (0, 501):
        with pytest.raises(BadInput):
            print_papers(services, B=n)
    assert counts(services)["A"] == (7, 5, None, None)


def test_nothing_is_issued_that_could_not_be_written(services: Services) -> None:
    put_in_use(services)

    def fail(_papers: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        services.paper_issuing.issue("cadres", {"A": 5}, CLERK, deliver=fail)
    assert counts(services)["A"] == (0, 0, None, None)


def test_papers_are_replaced_before_two(services: Services) -> None:
    put_in_use(services)
    for name in ("wang", "li"):
        clerk(services, name)
    issuing = services.paper_issuing

    def replace(first: str, second: str) -> int:
        return issuing.replace("cadres", "A", (first, second), CLERK, deliver=id).count

    with pytest.raises(Conflict, match="none to replace"):
        replace("wang", "li")
    print_papers(services, A=12)
    with pytest.raises(BadInput):
        replace("wang", "wang")
    assert replace("wang", "li") == 1
    assert counts(services)["A"] == (0, 12, None, None)


def test_a_slip_becomes_a_paper_before_two(services: Services) -> None:
    put_in_use(services)
    for name in ("wang", "li"):
        clerk(services, name)
    used, unused = issue(services, B=2)["B"]
    cast(services, used, pattern(1))

    def instead(code: str) -> int:
        return services.paper_issuing.instead_of_slip(
            "cadres", code, ("wang", "li"), CLERK, deliver=id
        ).count

    for code in (used, "0" * 12, "nonsense"):
        with pytest.raises(Conflict):
            instead(code)
    assert instead(unused) == 1
    assert counts(services)["B"] == (1, 1, None, None)
    with pytest.raises(NotFound):
        services.balloting.open(unused)
