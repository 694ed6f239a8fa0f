"""Values that departments report, and occurrences that add or take points, two people each.

The operator acts for people: `--by` names who reports, `--witness` who has checked. Both have
accounts, and the log says that the command line did it for them.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from surveyapp.cli.files import write_whole
from surveyapp.cli.program import Group, _, json_option, option, spoken_language
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput, NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.objective import ENTRY_STATUS_NAMES, VALUE_STATUS_NAMES, ValueStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.services.assessment.entries import Entry
from surveyapp.services.assessment.evidence import Evidence
from surveyapp.services.assessment.objectives import ValueQuery
from surveyapp.services.assessment.verifying import Verified

_BY = _("Account of whoever reports; the operator of the office if left out.")
_WITNESS = _("Account of the second person, a reviewer who has checked it against the source.")


@click.group(cls=Group, help=_("Values that departments report and a second person verifies."))
def objective() -> None:
    pass


@objective.command(
    "import",
    help=_(
        "Import values of a scheme (CSV, XLSX or Parquet) with the columns indicator, unit,"
        " period, value and note. All rows are stored or none; a corrected value is a new version."
        " Nothing counts before `objective verify`."
    ),
)
@click.argument("scheme")
@click.argument("file", type=FILE)
@option("--source", default="", help=_("Where the values come from; the file's name if left out."))
@option("--by", help=_BY)
@json_option
@pass_session
def import_(
    session: Session, scheme: str, file: Path, source: str, by: str | None, as_json: bool
) -> None:
    person, asked_by = _acting(session, by)
    result = session.services.objectives.import_file(
        scheme, file, source, person, asked_by=asked_by
    )
    if as_json:
        session.show_json(
            {
                "scheme": scheme,
                "new": result.new,
                "corrected": result.corrected,
                "unchanged": result.unchanged,
                "left_empty": result.left_empty,
                "errors": session.errors_json(result.errors),
            }
        )
    if result.errors:
        raise session.import_refused(file, len(result.errors), result.errors, with_rows=not as_json)
    if not as_json:
        session.say(
            message(
                "Values: %(new)s new, %(corrected)s corrected, %(same)s unchanged, %(empty)s left"
                " empty. They count once a second person has verified them.",
                new=result.new,
                corrected=result.corrected,
                same=result.unchanged,
                empty=result.left_empty,
            )
        )


@objective.command("verify", help=_("Let the values that wait count, on a second person's word."))
@click.argument("scheme")
@option("--witness", required=True, help=_WITNESS)
@option("--period", help=_("Only values of this period, such as 2026Q1."))
@option("--indicator", help=_("Only values of this indicator."))
@json_option
@pass_session
def verify_values(
    session: Session,
    scheme: str,
    witness: str,
    period: str | None,
    indicator: str | None,
    as_json: bool,
) -> None:
    done = session.services.verifying.verify_all(
        scheme,
        session.services.objectives.person(witness),
        period=Period.parse(period) if period else None,
        indicator=indicator,
        asked_by=OPERATOR,
    )
    _show_verified(session, scheme, done, as_json=as_json)


@objective.command("list", help=_("List reported values, what waits first."))
@click.argument("scheme")
@option("--period", help=_("Only values of this period, such as 2026Q1."))
@option("--indicator", help=_("Only values of this indicator."))
@option("--unit", help=_("Only values of this unit, by its code."))
@option(
    "--status",
    type=click.Choice([str(status) for status in ValueStatus]),
    help=_("Only values that have come so far."),
)
@json_option
@pass_session
def list_values(
    session: Session,
    scheme: str,
    period: str | None,
    indicator: str | None,
    unit: str | None,
    status: str | None,
    as_json: bool,
) -> None:
    query = ValueQuery(
        scheme,
        indicator=indicator,
        period=str(Period.parse(period)) if period else None,
        unit=unit,
        status=ValueStatus(status) if status else None,
    )
    lines = session.services.objectives.lines(query, Person.office(OPERATOR))
    if as_json:
        session.show_json(
            {
                "scheme": scheme,
                "values": [
                    {
                        "indicator": one.indicator_key,
                        "unit": one.unit_code,
                        "period": str(one.period),
                        "version": one.version,
                        "value": one.value,
                        "status": str(one.status),
                        "source": one.source,
                        "note": one.note,
                        "reported_by": one.reported_by,
                        "decided_by": one.decided_by,
                        "reason": one.decision_note,
                    }
                    for one in lines
                ],
            }
        )
        return
    for one in lines:
        status_name = session.in_words(VALUE_STATUS_NAMES[one.status])
        click.echo(
            f"{one.indicator_key}\t{one.unit_code}\t{one.period}\t{one.value}"
            f"\tv{one.version}\t{status_name}"
        )


@objective.command(
    "template", help=_("Write the workbook with a row for every value that is due in a period.")
)
@click.argument("scheme")
@option("--period", required=True, help=_("Only values of this period, such as 2026Q1."))
@option("--by", help=_BY)
@option("--out", type=NEW_FILE, required=True, help=_("Where to write it (XLSX)."))
@pass_session
def template(session: Session, scheme: str, period: str, by: str | None, out: Path) -> None:
    person, _asked_by = _acting(session, by)
    content = session.services.objectives.template(
        scheme, Period.parse(period), person, spoken_language()
    )
    write_whole(out, content)
    session.say(message("Written: %(file)s", file=out))


@click.group(cls=Group, help=_("Occurrences that add or take points or change a grade."))
def adjust() -> None:
    pass


@adjust.command(
    "add",
    help=_(
        "Enter an occurrence of a rule of the scheme, with the document it follows from."
        " It counts once a second person has verified it."
    ),
)
@click.argument("scheme")
@option("--unit", required=True, help=_("Code of the unit."))
@option("--rule", required=True, help=_("Key of the rule that adds, takes or overrides."))
@option("--period", help=_("Period it belongs to, such as 2026Q1; its last day counts."))
@option("--day", type=click.DateTime(["%Y-%m-%d"]), help=_("Day it happened, instead of a period."))
@option("--occurrences", type=int, default=1, help=_("How often it happened; once if left out."))
@option("--reason", required=True, help=_("What happened, and why the rule applies."))
@option(
    "--document",
    required=True,
    help=_("Title and number of the source document, or a file with it."),
)
@option("--by", help=_BY)
@json_option
@pass_session
def add(
    session: Session,
    scheme: str,
    unit: str,
    rule: str,
    period: str | None,
    day: datetime | None,
    occurrences: int,
    reason: str,
    document: str,
    by: str | None,
    as_json: bool,
) -> None:
    if (period is None) == (day is None):
        raise BadInput(message("Give either the day it happened or the period it belongs to."))
    person, asked_by = _acting(session, by)
    title, files = _document(document)
    entry = Entry(
        rule=rule,
        unit=unit,
        day=day.date() if day is not None else Period.parse(period or ""),
        occurrences=occurrences,
        reason=reason,
        document=title,
        files=files,
    )
    entry_id = session.services.adjusting.add(scheme, entry, person, asked_by=asked_by)
    if as_json:
        session.show_json({"scheme": scheme, "id": str(entry_id)})
    else:
        session.say(message("Entered; it counts once a second person has verified it."))


@adjust.command("verify", help=_("Let occurrences that wait count, on a second person's word."))
@click.argument("scheme")
@option("--witness", required=True, help=_WITNESS)
@json_option
@pass_session
def verify_entries(session: Session, scheme: str, witness: str, as_json: bool) -> None:
    person = session.services.objectives.person(witness)
    done = session.services.adjusting.verify_all(scheme, person, asked_by=OPERATOR)
    _show_verified(session, scheme, done, as_json=as_json)


@adjust.command("list", help=_("List the occurrences of a scheme, the latest first."))
@click.argument("scheme")
@json_option
@pass_session
def list_entries(session: Session, scheme: str, as_json: bool) -> None:
    lines = session.services.adjusting.lines(scheme, Person.office(OPERATOR))
    if as_json:
        entries: list[dict[str, Any]] = [
            {
                "id": str(one.id),
                "kind": str(one.kind),
                "rule": one.rule_key,
                "unit": one.unit_code,
                "day": one.day.isoformat(),
                "occurrences": one.occurrences,
                "reason": one.reason,
                "document": one.document,
                "status": str(one.status),
                "entered_by": one.entered_by,
                "decided_by": one.decided_by,
            }
            for one in lines
        ]
        session.show_json({"scheme": scheme, "entries": entries})
        return
    for one in lines:
        status_name = session.in_words(ENTRY_STATUS_NAMES[one.status])
        click.echo(
            f"{one.day}\t{one.unit_code}\t{one.rule_key}\t×{one.occurrences}"
            f"\t{one.document}\t{status_name}"
        )


def _acting(session: Session, by: str | None) -> tuple[Person, Any]:
    """Return who reports, and the operator where they act for somebody."""
    if by is None:
        return Person.office(OPERATOR), None
    return session.services.objectives.person(by), OPERATOR


def _document(given: str) -> tuple[str, tuple[Evidence, ...]]:
    """Return the title of a source document, and the file where one is named."""
    path = Path(given)
    if len(given) < 256 and path.is_file():
        return path.stem, (Evidence(path.name, path.read_bytes()),)
    return given, ()


def _show_verified(session: Session, scheme: str, done: Verified, *, as_json: bool) -> None:
    if as_json:
        session.show_json({"scheme": scheme, "verified": done.verified, "left": done.left})
    if done.left and not done.verified:
        raise NotAllowed(
            message(
                "Nothing was verified: all %(n)s were reported by this person or concern their"
                " own unit. Name another witness.",
                n=done.left,
            )
        )
    if not as_json:
        session.say(
            message(
                "Verified: %(n)s. Left for another witness: %(left)s.",
                n=done.verified,
                left=done.left,
            )
        )
