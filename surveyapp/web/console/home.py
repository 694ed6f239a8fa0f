"""The first page: what awaits the person who signed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.objective import ValueStatus
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Status
from surveyapp.services.authoring import SurveySummary
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services


@dataclass(frozen=True, slots=True)
class Task:
    """Something that awaits: how many, what, what to do about it, and where."""

    number: int | None
    title: str
    advice: str
    address: str


def register(blueprint: Blueprint) -> None:
    """Add the page to the console."""
    blueprint.add_url_rule("/", view_func=home)


@requires(Permission.SIGNED_IN)
def home() -> str:
    """Show what awaits this account."""
    staff = signed_in()
    tasks = [
        *_case_tasks(staff),
        *_matter_tasks(staff),
        *_assessment_tasks(staff),
        *_scheme_tasks(staff),
        *_tasks(staff),
    ]
    return render_template("console/home.html", tasks=tasks)


def _case_tasks(staff: StaffView) -> Iterator[Task]:
    """Yield what is overdue, due and waiting among bad reviews: it comes before all else."""
    if not staff.may(Permission.SEE_CASES):
        return
    counts = services().casework.counts(staff)
    if counts.overdue:
        address = url_for("console.cases", urgency="overdue")
        text = _("Their deadline has passed: put them first.")
        yield Task(counts.overdue, _("Bad reviews overdue"), text, address)
    if counts.due:
        address = url_for("console.cases", urgency="due")
        text = _("Their deadline ends within two working days.")
        yield Task(counts.due, _("Bad reviews due soon"), text, address)
    if counts.mine:
        address = url_for("console.cases", turn="mine")
        text = _("The next step is yours.")
        yield Task(counts.mine, _("Bad reviews waiting for you"), text, address)
    if not counts.open or not staff.may(Permission.SUPERVISE_CASES):
        return
    missing = services().case_calendar.missing_year()
    if missing is not None:
        text = _("Until then deadlines that reach into that year are provisional.")
        title = _("Enter the holidays of %(year)s", year=missing)
        yield Task(None, title, text, url_for("console.calendar_enter", year=missing))


def _matter_tasks(staff: StaffView) -> Iterator[Task]:
    """Yield what is overdue, due and waiting among matters being put right."""
    if not staff.may(Permission.SEE_CASES):
        return
    counts = services().rectifying.counts(staff)
    page = "console.assessment_rectification"
    if counts.overdue:
        text = _("Their deadline has passed: put them first.")
        yield Task(counts.overdue, _("Matters overdue"), text, url_for(page, urgency="overdue"))
    if counts.due:
        text = _("Their deadline ends within seven days.")
        yield Task(counts.due, _("Matters due soon"), text, url_for(page, urgency="due"))
    if counts.answered and staff.may(Permission.CLOSE_CASES):
        text = _("Check what was done and settle them, or send them back.")
        yield Task(counts.answered, _("Matters to check"), text, url_for(page, state="answered"))


def _assessment_tasks(staff: StaffView) -> Iterator[Task]:
    """Yield what awaits somebody in the composite assessment."""
    awaited = services().awaiting.of(Person.of(staff))
    if awaited.missing:
        text = _("Their period has ended: report them, or say why they are late.")
        address = url_for("console.assessment_values_report")
        yield Task(awaited.missing, _("Values your unit has not reported"), text, address)
    if awaited.values:
        text = _("Compare them with their source; they count once you have verified them.")
        address = url_for("console.assessment_values", status=ValueStatus.REPORTED)
        yield Task(awaited.values, _("Reported values to verify"), text, address)
    if awaited.entries:
        text = _("Compare them with their source document.")
        address = url_for("console.assessment_entries")
        yield Task(awaited.entries, _("Additions and deductions to verify"), text, address)
    if awaited.objections:
        text = _("Whoever reported or verified leaves the ruling to somebody else.")
        address = url_for("console.assessment_objections")
        yield Task(awaited.objections, _("Objections of units"), text, address)
    if awaited.proposals:
        text = _("Settle them together, and say why.")
        address = url_for("console.assessment_proposals")
        yield Task(awaited.proposals, _("Proposed indicators to settle"), text, address)


def _scheme_tasks(staff: StaffView) -> Iterator[Task]:
    """Yield drafts of schemes: to be filled in, or to be put in use by a second person."""
    if not (staff.may(Permission.EDIT_SCHEMES) or staff.may(Permission.SETTLE)):
        return
    drafts = [one for one in services().schemes.summaries() if one.has_draft]
    address = url_for("console.assessment_schemes")
    ready = [one for one in drafts if not one.unfilled and one.drafted_by != staff.id]
    if ready and staff.may(Permission.SETTLE):
        text = _("Read them and put them in use: whoever made a draft cannot.")
        yield Task(len(ready), _("Schemes to put in use"), text, address)
    unfilled = [one for one in drafts if one.unfilled]
    if unfilled and staff.may(Permission.EDIT_SCHEMES):
        text = _("Until every place is filled in, a scheme cannot be put in use.")
        yield Task(len(unfilled), _("Schemes with empty places"), text, address)


def _tasks(staff: StaffView) -> Iterator[Task]:
    if staff.may(Permission.SEE_SURVEYS):
        own = [one for one in services().authoring.summaries() if not one.method_sample]
        yield from _survey_tasks(staff, own)
    elif staff.may(Permission.SEE_RELEASED_RESULTS):
        yield Task(
            None,
            _("Released results"),
            _("Read what was released, with its margin of error."),
            url_for("console.results"),
        )
    if staff.may(Permission.MANAGE_ACCOUNTS):
        yield from _administration_tasks()
    if staff.may(Permission.SEE_LOG):
        yield Task(
            None,
            _("Log"),
            _("Who changed, read or exported what."),
            url_for("console.log"),
        )


def _survey_tasks(staff: StaffView, surveys: Sequence[SurveySummary]) -> Iterator[Task]:
    address = url_for("console.surveys")
    drafts, running, closed = (
        [one for one in surveys if one.status is status]
        for status in (Status.DRAFT, Status.OPEN, Status.CLOSED)
    )
    if drafts:
        yield Task(len(drafts), _("Drafts"), _draft_advice(staff), address)
    if running:
        responses = sum(one.responses for one in running)
        text = ngettext("%(num)s response so far.", "%(num)s responses so far.", responses)
        yield Task(len(running), _("Surveys in use"), text, address)
    if closed and staff.may(Permission.RELEASE_RESULTS):
        waiting = [one for one in closed if services().releasing.latest(one.key) is None]
        if waiting:
            text = _("Check the results and release them.")
            yield Task(len(waiting), _("Closed, not released"), text, url_for("console.results"))
    elif closed:
        text = _("Read their results.")
        yield Task(len(closed), _("Closed surveys"), text, url_for("console.results"))
    if staff.may(Permission.EDIT_SURVEYS):
        text = _("Begin with a template or upload a definition.")
        yield Task(None, _("New survey"), text, url_for("console.draft_new"))


def _draft_advice(staff: StaffView) -> str:
    if staff.may(Permission.PUT_IN_USE):
        return _("Look them through and put them in use.")
    if staff.may(Permission.EDIT_SURVEYS):
        return _("Complete them, then ask a reviewer to put them in use.")
    return _("Being prepared by their editors.")


def _administration_tasks() -> Iterator[Task]:
    accounts = services().staffing.accounts()
    waiting = sum(one.must_change_password and not one.is_disabled for one in accounts)
    text = _("Everybody has chosen a password.")
    if waiting:
        text = ngettext(
            "%(num)s person has not signed in with the one-time password yet.",
            "%(num)s people have not signed in with their one-time password yet.",
            waiting,
        )
    yield Task(len(accounts), _("Accounts"), text, url_for("console.accounts"))
    units = len(services().organising.units())
    text = _("Bring them up to date with the Excel template.")
    if not units:
        text = _("Begin here: fill in the Excel template and upload it.")
    yield Task(units, _("Units and windows"), text, url_for("console.units"))
