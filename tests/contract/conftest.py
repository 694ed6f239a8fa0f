"""The command line as a program sees it: arguments and files in; JSON, lines, exit codes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from surveyapp.cli import main
from tests.builders import SECRET

SURVEY = """\
key: city
kind: satisfaction
title: {zh: 城市服务满意度调查, en: City services survey}
attributes:
  - {key: district, levels: ["1", "2"], unknown: allowed}
questions:
  - {key: police, type: scale, scale: sat5, title: {zh: 警务服务, en: Police services}}
  - {key: reasons, type: multiple, title: {zh: 原因, en: Reasons},
     options: [{key: a, code: 1, label: 甲}, {key: b, code: 2, label: 乙}]}
  - {key: comment, type: text, max_chars: 20, title: {zh: 意见, en: Comment}}
indices:
  - {key: services, of: [police]}
"""
REVIEW = """\
key: hall
kind: review
title: {zh: 大厅好差评, en: Hall review}
office: {zh: 示例县政务服务中心, en: Example County service centre}
questions:
  - {key: overall, type: scale, scale: hcp5, title: {zh: 总体, en: Overall}}
indices:
  - {key: satisfaction, of: [overall]}
"""


class Operator:
    """Somebody at a terminal, in a folder of their own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environ: dict[str, str | None] = {
            "SURVEYAPP_DATABASE_URL": database_url,
            "SURVEYAPP_SECRET_KEY": SECRET,
            "SURVEYAPP_INSTANCE_DIR": str(folder / "instance"),
            "SURVEYAPP_BASE_URL": "https://survey.example.gov.cn",
            "SURVEYAPP_LOCALE": "en",
        }

    def run(self, *arguments: str | Path) -> Result:
        """Run a command and return how it ended."""
        result = CliRunner().invoke(main, [str(one) for one in arguments], env=self.environ)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def does(self, *arguments: str | Path) -> str:
        """Run a command that must succeed quietly; return what it prints."""
        return self.run_well(*arguments).stdout

    def run_well(self, *arguments: str | Path) -> Result:
        """Run a command that must succeed quietly."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        return result

    def gets(self, *arguments: str | Path) -> Any:
        """Run a command with ``--json`` and return what it answers."""
        return self.json_of(self.run_well(*arguments, "--json"))

    def json_of(self, result: Result) -> Any:
        """Return what a command answered to a program."""
        return json.loads(result.stdout)

    def is_refused(self, *arguments: str | Path) -> str:
        """Run a command that must be refused with one line; return the line."""
        result = self.run(*arguments)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.endswith("\n")
        assert result.stderr.count("\n") == 1
        return result.stderr.strip()

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def opens(self, definition: str = SURVEY) -> str:
        """Import a definition and put it in use; return its key."""
        key = self.gets("survey", "import", self.file("definition.yaml", definition))["key"]
        self.does("survey", "publish", key)
        return str(key)


@pytest.fixture
def operator(tmp_path: Path, database_url: str) -> Operator:
    """An operator of an installation, on each kind of database in turn."""
    return Operator(tmp_path, database_url)


@pytest.fixture
def sqlite_operator(tmp_path: Path, sqlite_url: str) -> Operator:
    """An operator of an embedded installation: for what does not depend on the database."""
    return Operator(tmp_path, sqlite_url)
