"""The documents say what the product does, and only that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from surveyapp.cli import main

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
_STATUS = {"Accepted", "Superseded", "Rejected"}


def _commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Walk the command line to its leaves."""
    if isinstance(command, click.Group):
        for name, part in command.commands.items():
            yield from _commands(part, f"{path} {name}".strip())
    else:
        yield path, command


COMMANDS = dict(_commands(main))


def _code(text: str) -> list[str]:
    """Return the lines of code blocks and everything between single backticks."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return lines + re.findall(r"`([^`\n]+)`", prose)


@pytest.mark.parametrize("manual", ["docs/operations.md", "docs/operations.zh-CN.md"])
def test_every_setting_is_documented(manual: str) -> None:
    text = (ROOT / manual).read_text("utf-8")
    sources = (path.read_text("utf-8") for path in (ROOT / "surveyapp").rglob("*.py"))
    settings = {name for source in sources for name in re.findall(r"SURVEYAPP_[A-Z_]+\b", source)}
    assert settings
    assert {name for name in settings if f"`{name}`" not in text} == set()


def test_no_setting_is_documented_that_does_not_exist() -> None:
    code = "".join(
        path.read_text("utf-8")
        for path in (*(ROOT / "surveyapp").rglob("*.py"), *ROOT.glob("*.py"))
    )
    for path in DOCUMENTS:
        for name in re.findall(r"SURVEYAPP_[A-Z_]+\b", path.read_text("utf-8")):
            assert name in code, f"{path.name} names {name}"


def test_every_command_is_documented() -> None:
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    assert [path for path in COMMANDS if f"surveyapp {path}" not in text] == []


def test_every_command_and_option_says_what_it_is_for() -> None:
    silent = []
    for path, command in COMMANDS.items():
        if not command.help:
            silent.append(path)
        silent += [
            f"{path} {option.opts[0]}"
            for option in command.params
            if isinstance(option, click.Option) and not option.help and not option.hidden
        ]
    assert silent == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_documented_commands_and_options_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for code in _code(path.read_text("utf-8")):
        if match := re.match(r"(?:\$ )?make ([a-z-]+)", code):
            assert match[1] in targets, code
        if match := re.match(r"(?:\$ )?(?:\.venv/bin/)?surveyapp ((?:[a-z][a-z-]* ?)+)", code):
            words = match[1].split()
            known = [c for n in (1, 2) if (c := COMMANDS.get(" ".join(words[:n])))]
            is_group = words[0] in main.commands
            assert known or (is_group and len(words) == 1), code
            for option in re.findall(r"(?<=\s)--[a-z][a-z-]*", code) if known else ():
                assert any(option in (*p.opts, *p.secondary_opts) for p in known[0].params), code


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_links_of_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.split("#")[0]).exists(), f"{path.name}: {target}"


def test_decisions_have_their_four_parts() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert decisions
    for path in decisions:
        text = path.read_text("utf-8")
        parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert parts[:4] == ["Status", "Context", "Decision", "Consequences"], path.name
        status = re.search(r"^## Status\s+(\w+)", text, re.MULTILINE)
        assert status, path.name
        assert status[1] in _STATUS, path.name
