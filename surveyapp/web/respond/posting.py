"""Reading a posted form as far as that is no question of answers: bytes, key and revision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from surveyapp.web.security import BadEncoding

OWN_FIELDS = ("csrf_token", "submission_key", "revision")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REVISION = re.compile(r"[1-9][0-9]{0,8}")
_MULTIPART = "multipart/form-data"
_FORM_TYPES = ("application/x-www-form-urlencoded", _MULTIPART)
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Posted:
    """A posted form.

    Attributes
    ----------
    key : UUID or None
        None where it is missing, repeated or malformed.
    revision : int or None
        None where the form does not say: the current one is meant.
    damaged : bool
        The form's own fields are not what the page sent out.
    typed : dict
        All other values by field name.
    """

    key: UUID | None
    revision: int | None
    damaged: bool
    typed: dict[str, list[str]]


def require_form() -> None:
    """Refuse bodies that no form of ours can have sent.

    Raises
    ------
    UnsupportedMediaType
        Not a form.
    BadEncoding
        Not UTF-8, as far as `surveyapp.web.security` has not seen that before.
    """
    if request.mimetype not in _FORM_TYPES:
        raise UnsupportedMediaType
    if request.mimetype == _MULTIPART and any(
        _REPLACEMENT in text for pair in request.form.items(multi=True) for text in pair
    ):
        raise BadEncoding


def read_posted() -> Posted:
    """Read the form's own fields, and set the answers apart.

    Raises
    ------
    UnsupportedMediaType
        The body is no form.
    BadEncoding
        The body is not UTF-8.
    """
    require_form()
    values = {name: list(given) for name, given in request.form.lists()}
    own = {name: values.pop(name, []) for name in OWN_FIELDS}
    key = _only(own["submission_key"])
    revision = _only(own["revision"])
    good_key = key is not None and _KEY.fullmatch(key) is not None
    good_revision = not own["revision"] or (
        revision is not None and _REVISION.fullmatch(revision) is not None
    )
    return Posted(
        key=UUID(key) if key is not None and good_key else None,
        revision=int(revision) if revision is not None and good_revision else None,
        damaged=not (good_key and good_revision),
        typed=values,
    )


def _only(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None
