"""Figures of service reviews: overview, monthly bulletin, service cases, files for others."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.rates import QUANTITIES, RATES, Identity, RateKey
from surveyapp.domain.review_counts import Selection
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.assembly import utc_now
from surveyapp.services.collection.importing import LineError
from surveyapp.services.results.charts import Size
from surveyapp.services.results.trend_chart import TrendMark
from surveyapp.services.reviews.figures import Overview, Wanted
from surveyapp.services.reviews.groups import Dimension
from surveyapp.services.reviews.sheets import (
    BULLETIN_RATES,
    DIMENSIONS,
    IDENTITIES,
    bulletin_heading,
    write_bulletin,
    write_overview,
)
from surveyapp.services.reviews.trend import Step, Trend
from surveyapp.web.charts import as_picture, draw_trend, speak_as_the_page
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download, safe_name, uploaded
from surveyapp.web.console.recent import Recent, recent
from surveyapp.web.context import services
from surveyapp.web.locale import current_language, local_day, text_of
from surveyapp.web.security import upload_limit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}
UPLOAD_BYTES = 8 * 1024 * 1024
SHOWN_PROBLEMS = 100
FILTERS = (
    "since",
    "until",
    "unit",
    "subject",
    "item",
    "window",
    "staff",
    "channel",
    "source",
    "naming",
)

# The rates people ask for first, then the others in the order of their definitions.
FIRST = (RateKey.ACTIVE_GOOD, RateKey.ACTIVE, RateKey.BAD, RateKey.MEAN)
IN_PARTS = (
    (RateKey.ACTIVE_GOOD, Identity.ALL),
    (RateKey.GOOD, Identity.ALL),
    (RateKey.ACTIVE, Identity.ALL),
    (RateKey.UNREVIEWED, Identity.ALL),
)


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/reviews/<key>"
    blueprint.add_url_rule("/reviews", view_func=reviews)
    blueprint.add_url_rule(one, view_func=review)
    blueprint.add_url_rule(f"{one}/trend.svg", view_func=review_trend)
    blueprint.add_url_rule(f"{one}/bulletin", view_func=review_bulletin)
    blueprint.add_url_rule(f"{one}/export", view_func=review_export, methods=["POST"])
    blueprint.add_url_rule(f"{one}/exchange", view_func=review_exchange, methods=["POST"])
    blueprint.add_url_rule(f"{one}/volumes", view_func=review_volumes, methods=["GET", "POST"])


@requires(Permission.SEE_LIVE_RESULTS)
def reviews() -> str:
    """List the surveys of service reviews."""
    found = [
        one
        for one in services().authoring.summaries()
        if one.kind == Kind.REVIEW and one.status is not Status.DRAFT
    ]
    return render_template("console/reviews/list.html", found=found)


def _wanted() -> tuple[Wanted, Step | None]:
    """Read what the address asks for.

    Raises
    ------
    BadInput
        A day that is none.
    """
    given = {name: request.args.get(name, "").strip() or None for name in FILTERS}
    selection = Selection(
        since=_day(given["since"]),
        until=_day(given["until"]),
        item=given["item"],
        window=given["window"],
        staff=given["staff"],
        channel=given["channel"],
        is_imported={"here": False, "imported": True}.get(given["source"] or ""),
        is_named={"named": True, "anonymous": False}.get(given["naming"] or ""),
    )
    step = request.args.get("step", "")
    steps = {str(one): one for one in Step}
    return Wanted(selection, given["unit"], given["subject"]), steps.get(step)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            message("“%(text)s” is not a date such as 2026-11-21.", text=text[:40])
        ) from None


def _overview(key: str, *, fresh: bool) -> Overview:
    wanted, step = _wanted()
    kept: Recent[Overview] = recent("reviews")
    find = kept.fresh if fresh else kept.get
    return find((key, wanted, step), lambda: services().review_figures.overview(key, wanted, step))


@requires(Permission.SEE_LIVE_RESULTS)
def review(key: str) -> str:
    """Show the figures of the reviews of a survey, whole and in parts."""
    overview = _overview(key, fresh=True)
    given = {name: request.args.get(name, "") for name in (*FILTERS, "step")}
    asked = {name: value for name, value in given.items() if value}
    return render_template(
        "console/reviews/overview.html",
        survey=services().authoring.get(key),
        overview=overview,
        key=key,
        first=[overview.whole.rate(one) for one in FIRST],
        in_parts=IN_PARTS,
        definitions=RATES,
        quantities=QUANTITIES,
        identities=IDENTITIES,
        dimensions={one: name for one, name in DIMENSIONS.items() if one is not Dimension.UNIT},
        filters=_filter_fields(overview),
        given=given,
        asked=asked,
        targets=services().exchanging.targets(),
        chart=_chart_address(key, asked),
    )


def _chart_address(key: str, asked: Mapping[str, str]) -> Callable[[Size], str]:
    """Return the address of the chart of the page, in each size."""

    def sized(size: Size) -> str:
        more = {"size": "narrow"} if size == "narrow" else {}
        kept = {**asked, **more, "words": current_language()}
        return url_for("console.review_trend", key=key, **kept)  # type: ignore[arg-type]  # text

    return sized


def _filter_fields(overview: Overview) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return name, label and choices of each filter that has something to choose from."""
    fields = []
    for dimension in (
        Dimension.UNIT,
        Dimension.SUBJECT,
        Dimension.ITEM,
        Dimension.WINDOW,
        Dimension.STAFF,
        Dimension.CHANNEL,
    ):
        choices = [(one, text_of(label)) for one, label in overview.choices[dimension] if one]
        if choices:
            label = text_of(DIMENSIONS[dimension])
            fields.append((str(dimension), label, [("", _("all")), *choices]))
    fields.append(
        (
            "source",
            text_of(DIMENSIONS[Dimension.SOURCE]),
            [("", _("all")), ("here", _("Reviewed here")), ("imported", _("Imported"))],
        )
    )
    fields.append(
        (
            "naming",
            text_of(DIMENSIONS[Dimension.NAMING]),
            [("", _("all")), ("named", _("Named")), ("anonymous", _("Anonymous"))],
        )
    )
    return fields


