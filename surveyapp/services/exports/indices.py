"""Indices and distributions as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language
from surveyapp.language import translate
from surveyapp.services.exports.tables import Column, Content, Sheet, Value, said
from surveyapp.services.results.figures import IndexRow
from surveyapp.services.results.report import Report

_INDEX_COLUMNS: tuple[tuple[str, Message, Content], ...] = (
    ("index", message("Index"), Content.WORD),
    ("title", message("Title"), Content.WORD),
    ("subject", message("What is rated"), Content.WORD),
    ("subject_title", message("Name of what is rated"), Content.WORD),
    ("attribute", message("Attribute"), Content.WORD),
    ("level", message("Group"), Content.WORD),
    ("group_title", message("Name of the group"), Content.WORD),
    ("n", message("Valid responses"), Content.WHOLE),
    ("value", message("Satisfaction index (points)"), Content.NUMBER),
    ("se", message("Standard error (points)"), Content.NUMBER),
    ("low", message("Interval from (points)"), Content.NUMBER),
    ("high", message("Interval to (points)"), Content.NUMBER),
    ("effective_n", message("Effective n"), Content.NUMBER),
    ("deff", message("Design effect"), Content.NUMBER),
    ("df", message("Degrees of freedom"), Content.WHOLE),
    ("unweighted", message("Unweighted index (points)"), Content.NUMBER),
    ("gap", message("Weighted minus unweighted (points)"), Content.NUMBER),
    ("favourable", message("Favourable share (%)"), Content.NUMBER),
    ("favourable_low", message("Favourable share from (%)"), Content.NUMBER),
    ("favourable_high", message("Favourable share to (%)"), Content.NUMBER),
    ("favourable_unweighted", message("Unweighted favourable share (%)"), Content.NUMBER),
    ("users_n", message("Users: responses"), Content.WHOLE),
    ("users", message("Users only (points)"), Content.NUMBER),
    ("users_se", message("Users only: standard error (points)"), Content.NUMBER),
    ("relevance_weighted", message("Weighted by relevance (points)"), Content.NUMBER),
    ("relevance_se", message("Weighted by relevance: standard error (points)"), Content.NUMBER),
    ("relevance_effective_n", message("Weighted by relevance: effective n"), Content.NUMBER),
    ("suppressed", message("Too few responses to be listed"), Content.WHOLE),
    ("revision", message("Revision"), Content.WHOLE),
    ("rank", message("Rank"), Content.WHOLE),
    ("rank_low", message("Rank from"), Content.WHOLE),
    ("rank_high", message("Rank to"), Content.WHOLE),
    ("band", message("Band"), Content.WORD),
    ("weighting", message("Weighting"), Content.WORD),
    ("margins", message("Population margins: number"), Content.WHOLE),
)
_QUESTION_COLUMNS: tuple[tuple[str, Message, Content], ...] = (
    ("question", message("Question"), Content.WORD),
    ("title", message("Title"), Content.WORD),
    ("level", message("Key"), Content.WORD),
    ("label", message("Label"), Content.WORD),
    ("count", message("Number"), Content.WHOLE),
    ("share", message("Share"), Content.NUMBER),
    ("low", message("Interval from"), Content.NUMBER),
    ("high", message("Interval to"), Content.NUMBER),
    ("unweighted", message("Unweighted share"), Content.NUMBER),
)


def index_sheet(report: Report, language: Language) -> Sheet:
    """Return all rows of all indices; those of groups that are too small without their figures."""
    columns = _columns(_INDEX_COLUMNS, language)
    ranks: dict[tuple[str, int | None, str], list[Value]] = {
        (ranking.key, ranking.revision, one.subject.key): [
            place.rank,
            place.possible_low,
            place.possible_high,
            one.bands,
        ]
        for ranking in report.rankings
        for one, place in ranking.ranked
    }
    done, minimum = report.method.calibrated, report.method.minimum_group
    number = done.margins.number if done is not None and done.weights is not None else None
    rows = [
        [
            *_index_row(row, language, minimum),
            *ranks.get(_ranked_key(row), [None] * 4),
            report.method.weighting,
            number,
        ]
        for row in report.indices
    ]
    return Sheet(translate(message("Indices"), language), columns, rows)


def _ranked_key(row: IndexRow) -> tuple[str, int | None, str]:
    """Return what names a subject in a ranking; rows of groups have no rank."""
    ranked = row.subject if row.group is None else None
    return row.key, row.revision, "" if ranked is None else ranked.key


def _columns(
    named: Iterable[tuple[str, Message, Content]], language: Language
) -> tuple[Column, ...]:
    return tuple(
        Column(name, translate(title, language), content) for name, title, content in named
    )


def _index_row(row: IndexRow, language: Language, minimum_group: int) -> list[Value]:
    figure, group, subject = row.figure, row.group, row.subject
    figures: list[Value] = [
        figure.n,
        figure.value,
        figure.se,
        figure.low,
        figure.high,
        figure.effective_n,
        figure.deff,
        figure.df,
        row.unweighted,
        row.gap,
        *_favourable(row),
        *_concerned(row, minimum_group),
    ]
    return [
        row.key,
        said(row.title, language),
        None if subject is None else subject.key,
        None if subject is None else said(subject.title, language),
        None if group is None else group.attribute,
        None if group is None else group.level,
        None if group is None else said(group.title, language),
        *([None] * len(figures) if row.suppressed else figures),
        int(row.suppressed),
        row.revision,
    ]


def _favourable(row: IndexRow) -> list[Value]:
    """Return 满意率 in per cent: value, interval, unweighted."""
    if row.favourable is None:
        return [None] * 4
    figure = row.favourable.figure
    parts = (figure.value, figure.low, figure.high, row.favourable.unweighted)
    return [None if part is None else 100 * part for part in parts]


def _concerned(row: IndexRow, minimum_group: int) -> list[Value]:
    """Return users and their index; both figures stay empty where users or others are too few."""
    if row.concerned is None:
        return [None] * 6
    users, one = row.concerned.users, row.concerned.relevance
    relevance: list[Value] = [one.value, one.se, one.effective_n]
    if users is None:
        return [None, None, None, *relevance]
    if min(users.n, row.figure.n - users.n) < minimum_group:
        return [None] * 6
    return [users.n, users.value, users.se, *relevance]


def question_sheet(report: Report, language: Language) -> Sheet:
    """Return the level distribution of every question, of all subjects together."""
    rows: list[list[Any]] = [
        [
            question.field,
            said(question.title, language),
            level.key,
            level.label.in_language(language),
            level.count,
            level.share.value,
            level.share.low,
            level.share.high,
            level.unweighted,
        ]
        for question in report.questions
        for level in question.levels
    ]
    title = translate(message("Distributions"), language)
    return Sheet(title, _columns(_QUESTION_COLUMNS, language), rows)
