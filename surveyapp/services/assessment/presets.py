"""Structures of schemes after public reports, and published schemes, ready to be filled in.

No number is invented: what no source gives is empty, and a scheme with an empty place cannot be
put in use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from surveyapp.content import SCHEME_EXAMPLES, SCHEME_PRESETS, scheme_bytes
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text
from surveyapp.services.drafting import definition_yaml
from surveyapp.services.yaml_documents import YamlDocument


@dataclass(frozen=True, slots=True)
class Preset:
    """A structure to begin with.

    Attributes
    ----------
    categories : tuple of Text
        考核类别 as they were reported; a scheme is for one of them.
    is_complete : bool
        Whether it was published with its numbers.
    """

    name: str
    title: Text
    notes: Text
    categories: tuple[Text, ...]
    is_complete: bool


def presets() -> tuple[Preset, ...]:
    """Return all structures, then the published schemes."""
    return tuple(_preset(name, _content(name)) for name in SCHEME_PRESETS + SCHEME_EXAMPLES)


def preset_document(name: str, *, key: str, year: int, category: str = "") -> dict[str, Any]:
    """Return the document of a draft made from a preset.

    Parameters
    ----------
    category : str
        One of the preset's, or the office's own name for it; default: its first.

    Raises
    ------
    NotFound
        There is no such preset.
    """
    if name not in SCHEME_PRESETS + SCHEME_EXAMPLES:
        raise NotFound(message("There is no ready-made scheme “%(name)s”.", name=name))
    content = _content(name)
    if "scheme" not in content:
        own = {"key": key, "year": year} | ({"category": category} if category else {})
        return content | own
    known = [one["zh"] for one in content["categories"]]
    chosen = category or known[0]
    scheme = dict(content["scheme"])
    # A category of the office's own has all lines: the office strikes out what does not apply.
    scheme["indicators"] = [
        {name: value for name, value in line.items() if name != "only"}
        for line in scheme["indicators"]
        if chosen not in known or chosen in line.get("only", known)
    ]
    head = {"key": key, "year": year, "category": chosen}
    return (
        head
        | {"title": content["title"], "basis": content["title"]}
        | scheme
        | {"notes": content["notes"]}
    )


def scheme_yaml(document: dict[str, Any]) -> bytes:
    """Write the document of a scheme as the file that can be uploaded again."""
    return definition_yaml(document)


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = YamlDocument(scheme_bytes(name).decode()).content
    return content


def _preset(name: str, content: dict[str, Any]) -> Preset:
    is_complete = "scheme" not in content
    categories = (
        (Text.same(content["category"]),)
        if is_complete
        else tuple(_text(one) for one in content["categories"])
    )
    return Preset(name, _text(content["title"]), _text(content["notes"]), categories, is_complete)


def _text(given: dict[str, str]) -> Text:
    return Text(given["zh"], given["en"])
