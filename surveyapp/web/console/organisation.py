"""The tree of units, and the workbook that changes units, windows and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Refusal
from surveyapp.domain.organisation import AccountRow, Sheet, Unit, UnitRow
from surveyapp.domain.organisation_plan import Kind
from surveyapp.domain.roles import Grant, Permission, Role
from surveyapp.services.organisation.files import MAXIMUM_BYTES
from surveyapp.services.organisation.organising import OrganisationPreview
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.accounts import issued_page
from surveyapp.web.console.files import as_download, uploaded
from surveyapp.web.console.issued import seal, unseal
from surveyapp.web.context import services
from surveyapp.web.locale import current_language
from surveyapp.web.security import upload_limit

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Room for the other parts of the form around the file.
_UPLOAD_BYTES = MAXIMUM_BYTES + 64 * 1024
_SHOWN_PROBLEMS = 200


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/organisation", view_func=units)
    blueprint.add_url_rule("/organisation/template.xlsx", view_func=unit_template)
    blueprint.add_url_rule(
        "/organisation/upload", view_func=organisation_upload, methods=["GET", "POST"]
    )
    blueprint.add_url_rule("/organisation/apply", view_func=organisation_apply, methods=["POST"])


@requires(Permission.MANAGE_UNITS)
def units() -> str:
    """Show the tree of units."""
    return render_template("console/organisation/tree.html", nodes=services().organising.tree())


@requires(Permission.MANAGE_UNITS)
def unit_template() -> Response:
    """Hand out the workbook to fill in."""
    content = services().organising.template(current_language())
    name = _("Units, windows and accounts")
    return as_download(content, f"{name}.xlsx", _WORKBOOK)


@requires(Permission.MANAGE_ACCOUNTS)
@upload_limit(_UPLOAD_BYTES)
def organisation_upload() -> Response:
    """Take a workbook and say what it would do; nothing is stored."""
    if request.method == "GET":
        return _upload_page(None)
    staff = signed_in()
    try:
        data = uploaded().read()
        preview = services().organising.preview(data, staff.actor)
    except BadInput as refusal:
        return _upload_page(refusal)
    page = render_template(
        "console/organisation/preview.html",
        previewed=preview,
        kinds=Kind,
        shown=preview.problems[:_SHOWN_PROBLEMS],
        sealed=_sealed(preview, f"organisation.{staff.id}"),
    )
    return make_response(page, 400 if preview.problems else 200)


@requires(Permission.MANAGE_ACCOUNTS)
@upload_limit(_UPLOAD_BYTES)
def organisation_apply() -> Response:
    """Do what the preview announced, all of it or nothing."""
    staff = signed_in()
    document = unseal(request.form.get("preview", ""), f"organisation.{staff.id}")
    applied = services().organising.apply(
        [_unit_row(row) for row in document["units"]],
        [_account_row(row) for row in document["accounts"]],
        document["plan"],
        staff.actor,
        file_sha256=document["file"],
    )
    flash(
        _(
            "Done: %(new)s units new, %(changed)s units changed, %(accounts)s accounts changed.",
            new=applied.new_units,
            changed=applied.changed_units,
            accounts=applied.changed_accounts,
        ),
        "success",
    )
    if not applied.issued:
        return redirect(url_for("console.units"))
    return issued_page(applied.issued)


def _upload_page(refusal: Refusal | None) -> Response:
    page = render_template("console/organisation/upload.html", refusal=refusal)
    return make_response(page, 400 if refusal else 200)


def _sealed(preview: OrganisationPreview, purpose: str) -> str | None:
    """Seal what was previewed, so that just this is applied; None where there is nothing to do."""
    if preview.problems or preview.plan.is_empty:
        return None
    file = preview.file
    document = {
        "file": file.sha256,
        "plan": preview.plan.sha256,
        "units": [_unit_document(row) for row in file.units],
        "accounts": [_account_document(row) for row in file.accounts],
    }
    return seal(document, purpose)


def _unit_document(row: UnitRow) -> list[Any]:
    unit = row.unit
    return [row.sheet, row.row, unit.code, unit.name, unit.parent_code, unit.category]


def _unit_row(document: Sequence[Any]) -> UnitRow:
    sheet, row, *unit = document
    return UnitRow(Sheet(sheet), row, Unit(*unit))


def _account_document(row: AccountRow) -> list[Any]:
    grants = [[grant.role, grant.unit_code, grant.team] for grant in row.grants]
    return [row.row, row.name, row.full_name, grants]


def _account_row(document: Sequence[Any]) -> AccountRow:
    row, name, full_name, grants = document
    return AccountRow(
        row, name, full_name, tuple(Grant(Role(role), unit, team) for role, unit, team in grants)
    )