@requires(Permission.SEE_LIVE_RESULTS)
def review_trend(key: str) -> Response:
    """Draw the control chart of the page."""
    overview = _overview(key, fresh=False)
    if not overview.trend.points:
        raise NotFound(message("The page has no such chart."))
    speak_as_the_page()
    return as_picture(_drawn(overview.trend))


def _drawn(trend: Trend) -> bytes:
    written = "%Y-%m" if trend.step is Step.MONTH else "%m-%d"
    marks = tuple(
        TrendMark(
            point.begins.strftime(written),
            point.value,
            point.low,
            point.high,
            point.signal is not None,
        )
        for point in trend.points
    )
    return draw_trend(marks, trend.centre)


@requires(Permission.SEE_LIVE_RESULTS)
def review_bulletin(key: str) -> str:
    """Show the bulletin of a month."""
    bulletin = services().bulletins.month(key, request.args.get("month", "").strip())
    return render_template(
        "console/reviews/bulletin.html",
        survey=services().authoring.get(key),
        bulletin=bulletin,
        key=key,
        month=f"{bulletin.first:%Y-%m}",
        rates=[(one, whose, bulletin_heading(one, whose)) for one, whose in BULLETIN_RATES],
        made_on=local_day(utc_now()),
    )


@requires(Permission.EXPORT)
def review_export(key: str) -> Response:
    """Hand out the figures, or a bulletin, as a workbook."""
    what = request.form.get("what", "")
    if what == "bulletin":
        bulletin = services().bulletins.month(key, request.form.get("month", ""))
        title, when = bulletin.survey.title, f"{bulletin.first:%Y-%m}"
        content = _made(lambda path: write_bulletin(bulletin, path, current_language()))
        name = _("Monthly bulletin")
    elif what == "figures":
        overview = services().review_figures.overview(key)
        title, when = overview.survey.title, local_day(utc_now()).isoformat()
        content = _made(lambda path: write_overview(overview, path, current_language()))
        name = _("Figures of reviews")
    else:
        raise BadInput(message("There is no such export."))
    detail = {"format": "xlsx", "what": what}
    services().auditing.note(signed_in().actor, "reviews.export", key, detail)
    return as_download(content, f"{text_of(title)} {name} {when}.xlsx", XLSX)


def _made(write: Callable[[Path], object], name: str = "file.xlsx") -> bytes:
    with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


@requires(Permission.EXPORT)
def review_exchange(key: str) -> Response:
    """Hand out the reviews as another platform takes them."""
    wanted, file_format = request.form.get("target", ""), request.form.get("format", "")
    exchanging = services().exchanging
    target = next((one for one in exchanging.targets() if one.key == wanted), None)
    if target is None or file_format not in MEDIA_TYPES:
        raise BadInput(message("There is no such export."))
    found = target
    content = _made(
        lambda path: exchanging.write(
            key,
            found,
            path,
            signed_in().actor,
            file_format=file_format,
            region=request.form.get("region", "").strip(),
            since=_day(request.form.get("since", "").strip() or None),
            until=_day(request.form.get("until", "").strip() or None),
        ),
        f"file.{file_format}",
    )
    title = text_of(services().authoring.get(key).summary.title)
    name = f"{title} {text_of(target.title)} {local_day(utc_now()).isoformat()}.{file_format}"
    return as_download(content, name, MEDIA_TYPES[file_format])


@requires(Permission.IMPORT_RESPONSES)
@upload_limit(UPLOAD_BYTES)
def review_volumes(key: str) -> Response:
    """Take numbers of service cases, and show which months have any."""
    if request.method == "GET":
        return _volumes_page(key)
    try:
        file = uploaded()
        with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
            path = Path(folder) / safe_name(file.filename)
            file.save(path)
            result = services().volumes.import_file(
                key, path, request.form.get("source", ""), signed_in().actor
            )
    except BadInput as refusal:
        return _volumes_page(key, refusal=refusal)
    if result.errors:
        return _volumes_page(key, errors=result.errors)
    flash(
        _(
            "Stored: %(new)s numbers new, %(replaced)s replaced, %(same)s unchanged.",
            new=result.new,
            replaced=result.replaced,
            same=result.unchanged,
        ),
        "success",
    )
    return redirect(url_for("console.review_volumes", key=key))


def _volumes_page(
    key: str, *, refusal: BadInput | None = None, errors: tuple[LineError, ...] = ()
) -> Response:
    page = render_template(
        "console/reviews/volumes.html",
        survey=services().authoring.get(key),
        key=key,
        months=services().volumes.months(key),
        refusal=refusal,
        errors=errors[:SHOWN_PROBLEMS],
        more=max(0, len(errors) - SHOWN_PROBLEMS),
        source=request.form.get("source", ""),
    )
    return make_response(page, 400 if refusal or errors else 200)
