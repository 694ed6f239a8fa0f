"""surveyapp serve, and a vote away from the office (会场模式): the key stays, the urn travels."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from surveyapp.cli import serving
from tests.contract.conftest import Operator
from tests.contract.test_ballots import a_ballot, vote
from tests.contract.test_demo import SURVEYAPP
from tests.support.serving import free_port


@pytest.fixture
def office(tmp_path: Path) -> Operator:
    """An installation whose key directory is not where its database is."""
    folder = tmp_path / "office"
    folder.mkdir()
    operator = Operator(folder, "")
    for name in ("SURVEYAPP_DATABASE_URL", "SURVEYAPP_SECRET_KEY", "SURVEYAPP_BASE_URL"):
        operator.environ[name] = None
    operator.environ["SURVEYAPP_KEY_DIR"] = str(folder / "safe")
    return operator


def travelling(office: Operator, laptop: Path) -> Operator:
    """Somebody in a meeting room with a copy of the office's data and without its keys."""
    laptop.mkdir()
    shutil.copytree(office.folder / "instance", laptop / "instance")
    operator = Operator(laptop, "")
    operator.environ = office.environ | {
        "SURVEYAPP_INSTANCE_DIR": str(laptop / "instance"),
        "SURVEYAPP_KEY_DIR": str(laptop / "no keys here"),
    }
    return operator


def test_the_urn_comes_home_and_opens_where_its_key_is(office: Operator, tmp_path: Path) -> None:
    a_ballot(office)
    office.does("survey", "publish", "cadres")
    slips = ("credentials", "issue", "cadres", "--class", "A=6", "--class", "B=9", "--out")
    codes = office.gets(*slips, office.folder / "slips.html")["classes"]
    room = travelling(office, tmp_path / "laptop")
    receipts = vote(room, codes["A"] + codes["B"])
    assert "key file" in room.is_refused("survey", "close", "cadres")
    vote(room, [])
    assert "sealed" in room.does("survey", "close", "cadres", "--end-only")
    assert room.gets("survey", "close", "cadres", "--end-only")["status"] == "closed"
    assert "key file" in room.is_refused("survey", "close", "cadres")
    assert "not open yet" in room.is_refused("verify", "cadres")
    shutil.rmtree(office.folder / "instance")
    shutil.copytree(room.folder / "instance", office.folder / "instance")
    closed = office.gets("survey", "close", "cadres")
    assert (closed["ballots"], closed["unreadable"]) == (15, 0)
    verified = office.gets("verify", "cadres", "--root", closed["root"])
    assert verified["receipt_list"] == sorted(receipts)
    assert list((office.folder / "safe").iterdir()) == []


def test_only_a_ballot_ends_without_opening(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    assert "only for ballots" in sqlite_operator.is_refused("survey", "close", key, "--end-only")


def test_serving_in_a_room_says_where_to_go_and_what_to_leave_at_home(
    office: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_ballot(office)
    office.does("survey", "publish", "cadres")
    sheet = office.folder / "wall.html"
    here = ("serve", "--no-serve", "--address", "192.168.8.10", "--port", "8123")
    said = office.does(*here, "--sheet", sheet)
    assert "http://192.168.8.10:8123/b/" in said
    assert "█" in said
    assert "key of “cadres” is on this computer" in said
    assert "http://192.168.8.10:8123/b/" in sheet.read_text("utf-8")
    room = travelling(office, tmp_path / "laptop")
    assert "is on this computer" not in room.does(*here)
    monkeypatch.setattr(serving, "_own_address", lambda: "10.1.2.3")
    assert "http://10.1.2.3:8000/b/" in room.does("serve", "--no-serve", "--lan")
    room.does("survey", "close", "cadres", "--end-only")
    said = room.does("serve", "--no-serve")
    assert "http://127.0.0.1:8000/console/" in said
    assert "Plain http" not in said
    assert "█" not in said


def test_an_address_is_given_once_and_rightly(
    office: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.does("init")
    assert "no address" in office.is_refused("serve", "--no-serve", "--address", "example.org")

    class Unconnected(socket.socket):
        def connect(self, _address: object) -> None:
            raise OSError("no way there")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", Unconnected)
        assert "router" in office.is_refused("serve", "--no-serve", "--lan")
    office.environ["SURVEYAPP_BASE_URL"] = "http://192.168.8.10:8000"
    assert "already names" in office.is_refused("serve", "--no-serve", "--lan")
    assert "192.168.8.10" in office.does("serve", "--no-serve")


def test_it_serves_without_make(office: Operator) -> None:
    office.does("init")
    port = free_port()
    environ = {name: value for name, value in office.environ.items() if value is not None}
    command = [str(SURVEYAPP), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                with urlopen(f"http://127.0.0.1:{port}/b/", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.1)
        else:
            raise AssertionError("it does not answer")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
