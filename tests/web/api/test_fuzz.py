"""Whatever is sent, the answer is one that the description promises."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveyapp.domain.tokens import Scope
from tests.builders import an_open_survey, review_document
from tests.support.assessed import an_assessment
from tests.support.programs import API, SURVEY, Program
from tests.web.conftest import Site


@pytest.fixture
def quick(sqlite_site: Site) -> Site:
    an_open_survey(sqlite_site.services, review_document())
    an_assessment(sqlite_site.services)
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


_TEXTS = st.text(max_size=40) | st.sampled_from(
    ["2026Q3", "2026", "counties-2026", "0" * 32, "public", "-1", "50", "1e9", "a.csv"]
)
_QUESTIONS = st.dictionaries(
    st.sampled_from(["after", "limit", "period", "source", "scheme", "other"]), _TEXTS
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["indicators", "snapshots", "schemes", "scores"]),
    key=st.none() | _TEXTS,
    ending=st.sampled_from(["", ".csv"]),
    asked=_QUESTIONS,
    known=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_whatever_is_asked_of_the_feed_the_answer_is_one_that_is_described(
    quick: Site, kind: str, key: str | None, ending: str, asked: dict[str, str], known: str | None
) -> None:
    scope = Scope.SNAPSHOTS if kind in ("indicators", "snapshots") else Scope.SCORES
    program = _program(quick, scope)
    if key is not None and ("/" in key or set(key) <= {"."}):
        key = "x"
    part = "" if key is None else f"/{quote(key, safe='', errors='replace')}"
    query = urlencode(asked, errors="replace")
    headers = program.headers | ({} if known is None else {"If-None-Match": known})
    answer = program.client.get(f"{API}/{kind}{part}{ending}?{query}", headers=headers)
    described = f"/{kind}{'' if key is None else '/x'}{ending}"
    is_table = key is not None and key.endswith(".csv")
    program.check("GET", described + (".csv" if is_table and not ending else ""), answer)
    assert answer.status_code < 500


_VALUES = st.fixed_dictionaries(
    {
        "indicator": st.just("growth") | _SCALAR,
        "unit": st.just("west") | _SCALAR,
        "period": st.just("2026Q3") | _SCALAR,
        "value": st.just("6.5") | _SCALAR,
    },
    optional={"note": _SCALAR, "other": _SCALAR},
)
_REPORTS = st.fixed_dictionaries(
    {"scheme": st.just("counties-2026") | _SCALAR, "values": st.lists(_VALUES, max_size=4)},
    optional={"source": _SCALAR},
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=_REPORTS | _ANYTHING)
def test_whatever_values_come_the_answer_is_one_that_is_described(
    assessed: Site, document: Any
) -> None:
    _fuzz(assessed, Scope.VALUES, "/values", document)


@pytest.fixture
def assessed(sqlite_site: Site) -> Site:
    an_assessment(sqlite_site.services)
    return sqlite_site


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
