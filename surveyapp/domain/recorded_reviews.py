"""Reviews recorded by another channel, as rows of its files write them.

A bare digit of a satisfaction code means nothing by itself: in GB/T 39046 1 is the best level, on
review terminals and most platforms 5 is. So a digit counts only with the direction said beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from surveyapp.domain.channels import DEFAULT_CHANNEL, read_channel
from surveyapp.domain.messages import Message, message
from surveyapp.domain.review_counts import FIRST, SECOND
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import Definition, TagsQuestion, TextQuestion

BEST_FIRST, BEST_LAST = "1", "5"
"""Directions of a satisfaction code: 1 is the best, or the highest digit (5 of 5 levels) is."""

SATISFACTION, SATISFACTION_CODE = "satisfaction", "satisfaction_code"
ANONYMOUS = "anonymous"

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("评价编号", "评价ID"),
    "observed_on": ("评价时间", "评价日期"),
    "subject": ("评价对象", "评价对象编号"),
    "channel": ("渠道", "评价渠道"),
    "channel_number": ("渠道编号", "渠道评价编号", "平台评价编号"),
    "case_number": ("办件编号",),
    "review_number": ("评价次数",),
    "is_default": ("系统默认评价", "是否默认评价", "是否默认"),
    "named": ("实名", "是否实名", "实名/匿名"),
    ANONYMOUS: ("匿名", "是否匿名"),
    "item_code": ("事项编码",),
    "item_name": ("事项名称",),
    "window": ("窗口", "窗口号"),
    SATISFACTION: ("满意度", "评价等级"),
    SATISFACTION_CODE: ("满意度代码",),
}
"""Columns of a file of reviews beside those of the form, and what else a heading may be called."""

REASONS_ALIASES: Final = ("评价原因", "评价标签")
COMMENT_ALIASES: Final = ("评价内容", "文字评价")

_LIMITS: Final = {
    "channel_number": 64,
    "case_number": 50,
    "item_code": 64,
    "item_name": 200,
    "window": 64,
}
_YES: Final = frozenset({"yes", "true", "1", "是", "y"})
_NO: Final = frozenset({"no", "false", "0", "2", "否", "n"})
_NUMBERS: Final = {
    "": FIRST,
    "1": FIRST,
    "首次": FIRST,
    "首次评价": FIRST,
    "2": SECOND,
    "二次": SECOND,
    "追加": SECOND,
    "追加评价": SECOND,
}


def column_aliases(definition: Definition) -> dict[str, str]:
    """Return every heading a file of reviews may have beside the keys of the form's fields."""
    aliases = {alias: name for name, others in COLUMNS.items() for alias in (name, *others)}
    for kind, others in ((TagsQuestion, REASONS_ALIASES), (TextQuestion, COMMENT_ALIASES)):
        found = [one.key for one in definition.questions if isinstance(one, kind)]
        if found:
            aliases |= dict.fromkeys(others, found[0])
    return aliases


@dataclass(slots=True)
class RecordedReview:
    """What a row says beside the answers.

    Attributes
    ----------
    values : dict
        Columns of the response.
    level : str or None
        The rating, where the row gives it in a column of its own.
    problems : list of Message
    """

    values: dict[str, Any] = field(default_factory=dict)
    level: str | None = None
    problems: list[Message] = field(default_factory=list)


def read_recorded(cells: Mapping[str, str], scale: Scale, best: str | None) -> RecordedReview:
    """Read the columns of `COLUMNS` in one row.

    Parameters
    ----------
    cells : mapping of str to str
        By column name, aliases already translated.
    scale : Scale
        Of the rating.
    best : {"1", "5"}, optional
        Direction of satisfaction codes in this file.
    """
    review = RecordedReview()
    for name, most in _LIMITS.items():
        given = cells.get(name, "")
        if len(given) > most:
            review.problems.append(
                message("“%(name)s” is longer than %(most)s characters.", name=name, most=most)
            )
        review.values[name] = given or None
    _read_channel(review, cells)
    _read_number(review, cells)
    review.values["is_named"] = _is_named(review, cells)
    review.level = _level(review, cells, scale, best)
    return review


