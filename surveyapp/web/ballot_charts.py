"""Pictures of the diagnostics of a ballot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from flask_babel import gettext as _

from surveyapp.domain.ballot import Sheet
from surveyapp.domain.scales import Level
from surveyapp.services.ballots.diagnostic_figures import GradeTable
from surveyapp.services.ballots.diagnostics import BallotDiagnosis, GroupDiagnosis
from surveyapp.services.ballots.figures import CountedClass, SubjectResult, shown
from surveyapp.services.results.charts import IntervalMark, LevelBar, interval_chart, level_chart
from surveyapp.stats.gaps import ClassLevels
from surveyapp.web.charts import speak_as_the_page, wanted_size
from surveyapp.web.locale import text_of

# The same figures come again: an opened ballot never changes.
_interval_chart = lru_cache(maxsize=64)(interval_chart)
_level_chart = lru_cache(maxsize=64)(level_chart)


def draw(diagnosis: BallotDiagnosis, name: str, of: str) -> bytes | None:
    """Draw a chart; None where the page has none of this name.

    Parameters
    ----------
    name : str
        ``scores``, ``subjects``, ``classes`` or ``levels``.
    of : str
        Places of sheet and group on the page, such as ``0.1``.
    """
    speak_as_the_page()
    found = _group(diagnosis, of)
    if found is None:
        return None
    sheet, group = found
    if name == "scores" and has_scores(group):
        return _scores(sheet, group)
    if name == "subjects" and sheet.overall and group.figures is not None:
        return _subjects(sheet, group)
    figures = group.figures
    if name == "classes" and figures is not None and figures.grades is not None:
        return _classes(sheet, figures.classes, figures.grades)
    if name == "levels" and figures is not None and figures.levels is not None:
        return _levels(sheet, figures.classes, figures.levels)
    return None


def has_scores(group: GroupDiagnosis) -> bool:
    """Whether anybody of a group has a score to draw."""
    return any(one.score is not None for one in group.result.subjects)


def _group(diagnosis: BallotDiagnosis, of: str) -> tuple[Sheet, GroupDiagnosis] | None:
    for at, sheet in enumerate(diagnosis.sheets):
        for place, group in enumerate(sheet.groups):
            if of == f"{at}.{place}":
                return sheet.sheet, group
    return None


def _scores(sheet: Sheet, group: GroupDiagnosis) -> bytes:
    points = [float(one) for one in sheet.points.values()]
    ranked = sorted(group.result.subjects, key=lambda one: (one.rank is None, one.rank or 0))
    return _interval_chart(
        tuple(_mark(one) for one in ranked if one.score is not None),
        lowest=min(points),
        highest=max(points),
        size=wanted_size(),
        unit=_("points"),
    )


def _mark(one: SubjectResult) -> IntervalMark:
    words = shown(one.score, 1)
    low = high = None
    if one.interval is not None:
        low, high = one.interval
        words = f"{words} ±{(high - low) / 2:.1f}"
    value = None if one.score is None else float(one.score)
    return IntervalMark(text_of(one.subject.title), value, low, high, words)


def _subjects(sheet: Sheet, group: GroupDiagnosis) -> bytes:
    bars = []
    for one in group.result.subjects:
        given = {count.key: count.n for count in one.counts}
        counts = [given.get(level.key, 0) for level in sheet.levels]
        total = sum(counts)
        shares = tuple(count / total if total else 0.0 for count in counts)
        bars.append(LevelBar(text_of(one.subject.title), shares))
    return _level_chart(
        tuple(bars),
        levels=tuple(text_of(level.label) for level in sheet.levels),
        favourable=tuple(level.favourable for level in sheet.levels),
        size=wanted_size(),
    )


def _classes(sheet: Sheet, classes: Sequence[CountedClass], grades: GradeTable) -> bytes:
    titles = {one.key: text_of(one.title) for one in classes}
    levels = {level.key: level for level in sheet.levels}
    bands = [[levels[key] for key in band] for band in grades.bands]
    return _level_chart(
        tuple(
            LevelBar(_("All ballots") if row.key is None else titles[row.key], row.shares)
            for row in grades.rows
        ),
        levels=tuple(band_label(band) for band in bands),
        favourable=tuple(all(level.favourable for level in band) for band in bands),
        size=wanted_size(),
    )


def _levels(sheet: Sheet, classes: Sequence[CountedClass], levels: ClassLevels) -> bytes:
    marks = []
    for voting_class, level in zip(classes, levels.levels, strict=True):
        low, high = level.interval if level.interval is not None else (None, None)
        words = "–" if level.value is None else f"{level.value:+.1f}"
        marks.append(IntervalMark(text_of(voting_class.title), level.value, low, high, words))
    points = [float(one) for one in sheet.points.values()]
    span = max(points) - min(points)
    return _interval_chart(
        tuple(marks),
        lowest=-span,
        highest=span,
        size=wanted_size(),
        unit=_("points above or below the mean of the classes"),
    )


def band_label(levels: list[Level]) -> str:
    """Name grades that are counted together."""
    return " / ".join(text_of(level.label) for level in levels)
