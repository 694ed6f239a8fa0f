"""What those who conduct a vote may do: keys made anew, lost slips, a second person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.accounts import SignInRefused
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.roles import Role
from surveyapp.services.assembly import Services
from surveyapp.storage.staff import StaffRepository
from tests.builders import CLERK, Clock, services_on
from tests.support.ballots import a_ballot, cast, issue, pattern, put_in_use
from tests.support.staff import CHEAP, PASSWORD, staff_member, with_hasher


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance")
    yield made
    made.database.dispose()


def two_people(services: Services) -> tuple[str, str]:
    return (
        staff_member(services, Role.EDITOR, name="zhao"),
        staff_member(services, Role.REVIEWER, name="qian"),
    )


def test_progress_is_known_at_every_stage(services: Services) -> None:
    services.authoring.import_definition(a_ballot(), CLERK)
    progress = services.conducting.progress
    draft = progress("cadres")
    assert (draft.stage, draft.roll, draft.issued, draft.voted) == (Stage.DRAFT, 212, 0, 0)
    assert draft.too_small == ()
    services.ballot_preparing.put_in_use("cadres", CLERK, scrutineers=True)
    code, *_rest = issue(services, A=3)["A"]
    cast(services, code, pattern(1))
    running = progress("cadres")
    assert (running.stage, running.issued, running.voted) == (Stage.OPEN, 3, 1)
    assert [one.lacking for one in running.classes] == [9, 200]
    assert running.has_passphrase
    services.ballot_closing.end("cadres", CLERK)
    assert progress("cadres").stage is Stage.CLOSED


def test_progress_after_the_opening_keeps_the_counts(services: Services) -> None:
    put_in_use(services)
    cast(services, issue(services, A=1)["A"][0], pattern(1))
    services.ballot_closing.close("cadres", CLERK)
    done = services.conducting.progress("cadres")
    assert (done.stage, done.voted, done.has_passphrase) == (Stage.COUNTED, 1, False)


def test_lost_keys_are_made_anew_before_the_first_slip_only(services: Services) -> None:
    old = put_in_use(services, scrutineers=True).keys
    new = services.ballot_preparing.renew_keys("cadres", CLERK, scrutineers=True).keys
    assert new.passphrase != old.passphrase
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    with pytest.raises(Conflict, match="Slips were issued already"):
        services.ballot_preparing.renew_keys("cadres", CLERK)
    with pytest.raises(BadInput):
        services.ballot_closing.close("cadres", CLERK, passphrase=old.passphrase)
    closed = services.ballot_closing.close("cadres", CLERK, passphrase=new.passphrase)
    assert (closed.ballots, closed.unreadable) == (9, 0)


def test_keys_may_be_made_anew_without_scrutineers(services: Services) -> None:
    put_in_use(services, scrutineers=True)
    made = services.ballot_preparing.renew_keys("cadres", CLERK)
    assert made.keys.halves == ()
    assert services.ballot_closing.close("cadres", CLERK).ballots == 0


def test_lost_slips_become_worthless_and_can_be_issued_again(services: Services) -> None:
    put_in_use(services)
    used, lost, *_rest = issue(services, A=12)["A"]
    cast(services, used, pattern(1))
    witnesses = two_people(services)
    assert services.ballot_preparing.withdraw("cadres", "A", witnesses, CLERK) == 11
    with pytest.raises(NotFound):
        services.balloting.open(lost)
    assert services.ballot_preparing.lacking("cadres") == {"A": 11, "B": 200}
    assert len(issue(services, A=11)["A"]) == 11
    assert services.conducting.progress("cadres").voted == 1


@pytest.mark.parametrize("names", [("zhao", "zhao"), ("zhao", "nobody")])
def test_lost_slips_need_two_people(services: Services, names: tuple[str, str]) -> None:
    put_in_use(services)
    two_people(services)
    with pytest.raises(BadInput, match="two members of staff"):
        services.ballot_preparing.withdraw("cadres", "A", names, CLERK)


def test_a_second_person_confirms_with_a_password_and_is_not_signed_in(
    sqlite_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    plain = services_on(sqlite_url, tmp_path / "instance", clock)
    services = with_hasher(plain, clock)
    name = staff_member(services, Role.REVIEWER, name="qian")
    with services.database.writing() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        record.password_hash = CHEAP.hash(PASSWORD)
    sign_ins = services.staffing.sign_ins
    assert sign_ins.confirm("Qian", PASSWORD, "10.0.0.1").name == "qian"
    assert [one.seen_at for one in services.staffing.accounts()] == [None]
    with pytest.raises(SignInRefused):
        sign_ins.confirm("qian", "wrong", "10.0.0.1")
    once = services.staffing.reset_password("qian", CLERK)
    with pytest.raises(SignInRefused):
        sign_ins.confirm("qian", once, "10.0.0.1")
    plain.database.dispose()


def test_a_vote_outside_any_evaluation_belongs_to_no_team(services: Services) -> None:
    put_in_use(services)
    with pytest.raises(NotFound):
        services.evaluations.require_visible("cadres", {"第一考核组"})
