"""Made-up answers that exercise every kind of question: for a database that says so, and no other.

Everything follows from a seed. Answers are neither uniform nor all alike: each made-up respondent
has a mood, each place a level of its own, don't-know is common and some questions stay empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import (
    Definition,
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    TagsQuestion,
    TextQuestion,
    choices_of,
)

UNKNOWN_SHARE: Final = 0.06
REMARK_SHARE: Final = 0.15
OPTIONAL_SHARE: Final = 0.6
"""How many answer what they need not: few write, more choose."""

REMARKS: Final = (
    "模拟意见：办理很快，谢谢。",
    "模拟意见：等候时间有点长。",
    "模拟意见：希望增加周末服务。",
    "模拟意见：指引牌不够清楚。",
    "模拟意见：工作人员很耐心。",
)

Fields = dict[str, list[str]]


def simulated_fields(definition: Definition, random: Random, *, level: float) -> Fields:
    """Make up what one respondent would post.

    Parameters
    ----------
    level : float
        How good the place is, 0 (bad) to 1 (good); the respondent's mood comes on top.
    """
    mood = level + random.gauss(0, 0.18)
    fields: Fields = {}
    for attribute in definition.asked_attributes:
        if not attribute.unknown_allowed or random.random() > UNKNOWN_SHARE:
            fields[attribute.key] = [random.choice(attribute.levels).key]
    for question in definition.questions:
        share = REMARK_SHARE if isinstance(question, TextQuestion) else OPTIONAL_SHARE
        if _is_shown(question, fields) and (question.required or random.random() < share):
            fields |= _answer(question, fields, random, mood)
    return fields


def _is_shown(question: Question, fields: Fields) -> bool:
    return all(set(fields.get(name, [])) & set(levels) for name, levels in question.show_if.items())


def _answer(question: Question, fields: Fields, random: Random, mood: float) -> Fields:
    match question:
        case ScaleQuestion():
            return {question.key: [_level(question.scale, random, mood)]}
        case MatrixQuestion():
            return {name: [_level(question.scale, random, mood)] for name, _ in question.fields()}
        case MultipleQuestion():
            most = question.max_choices or len(question.options)
            return {question.key: _some(question.options, random, min(most, 3))}
        case TagsQuestion():
            chosen = fields.get(question.depends_on, [""])[0]
            return {question.key: _some(question.tags.get(chosen, ()), random, 3)}
        case NumberQuestion():
            lowest = int(question.minimum or 0)
            return {question.key: [str(lowest + min(int(random.expovariate(0.4)), 20))]}
        case TextQuestion():
            return {question.key: [random.choice(REMARKS)[: question.max_chars]]}
        case _:
            return {question.key: [random.choice(choices_of(question)).key]}


def _level(scale: Scale, random: Random, mood: float) -> str:
    """Draw a level: the better the mood, the nearer to the first one."""
    unscored = [level for level in scale.levels if level.unscored]
    if unscored and random.random() < UNKNOWN_SHARE:
        return random.choice(unscored).key
    worst = len(scale.scored) - 1
    position = round((1 - mood) * worst + random.gauss(0, 0.6))
    return scale.scored[max(0, min(worst, position))].key


def _some(options: Sequence[Level], random: Random, most: int) -> list[str]:
    """Draw a few options, in declared order."""
    drawn = set(random.sample(range(len(options)), random.randint(0, min(most, len(options)))))
    return [option.key for position, option in enumerate(options) if position in drawn]
