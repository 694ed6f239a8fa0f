"""Composite assessment (综合考核): the way to its parts, each for those who may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, render_template
from flask_babel import lazy_gettext as _l

from surveyapp.domain.roles import Permission
from surveyapp.web.console.access import required_permission, requires


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the assessment.

    Attributes
    ----------
    endpoint : str
        The page it begins with; the permission of that page decides who sees the part.
    label, about : str
        Translated when the page is made.
    """

    endpoint: str
    label: Any
    about: Any


SECTIONS = (
    Section(
        "console.assessment_schemes",
        _l("Schemes"),
        _l("What is assessed in which category, with weights, grades and rules."),
    ),
    Section(
        "console.assessment_indicators",
        _l("Indicators"),
        _l("Figures of surveys, defined once and frozen period by period."),
    ),
    Section(
        "console.assessment_values",
        _l("Reported values"),
        _l("What departments report and a second person verifies."),
    ),
    Section(
        "console.assessment_proposals",
        _l("Proposed indicators"),
        _l("What units propose and the office settles."),
    ),
    Section(
        "console.assessment_scores",
        _l("Scores"),
        _l("Computed scores, each explained down to the count of answers."),
    ),
    Section(
        "console.assessment_feedback",
        _l("Feedback sheets"),
        _l("One page a unit: strengths, weaknesses, peers, change."),
    ),
    Section(
        "console.assessment_rectification",
        _l("Rectification"),
        _l("Who mends what until when, up to the second person's signature."),
    ),
    Section(
        "console.assessment_warnings",
        _l("Early warning"),
        _l("What is near its deadline, behind its target, or overdue."),
    ),
    Section(
        "console.assessment_forms",
        _l("Visits and duty reports"),
        _l("Forms of named staff, kept in the yearly file of a unit."),
    ),
)


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/assessment", view_func=assessment)
    blueprint.app_template_global("assessment_sections")(sections)


@requires(Permission.SEE_SCHEMES)
def assessment() -> str:
    """Show the parts of the assessment an account may open."""
    return render_template("console/assessment/home.html", sections=sections())


def sections() -> list[Section]:
    """Return the parts the present account may open, in the order of the work."""
    return [one for one in SECTIONS if _is_open(one.endpoint)]


def _is_open(endpoint: str) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    permission = required_permission(endpoint)
    return permission is not None and g.staff.may(permission)
