"""Putting a ballot in use and issuing slips: what is refused, and what is handed out."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from surveyapp.domain.errors import BadInput, Conflict, NotFound, Unavailable
from surveyapp.domain.roles import Grant, Role
from surveyapp.services.assembly import Services
from surveyapp.services.ballots import closing as ballot_closing
from surveyapp.services.ballots.desk import rules_of
from surveyapp.services.ballots.keys import KeyFiles
from surveyapp.services.ballots.preparing import Slips
from surveyapp.services.ballots.printing import recovery_html, slips_html
from surveyapp.services.collection.inviting import InvitationOrder
from surveyapp.storage.ballot_records import CredentialRecord
from surveyapp.storage.ballots import BallotRepository
from tests.builders import CLERK, a_definition, an_open_survey
from tests.support.ballots import (
    a_ballot,
    ballot_document,
    ballots_on,
    cast,
    issue,
    pattern,
    put_in_use,
)

A, B = ballot_document()["classes"]


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


def test_a_small_class_is_refused_before_it_is_in_use(services: Services) -> None:
    with pytest.raises(Conflict, match=r"merge it .* or declare it as signed"):
        put_in_use(services, classes=[{**A, "roll": 4}, B])
    assert not services.settings.key_dir.exists()
    put_in_use(services, classes=[{**A, "roll": 4, "signed": True}, B])
    assert services.authoring.get("cadres").summary.status == "open"


def test_the_key_file_is_for_its_owner_alone(services: Services) -> None:
    keys = put_in_use(services).keys
    (file,) = services.settings.key_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(services.settings.key_dir.stat().st_mode) == 0o700
    assert keys.halves == ()
    with pytest.raises(FileExistsError):
        KeyFiles(services.settings.key_dir).create(UUID(file.stem), b"x")


def test_what_is_in_use_is_frozen_and_is_no_other_survey(services: Services) -> None:
    put_in_use(services)
    with pytest.raises(Conflict, match="cannot be changed"):
        services.authoring.import_definition(a_ballot(quorum="1/2"), CLERK)
    with pytest.raises(Conflict, match="no draft"):
        services.ballot_preparing.put_in_use("cadres", CLERK)
    with pytest.raises(Conflict, match="together with its keys"):
        services.authoring.close("cadres", CLERK)
    services.authoring.import_definition(a_ballot(key="other"), CLERK)
    with pytest.raises(Conflict, match="together with"):
        services.authoring.publish("other", CLERK)
    review = an_open_survey(services)
    with pytest.raises(Conflict, match="no draft"):
        services.ballot_preparing.put_in_use(review, CLERK)
    with pytest.raises(Conflict, match="is no ballot"):
        services.ballot_closing.close(review, CLERK)
    with pytest.raises(Conflict, match="never put in use"):
        services.ballot_closing.close("other", CLERK)


def test_another_survey_cannot_be_put_in_use_as_a_ballot(services: Services) -> None:
    services.authoring.import_definition(a_definition(), CLERK)
    with pytest.raises(Conflict, match="is no ballot"):
        services.ballot_preparing.put_in_use("hall-review", CLERK)


def test_nothing_else_leads_into_a_ballot_or_out_of_it(services: Services, tmp_path: Path) -> None:
    put_in_use(services)
    file = tmp_path / "a.csv"
    file.write_text("overall\nexcellent\n", "utf-8")
    actions: list[Any] = [
        lambda: services.placing.add("cadres", "1号", None, CLERK),
        lambda: services.importing.import_file("cadres", file, actor=CLERK),
        lambda: services.inviting.create("cadres", InvitationOrder(), CLERK),
        lambda: services.reporting.report("cadres"),
        lambda: services.releasing.release("cadres", CLERK),
        lambda: services.exporting.export_responses(
            "cadres", tmp_path / "o.csv", "csv", CLERK, language="zh"
        ),
    ]
    for act in actions:
        with pytest.raises(Conflict, match="closed ballot"):
            act()


@pytest.mark.parametrize(
    ("numbers", "refusal"),
    [
        ({"Z": 1}, NotFound),
        ({"A": 0}, BadInput),
        ({"A": 13}, BadInput),
    ],
)
def test_slips_are_for_declared_classes(
    services: Services, numbers: dict[str, int], refusal: type[Exception]
) -> None:
    put_in_use(services)
    with pytest.raises(refusal):
        services.ballot_preparing.issue("cadres", {"B": 1, **numbers}, CLERK)
    assert {one.issued for one in services.balloting.turnout("cadres")} == {0}


def test_there_are_never_more_slips_than_members(services: Services) -> None:
    put_in_use(services)
    assert len(set(issue(services, A=7)["A"])) == 7
    issue(services, A=5)
    with pytest.raises(Conflict, match="more slips than its 12 members"):
        issue(services, A=1)


def test_slips_that_cannot_be_written_are_not_valid(services: Services) -> None:
    put_in_use(services)

    def full(_slips: Slips) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        services.ballot_preparing.issue("cadres", {"A": 12}, CLERK, deliver=full)
    assert len(issue(services, A=12)["A"]) == 12


def test_a_draft_can_be_rehearsed_only(services: Services) -> None:
    services.authoring.import_definition(a_ballot(), CLERK)
    with pytest.raises(Conflict, match="--rehearsal"):
        issue(services, A=1)
    made = services.ballot_preparing.issue("cadres", {"A": 2}, CLERK, rehearsal=True)
    code = made.by_class["A"][0]
    assert "演练" in slips_html(made)
    assert services.balloting.open(code).rehearsal
    assert cast(services, code, pattern(1)) is not None
    services.authoring.import_definition(a_ballot(classes=[{**A, "key": "X"}, B]), CLERK)
    with pytest.raises(NotFound):
        services.balloting.open(code)


def test_a_spoiled_slip_is_replaced_before_two(services: Services) -> None:
    put_in_use(services)
    for name in ("wang", "li"):
        services.staffing.add(name, (Grant(Role.REVIEWER),), name, CLERK)
    spoiled, used = issue(services, A=2)["A"]
    cast(services, used, pattern(3))
    replace = services.ballot_preparing.replace
    services.staffing.add("gone", (Grant(Role.REVIEWER),), "gone", CLERK)
    services.staffing.disable("gone", CLERK)
    for witnesses in (("wang", "wang"), ("wang", ""), ("wang", "nobody"), ("wang", "gone")):
        with pytest.raises(BadInput, match="two different accounts"):
            replace("cadres", spoiled, witnesses, CLERK)
    for code in (used, "nonsense", "0" * 12):
        with pytest.raises(Conflict, match="not replaced"):
            replace("cadres", code, ("wang", "li"), CLERK)
    made = replace("cadres", spoiled.lower(), ("wang", "li"), CLERK)
    with pytest.raises(NotFound):
        services.balloting.open(spoiled)
    assert cast(services, made.slips[0].code, pattern(2)) is not None
    services.ballot_closing.close("cadres", CLERK)
    with pytest.raises(Conflict, match="has ended"):
        issue(services, B=1)


def test_a_slip_that_goes_while_it_is_cast_is_not_used(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_use(services)
    (code,) = issue(services, A=1)["A"]
    receipt = services.balloting.mint(code)
    read = services.balloting._find

    def found_and_gone(work: Any, given: str) -> Any:
        slip = read(work, given)
        with services.database.writing() as other:
            other.session.execute(delete(CredentialRecord))
        return slip

    monkeypatch.setattr(type(services.balloting), "_find", lambda _self, w, c: found_and_gone(w, c))
    with pytest.raises(NotFound):
        services.balloting.cast(code, {}, receipt)


def test_the_recovery_sheet_says_what_it_is_for(services: Services) -> None:
    made = put_in_use(services, scrutineers=True)
    html = recovery_html(made, "/keys")
    assert made.keys.recovery[:4] in html
    assert "口令" in html
    assert len(made.keys.halves) == 2


def test_what_cannot_be_finished_waits(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_in_use(services, scrutineers=True)
    services.ballot_closing.end("cadres", CLERK)
    services.ballot_closing.resume()
    assert "the closing of cadres waits" in caplog.text


def test_a_busy_database_is_scrubbed_at_the_next_start(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_use(services)

    def busy(_database: Any) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(ballot_closing, "scrub", busy)
        assert not services.ballot_closing.close("cadres", CLERK).scrubbed
    services.ballot_closing.resume()
    assert services.ballot_closing.close("cadres", CLERK).scrubbed


def test_an_urn_is_opened_once_and_verified_only_then(services: Services) -> None:
    put_in_use(services)
    cast(services, issue(services, B=1)["B"][0], pattern(1))
    with pytest.raises(Conflict, match="not open yet"):
        services.ballot_closing.verify("cadres")
    with services.database.reading() as work:
        desk = services.ballot_preparing._desk
        box = BallotRepository(work).box(desk.survey(work, "cadres").record.id)
        assert box is not None
        opener = desk.keys.open(box, passphrase=None, recovery=None)
    services.ballot_closing.close("cadres", CLERK)
    services.ballot_closing._open("cadres", opener)
    assert services.ballot_closing.verify("cadres").ballots == 1


def test_only_a_ballot_has_the_rules_of_one() -> None:
    with pytest.raises(ValueError, match="is no ballot"):
        rules_of(a_definition())
