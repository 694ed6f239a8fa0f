"""The reference of the definition file is true: its examples parse, its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.definition import _KNOWN, parse_definition
from surveyapp.domain.scales import PRESETS
from surveyapp.services.definition_files import read_definition
from surveyapp.services.xlsforms.rules import CHOICES, INDICES, SETTINGS, SURVEY
from surveyapp.services.yaml_documents import YamlDocument

TEXT = (Path(__file__).parents[3] / "docs" / "definition.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
QUESTION: dict[str, Any] = {"key": "overall", "type": "scale", "scale": "hcp5", "title": "总体"}


def test_the_complete_example_can_be_imported() -> None:
    definition = read_definition(BLOCKS[0].encode(), "example.yaml")
    assert definition.office is not None
    assert definition.indices[0].items[1].weight == 2


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_a_fragment_fits_into_a_definition(block: str) -> None:
    content = YamlDocument(block).content
    document: dict[str, Any] = {
        "key": "example",
        "kind": "satisfaction",
        "title": "示例",
        "questions": [QUESTION],
    }
    if isinstance(content, list):
        others = [QUESTION] if content[0]["key"] != "overall" else []
        document["questions"] = [*others, *content]
    else:
        document |= content
    if document["kind"] == "ballot":
        del document["questions"]
    assert parse_definition(document).key == "example"


@pytest.mark.parametrize("name", sorted(_KNOWN))
def test_every_key_of_a_survey_is_explained(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", TEXT, re.MULTILINE)


def test_every_preset_scale_is_listed_with_its_levels_points_and_codes() -> None:
    for scale in PRESETS.values():
        (line,) = re.findall(rf"^\| `{scale.key}` \| .*$", TEXT, re.MULTILINE)
        listed = re.findall(r"`(\w+)` ([\u4e00-\u9fff]+)", line)
        assert listed == [(level.key, level.label.zh) for level in scale.levels]
        points = line.split("|")[3].strip().replace("−", "-")
        shown = ["–" if one.points is None else f"{float(one.points):g}" for one in scale.levels]
        assert points == (", ".join(shown) if set(shown) != {"–"} else "shares only")


@pytest.mark.parametrize("rules", [SURVEY, CHOICES, SETTINGS, INDICES])
def test_every_column_of_a_workbook_is_named(rules: Any) -> None:
    known = {"list_name", "type", "name", "appearance", "label", "hint"}  # of XLSForm itself
    legal = set(re.findall(r"`(\w+)` [\u4e00-\u9fff()]+[,.]", TEXT.replace("\n", " ")))
    for column in (rules.known | rules.texts) - known - legal:
        assert f"`{column}`" in TEXT, column
