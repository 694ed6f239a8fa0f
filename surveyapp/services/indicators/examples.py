"""Filling in the example coefficients of K and R; they are marked as an example and stay off."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import KNOWLEDGE_EXAMPLE, RELATION_EXAMPLE, Indicator
from surveyapp.domain.messages import message
from surveyapp.domain.scales import Level


def with_example(indicator: Indicator, answers: Mapping[str, tuple[Level, ...]]) -> dict[str, Any]:
    """Return the document of an indicator with example coefficients where it has none.

    Parameters
    ----------
    answers : mapping of str to tuple of Level
        The answers to each question that is weighed.

    Raises
    ------
    Conflict
        No coefficient is empty; or an answer is called otherwise than in the example, so that
        nobody can say what it weighs.
    """
    rule = indicator.relevance
    if rule is None or all(one.is_filled for one in (rule.knowledge, rule.relation) if one):
        raise Conflict(message("“%(key)s” has no empty coefficient to fill in.", key=indicator.key))
    document: dict[str, Any] = copy.deepcopy(dict(indicator.document))
    relevance = document["relevance"]
    for name, example in (("knowledge", KNOWLEDGE_EXAMPLE), ("relation", RELATION_EXAMPLE)):
        if relevance.get(name) is not None:
            question = str(relevance[name]["question"])
            given = relevance[name].get("weights") or {}
            filled = _weights(question, answers[question], example)
            kept = {str(key): one for key, one in given.items() if one is not None}
            relevance[name]["weights"] = filled | kept
    relevance["example"] = True
    relevance["apply"] = bool(relevance.get("apply", False))
    return document


def _weights(
    question: str, answers: tuple[Level, ...], example: Mapping[str, Fraction]
) -> dict[str, str]:
    weights = {}
    for level in answers:
        weight = example.get(level.label.zh)
        if weight is None:
            raise Conflict(
                message(
                    "The example has no coefficient for the answer “%(answer)s” of “%(question)s”;"
                    " it knows: %(known)s.",
                    answer=level.label,
                    question=question,
                    known="、".join(example),
                )
            )
        weights[level.key] = str(float(weight))
    return weights
