"""Reports as JSON for programs: full double precision, null where a quantity does not exist."""

from __future__ import annotations

from typing import Any

from surveyapp.domain.margins import JOINT
from surveyapp.domain.messages import Message
from surveyapp.domain.survey import UNKNOWN
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.results.figures import (
    Concerned,
    FavourableShare,
    Figure,
    IndexRow,
    LevelFigures,
    QuestionFigures,
)
from surveyapp.services.results.ranking_json import ranking_json
from surveyapp.services.results.report import CompositionRow, Method, Report
from surveyapp.services.results.sample_weights import Calibrated, MarginTable
from surveyapp.stats.weights import TrimmingReport


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as plain data.

    Every value is shown, those of suppressed rows too: this is for the survey's own staff.
    """
    return {
        "survey": report.key,
        "title": both(report.title),
        "kind": str(report.kind),
        "status": str(report.status),
        "n": report.n,
        "counted": report.fold.counted,
        "total": report.fold.total,
        "standings": dict(report.standings),
        "indices": [index_json(row) for row in report.indices],
        "alternatives": [
            {"key": one.key, "including": str(one.including)} | figure_json(one.figure)
            for one in report.alternatives
        ],
        "questions_of": None if report.questions_of is None else report.questions_of.key,
        "questions": [question_json(question) for question in report.questions],
        "composition": [composition_json(row) for row in report.composition],
        "days": [{"day": one.day.isoformat(), "n": one.n} for one in report.days],
        "rankings": [ranking_json(ranking) for ranking in report.rankings],
        "sentences": [both(sentence) for sentence in report.sentences],
        "method": method_json(report.method),
    }


def both(text: Text | Message) -> dict[str, str]:
    """Return a text in both languages."""
    if isinstance(text, Text):
        return {"zh": text.zh, "en": text.en}
    return {"zh": translate(text, "zh"), "en": translate(text, "en")}


def figure_json(figure: Figure) -> dict[str, Any]:
    """Return a figure under the names programs read."""
    return {
        "n": figure.n,
        "value": figure.value,
        "se": figure.se,
        "low": figure.low,
        "high": figure.high,
        "effective_n": figure.effective_n,
        "deff": figure.deff,
    }


def index_json(row: IndexRow) -> dict[str, Any]:
    """Return one row of an index; ``revision`` is there only where revisions differ."""
    document = {
        "key": row.key,
        "title": both(row.title),
        "subject": None if row.subject is None else row.subject.key,
        "subject_title": None if row.subject is None else both(row.subject.title),
        "by": row.by,
        "group_title": None if row.group is None else both(row.group.title),
        **figure_json(row.figure),
        "unweighted": row.unweighted,
        "gap": row.gap,
        "favourable": favourable_json(row.favourable),
        "concerned": concerned_json(row.concerned),
        "lowest": row.lowest,
        "highest": row.highest,
        "suppressed": row.suppressed,
    }
    return document if row.revision is None else document | {"revision": row.revision}


def favourable_json(share: FavourableShare | None) -> dict[str, Any] | None:
    """Return a favourable share, 0 to 1."""
    if share is None:
        return None
    return figure_json(share.figure) | {"unweighted": share.unweighted, "gap": share.gap}


def concerned_json(concerned: Concerned | None) -> dict[str, Any] | None:
    """Return an index or an item by relevance."""
    if concerned is None:
        return None
    return {
        "users": _optional(concerned.users),
        "favourable": _optional(concerned.favourable),
        "relevance_weighted": figure_json(concerned.relevance),
    }


def question_json(question: QuestionFigures) -> dict[str, Any]:
    """Return the figures of a question."""
    return {
        "field": question.field,
        "title": both(question.title),
        "heading": None if question.heading is None else both(question.heading),
        "shape": str(question.shape),
        "asked": question.asked,
        "answered": question.answered,
        "not_answered": question.not_answered,
        "levels": [_level_json(level) for level in question.levels],
        "mean": _optional(question.mean),
        "unweighted_mean": question.unweighted_mean,
        "favourable": _optional(question.favourable),
        "unweighted_favourable": question.unweighted_favourable,
        "concerned": concerned_json(question.concerned),
        "dont_know": _optional(question.dont_know),
        "deviation": question.deviation,
        "lowest": question.lowest,
        "highest": question.highest,
        "unit": None if question.unit is None else both(question.unit),
        "revisions": list(question.revisions),
    }


def _level_json(level: LevelFigures) -> dict[str, Any]:
    return {
        "key": level.key,
        "code": level.code,
        "label": both(level.label),
        "favourable": level.favourable,
        "unscored": level.unscored,
        "points": level.points,
        "count": level.count,
        "share": figure_json(level.share),
        "unweighted": level.unweighted,
        "given": level.given,
    }


def _optional(figure: Figure | None) -> dict[str, Any] | None:
    return None if figure is None else figure_json(figure)


def composition_json(row: CompositionRow) -> dict[str, Any]:
    """Return one line of the composition of the sample."""
    return {
        "attribute": row.group.attribute,
        "attribute_title": both(row.group.attribute_title),
        "level": row.group.level,
        "title": both(row.group.title),
        "n": row.n,
        "share": row.share,
    }


def method_json(method: Method) -> dict[str, Any]:
    """Return how the figures were made."""
    return {
        "statistic": "mean",
        "interval": "t",
        "share_interval": "wilson",
        "confidence": method.confidence,
        "variance": "linearised, domains within the whole sample",
        "weighting": method.weighting,
        **weighting_json(method.calibrated),
        "effective_n": method.effective_n,
        "standing": list(method.standing),
        "minimum_group": method.minimum_group,
        "open_form": method.open_form,
        "simulated": method.simulated,
        "notes": [both(note) for note in method.notes],
    }


def weighting_json(done: Calibrated | None) -> dict[str, Any]:
    """Return how weights were made, and the margins they were made for; null without margins.

    Where margins could not be met, ``calibration`` is null and ``not_calibrated`` says why.
    """
    if done is None:
        return {
            "calibration": None,
            "trimming": None,
            "margins": None,
            "not_calibrated": None,
        }
    return {
        "calibration": _calibration(done),
        "trimming": _trimming(done.trimming),
        "margins": {
            "number": done.margins.number,
            "source": done.margins.source,
            "sha256": done.margins.file_sha256,
            "wave": done.margins.wave,
            "set_at": done.margins.set_at.isoformat(),
            "variables": [_margin_json(table) for table in done.tables],
        },
        "not_calibrated": None if done.problem is None else both(done.problem),
    }


def _calibration(done: Calibrated) -> dict[str, Any] | None:
    report = done.report
    if report is None:
        return None
    return {
        "method": done.rule.method.value,
        "bounds": None if done.rule.bounds is None else list(done.rule.bounds),
        "iterations": report.iterations,
        "margin_error": report.margin_error,
        "g_min": report.g_min,
        "g_max": report.g_max,
        "effective_n_before": report.effective_n_before,
        "effective_n": report.effective_n,
        "unknown": done.unknown,
        "incomplete": done.incomplete,
    }


def _trimming(report: TrimmingReport | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "low": report.low,
        "high": report.high,
        "trimmed": report.trimmed,
        "effective_n_before": report.effective_n_before,
        "effective_n": report.effective_n,
    }


def _margin_json(table: MarginTable) -> dict[str, Any]:
    return {
        "variable": table.variable,
        "title": both(table.title),
        "levels": [
            {
                "level": UNKNOWN if level.levels is None else JOINT.join(level.levels),
                "title": both(level.title),
                "n": level.n,
                "population": level.population,
                "target": level.target,
                "before": level.before,
                "after": level.after,
            }
            for level in table.levels
        ],
    }
