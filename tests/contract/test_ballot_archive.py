"""surveyapp archive, ballot unseal, ballot paper and verify --archive."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.conftest import Operator
from tests.contract.test_ballots import a_ballot, vote


@pytest.fixture
def closed(sqlite_operator: Operator) -> Operator:
    """A vote with fifteen ballots whose urn is open."""
    operator = sqlite_operator
    a_ballot(operator)
    operator.does("survey", "publish", "cadres")
    issue = ("credentials", "issue", "cadres", "--class", "A=6", "--class", "B=9", "--out")
    codes = operator.gets(*issue, operator.folder / "slips.html")["classes"]
    vote(operator, codes["A"] + codes["B"])
    assert "not open yet" in operator.is_refused("archive", "cadres", "--out", "x.zip")
    operator.gets("survey", "close", "cadres")
    return operator


def made(operator: Operator, name: str, *options: str) -> tuple[Path, Path, str]:
    """An archive, the file with its passphrase, and its root."""
    path = operator.folder / name
    answer = operator.gets("archive", "cadres", "--out", path, *options)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    passphrase = operator.file(f"{name}.txt", answer["passphrase"].lower())
    return path, passphrase, answer["root"]


def entries(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_an_archive_without_whole_ballots_is_compared_with_the_database(closed: Operator) -> None:
    path, passphrase, root = made(closed, "vote.zip")
    assert b"excellent" not in path.read_bytes()
    unsealed = closed.folder / "open.zip"
    closed.does("ballot", "unseal", path, "--passphrase-file", passphrase, "--out", unsealed)
    assert stat.S_IMODE(unsealed.stat().st_mode) == 0o600
    content = entries(unsealed)
    assert "ballots.json" not in content
    cells = content["cells.json"]
    assert isinstance(cells, list)
    assert len(cells) == 2 * 5
    assert {sum(cell["grades"].values()) for cell in cells} == {6, 9}
    verify = ("verify", "cadres", "--archive")
    sealed = closed.gets(*verify, path, "--passphrase-file", passphrase, "--root", root)
    assert (sealed["ok"], sealed["root"], sealed["restricted"]) == (True, root, False)
    assert closed.gets(*verify, unsealed)["ok"]
    assert "bit for bit" in closed.does(*verify, unsealed)
    assert "is sealed" in closed.is_refused(*verify, path)
    assert "no whole ballots" in closed.is_refused("verify", "--archive", unsealed)
    assert "belongs to" in closed.is_refused("verify", "cadres", "--passphrase-file", passphrase)
    assert "Name a survey" in closed.is_refused("verify")


def test_a_restricted_archive_is_verified_without_any_database(
    closed: Operator, tmp_path: Path
) -> None:
    path, passphrase, root = made(closed, "whole.zip", "--restricted")
    elsewhere = Operator(tmp_path, f"sqlite:///{tmp_path / 'nowhere' / 'none.sqlite3'}")
    verify = ("verify", "--archive", path, "--passphrase-file", passphrase)
    found = elsewhere.gets(*verify, "--root", root)
    assert (found["ok"], found["survey"], found["root"]) == (True, "cadres", root)
    assert (found["ballots"], found["receipts"]) == (15, 15)
    assert not (tmp_path / "nowhere").exists()
    assert "recount gives" in elsewhere.is_refused(*verify, "--root", "0" * 64)
    wrong = elsewhere.file("wrong.txt", "0" * 24)
    assert "passphrase is wrong" in elsewhere.is_refused(*verify[:3], "--passphrase-file", wrong)
    assert "no archive" in elsewhere.is_refused("verify", "--archive", wrong)


def test_what_was_changed_in_an_archive_is_found(closed: Operator) -> None:
    path, passphrase, root = made(closed, "whole.zip", "--restricted")
    unsealed = closed.folder / "open.zip"
    closed.does("ballot", "unseal", path, "--passphrase-file", passphrase, "--out", unsealed)
    for name in entries(unsealed):
        changed = closed.file("changed.zip", _with_a_change(unsealed, name))
        refused = closed.run("verify", "--archive", changed, "--root", root)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert closed.run("verify", "cadres", "--archive", changed).exit_code == 1


def test_an_archive_that_was_counted_by_other_rules_is_not_called_forged(closed: Operator) -> None:
    path, passphrase, _root = made(closed, "whole.zip", "--restricted")
    unsealed = closed.folder / "open.zip"
    closed.does("ballot", "unseal", path, "--passphrase-file", passphrase, "--out", unsealed)
    older = _with_a_change(
        unsealed, "manifest.json", lambda data: data.replace(b'"counting": 1', b'"counting": 0')
    )
    file = closed.file("older.zip", older)
    for named in ((), ("cadres",)):
        assert "another version" in closed.is_refused("verify", *named, "--archive", file)
    assert "recount gives" in closed.is_refused("verify", "--archive", file, "--root", "0" * 64)


def _longer(data: bytes) -> bytes:
    return data.rstrip(b"\n") + b" "


def _with_a_change(path: Path, name: str, change: Callable[[bytes], bytes] = _longer) -> bytes:
    """The archive with something in one file changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(file, "w") as after:
        for entry in before.infolist():
            data = before.read(entry)
            if entry.filename == name:
                data = change(data)
            after.writestr(entry, data)
    return file.getvalue()


def test_papers_are_printed_for_one_reader_and_counted(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    a_ballot(operator)
    operator.does("survey", "publish", "cadres")
    for name in ("wang", "li"):
        operator.does("staff", "add", name, "--role", "examiner")
    out = operator.folder / "papers.html"
    paper = ("ballot", "paper", "cadres")
    printed = operator.gets(*paper, "--class", "A=2", "--class", "B=3", "--out", out)
    assert printed["classes"] == {"A": 2, "B": 3}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = out.read_text("utf-8")
    assert text.count("年度民主测评票（A票）") == 2
    assert text.count("每项限选一项，多选该项无效，不选视为弃权") == 5
    assert "exists already" in operator.is_refused(*paper, "--class", "A=1", "--out", out)
    more = operator.folder / "more.html"
    assert "12 members" in operator.is_refused(*paper, "--class", "A=11", "--out", more)
    assert not more.exists()
    two = ("--witness", "wang", "--witness", "li")
    assert "1 ballots" in operator.does(*paper, "--spoilt", "A", *two, "--out", more)
    issue = ("credentials", "issue", "cadres", "--class", "A=10", "--out")
    code = operator.gets(*issue, operator.folder / "slips.html")["classes"]["A"][0]
    instead = (*paper, "--instead-of", code)
    third = operator.folder / "third.html"
    assert "two different accounts" in operator.is_refused(*instead, "--out", third)
    operator.does(*instead, *two, "--out", third)
    assert "one of them" in operator.is_refused(*paper, "--out", operator.folder / "x.html")
    assert "printed ballots are counted" in operator.is_refused("survey", "close", "cadres")
