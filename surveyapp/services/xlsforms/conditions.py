"""The few XPath expressions of XLSForm that a definition can honour, and what becomes of them."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = r"\$\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}"
_TEXT: Final = r"""(?:'([^']*)'|"([^"]*)")"""
_EQUALS: Final = re.compile(rf"{_NAME}\s*=\s*{_TEXT}")
_SELECTED: Final = re.compile(rf"selected\(\s*{_NAME}\s*,\s*{_TEXT}\s*\)")
_BOUND: Final = re.compile(
    r"(\.|string-length\(\s*\.\s*\)|count-selected\(\s*\.\s*\))\s*(<=|>=|<|>)\s*(-?\d{1,15}(?:\.\d{1,6})?)"
)

Conditions = dict[str, list[str]]


def read_relevant(expression: str) -> Conditions | None:
    """Read a ``relevant`` cell as the conditions of ``show_if``.

    Understood are ``${q} = 'x'`` and ``selected(${q}, 'x')``, the same question joined with ``or``,
    different questions joined with ``and``.

    Returns
    -------
    dict or None
        Levels by question; None where the expression says something else.
    """
    conditions: Conditions = {}
    for part in _split(expression, "and"):
        names: set[str] = set()
        levels: list[str] = []
        for term in _split(_without_brackets(part), "or"):
            match = _EQUALS.fullmatch(term) or _SELECTED.fullmatch(term)
            if match is None:
                return None
            names.add(match[1])
            levels.append(match[2] if match[2] is not None else match[3])
        if len(names) != 1 or names & conditions.keys():
            return None
        conditions[names.pop()] = levels
    return conditions


def read_constraint(expression: str) -> dict[str, str] | None:
    """Read a ``constraint`` cell.

    Returns
    -------
    dict or None
        Bounds by what is bounded and how, for example ``{". >=": "0", ". <=": "120"}``,
        ``{"string-length(.) <=": "150"}``; None where the expression says something else.
    """
    bounds: dict[str, str] = {}
    for part in _split(expression, "and"):
        match = _BOUND.fullmatch(_without_brackets(part))
        if match is None:
            return None
        what = f"{match[1].replace(' ', '')} {match[2]}"
        if what in bounds:
            return None
        bounds[what] = match[3]
    return bounds


def _split(expression: str, word: str) -> list[str]:
    """Split at a word, but not inside quotation marks or brackets."""
    parts = [""]
    depth = 0
    for token in re.split(r"""('[^']*'|"[^"]*"|[()]|\s+(?:and|or)\s+)""", expression):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token.strip().lower() == word and token != token.strip():
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def _without_brackets(part: str) -> str:
    """Take off one pair of brackets around the whole."""
    if part.startswith("(") and part.endswith(")") and part.count("(") == part.count(")"):
        inner = part[1:-1]
        depth = 0
        for sign in inner:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if depth < 0:
                return part
        return inner.strip()
    return part
