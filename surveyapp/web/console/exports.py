"""Taking data out: a button a file. Each export is logged, so none of them is a GET."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.assembly import utc_now
from surveyapp.services.exports.exporting import Exported
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import disposition
from surveyapp.web.context import services
from surveyapp.web.locale import current_language, local_day, text_of

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/results/<key>/export", view_func=export, methods=["POST"])


@requires(Permission.EXPORT)
def export(key: str) -> Response:
    """Hand out responses, indices or weights as a file."""
    what, file_format = request.form.get("what", ""), request.form.get("format", "")
    if what not in ("responses", "indices", "weights") or file_format not in MEDIA_TYPES:
        raise BadInput(message("There is no such export."))
    with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
        path = Path(folder) / f"export.{file_format}"
        _write(key, what, path, file_format)
        # The open file outlives its name: it is sent from the disk and leaves nothing behind.
        file = path.open("rb")
    response = send_file(file, mimetype=MEDIA_TYPES[file_format], max_age=0)
    response.headers["Content-Disposition"] = disposition(_name(key, what, file_format))
    response.headers["Cache-Control"] = "no-store"
    return response


def _write(key: str, what: str, path: Path, file_format: str) -> Exported:
    exporting, actor, language = services().exporting, signed_in().actor, current_language()
    if what == "indices":
        return exporting.export_indices(key, path, file_format, actor, language=language)
    if what == "weights":
        return exporting.export_weights(key, path, file_format, actor, language=language)
    return exporting.export_responses(
        key,
        path,
        file_format,
        actor,
        levels="label" if request.form.get("levels") == "label" else "key",
        language=language,
    )


def _name(key: str, what: str, file_format: str) -> str:
    title = text_of(services().authoring.get(key).summary.title)
    kind = {"indices": _("Indices"), "weights": _("Weights")}.get(what, _("Responses"))
    today = local_day(utc_now())
    return f"{title} {kind} {today.isoformat()}.{file_format}"
