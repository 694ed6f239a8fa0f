"""Whatever is sent, the answer is one that the description promises."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveyapp.domain.tokens import Scope
from tests.builders import an_open_survey, review_document
from tests.support.programs import API, SURVEY, Program
from tests.web.conftest import Site


@pytest.fixture
def quick(sqlite_site: Site) -> Site:
    an_open_survey(sqlite_site.services, review_document())
    return sqlite_site


_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=80)
    | st.sampled_from([SURVEY, "w1", "png", "2026-11-20", "2027-01-01T00:00:00Z"])
)
_ANYTHING = st.recursive(
    _SCALAR, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=12), one)
)
_ORDERS = st.fixed_dictionaries(
    {"survey": st.just(SURVEY) | _SCALAR, "case_number": st.text(max_size=60)},
    optional=dict.fromkeys(
        ("subject", "item_code", "item_name", "window", "staff_number", "expires_at", "qr"), _SCALAR
    ),
)
_ROWS = st.fixed_dictionaries(
    {"day": st.just("2026-11-20") | _SCALAR, "n": st.integers() | _SCALAR},
    optional=dict.fromkeys(("subject", "unit", "item", "window", "other"), _SCALAR),
)
_DELIVERIES = st.fixed_dictionaries(
    {"survey": st.just(SURVEY), "volumes": st.lists(_ROWS, max_size=4)},
    optional={"source": _SCALAR},
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=_ORDERS | _ANYTHING)
def test_whatever_order_comes_the_answer_is_one_that_is_described(
    quick: Site, document: Any
) -> None:
    _fuzz(quick, Scope.INVITATIONS, "/invitations", document)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=_DELIVERIES | _ANYTHING)
def test_whatever_numbers_come_the_answer_is_one_that_is_described(
    quick: Site, document: Any
) -> None:
    _fuzz(quick, Scope.VOLUMES, "/volumes", document)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.text(min_size=1, max_size=60), key=st.text(max_size=20) | st.just(SURVEY))
def test_whatever_case_is_asked_for_the_answer_is_one_that_is_described(
    quick: Site, number: str, key: str
) -> None:
    program = _program(quick, Scope.INVITATIONS)
    path = f"/invitations/{quote(number, safe='', errors='replace')}"
    answer = program.client.get(
        f"{API}{path}?survey={quote(key, errors='replace')}", headers=program.headers
    )
    if answer.status_code != 308 and not set(number) <= {"/", "."}:
        program.check("GET", "/invitations/x", answer)


def _fuzz(site: Site, scope: Scope, path: str, document: Any) -> None:
    program = _program(site, scope)
    status, _ = program.post(path, document)
    assert status < 500


def _program(site: Site, scope: Scope) -> Program:
    """Return the program of this site, the same for all examples."""
    known: dict[Scope, Program] = site.app.extensions.setdefault("programs of tests", {})
    if scope not in known:
        known[scope] = Program(site, scope)
    return known[scope]
