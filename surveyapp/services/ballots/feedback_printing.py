"""Feedback sheets on paper: one page of A4 for each team or person that was rated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from surveyapp.services.ballots.feedback import CriterionFeedback, Feedback
from surveyapp.services.places.printing import print_templates

WIDTH: Final = 100.0
"""Of a bar, for a scale from its worst to its best grade."""

LEAST_WIDTH: Final = 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a score and the mean of the group lie on a scale, 0 to `WIDTH`."""

    x: float
    width: float
    group: float | None


@dataclass(frozen=True, slots=True)
class PrintedCriterion:
    """One row of the table."""

    figures: CriterionFeedback
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class PrintedFeedback:
    """One page."""

    feedback: Feedback
    rows: tuple[PrintedCriterion, ...]


def feedback_style() -> str:
    """Return what stands in the one style element of the page: a strict policy names its hash."""
    return print_templates().get_template("ballot_feedback.css").render()


def feedback_html(sheets: Sequence[Feedback]) -> str:
    """Make one document that needs no other file."""
    return (
        print_templates()
        .get_template("ballot_feedback.html")
        .render(
            pages=[
                PrintedFeedback(
                    one, tuple(PrintedCriterion(row, _bar(one, row)) for row in one.criteria)
                )
                for one in sheets
            ],
            style=feedback_style(),
        )
    )


def _bar(feedback: Feedback, row: CriterionFeedback) -> Bar | None:
    if row.score is None:
        return None
    worth = [float(points) for points in feedback.sheet.points.values()]
    lowest, span = min(worth), (max(worth) - min(worth)) or 1.0

    def at(points: float) -> float:
        return round(min(max((points - lowest) / span, 0.0), 1.0) * WIDTH, 1)

    low, high = at(row.score.low), at(row.score.high)
    x = min(low, WIDTH - LEAST_WIDTH)
    return Bar(
        x,
        max(high - low, LEAST_WIDTH),
        None if row.group_mean is None else at(row.group_mean),
    )
