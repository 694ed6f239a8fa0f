"""Reading a posted form as far as that is no question of answers: bytes, key and revision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from surveyapp.web.security import BadEncoding

OWN_FIELDS = (
    "csrf_token",
    "submission_key",
    "revision",
    "_named",
    "_phone",
    "_begun",
    "_review",
    "_ticket",
    "_solution",
)
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REVISION = re.compile(r"[1-9][0-9]{0,8}")
_REVIEWS = {"1": 1, "2": 2}
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
    named : bool
        Whether it is a review with a name.
    phone : str
        The number typed for a call back.
    begun : bool
        The page has said already that somebody began.
    review : int or None
        Which review of its service case an invited form was for.
    ticket, solution : str
        Of the page, and what the browser found for it.
    """

    key: UUID | None
    revision: int | None
    damaged: bool
    typed: dict[str, list[str]]
    named: bool = False
    phone: str = ""
    begun: bool = False
    review: int | None = None
    ticket: str = ""
    solution: str = ""

    @property
    def beside(self) -> list[tuple[str, str]]:
        """What stands beside the answers, as fields."""
        given = [("_named", "yes" if self.named else ""), ("_phone", self.phone)]
        given.append(("_begun", "1" if self.begun else ""))
        given.append(("_review", "" if self.review is None else str(self.review)))
        given += [("_ticket", self.ticket), ("_solution", self.solution)]
        return [(name, value) for name, value in given if value]


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
        named=_only(own["_named"]) == "yes",
        phone=_only(own["_phone"]) or "",
        begun=_only(own["_begun"]) == "1",
        review=_REVIEWS.get(_only(own["_review"]) or ""),
        ticket=_only(own["_ticket"]) or "",
        solution=_only(own["_solution"]) or "",
    )


def _only(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None
