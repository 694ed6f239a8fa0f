"""Schemes of assessment and composite scores."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveyapp.cli.files import write_whole
from surveyapp.cli.program import Command, Group, Refused, _, json_option, option, spoken_language
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.decimals import fixed_text
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period

if TYPE_CHECKING:
    from surveyapp.services.assessment.schemes import SchemeDetail
    from surveyapp.services.assessment.scores import ScoreRun

UNDECIDED = message("Computed result, for study and reference; not the final grade.")


@click.group(cls=Group, help=_("Schemes of assessment: import them, put them in use, print them."))
def scheme() -> None:
    pass


@scheme.command(
    "import",
    help=_(
        "Import a scheme as YAML. A new key makes a new scheme, a known one a draft of its next"
        " version."
    ),
)
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_(session: Session, file: Path, as_json: bool) -> None:
    try:
        detail = session.services.schemes.import_file(file.read_bytes(), file.name, OPERATOR)
    except InvalidDefinition as error:
        places = [
            (":".join(str(part) for part in (file, one.line) if part is not None), one)
            for one in error.problems
        ]
        raise Refused(
            [
                f"{place}: {one.path + ': ' if one.path else ''}{session.in_words(one.message)}"
                for place, one in places
            ]
        ) from error
    if as_json:
        session.show_json(_as_json(detail))
        return
    session.say(
        message(
            "Imported “%(title)s” as %(key)s, version %(version)s; %(n)s places are still empty.",
            title=detail.scheme.title,
            key=detail.scheme.key,
            version=detail.version.number,
            n=len(detail.scheme.unfilled),
        )
    )
    for place in detail.scheme.unfilled:
        click.echo(f"  {place}")


@scheme.command("publish", help=_("Put a scheme in use: from now on scores are computed with it."))
@click.argument("key")
@json_option
@pass_session
def publish(session: Session, key: str, as_json: bool) -> None:
    detail = session.services.schemes.publish(key, OPERATOR)
    if as_json:
        session.show_json(_as_json(detail))
        return
    session.say(
        message(
            "“%(title)s” is in use (version %(version)s).",
            title=detail.scheme.title,
            version=detail.version.number,
        )
    )


@scheme.command("list", help=_("List all schemes, the latest year first."))
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    found = session.services.schemes.summaries()
    if as_json:
        session.show_json(
            {
                "schemes": [
                    {
                        "key": one.key,
                        "year": one.year,
                        "category": one.category,
                        "title": {"zh": one.title.zh, "en": one.title.en},
                        "version": one.version,
                        "draft": one.has_draft,
                        "unfilled": one.unfilled,
                    }
                    for one in found
                ]
            }
        )
    elif not found:
        session.say(message("There is no scheme yet."))
    for one in () if as_json else found:
        state = message("in use") if one.version is not None else message("draft")
        click.echo(
            f"{one.key}\t{one.year}\t{one.category}\t{session.in_words(state)}"
            f"\t{one.version or '-'}\t{session.in_words(one.title)}"
        )


@scheme.command(
    "preset",
    help=_(
        "Write a ready-made scheme to a file: a structure after a public report, every number"
        " empty, or one that was published with its numbers. Without a name: list them."
    ),
)
@click.argument("name", required=False)
@option("--key", help=_("Key of the scheme; default: that of the preset."))
@option("--year", type=int, help=_("Year of the scheme."))
@option("--category", default="", help=_("Category of units it is for."))
@option("--out", type=NEW_FILE, help=_("File to write, YAML."))
@pass_session
def preset(
    session: Session,
    name: str | None,
    key: str | None,
    year: int | None,
    category: str,
    out: Path | None,
) -> None:
    from surveyapp.services.assessment.presets import preset_document, presets, scheme_yaml

    if name is None:
        for one in presets():
            categories = "、".join(session.in_words(text) for text in one.categories)
            click.echo(f"{one.name}\t{session.in_words(one.title)}\t{categories}")
        return
    chosen = session.services.now().year if year is None else year
    content = scheme_yaml(
        preset_document(name, key=key or f"{name}-{chosen}", year=chosen, category=category)
    )
    if out is None:
        click.echo(content.decode(), nl=False)
    else:
        write_whole(out, content)


@scheme.command(
    "print",
    help=_("Show the indicators of each responsible unit and whether they fit on one A4 page."),
)
@click.argument("key")
@json_option
@pass_session
def print_(session: Session, key: str, as_json: bool) -> None:
    from surveyapp.services.assessment.one_page import pages_of

    services = session.services
    detail = services.schemes.get(key)
    pages = pages_of(detail.scheme, services.schemes.unit_names(), spoken_language())
    if as_json:
        session.show_json(
            {
                "scheme": key,
                "pages": [
                    {
                        "responsible": page.unit,
                        "name": page.name,
                        "indicators": [row.line.key for row in page.rows],
                        "fits": not page.too_many,
                        "overflow_mm": round(page.overflow),
                        "too_many": page.too_many,
                    }
                    for page in pages
                ],
            }
        )
        return
    for page in pages:
        click.echo(f"{page.name}\t{page.points}")
        for row in page.rows:
            click.echo("  " + "\t".join(row.cells[:5]))
        if page.too_many:
            session.say(
                message(
                    "This is more than one page: %(n)s indicators and about %(mm)s mm too much.",
                    n=page.too_many,
                    mm=round(page.overflow),
                )
            )
        else:
            session.say(message("This fits on one page."))


@click.command(
    cls=Command,
    help=_(
        "Compute the scores of a scheme for a period from verified values and frozen snapshots,"
        " and keep them with everything they follow from."
    ),
)
@click.argument("scheme_key", metavar="SCHEME")
@option("--period", required=True, help=_("Month 2026-03, quarter 2026Q1, half 2026H1 or year."))
@option("--seed", type=click.IntRange(0, 2**62), help=_("Seed of the simulation; random without."))
@option("--draws", type=click.IntRange(100, 100_000), help=_("How often survey error is drawn."))
@option(
    "--check",
    is_flag=True,
    help=_("Compute nothing new: check that the newest scores follow from what was stored."),
)
@json_option
@pass_session
def score(
    session: Session,
    scheme_key: str,
    period: str,
    seed: int | None,
    draws: int | None,
    check: bool,
    as_json: bool,
) -> None:
    services = session.services
    when = Period.parse(period)
    if check:
        _check(session, scheme_key, when, as_json=as_json)
        return
    with session.progress(message("Computing scores")):
        options: dict[str, Any] = {} if draws is None else {"draws": draws}
        run = services.scoring.score(scheme_key, when, OPERATOR, seed=seed, **options)
    if as_json:
        session.show_json(_run_json(run))
        return
    _show(session, run)


def _check(session: Session, key: str, period: Period, *, as_json: bool) -> None:
    run = session.services.scores.run(key, period)
    if run is None:
        raise Refused.because(
            message("There are no scores of “%(key)s” for this period yet.", key=key)
        )
    is_intact = session.services.scoring.verify(run.id)
    if as_json:
        session.show_json({"scheme": key, "period": str(period), "ok": is_intact})
    if not is_intact:
        raise Refused.because(message("These scores do not follow from what was stored with them."))
    if not as_json:
        session.say(
            message(
                "The scores follow from what was stored with them: input %(sha256)s.",
                sha256=run.input_sha256,
            )
        )


def _show(session: Session, run: ScoreRun) -> None:
    grades = run.result["grades"]
    language = spoken_language()
    session.say(UNDECIDED)
    for one in run.units:
        interval = one["interval"]
        between = ""
        if interval is not None and interval["low"] != interval["high"]:
            between = f"{interval['low']:.2f}–{interval['high']:.2f}"
        grade = "" if one["grade"] is None else grades[one["grade"]][language]
        click.echo(
            f"{one['rank'] or '-'}\t{one['unit']}\t{one['name']}\t{_shown(one['score'])}"
            f"\t{between}\t{grade}"
        )
        if one["missing"]:
            # Not inside of the f-string: what is written there never reaches a translator.
            missing = message("Missing: %(keys)s", keys=", ".join(one["missing"]))
            click.echo(f"  {session.in_words(missing)}")


def _shown(score_text: str | None) -> str:
    return "-" if score_text is None else fixed_text(Fraction(score_text))


def _run_json(run: ScoreRun) -> dict[str, Any]:
    return {
        "scheme": run.scheme_key,
        "period": str(run.period),
        "number": run.number,
        "final": False,
        "input_sha256": run.input_sha256,
        "made_at": run.made_at.isoformat(),
        "result": dict(run.result),
    }


def _as_json(detail: SchemeDetail) -> dict[str, Any]:
    return {
        "key": detail.scheme.key,
        "year": detail.scheme.year,
        "category": detail.scheme.category,
        "title": {"zh": detail.scheme.title.zh, "en": detail.scheme.title.en},
        "version": detail.version.number,
        "draft": detail.is_draft,
        "unfilled": list(detail.scheme.unfilled),
        "sha256": detail.version.sha256,
    }
