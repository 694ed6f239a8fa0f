"""Making a definition without writing one: ready-made templates, and a short form for the rest.

The form covers what an office decides for itself: who asks, why, until when. Questions, scales and
indices come from a template or a file and stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from surveyapp.content import template_bytes, template_names
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Definition
from surveyapp.services.definition_files import read_definition

TEXTS: Final = ("title", "office", "contact", "purpose", "retention")
"""Texts of the form, each in both languages."""

LEGAL: Final = (
    "form_number",
    "issued_by",
    "document",
    "approved_by",
    "approval_number",
    "valid_until",
)
"""Fields of the legal head; on the form their names begin with ``legal_``."""

_NUMBERS: Final = ("minutes", "minimum_group")
_MOMENTS: Final = ("opens_at", "closes_at")
_ORDER: Final = (
    "key kind method_sample title office purpose retention contact minutes statistical_project"
    " legal_head window minimum_group source adapt notes scales attributes subjects questions"
    " relevance_weights indices"
    # Of what stands inside: the key first, what it is next, then its words, then the rest.
    " type code points favourable unscored scale relevance zh en label hint required levels"
    " options rows of weights"
)
_RANK: Final = {name: rank for rank, name in enumerate(_ORDER.split())}


@dataclass(frozen=True, slots=True)
class SurveyTemplate:
    """A ready-made survey that an office adapts."""

    name: str
    definition: Definition


@cache
def survey_templates() -> tuple[SurveyTemplate, ...]:
    """Return the templates in the order in which they are offered."""
    return tuple(
        SurveyTemplate(name, read_definition(template_bytes(name), f"{name}.yaml"))
        for name in template_names()
    )


def survey_template(name: str) -> SurveyTemplate:
    """Return one template.

    Raises
    ------
    NotFound
    """
    for template in survey_templates():
        if template.name == name:
            return template
    raise NotFound(message("There is no template “%(name)s”.", name=name[:80]))


def head_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what a definition says about itself as the fields of the form."""
    fields = {"key": str(document.get("key", ""))}
    for name in TEXTS:
        value = document.get(name)
        both = value if isinstance(value, Mapping) else {"zh": value}
        fields |= {f"{name}_{language}": str(both.get(language) or "") for language in ("zh", "en")}
    fields |= {name: str(document.get(name) or "") for name in _NUMBERS}
    window = document.get("window") or {}
    fields |= {name: str(window.get(name) or "")[:16] for name in _MOMENTS}
    legal = document.get("legal_head") or {}
    fields |= {f"legal_{name}": str(legal.get(name) or "") for name in LEGAL}
    fields["statistical_project"] = "yes" if document.get("statistical_project") else ""
    return fields


def with_head(document: Mapping[str, Any], fields: Mapping[str, str]) -> Definition:
    """Return a definition with what was entered in the form; fields not named stay.

    Raises
    ------
    InvalidDefinition
        With every problem; `field_of` says at which field.
    """
    given = {
        name: "\n".join(fields.get(name, old).split("\r\n")).strip()
        for name, old in head_of(document).items()
    }
    made = deepcopy(dict(document))
    _put(made, "key", given["key"])
    for name in TEXTS:
        _put(made, name, _text(given[f"{name}_zh"], given[f"{name}_en"]))
    for name in _NUMBERS:
        _put(made, name, int(given[name]) if given[name].isdecimal() else given[name])
    _put(made, "window", {name: given[name] for name in _MOMENTS if given[name]})
    _put(
        made,
        "legal_head",
        {name: given[f"legal_{name}"] for name in LEGAL if given[f"legal_{name}"]},
    )
    _put(made, "statistical_project", bool(given["statistical_project"]))
    return parse_definition(made)


def field_of(path: str) -> str | None:
    """Return the field of the form that a place of the document belongs to, None for the rest."""
    name, _, rest = path.partition(".")
    if name in TEXTS:
        return f"{name}_en" if rest == "en" else f"{name}_zh"
    if name == "window" and rest in _MOMENTS:
        return rest
    if name == "legal_head":
        return f"legal_{rest}" if rest in LEGAL else "statistical_project"
    return name if name in ("key", "statistical_project", *_NUMBERS) else None


def _put(document: dict[str, Any], name: str, value: Any) -> None:
    if value is False or value in ("", {}):
        document.pop(name, None)
    else:
        document[name] = value


def _text(zh: str, en: str) -> str | dict[str, str]:
    return {"zh": zh, "en": en} if en else zh


def definition_yaml(document: Mapping[str, Any]) -> bytes:
    """Write a definition as the YAML file that can be uploaded again.

    A database may keep a document without the order of its names; here they stand in the order in
    which people write them.
    """
    return yaml.dump(
        _ordered(document),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=100,
    ).encode()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: _RANK.get(name, len(_RANK)))
        return {name: _ordered(value[name]) for name in names}
    return [_ordered(entry) for entry in value] if isinstance(value, list) else value


class _Dumper(yaml.SafeDumper):
    """Indents lists below their name, as in the templates."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)