def _read_channel(review: RecordedReview, cells: Mapping[str, str]) -> None:
    given = cells.get("channel", "")
    channel = read_channel(given) if given else None
    if isinstance(channel, Message):
        review.problems.append(channel)
        channel = None
    is_default = _flag(review, cells, "is_default")
    if is_default is False and channel == DEFAULT_CHANNEL:
        review.problems.append(
            message("The channel is the system default, but the row says it is none.")
        )
    review.values["channel"] = channel
    review.values["is_default"] = bool(is_default) or channel == DEFAULT_CHANNEL


def _read_number(review: RecordedReview, cells: Mapping[str, str]) -> None:
    given = cells.get("review_number", "")
    number = _NUMBERS.get(given)
    if number is None:
        review.problems.append(message("“%(text)s” is no review number: 1 or 2.", text=given[:40]))
    elif number == SECOND and not cells.get("case_number"):
        review.problems.append(message("A second review needs the number of its case (办件编号)."))
    review.values["review_number"] = number or FIRST


def _is_named(review: RecordedReview, cells: Mapping[str, str]) -> bool:
    words = {"实名": "yes", "匿名": "no"}
    given = {**cells, "named": words.get(cells.get("named", ""), cells.get("named", ""))}
    named = _flag(review, given, "named")
    anonymous = _flag(review, cells, ANONYMOUS)
    if named is not None and named == anonymous:
        review.problems.append(message("The row says both named and anonymous."))
    return bool(named) if anonymous is None else not anonymous


def _flag(review: RecordedReview, cells: Mapping[str, str], name: str) -> bool | None:
    given = cells.get(name, "").casefold()
    if not given or given in _YES | _NO:
        return given in _YES if given else None
    review.problems.append(
        message("“%(name)s” is yes or no, not “%(text)s”.", name=name, text=given[:40])
    )
    return None


def _level(
    review: RecordedReview, cells: Mapping[str, str], scale: Scale, best: str | None
) -> str | None:
    word, code = cells.get(SATISFACTION, ""), cells.get(SATISFACTION_CODE, "")
    by_word = read_level(word, scale, best) if word else None
    # Beside the level in words a code without a direction says nothing more.
    by_code = read_level(code, scale, best) if code and (best or not word) else None
    for one in (by_word, by_code):
        if isinstance(one, Message):
            review.problems.append(one)
            return None
    if by_word and by_code and by_word != by_code:
        review.problems.append(
            message(
                "“%(word)s” and the code “%(code)s” are different levels: check which digit is"
                " the best.",
                word=word,
                code=code,
            )
        )
    return str(by_word or by_code) if by_word or by_code else None


def read_level(written: str, scale: Scale, best: str | None) -> str | Message:
    """Return the key of the level a cell means, or why it cannot be told.

    Parameters
    ----------
    written : str
        A key, a label in either language, or a digit.
    best : {"1", "5"} or None
        Which digit is the best level; without it only a digit that is the same level either way
        (3 of 5) is understood.
    """
    for level in scale.levels:
        if written in (level.key, level.label.zh, level.label.en):
            return level.key
    scored = scale.scored
    found = {
        direction: coded
        for direction in (BEST_FIRST, BEST_LAST)
        if (coded := coded_level(written, scored, direction)) is not None
    }
    if not found:
        return message("“%(given)s” is not among the levels", given=written[:80])
    if best is not None:
        return found[best].key
    if len({level.key for level in found.values()}) == 1:
        return found[BEST_FIRST].key
    return message(
        "“%(digit)s” may be a good or a bad level: say which digit is the best one"
        " (--best 1 or --best 5), or write the level in words, such as %(label)s.",
        digit=written,
        label=scored[0].label,
    )


def coded_level(digit: str, scored: Sequence[Level], best: str) -> Level | None:
    """Return the level a satisfaction code stands for in one direction."""
    codes = {code_of(level, scored, best): level for level in scored}
    return codes.get(digit)


def code_of(level: Level, scored: Sequence[Level], best: str) -> str:
    """Return the satisfaction code of a scored level.

    Parameters
    ----------
    scored : sequence of Level
        The best first.
    best : {"1", "5"}
        Whether the best level is 1, or the highest digit.
    """
    place = list(scored).index(level)
    return str(place + 1 if best == BEST_FIRST else len(scored) - place)
