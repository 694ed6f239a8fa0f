"""Which parts of two revisions mean the same, so that their answers may be counted together.

A reworded title is the editor's business; a changed level, weight or point is another measurement.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from surveyapp.domain.scales import Level
from surveyapp.domain.survey import (
    Definition,
    IndexDefinition,
    NumberQuestion,
    Question,
    TagsQuestion,
    TextQuestion,
    choices_of,
)


def index_sha256(definition: Definition, index: IndexDefinition) -> str:
    """Return the identity of an index: its items, their weights, points and scale levels.

    Weights count by their ratios, and neither titles nor the order of the items matter.
    """
    scales = {field: scale for field, _, scale in definition.rated_fields()}
    common = math.gcd(*(item.weight for item in index.items))
    items = [
        [
            item.field,
            item.weight // common,
            {level: str(Fraction(points, index.unit)) for level, points in item.points.items()},
            sorted(level.key for level in scales[item.field].levels),
        ]
        for item in sorted(index.items, key=lambda item: item.field)
    ]
    return _sha256([items, index.minimum_items])


def question_sha256(question: Question) -> str:
    """Return the identity of a question: its type, levels, unit of counting and skip logic."""
    match question:
        case NumberQuestion():
            content: Any = question.decimals
        case TextQuestion():
            content = None
        case TagsQuestion():
            content = [
                question.depends_on,
                {level: _levels(tags) for level, tags in question.tags.items()},
            ]
        case _:
            content = _levels(choices_of(question))
    conditions = {key: sorted(levels) for key, levels in question.show_if.items()}
    return _sha256([type(question).__name__, content, conditions])


def _levels(levels: Iterable[Level]) -> list[Any]:
    return [
        [
            level.key,
            None if level.points is None else str(level.points),
            level.favourable,
            level.unscored,
        ]
        for level in sorted(levels, key=lambda level: level.key)
    ]


def _sha256(content: Any) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
