"""The log, for auditors."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, render_template, request

from surveyapp.domain.roles import Permission
from surveyapp.services.auditing import LogQuery
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.pages import wanted_page
from surveyapp.web.console.words import action_text
from surveyapp.web.context import services, settings


def register(blueprint: Blueprint) -> None:
    """Add the page to the console."""
    blueprint.add_url_rule("/log", view_func=log)


@requires(Permission.SEE_LOG)
def log() -> str:
    """Show who changed, read or exported what; filters by action, person and local day."""
    action, actor = _given("action"), _given("actor")
    day = _day(_given("day"))
    since, until = _bounds(day)
    query = LogQuery(action or None, actor or None, since, until)
    page = services().auditing.read(query, wanted_page(), signed_in().actor)
    return render_template(
        "console/log.html",
        page=page,
        action=action,
        actor=actor,
        day=day.isoformat() if day else "",
        actions=sorted((str(action_text(one)), one) for one in page.actions),
    )


def _given(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _bounds(day: date | None) -> tuple[datetime | None, datetime | None]:
    """Return the local day as a half-open span of UTC."""
    if day is None or not 1900 < day.year < 9999:
        return None, None
    zone = settings().timezone
    since = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    return since.astimezone(UTC), until.astimezone(UTC)
