"""surveyapp ballot carry and ballot home: votes on a laptop, away from office, keys and secret."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surveyapp.domain.errors import Conflict
from tests.builders import Clock
from tests.contract.conftest import Operator
from tests.contract.test_ballots import BALLOT, services_of, vote
from tests.support.ballots import cast, pattern
from tests.support.staff import token_for, who


def an_office(operator: Operator) -> Operator:
    """Put two votes in use; two people of the assessment group and an administrator."""
    operator.does("init")
    for key in ("cadres", "others"):
        definition = operator.file(f"{key}.yaml", BALLOT.replace("cadres", key))
        operator.does("survey", "import", definition)
        operator.does("survey", "publish", key)
    for name in ("wang", "li"):
        operator.does("staff", "add", name, "--role", "examiner")
    operator.does("staff", "add", "chief", "--role", "admin")
    return operator


@pytest.fixture
def office(sqlite_operator: Operator) -> Operator:
    """An office on an embedded database."""
    return an_office(sqlite_operator)


def slips(operator: Operator, key: str, name: str) -> list[str]:
    issue = ("credentials", "issue", key, "--class", "A=6", "--class", "B=9", "--out")
    classes = operator.gets(*issue, operator.folder / name)["classes"]
    return [*classes["A"], *classes["B"]]


def on_the_laptop(office: Operator, folder: Path) -> Operator:
    """Somebody in the meeting room: nothing but the folder, and none of the office's settings."""
    operator = Operator(office.folder, "")
    operator.environ = dict.fromkeys(office.environ) | {
        "SURVEYAPP_INSTANCE_DIR": str(folder),
        "SURVEYAPP_LOCALE": "en",
    }
    return operator


def test_a_vote_goes_to_its_meeting_and_comes_home(operator: Operator) -> None:
    office = an_office(operator)
    codes = slips(office, "cadres", "slips.html")
    folder = office.folder / "laptop"
    said = office.does("ballot", "carry", "cadres", "--out", folder)
    assert "1 votes" in said
    assert folder.stat().st_mode & 0o077 == 0
    laptop = on_the_laptop(office, folder)
    (listed,) = laptop.gets("survey", "list")["surveys"]
    assert listed["key"] == "cadres"
    assert not (folder / "keys").exists()
    with sqlite3.connect(folder / "surveyapp.sqlite3") as database:
        names = {name for (name,) in database.execute("SELECT name FROM staff")}
    assert names == {"wang", "li"}
    receipts = vote(laptop, codes[:14])
    again = laptop.folder / "again.html"
    witnesses = ("--witness", "wang", "--witness", "li")
    laptop.does("credentials", "replace", "cadres", codes[14], *witnesses, "--out", again)
    paper = laptop.folder / "paper.html"
    laptop.does("ballot", "paper", "cadres", "--class", "B=1", "--out", paper)
    laptop.does("survey", "close", "cadres", "--end-only")
    (home,) = office.gets("ballot", "home", folder)["votes"]
    assert home == {"survey": "cadres", "ballots": 14, "closed": True}
    assert "opened already" in office.is_refused("ballot", "home", folder)
    assert "printed ballots" in office.is_refused("survey", "close", "cadres")
    services = services_of(office)
    counting = services.paper_counting
    for name in ("wang", "li"):
        person = who(services, token_for(services, Clock(datetime.now(UTC)), name))
        counting.confirm("cadres", counting.table("cadres", person).seen, person)
    services.database.dispose()
    closed = office.gets("survey", "close", "cadres")
    assert (closed["ballots"], closed["unreadable"]) == (14, 0)
    verified = office.gets("verify", "cadres", "--root", closed["root"])
    assert verified["receipt_list"] == sorted(receipts)


def test_nothing_comes_home_that_does_not_fit(office: Operator) -> None:
    codes = slips(office, "cadres", "slips.html")
    slips(office, "others", "others.html")
    folder = office.folder / "laptop"
    carry = ("ballot", "carry", "cadres", "others", "--out", folder)
    office.does(*carry)
    assert "exists already" in office.is_refused(*carry)
    laptop = on_the_laptop(office, folder)
    vote(laptop, codes[:3])
    nothing = office.folder / "nothing"
    nothing.mkdir()
    assert "There is no database" in office.is_refused("ballot", "home", nothing)
    # Who tries to vote or to close at the office meanwhile is told where the vote is.
    services = services_of(office)
    with pytest.raises(Conflict, match="away from here"):
        cast(services, codes[5], pattern(9))
    assert "away at its meeting" in office.is_refused("survey", "close", "cadres")
    again = ("ballot", "carry", "cadres", "--out", office.folder / "second")
    assert "is away already" in office.is_refused(*again)
    # The laptop is given up: as soon as somebody votes here, neither of its votes comes home.
    assert "takes ballots here again" in office.does("ballot", "recall", "cadres")
    assert "is not away" in office.is_refused("ballot", "recall", "cadres")
    cast(services, codes[5], pattern(9))
    services.database.dispose()
    assert "while it was away" in office.is_refused("ballot", "home", folder)
    vote(laptop, codes[5:6])
    assert "while it was away" in office.is_refused("ballot", "home", folder)
    (listed,) = [one for one in office.gets("survey", "list")["surveys"] if one["key"] == "cadres"]
    assert listed["responses"] == 1


def test_papers_come_home_only_with_accounts_that_are_known(office: Operator) -> None:
    folder = office.folder / "laptop"
    office.does("ballot", "carry", "cadres", "--out", folder)
    laptop = on_the_laptop(office, folder)
    laptop.does("ballot", "paper", "cadres", "--class", "B=1", "--out", office.folder / "p.html")
    laptop.does("staff", "add", "stranger", "--role", "examiner")
    assert "sealed" in laptop.does("survey", "close", "cadres", "--end-only")
    services = services_of(laptop)
    stranger = who(services, token_for(services, Clock(datetime.now(UTC)), "stranger"))
    seen = services.paper_counting.table("cadres", stranger).seen
    services.paper_counting.confirm("cadres", seen, stranger)
    services.database.dispose()
    assert "accounts that do not exist here" in office.is_refused("ballot", "home", folder)


def test_only_a_vote_that_takes_ballots_is_carried(office: Operator) -> None:
    office.does("survey", "close", "others")
    office.does("survey", "import", office.file("draft.yaml", BALLOT.replace("cadres", "draft")))
    assert "takes no ballots" in office.is_refused("ballot", "recall", "draft")
    folder = office.folder / "laptop"
    assert "takes no ballots" in office.is_refused("ballot", "carry", "others", "--out", folder)
    shutil.rmtree(folder)
    assert "no survey" in office.is_refused("ballot", "carry", "nothing", "--out", folder).lower()


def test_another_vote_of_the_same_name_is_not_taken_over(office: Operator, tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    office.does("ballot", "carry", "cadres", "--out", folder)
    elsewhere = Operator(tmp_path, f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}")
    elsewhere.does("init")
    assert "no survey" in elsewhere.is_refused("ballot", "home", folder).lower()
    elsewhere.does("survey", "import", elsewhere.file("cadres.yaml", BALLOT))
    assert "another vote" in elsewhere.is_refused("ballot", "home", folder)
