"""The worked example of docs/estimate.md, run as it stands there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Operator

DOCUMENT = Path(__file__).parents[2] / "docs" / "estimate.md"


def _same(got: Any, shown: Any) -> bool:
    """Whether everything that is shown is in what was got, up to the digits that are shown."""
    if isinstance(shown, dict):
        return all(key in got and _same(got[key], value) for key, value in shown.items())
    if isinstance(shown, float):
        return bool(got == pytest.approx(shown, rel=1e-6))
    return bool(got == shown)


def test_the_worked_example_comes_out_as_printed(
    sqlite_operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DOCUMENT.read_text("utf-8")
    files = re.findall(r"^```csv (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [sqlite_operator.file(name, content).name for name, content in files]
    monkeypatch.chdir(sqlite_operator.folder)
    [shown] = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    expected = json.loads(shown)
    first, *others = re.findall(r"^\$ surveyapp (.*)$", text, re.MULTILINE)
    answer = sqlite_operator.json_of(sqlite_operator.run_well(*shlex.split(first)))
    for got, wanted in zip(answer["estimates"], expected["estimates"], strict=True):
        assert _same(got, wanted)
    assert _same(answer["method"], expected["method"])
    assert others
    for command in others:
        assert sqlite_operator.does(*shlex.split(command))
