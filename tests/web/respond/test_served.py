"""The server that ships with the product serves everybody and writes nothing about them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from tests.builders import CLERK, a_place, an_open_survey, services_on
from tests.support.ballots import ballots_on, issue, put_in_use
from tests.support.serving import Served, serving


def _fields(html: str) -> dict[str, str]:
    found = dict(re.findall(r'name="(csrf_token|submission_key|revision)" value="([^"]*)"', html))
    assert len(found) == 3
    return found


def test_a_citizen_is_served_and_nothing_about_them_is_written_down(
    sqlite_url: str, tmp_path: Path
) -> None:
    services = services_on(sqlite_url, tmp_path)
    code = a_place(services, an_open_survey(services)).code
    services.database.dispose()
    with serving(sqlite_url, tmp_path) as served:
        _review(served, code)


def _review(served: Served, code: str) -> None:
    status, headers, page = served.ask("GET", f"/r/{code}")
    assert status == 200
    cookie = headers["Set-Cookie"].split(";")[0]
    fields = {**_fields(page.decode()), "overall": "satisfied"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    status, headers, _ = served.ask("POST", f"/r/{code}", urlencode(fields).encode(), form)
    assert status == 303
    receipt = headers["Location"]
    assert served.ask("GET", receipt)[0] == 200

    status, _, page = served.ask("POST", f"/r/{code}", b"comment=" + b"x" * 1_000_000, form)
    assert status == 413
    assert "过大".encode() in page or b"too large" in page
    assert served.ask("GET", f"/r/{code}", headers={"X-Forwarded-Proto": "https"})[0] == 200

    _, _, figures = served.ask("GET", "/metrics")
    assert b'surveyapp_requests_total{method="POST",route="respond.answer",status="303"} 1.0' in (
        figures
    ), "all worker processes count together"
    written = served.log.read_text()
    for secret in (code, receipt.rsplit("/", 1)[-1], fields["submission_key"], "GET /"):
        assert secret not in written


GRADES = {"c1": "excellent", "d1": "competent", "d2": "basically_competent", "d3": "incompetent"}


def test_a_voter_is_served_and_nothing_about_them_is_written_down(
    sqlite_url: str, tmp_path: Path
) -> None:
    with ballots_on(sqlite_url, tmp_path) as services:
        put_in_use(services)
        codes = issue(services, B=2)["B"]
        with serving(sqlite_url, tmp_path) as served:
            secrets = [secret for code in codes for secret in _vote(served, code)]
            written = served.log.read_text()
        closed = services.ballot_closing.close("cadres", CLERK)
        assert closed.ballots == 2
    for secret in (*codes, *secrets, *GRADES.values(), "GET /", "POST /"):
        assert secret not in written


def _vote(served: Served, code: str) -> list[str]:
    """Vote as a browser does, and do what goes wrong besides; return what nobody may keep."""
    path = f"/b/{code}"
    _status, headers, page = served.ask("GET", path)
    cookie = headers["Set-Cookie"].split(";")[0]
    own = dict(re.findall(r'name="(csrf_token|_receipt|_proof)" value="([^"]*)"', page.decode()))
    assert len(own) == 3
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    grades = {f"{subject}._card": grade for subject, grade in GRADES.items()}

    def post(fields: dict[str, str], to: str = path) -> int:
        return served.ask("POST", to, urlencode(fields).encode(), form)[0]

    assert post(grades) == 400, "without a token"
    assert post(own | {"c1._card": "forged"}) == 400
    assert post(own | {"c1._card": "x" * 1_000_000}) == 413
    assert post(own | grades, f"/b/{code[:-1]}") == 404
    assert post(own | grades | {"_review": "1"}) == 200
    assert post(own | grades) == 200
    assert post(own | grades) == 200, "a retry"
    return [own["_receipt"], own["_proof"]]
