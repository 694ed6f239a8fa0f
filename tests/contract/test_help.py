"""The command line speaks the operator's language, also where it only explains itself."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterator

import click
import pytest

from surveyapp import __version__
from surveyapp.cli import main
from tests.contract.conftest import Operator


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from _commands(part, (*path, name))


@pytest.mark.parametrize("command", list(_commands(main)), ids=" ".join)
def test_help_is_there_in_both_languages(
    sqlite_operator: Operator, command: tuple[str, ...]
) -> None:
    english = sqlite_operator.does(*command, "--help")
    assert not re.search("[\u4e00-\u9fff]", english)
    sqlite_operator.environ["SURVEYAPP_LOCALE"] = None
    chinese = sqlite_operator.does(*command, "--help")
    assert chinese.startswith("用法")
    # What stays Latin are names: of commands, options, formats and settings.
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,} [a-z]{3,}", chinese)


def test_wrong_usage_is_explained_in_chinese_too(sqlite_operator: Operator) -> None:
    sqlite_operator.environ["SURVEYAPP_LOCALE"] = "zh_Hans_CN"
    domain, language = gettext.textdomain(), os.environ.get("LANGUAGE")
    assert "缺少选项 '--label'" in sqlite_operator.run("place", "add", "hall").stderr
    assert "没有命令 'frob'" in sqlite_operator.run("frob").stderr
    assert (gettext.textdomain(), os.environ.get("LANGUAGE")) == (domain, language)


def test_refusals_are_in_chinese_too(sqlite_operator: Operator) -> None:
    sqlite_operator.environ["SURVEYAPP_LOCALE"] = "zh_Hans_CN"
    assert sqlite_operator.is_refused("survey", "close", "nowhere") == "没有问卷“nowhere”。"


def test_the_version_is_the_package_s(sqlite_operator: Operator) -> None:
    assert __version__ in sqlite_operator.does("--version")


def test_help_needs_no_settings_and_leaves_nothing_behind(sqlite_operator: Operator) -> None:
    sqlite_operator.environ["SURVEYAPP_SECRET_KEY"] = None
    sqlite_operator.environ["SURVEYAPP_DATABASE_URL"] = "nonsense"
    sqlite_operator.does("survey", "--help")
    assert not (sqlite_operator.folder / "instance").exists()
