"""What the diagnostics of a ballot say in plain sentences; the numbers stand below them.

Every sentence that points at something also names how honest voters come to it: it is a reason to
look, never a reason to strike a ballot out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.diagnostic_figures import GroupFigures, SheetSigns, Sign

CONFIDENCE: Final = 0.95

# Schmidt (1997): W of 0.1 very weak, 0.3 weak, 0.5 moderate, 0.7 strong, 0.9 unusually strong.
UNUSUAL, STRONG, MODERATE, WEAK = 0.9, 0.7, 0.5, 0.3

# Koo and Li (2016): ICC below 0.5 poor, to 0.75 moderate, to 0.9 good, above excellent.
EXCELLENT, GOOD, FAIR = 0.9, 0.75, 0.5

# Krippendorff (2004): alpha of 0.8 for firm conclusions, of 0.667 for tentative ones.
FIRM, TENTATIVE = 0.8, 0.667


def group_sentences(
    figures: GroupFigures, titles: Mapping[str, Text], *, is_scored: bool
) -> tuple[Message, ...]:
    """Say how far the voters of a group agree, and how its classes differ.

    Parameters
    ----------
    titles : mapping of str to Text
        Of the classes as they are counted.
    is_scored : bool
        Whether the votes become points: without, there is no order and no level.
    """
    if not is_scored:
        return tuple(_grades_alike(figures))
    found = (*_reliability(figures), *_equal(figures), *_gap(figures, titles))
    # Where there is no order to speak of, that is the least to know.
    order = tuple(_agreement(figures))
    return (*order, *found) if len(figures.subjects) > 1 else (*found, *order)


def sheet_sentences(signs: SheetSigns, least: int) -> tuple[Message, ...]:
    """Say how many ballots show a sign of grading without looking.

    Parameters
    ----------
    least : int
        Smaller numbers are not said.
    """
    return tuple(_signs(signs, least))


def counted(sign: Sign, least: int) -> Message:
    """Write a number of ballots, or that it is small."""
    if sign.n is None:
        return message("fewer than %(least)s of %(of)s ballots", least=least, of=sign.of)
    return message("%(n)s of %(of)s ballots", n=sign.n, of=sign.of)


def _agreement(figures: GroupFigures) -> Iterator[Message]:
    order = figures.order
    if len(figures.subjects) < 2:
        yield message("Only one is rated here, so there is no order to agree on.")
        return
    if order is None:
        yield message("Too few ballots score everybody: nothing can be said of their agreement.")
        return
    if order.value is None:
        yield message("Every ballot scores all of them the same: there is no order to agree on.")
        return
    w = f"{order.value:.2f}"
    if order.p_value is None or order.p_value >= 1 - CONFIDENCE:
        yield message(
            "The ballots show no common order (W = %(w)s): what they agree on may be chance.", w=w
        )
    elif order.value >= UNUSUAL:
        yield message(
            "Agreement is unusually high (W = %(w)s): nearly all ballots put everybody in one"
            " order. A clear case looks like this, and so does a list that went round.",
            w=w,
        )
    elif order.value >= STRONG:
        yield message(
            "Agreement is high (W = %(w)s): most ballots put them in the same order.", w=w
        )
    elif order.value >= MODERATE:
        yield message(
            "Agreement is moderate (W = %(w)s): the order is shared in the main, not in detail.",
            w=w,
        )
    elif order.value >= WEAK:
        yield message("Agreement is low (W = %(w)s): the orders differ from ballot to ballot.", w=w)
    else:
        yield message(
            "Agreement is very low (W = %(w)s): hardly any order is shared. Voters may know"
            " different sides of them, or they may hardly differ.",
            w=w,
        )


def _grades_alike(figures: GroupFigures) -> Iterator[Message]:
    alpha = figures.grades_alike
    if alpha is None or alpha.value is None:
        yield message("The votes show nothing to agree or disagree on.")
    elif alpha.value >= FIRM:
        yield message("The votes agree well (alpha = %(value)s).", value=f"{alpha.value:.2f}")
    elif alpha.value >= TENTATIVE:
        yield message("The votes agree tolerably (alpha = %(value)s).", value=f"{alpha.value:.2f}")
    else:
        yield message(
            "The votes hardly agree on who is rated higher (alpha = %(value)s): opinions are"
            " divided, or all are rated much the same.",
            value=f"{alpha.value:.2f}",
        )


def _reliability(figures: GroupFigures) -> Iterator[Message]:
    mean = figures.mean
    if mean is None or mean.value is None:
        return
    value = f"{mean.value:.2f}"
    if mean.value >= EXCELLENT:
        yield message(
            "The mean of all ballots is very reliable (ICC = %(value)s): other voters like these"
            " would hardly change it.",
            value=value,
        )
    elif mean.value >= GOOD:
        yield message("The mean of all ballots is reliable (ICC = %(value)s).", value=value)
    elif mean.value >= FAIR:
        yield message(
            "The mean of all ballots is moderately reliable (ICC = %(value)s): small differences"
            " between scores should not decide.",
            value=value,
        )
    else:
        yield message(
            "The mean of all ballots is not reliable (ICC = %(value)s): the scores lie close"
            " together or the voters far apart. The order should not decide.",
            value=value,
        )


def _equal(figures: GroupFigures) -> Iterator[Message]:
    if figures.equal is not None and figures.equal.share:
        yield message(
            "%(share)s of the ballots give all of them the same score. That may be"
            " favour-balancing, or nobody stands out.",
            share=f"{figures.equal.share:.0%}",
        )


def _gap(figures: GroupFigures, titles: Mapping[str, Text]) -> Iterator[Message]:
    levels = figures.levels
    if levels is None or levels.gap is None:
        return
    gap = levels.gap
    higher = titles[figures.classes[gap.higher].key]
    lower = titles[figures.classes[gap.lower].key]
    if gap.p_value is not None and gap.p_value < 1 - CONFIDENCE:
        yield message(
            "“%(higher)s” rates %(gap)s points higher than “%(lower)s”, more than the scatter"
            " between ballots explains: look at what each of them knows of those rated.",
            higher=higher,
            lower=lower,
            gap=f"{gap.value:.1f}",
        )
    else:
        yield message(
            "At most %(gap)s points lie between the means of the classes, which may be chance: no"
            " class is shown to rate higher than another.",
            gap=f"{gap.value:.1f}",
        )


def _signs(signs: SheetSigns, least: int) -> Iterator[Message]:
    if not signs.is_seen:
        return
    shown = [sign for sign in (signs.same, signs.top, signs.over_quota, signs.halo) if sign]
    if all(sign.n == 0 for sign in shown):
        yield message("No ballot shows a sign of grading without looking.")
        return
    if signs.same.n != 0:
        yield message(
            "One grade for everything: %(counted)s. Haste looks like this, and so does a voter who"
            " sees no difference.",
            counted=counted(signs.same, least),
        )
    if signs.top.n != 0:
        yield message(
            "The best grade for everything: %(counted)s. It is counted in the line before too.",
            counted=counted(signs.top, least),
        )
    if signs.over_quota is not None and signs.over_quota.n != 0:
        yield message(
            "More top grades than the quota: %(counted)s.",
            counted=counted(signs.over_quota, least),
        )
    if signs.halo is not None and signs.halo.n != 0:
        yield message(
            "One impression for all criteria: %(counted)s grade every criterion in the same order."
            " Criteria that do go together look like this too.",
            counted=counted(signs.halo, least),
        )
