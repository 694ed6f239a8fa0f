"""surveyapp demo: one command from nothing to a code that a phone can scan."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from surveyapp.config import Settings
from surveyapp.services.assembly import assemble
from tests.contract.conftest import Operator

SURVEYAPP = Path(sys.executable).with_name("surveyapp")
SURVEYS = [
    "example-county-evaluation",
    "example-county-review",
    "example-county-services",
    "kcmo-2021q3",
    "yuxi-2007",
]


@pytest.fixture
def visitor(tmp_path: Path) -> Operator:
    """Somebody with nothing but the program."""
    operator = Operator(tmp_path, "")
    for name in ("SURVEYAPP_DATABASE_URL", "SURVEYAPP_SECRET_KEY", "SURVEYAPP_BASE_URL"):
        operator.environ[name] = None
    return operator


def _keys(operator: Operator) -> list[str]:
    return sorted(survey["key"] for survey in operator.gets("survey", "list")["surveys"])


def _sign_in(operator: Operator, name: str, password: str) -> None:
    given = {name: value for name, value in operator.environ.items() if value is not None}
    services = assemble(Settings.from_environ(given))
    try:
        token = services.staffing.sign_ins.begin(name, password, "127.0.0.1")
        who = services.staffing.sign_ins.who(token)
        assert who is not None
        assert not who.must_change_password
    finally:
        services.database.dispose()


def _password(said: str, name: str) -> str:
    found = re.search(rf"^ *{name} +(\S+)", said, re.MULTILINE)
    assert found
    return found[1]


def test_everything_is_there_after_one_command_and_stays(visitor: Operator) -> None:
    said = visitor.does("demo", "--no-serve")
    assert _keys(visitor) == SURVEYS
    assert re.search(r"http://127\.0\.0\.1:8000/r/[0-9A-Z]{8}\n", said)
    assert "http://127.0.0.1:8000/console/" in said
    first = _password(said, "demo-editor")
    for name in ("demo-unit", "demo-editor", "demo-reviewer", "demo-admin", "demo-examiner"):
        _sign_in(visitor, name, _password(said, name))
    assert said.splitlines()[-7] == "From a bad review to “it is fixed”:"
    assert "2. 1 min later, when the level can no longer change, demo-unit signs in" in said
    ballot = re.search(r"http://127\.0\.0\.1:8000/b/([0-9A-Z]{12})\n", said)
    assert ballot
    slips = visitor.folder / "instance" / "rehearsal-slips.html"
    assert slips.stat().st_mode & 0o777 == 0o600
    assert slips.read_text("utf-8").count('class="slip"') == 12
    place = visitor.gets("place", "add", "example-county-review", "--label", "访客的窗口")

    again = visitor.does("demo", "--no-serve")

    assert _password(again, "demo-editor") != first
    _sign_in(visitor, "demo-editor", _password(again, "demo-editor"))
    assert visitor.does("place", "revoke", place["code"])

    visitor.does("demo", "--reset", "--no-serve")
    assert _keys(visitor) == SURVEYS
    assert visitor.is_refused("place", "revoke", place["code"])


def test_simulated_answers_live_in_a_database_of_their_own(
    visitor: Operator, postgresql_url: str
) -> None:
    visitor.environ["SURVEYAPP_DATABASE_URL"] = postgresql_url
    assert "Simulated data" in visitor.does("demo", "--simulate", "--no-serve")
    visitor.environ["SURVEYAPP_SECRET_KEY"] = "a secret that only tests know"
    assert _keys(visitor) == []
    file = visitor.folder / "instance" / "simulated.sqlite3"
    visitor.environ["SURVEYAPP_DATABASE_URL"] = f"sqlite:///{file}"
    visitor.environ["SURVEYAPP_SECRET_KEY"] = None
    assert "example-county-environment" in _keys(visitor)
    assert "simulated" in visitor.is_refused("demo", "--no-serve")


def test_the_demo_keeps_away_from_other_surveys(sqlite_operator: Operator) -> None:
    key = sqlite_operator.opens()
    for options in ((), ("--reset",)):
        refusal = sqlite_operator.is_refused("demo", "--no-serve", *options)
        assert "surveys of its own" in refusal
    assert _keys(sqlite_operator) == [key]


def test_a_database_on_a_server_does_not_start_over(
    sqlite_operator: Operator, postgresql_url: str
) -> None:
    sqlite_operator.environ["SURVEYAPP_DATABASE_URL"] = postgresql_url
    refusal = sqlite_operator.is_refused("demo", "--reset", "--no-serve")
    assert "embedded" in refusal


def test_the_port_is_named_once(sqlite_operator: Operator) -> None:
    assert "--port" in sqlite_operator.is_refused("demo", "--port", "8123", "--no-serve")


def test_a_port_in_use_is_one_clear_sentence(visitor: Operator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in visitor.is_refused("demo", "--port", str(port))
    assert not (visitor.folder / "instance" / "surveyapp.sqlite3").exists()


def test_it_serves_until_it_is_interrupted(visitor: Operator) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in visitor.environ.items() if value is not None}
    log = visitor.folder / "log.txt"
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [SURVEYAPP, "demo", "--port", str(port)],
            cwd=visitor.folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            assert _answers(f"http://127.0.0.1:{port}/readyz", process) == 200
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=40)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/r/" in said
    assert "Traceback" not in log.read_text("utf-8")


def _answers(address: str, process: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 our own server
                return int(answer.status)
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not answer")
