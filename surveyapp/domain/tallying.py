"""What one response adds to the tally: integers only, so that counts add up exactly for ever.

A cell is one combination of everything weights and breakdowns use: the attributes, the mode and
the base weight. Its counts have these names:

=========================  =====================================================================
``n``                      respondents
``q|field|level``          respondents who chose the level (an option or a tag likewise)
``r|field|rel|level``      the same, by the level of the item's relevance question
``i|index|b|m``            respondents whose index has the denominator b
``i|index|b|a``, ``…|aa``  sums of the numerator a and of a² over them
``v|index|…``              relevance-weighted index a/b: ``m`` and the sums a, b, aa, bb, ab
``u|index|b|…``            as ``i``, over the items whose relevance question says full relevance
``f|index|…``              favourable share of an index of several items, a/b: as ``v``
``x|field|…``              number question: ``m`` and the sums s and ss, in units of 10^-decimals
``t|field``                respondents who wrote something
=========================  =====================================================================
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from surveyapp.domain.answers import Reply
from surveyapp.domain.scoring import favourable_score, relevance_score, score, users_score
from surveyapp.domain.survey import (
    UNKNOWN,
    Definition,
    IndexDefinition,
    MatrixQuestion,
    NumberQuestion,
    ScaleQuestion,
    TextQuestion,
)

MODE = "mode"
WEIGHT = "weight"
Cell = dict[str, str]


def cell_of(definition: Definition, reply: Reply, mode: str, weight: str | None) -> Cell:
    """Return the cell a response falls into; an open attribute is `UNKNOWN`."""
    cell = {
        attribute.key: reply.attributes.get(attribute.key, UNKNOWN)
        for attribute in definition.attributes
    }
    cell[MODE] = mode
    cell[WEIGHT] = weight or "1"
    return cell


def cell_sha256(cell: Mapping[str, str]) -> str:
    """Return the key of a cell: a hash of its canonical JSON."""
    return sha256(json.dumps(cell, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def counts_of(definition: Definition, reply: Reply) -> Counter[str]:
    """Return what one response adds to its cell."""
    counts = Counter({"n": 1})
    levels = reply.levels()
    for question in definition.questions:
        key = question.key
        if isinstance(question, MatrixQuestion):
            names = (name for name, _ in question.fields() if name in levels)
            counts.update(f"q|{name}|{levels[name]}" for name in names)
        elif key not in reply.answers:
            continue
        elif isinstance(question, TextQuestion):
            counts[f"t|{key}"] += 1
        elif isinstance(question, NumberQuestion):
            whole = int(Decimal(reply.answers[key]).scaleb(question.decimals))
            counts.update({f"x|{key}|m": 1, f"x|{key}|s": whole, f"x|{key}|ss": whole**2})
        else:
            for level in reply.chosen(key):
                counts[f"q|{key}|{level}"] = 1
            if isinstance(question, ScaleQuestion) and question.relevance is not None:
                relevance = levels.get(question.relevance, UNKNOWN)
                counts[f"r|{key}|{relevance}|{levels[key]}"] += 1
    for index in definition.indices:
        _count_index(counts, index, levels)
    return counts


def _count_index(counts: Counter[str], index: IndexDefinition, levels: Mapping[str, str]) -> None:
    scored = score(index, levels)
    if scored is None:
        return
    _count_fraction(counts, f"i|{index.key}", scored)
    if len(index.items) > 1 and index.has_favourable:
        _count_pair(counts, f"f|{index.key}", favourable_score(index, levels))
    if not index.relevance_weights:
        return
    _count_pair(counts, f"v|{index.key}", relevance_score(index, levels))
    if index.has_users:
        used = users_score(index, levels)
        if used is not None:
            _count_fraction(counts, f"u|{index.key}", used)


def _count_fraction(counts: Counter[str], name: str, scored: tuple[int, int]) -> None:
    """Count a fraction a/b by its denominator."""
    a, b = scored
    counts.update({f"{name}|{b}|m": 1, f"{name}|{b}|a": a, f"{name}|{b}|aa": a * a})


def _count_pair(counts: Counter[str], name: str, scored: tuple[int, int]) -> None:
    """Count a numerator a and a denominator b for a ratio of their sums."""
    a, b = scored
    counts.update({f"{name}|m": 1, f"{name}|a": a, f"{name}|b": b})
    counts.update({f"{name}|aa": a * a, f"{name}|bb": b * b, f"{name}|ab": a * b})
