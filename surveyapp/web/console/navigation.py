"""What stands in the menu: just the pages an account may open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from surveyapp.domain.accounts import StaffView
from surveyapp.web.console.access import PREFIX, required_permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu.

    Attributes
    ----------
    endpoint : str
        The page it opens; the permission of that page decides who sees the line.
    label : str
        Translated when the page is made.
    icon : str
        Name of a symbol in ``console/icons.svg``.
    pages : tuple of str
        Beginnings of endpoint names, without ``console.``, that belong under this line.
    """

    endpoint: str
    label: Any
    icon: str
    pages: tuple[str, ...]


ENTRIES = (
    Entry("console.home", _l("Home"), "home", ("home",)),
    Entry("console.surveys", _l("Surveys"), "survey", ("survey", "place", "template", "draft")),
    Entry("console.reviews", _l("Service reviews"), "star", ("review",)),
    Entry("console.results", _l("Results"), "chart", ("result", "release", "export")),
    Entry(
        "console.cases", _l("Cases of bad reviews"), "case", ("case", "ledger", "slip", "calendar")
    ),
    Entry(
        "console.ballots", _l("Democratic evaluation"), "survey", ("ballot", "paper", "evaluation")
    ),
    Entry("console.assessment", _l("Composite assessment"), "trophy", ("assessment",)),
    Entry(
        "console.assessment_files",
        _l("Yearly files"),
        "file",
        ("assessment_file", "assessment_form", "assessment_visit", "assessment_duty"),
    ),
    Entry("console.units", _l("Organisation"), "units", ("unit", "organisation")),
    Entry("console.accounts", _l("Accounts"), "people", ("account",)),
    Entry("console.tokens", _l("Programs"), "key", ("token",)),
    Entry("console.log", _l("Log"), "log", ("log",)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the menu for one account and one page."""

    entry: Entry
    is_current: bool


def menu_for(staff: StaffView) -> list[Line]:
    """Return the lines an account sees, the one of the present page marked.

    Of several lines a page could belong under, it is the one that says most of its name.
    """
    page = (request.endpoint or "").removeprefix(PREFIX)
    entries = list(_allowed(ENTRIES, staff))
    fits = [
        max((len(one) for one in entry.pages if page.startswith(one)), default=0)
        for entry in entries
    ]
    best = max(fits, default=0)
    return [Line(entry, 0 < fit == best) for entry, fit in zip(entries, fits, strict=True)]


def _allowed(entries: Iterable[Entry], staff: StaffView) -> Iterable[Entry]:
    for entry in entries:
        permission = required_permission(entry.endpoint)
        if permission is not None and staff.may(permission):
            yield entry
