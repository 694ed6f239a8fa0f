"""One-time passwords on their way from the page that shows them to a workbook.

They are stored nowhere. The page carries the list, sealed against changes, and hands it back when
the administrator asks for a file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from openpyxl import Workbook
from openpyxl.styles import Font

from surveyapp.domain.accounts import IssuedAccount
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

HOUR = 3600


def seal(document: Any, purpose: str) -> str:
    """Write a document so that a page can carry it and nobody can change it."""
    return str(_sealer(purpose).dumps(document))


def unseal(sealed: str, purpose: str, seconds: int = HOUR) -> Any:
    """Read what `seal` has written.

    Raises
    ------
    BadInput
        It was changed, is meant for something else, or is too old.
    """
    try:
        return _sealer(purpose).loads(sealed, max_age=seconds)
    except BadSignature as error:
        raise BadInput(message("This page has expired: begin again.")) from error


def _sealer(purpose: str) -> URLSafeTimedSerializer:
    config = current_app.config
    oldest_first = [*reversed(config["SECRET_KEY_FALLBACKS"]), config["SECRET_KEY"]]
    return URLSafeTimedSerializer(oldest_first, salt=f"console.{purpose}")


def sealed_list(issued: Sequence[IssuedAccount], staff_id: UUID) -> str:
    """Seal a list for the one who sees it."""
    rows = [[one.name, one.full_name, one.password] for one in issued]
    return seal(rows, f"issued.{staff_id}")


def read_list(sealed: str, staff_id: UUID) -> list[IssuedAccount]:
    """Read a list that `sealed_list` has written for the same person."""
    rows = cast(list[list[str]], unseal(sealed, f"issued.{staff_id}"))
    return [IssuedAccount(*row) for row in rows]


def workbook_of(issued: Sequence[IssuedAccount]) -> bytes:
    """Write a list as a workbook."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = _("New accounts")
    sheet.append([_("Sign-in name"), _("Full name"), _("One-time password")])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for account in issued:
        sheet.append([account.name, account.full_name, account.password])
    for row in sheet.iter_rows():
        for cell in row:
            # Names come from people: a name that begins with = must not become a formula.
            cell.data_type = "s"
            cell.number_format = "@"
    for letter in "ABC":
        sheet.column_dimensions[letter].width = 26
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()
