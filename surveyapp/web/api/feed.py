"""What other programs read: indicators, snapshots, schemes in use and released scores.

Each address answers in JSON and, with ``.csv`` behind it, as a table; with an ETag, so that a
program that asks again with If-None-Match is told 304 where nothing changed; lists page by page,
each with the cursor of the next one (`next`, and a Link header).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.tokens import Scope, Token
from surveyapp.services.assessment.feeding import FeedPage
from surveyapp.web.api import feed_rows as rows
from surveyapp.web.api.requests import asked_limit, for_scope, is_clean
from surveyapp.web.context import services

PAGE = 50
MOST = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing programs read.

    Attributes
    ----------
    name : str
        Of the addresses, and of the list in the answer.
    page : callable
        Returns a page of things; reads its own filters from the address.
    one : callable
        Returns one thing by its key.
    entry, document : callable
        Write a thing as an entry of a list, and in full.
    columns : tuple of str
    lines : callable
        Write a thing as lines of a table.
    """

    name: str
    scope: Scope
    page: Callable[[str, int], FeedPage[Any]]
    one: Callable[[str], Any]
    entry: Callable[[Any], dict[str, Any]]
    document: Callable[[Any], dict[str, Any]]
    columns: tuple[str, ...]
    lines: Callable[[Any], list[rows.Row]]


def _indicators(after: str, limit: int) -> FeedPage[Any]:
    return services().feeding.indicators(after or None, limit)


def _snapshots(after: str, limit: int) -> FeedPage[Any]:
    return services().feeding.snapshots(
        _asked("source") or None, _asked_period(), _cursor(after), limit
    )


def _schemes(after: str, limit: int) -> FeedPage[Any]:
    return services().feeding.schemes(after or None, limit)


def _scores(after: str, limit: int) -> FeedPage[Any]:
    return services().feeding.scores(
        _asked("scheme") or None, _asked_period(), _cursor(after), limit
    )


KINDS = (
    Kind(
        name="indicators",
        scope=Scope.SNAPSHOTS,
        page=_indicators,
        one=lambda key: services().feeding.indicator(key),
        entry=rows.indicator_entry,
        document=rows.indicator_document,
        columns=rows.INDICATOR_COLUMNS,
        lines=rows.indicator_lines,
    ),
    Kind(
        name="snapshots",
        scope=Scope.SNAPSHOTS,
        page=_snapshots,
        one=lambda key: services().feeding.snapshot(_known(key)),
        entry=rows.snapshot_entry,
        document=rows.snapshot_document,
        columns=rows.VALUE_COLUMNS,
        lines=rows.snapshot_lines,
    ),
    Kind(
        name="schemes",
        scope=Scope.SCORES,
        page=_schemes,
        one=lambda key: services().feeding.scheme(key),
        entry=rows.scheme_entry,
        document=rows.scheme_document,
        columns=rows.SCHEME_COLUMNS,
        lines=rows.scheme_lines,
    ),
    Kind(
        name="scores",
        scope=Scope.SCORES,
        page=_scores,
        one=lambda key: services().feeding.score(_known(key)),
        entry=rows.score_entry,
        document=rows.score_document,
        columns=rows.SCORE_COLUMNS,
        lines=rows.score_lines,
    ),
)


def register(blueprint: Blueprint) -> None:
    """Add the addresses: of each kind a list and one thing, both as JSON and as CSV."""
    for kind in KINDS:
        for ending, is_csv in (("", False), (".csv", True)):
            name = f"{kind.name}_{'csv' if is_csv else 'json'}"
            blueprint.add_url_rule(f"/{kind.name}{ending}", name, _list_view(kind, is_csv=is_csv))
            blueprint.add_url_rule(
                f"/{kind.name}/<key>{ending}", f"{name}_one", _one_view(kind, is_csv=is_csv)
            )


def _list_view(kind: Kind, *, is_csv: bool) -> Callable[..., Response]:
    """Return the view of a list."""

    @for_scope(kind.scope)
    def show(_token: Token) -> Response:
        limit = asked_limit(PAGE, MOST)
        page = kind.page(_asked("after"), limit)
        if is_csv:
            response = rows.table(
                kind.columns, (line for one in page.entries for line in kind.lines(one))
            )
        else:
            entries = [kind.entry(one) for one in page.entries]
            response = rows.document({kind.name: entries, "next": page.next})
        if page.next is not None:
            response.headers["Link"] = f'<{rows.next_address(page.next)}>; rel="next"'
        return _conditional(response)

    return show


def _one_view(kind: Kind, *, is_csv: bool) -> Callable[..., Response]:
    """Return the view of one thing."""

    @for_scope(kind.scope)
    def show(_token: Token, key: str) -> Response:
        if not is_clean(key):
            raise NotFound(message("There is no such address."))
        found = kind.one(key)
        if is_csv:
            return _conditional(rows.table(kind.columns, kind.lines(found)))
        return _conditional(rows.document(kind.document(found)))

    return show


def _conditional(response: Response) -> Response:
    """Answer 304 to a program that has this already; whoever keeps it asks again each time."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    response.add_etag()
    response.make_conditional(request)
    return response


def _asked(name: str) -> str:
    text = request.args.get(name, "")
    if not is_clean(text):
        raise BadInput(message("The request cannot be read."))
    return text


def _asked_period() -> Period | None:
    text = _asked("period")
    return Period.parse(text) if text else None


def _cursor(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise BadInput(
            message("“after” is no cursor of this list: use “next” of a page.")
        ) from None


def _known(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise NotFound(message("There is no such address.")) from None
