"""The face for programs: tokens, links, numbers and figures, and a description that is true."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from jsonschema import Draft202012Validator
from limits import RateLimitItemPerMinute
from PIL import Image

from surveyapp.domain.roles import Actor
from surveyapp.domain.tokens import Scope
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK, MONDAY, an_open_survey, every_type_document, review_document
from tests.support.programs import API, SURVEY, Program
from tests.web.conftest import Site

SUBJECTS = [{"key": "w1", "title": {"zh": "综合窗口", "en": "General"}}]


@pytest.fixture
def hall(site: Site) -> Site:
    an_open_survey(site.services, review_document(subjects=SUBJECTS))
    return site


@pytest.fixture
def quick(sqlite_site: Site) -> Site:
    an_open_survey(sqlite_site.services, review_document(subjects=SUBJECTS))
    return sqlite_site


def order(**changes: Any) -> dict[str, Any]:
    return {"survey": SURVEY, "case_number": "511000-2026-000017"} | changes


def test_a_service_case_gets_its_link_and_the_same_again(hall: Site) -> None:
    program = Program(hall)
    status, made = program.post(
        "/invitations",
        order(subject="w1", item_name="食品经营许可", expires_at="2026-12-31T18:00:00+08:00"),
    )
    assert (status, made["is_new"]) == (201, True)
    assert made["expires_at"] == "2026-12-31T18:00:00+08:00"
    page = hall.browser().get(f"/i/{made['code']}")
    assert (page.status, "食品经营许可" in page.text) == (200, True)
    status, again = program.post("/invitations", order(qr="none"))
    assert (status, again["is_new"], again["url"], again["qr"]) == (200, False, made["url"], None)


def test_the_code_in_the_answer_can_be_scanned(quick: Site) -> None:
    _, made = Program(quick).post("/invitations", order(qr="png"))
    picture = base64.b64decode(made["qr"].partition(",")[2])
    assert [one.text for one in zxingcpp.read_barcodes(Image.open(BytesIO(picture)))] == [
        made["url"]
    ]
    assert made["url"].endswith(f"/i/{made['code']}")


def test_a_case_without_a_review_is_not_reviewed(hall: Site) -> None:
    program = Program(hall)
    numbers = ["A-1", "A/2", "A-3"]
    codes = [program.post("/invitations", order(case_number=n))[1]["code"] for n in numbers]
    _, one = program.get(f"/invitations/A/2?survey={SURVEY}")
    assert (one["status"], one["reviews"], one["is_expired"]) == ("unreviewed", 0, False)
    hall.services.invited.submit(codes[1], None, None, {"overall": ["satisfied"]})
    _, one = program.get(f"/invitations/A/2?survey={SURVEY}")
    assert (one["status"], one["reviews"]) == ("reviewed", 1)
    _, listed = program.get(f"/invitations?survey={SURVEY}&status=unreviewed")
    assert [row["case_number"] for row in listed["invitations"]] == ["A-1", "A-3"]
    _, first = program.get(f"/invitations?survey={SURVEY}&limit=2")
    assert (len(first["invitations"]), first["next"]) == (2, first["invitations"][1]["case_number"])
    _, rest = program.get(f"/invitations?survey={SURVEY}&limit=2&after={first['next']}")
    assert (len(rest["invitations"]), rest["next"]) == (1, None)


def test_an_end_that_has_passed_shows(quick: Site) -> None:
    program = Program(quick)
    program.post("/invitations", order(expires_at=(MONDAY + timedelta(days=1)).isoformat()))
    quick.clock.advance(days=2)
    _, one = program.get(f"/invitations/511000-2026-000017?survey={SURVEY}")
    assert one["is_expired"] is True


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (order(case_number="x" * 51), "case_number"),
        (order(case_number=" "), "case_number"),
        (order(case_number=17), "case_number"),
        (order(case_number="a\0b"), "case_number"),
        (order(case_number="a\ud800"), "case_number"),
        ({"survey": SURVEY}, "case_number"),
        (order(subject="none"), "none"),
        (order(expires_at="2026-12-31T18:00:00"), "expires_at"),
        (order(expires_at="0001-01-01T00:00:00+14:00"), "expires_at"),
        (order(expires_at="2020-01-01T00:00:00Z"), "expired"),
        (order(qr="gif"), "qr"),
        (order(level="satisfied"), "level"),
        ([1], "object"),
    ],
)
def test_an_order_that_cannot_be_kept_is_refused_in_both_languages(
    quick: Site, document: Any, said: str
) -> None:
    status, problem = Program(quick).post("/invitations", document)
    assert (status, problem["code"]) == (400, "bad_input")
    assert said in problem["detail_en"]
    assert problem["detail_zh"] != problem["detail_en"]
    assert problem["detail"].casefold() == problem["detail_zh"].casefold()


def test_what_is_no_json_is_refused(quick: Site) -> None:
    program = Program(quick)
    for data in (b"{", b"\xff", b'{"survey": NaN}', b"[" * 100_000):
        headers = program.headers | {"Content-Type": "application/json"}
        answer = program.client.post(f"{API}/invitations", data=data, headers=headers)
        program.check("POST", "/invitations", answer)
        assert answer.status_code == 400
    answer = program.client.post(
        f"{API}/invitations", data={"survey": SURVEY}, headers=program.headers
    )
    program.check("POST", "/invitations", answer)
    assert answer.status_code == 415
    status, _ = program.post("/invitations", order(item_name="x" * (1024 * 1024)))
    assert status == 413


def test_unknown_surveys_and_cases_are_not_found(quick: Site) -> None:
    program = Program(quick)
    assert program.post("/invitations", order(survey="nowhere"))[0] == 404
    assert program.get("/invitations?survey=nowhere")[0] == 404
    assert program.get("/invitations/A-1?survey=nowhere")[0] == 404
    assert program.get(f"/invitations/A-1?survey={SURVEY}")[0] == 404
    for query in ("", f"?survey={SURVEY}&limit=0", f"?survey={SURVEY}&limit=x", "?survey=a%00"):
        assert program.get(f"/invitations{query}")[0] == 400
    assert program.get(f"/invitations?survey={SURVEY}&status=reviewed")[0] == 400


def test_only_reviews_in_use_invite_service_cases(quick: Site) -> None:
    an_open_survey(quick.services, every_type_document())
    program = Program(quick)
    assert program.post("/invitations", order(survey="every-type"))[0] == 400
    quick.services.authoring.close(SURVEY, CLERK)
    assert program.post("/invitations", order())[0] == 409


def test_numbers_of_service_cases_are_stored_all_or_none(hall: Site) -> None:
    program = Program(hall, Scope.VOLUMES)
    rows = [{"day": "2026-11-20", "n": 12, "subject": "w1"}, {"day": "2026-11-21", "n": 0}]
    document = {"survey": SURVEY, "volumes": rows}
    stored = {"survey": SURVEY, "new": 2, "replaced": 0, "unchanged": 0}
    assert program.post("/volumes", document) == (200, stored)
    assert program.post("/volumes", document)[1]["unchanged"] == 2
    months = hall.services.volumes.months(SURVEY)
    assert [(month.days, month.n) for month in months] == [(2, 12)]
    bad = {"survey": SURVEY, "volumes": [rows[0] | {"n": 99}, {"day": "yesterday", "n": 1}]}
    status, problem = program.post("/volumes", bad)
    assert (status, [error["row"] for error in problem["errors"]]) == (422, [2])
    assert hall.services.volumes.months(SURVEY) == months


@pytest.mark.parametrize(
    "document",
    [
        {"survey": SURVEY},
        {"survey": SURVEY, "volumes": []},
        {"survey": SURVEY, "volumes": [{"day": "2026-11-20", "n": "12"}]},
        {"survey": SURVEY, "volumes": [{"day": "2026-11-20", "n": True}]},
        {"survey": SURVEY, "volumes": [{"day": "2026-11-20", "n": 1, "level": "good"}]},
        {"survey": SURVEY, "volumes": ["2026-11-20"]},
    ],
)
def test_a_delivery_that_is_no_list_of_numbers_is_refused(
    quick: Site, document: dict[str, Any]
) -> None:
    assert Program(quick, Scope.VOLUMES).post("/volumes", document)[0] == 400


def test_released_figures_are_what_was_published(quick: Site) -> None:
    program = Program(quick, Scope.FIGURES)
    path = f"/surveys/{SURVEY}/figures"
    assert program.get(path)[0] == 404
    place = quick.services.placing.add(SURVEY, "窗口", None, CLERK)
    for number in range(12):
        level = "satisfied" if number % 2 else "very_satisfied"
        quick.services.collecting.submit(place.code, _key(number), None, {"overall": [level]})
    released = quick.services.releasing.release(SURVEY, Actor("somebody else"))
    status, document = program.get(path)
    assert (status, document["sha256"]) == (200, released.sha256)
    assert document["figures"] == json.loads(json.dumps(released.figures))


def _key(number: int) -> Any:
    from uuid import UUID

    return UUID(int=number, version=4)


def test_a_token_opens_its_own_scope_until_it_ends(quick: Site) -> None:
    program = Program(quick, Scope.VOLUMES)
    status, problem = program.post("/invitations", order())
    assert (status, problem["code"]) == (403, "forbidden")
    assert "办件评价链接" in problem["detail_zh"]
    other = Program(quick)
    assert other.post("/invitations", order())[0] == 201
    quick.services.tokens.revoke("invitations", CLERK)
    assert other.post("/invitations", order())[0] == 401
    quick.clock.advance(days=30)
    assert program.post("/volumes", {"survey": SURVEY})[0] == 401


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer sva_x", "Bearer x"])
def test_without_a_token_nothing_opens(quick: Site, header: str | None) -> None:
    program = Program(quick, None)
    headers = {} if header is None else {"Authorization": header}
    status, problem, answer = program.ask("POST", "/invitations", order(), **headers)
    assert (status, problem["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_browser_is_nobody_here(quick: Site) -> None:
    program = Program(quick, None)
    program.client.set_cookie("surveyapp", "stolen")
    assert program.post("/invitations", order())[0] == 401


def test_too_many_requests_wait(quick: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from surveyapp.web.api import requests

    few = RateLimitItemPerMinute(2, 1, "few")
    monkeypatch.setattr(requests, "REQUESTS", few)
    monkeypatch.setattr(requests, "UNKNOWN_TOKENS", few)
    program = Program(quick)
    path = f"/invitations?survey={SURVEY}"
    assert [program.get(path)[0] for _ in range(3)] == [200, 200, 429]
    stranger = Program(quick, None)
    answers = [stranger.ask("GET", path) for _ in range(3)]
    assert [status for status, _, _ in answers] == [401, 401, 429]
    assert int(answers[-1][2].headers["Retry-After"]) >= 1


def test_what_does_not_exist_is_said_in_json(quick: Site) -> None:
    client = quick.app.test_client()
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api", 404),
        ("DELETE", "/api/v1/volumes", 405),
        ("POST", "/api/v1/nothing", 404),
    ):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert client.delete("/api/v1/volumes").headers["Allow"] == "OPTIONS, POST"
    forged = client.post(f"{API}/volumes", headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, forged.mimetype) == (403, "application/problem+json")


def test_a_busy_database_asks_to_come_back(quick: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from surveyapp.domain.errors import Unavailable
    from surveyapp.services.collection.inviting import Inviting

    def busy(*_arguments: Any, **_more: Any) -> None:
        raise Unavailable

    program = Program(quick)
    monkeypatch.setattr(Inviting, "create", busy)
    status, _, answer = program.ask("POST", "/invitations", order())
    assert (status, answer.headers["Retry-After"]) == (503, "5")


def test_the_log_names_the_token_and_never_shows_it(quick: Site) -> None:
    program = Program(quick)
    program.post("/invitations", order())
    events = _events(quick)
    assert {("token invitations", "invitation.create"), (CLERK.name, "token.add")} <= {
        (event.actor, event.action) for event in events
    }
    assert "sva_" not in str(events)


def _events(site: Site) -> Any:
    auditor = Actor("an auditor")
    return site.services.auditing.read(LogQuery(), 1, auditor).events


def test_the_description_describes_every_address(quick: Site) -> None:
    from surveyapp.web.api import PREFIX

    description = Program(quick, None).description
    Draft202012Validator.check_schema({"$defs": description["components"]["schemas"]})
    assert description["openapi"].startswith("3.1")
    documented = {(path, method) for path, ways in description["paths"].items() for method in ways}
    served = {
        (
            rule.rule.removeprefix(PREFIX).replace("<path:", "{").replace("<", "{")
            .replace(">", "}"),
            method.lower(),
        )
        for rule in quick.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }  # fmt: skip
    assert documented == served
