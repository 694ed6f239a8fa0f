"""Scales: ordered levels with labels, codes and points, and the presets of the field.

Answers are kept by level key. A code is only what files carry: official tables disagree on whether
1 or 5 is best, so no digit is ever trusted on its own. The presets number from the worst upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from surveyapp.domain.text import Text


@dataclass(frozen=True, slots=True)
class Level:
    """One answer of a scale.

    Attributes
    ----------
    points : Fraction or None
        Index points; None where the level is unscored.
    favourable : bool
        Whether the level counts as satisfied in a 满意率; declared, never guessed from the order.
    unscored : bool
        Don't know, abstained: shown and counted, outside every denominator.
    """

    key: str
    code: str
    label: Text
    points: Fraction | None = None
    favourable: bool = False
    unscored: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Levels in the order in which they are shown, the best first."""

    key: str
    levels: tuple[Level, ...]

    @property
    def scored(self) -> tuple[Level, ...]:
        """Levels that enter denominators."""
        return tuple(level for level in self.levels if not level.unscored)


def _scale(key: str, *rows: tuple[str, str, str, str, str | None, bool]) -> Scale:
    """Build a preset from (key, code, zh, en, points, favourable); points None = unscored."""
    return Scale(
        key,
        tuple(
            Level(
                level,
                code,
                Text(zh, en),
                points=None if points is None else Fraction(points),
                favourable=favourable,
                unscored=points is None,
            )
            for level, code, zh, en, points, favourable in rows
        ),
    )


def _shares(key: str, *rows: tuple[str, str, str, str, bool, bool]) -> Scale:
    """Build a preset reported as shares only: (key, code, zh, en, favourable, unscored)."""
    return Scale(
        key,
        tuple(
            Level(level, code, Text(zh, en), favourable=favourable, unscored=unscored)
            for level, code, zh, en, favourable, unscored in rows
        ),
    )


_DONT_KNOW = ("dont_know", "9", "说不清", "Hard to say", None, False)
_NOT_FAMILIAR = ("dont_know", "9", "不了解", "Not familiar with it", None, False)

PRESETS: dict[str, Scale] = {
    scale.key: scale
    for scale in (
        _scale(
            "hcp5",
            ("very_satisfied", "5", "非常满意", "Very satisfied", "100", True),
            ("satisfied", "4", "满意", "Satisfied", "80", True),
            ("basically_satisfied", "3", "基本满意", "Basically satisfied", "60", True),
            ("dissatisfied", "2", "不满意", "Dissatisfied", "40", False),
            ("very_dissatisfied", "1", "非常不满意", "Very dissatisfied", "20", False),
        ),
        _scale(
            "sat5",
            ("very_satisfied", "5", "非常满意", "Very satisfied", "100", True),
            ("fairly_satisfied", "4", "比较满意", "Fairly satisfied", "80", True),
            ("neutral", "3", "一般", "Neutral", "60", False),
            ("rather_dissatisfied", "2", "不太满意", "Rather dissatisfied", "30", False),
            ("very_dissatisfied", "1", "很不满意", "Very dissatisfied", "0", False),
            _DONT_KNOW,
        ),
        _scale(
            "sat4",
            ("satisfied", "4", "满意", "Satisfied", "100", True),
            ("fairly_satisfied", "3", "比较满意", "Fairly satisfied", "80", True),
            ("rather_dissatisfied", "2", "不太满意", "Rather dissatisfied", "40", False),
            ("dissatisfied", "1", "不满意", "Dissatisfied", "0", False),
            ("dont_know", "9", "不清楚或不关注", "Don't know or not interested", None, False),
        ),
        _scale(
            "sat3",
            ("satisfied", "3", "满意", "Satisfied", "100", True),
            ("basically_satisfied", "2", "基本满意", "Basically satisfied", "75", True),
            ("dissatisfied", "1", "不满意", "Dissatisfied", "55", False),
            _NOT_FAMILIAR,
        ),
        _scale(
            "team4",
            ("excellent", "4", "优秀", "Excellent", "100", True),
            ("good", "3", "良好", "Good", "80", True),
            ("fair", "2", "一般", "Fair", "60", False),
            ("poor", "1", "较差", "Poor", "40", False),
            _NOT_FAMILIAR,
        ),
        _scale(
            "cadre4",
            ("excellent", "4", "优秀", "Excellent", "100", True),
            ("competent", "3", "称职", "Competent", "80", True),
            ("basically_competent", "2", "基本称职", "Basically competent", "60", False),
            ("incompetent", "1", "不称职", "Not competent", "40", False),
            ("abstain", "9", "弃权", "Abstain", None, False),
        ),
        _scale(
            "good4",
            ("good", "4", "好", "Good", "100", True),
            ("fairly_good", "3", "较好", "Fairly good", "80", True),
            ("fair", "2", "一般", "Fair", "60", False),
            ("poor", "1", "差", "Poor", "40", False),
            _NOT_FAMILIAR,
        ),
        _shares(
            "approve3",
            ("approve", "3", "认同", "Approve", True, False),
            ("basically_approve", "2", "基本认同", "Basically approve", True, False),
            ("disapprove", "1", "不认同", "Disapprove", False, False),
            ("dont_know", "9", "不了解", "Not familiar with it", False, True),
        ),
        _scale(
            "change5",
            ("much_better", "5", "明显改善", "Much better", "2", True),
            ("better", "4", "有所改善", "Somewhat better", "1", True),
            ("same", "3", "差不多", "About the same", "0", False),
            ("worse", "2", "变差了", "Worse", "-1", False),
            ("much_worse", "1", "明显变差", "Much worse", "-2", False),
            _DONT_KNOW,
        ),
        _scale(
            "know3",
            ("know", "3", "知道", "I know it", "1", True),
            ("heard", "2", "听说过", "I have heard of it", "0.5", False),
            ("unaware", "1", "不知道", "I don't know it", "0", False),
        ),
        _shares(
            "vote3",
            ("for", "3", "赞成", "For", True, False),
            ("against", "2", "反对", "Against", False, False),
            ("abstain", "9", "弃权", "Abstain", False, True),
        ),
        _shares(
            "yes_no",
            ("yes", "1", "是", "Yes", True, False),
            ("no", "2", "否", "No", False, False),
            ("dont_know", "9", "说不清", "Don't know", False, True),
        ),
    )
}
