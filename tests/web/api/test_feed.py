"""What other programs read: indicators, snapshots, schemes, released scores; values they report."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.test import TestResponse

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.domain.tokens import Scope
from tests.support.assessed import (
    PERIOD,
    REVIEWER,
    SCHEME,
    add_units,
    an_assessment,
    scheme_document,
    score,
)
from tests.support.indicators import (
    a_county,
    an_indicator,
    freeze,
    import_indicators,
)
from tests.support.programs import API, Program
from tests.support.values import put_scheme
from tests.web.conftest import Site

QUARTER = Period.parse("2026Q4")


@pytest.fixture
def county(sqlite_site: Site) -> Site:
    """A county whose two windows were rated; the second one by too few to be shown."""
    a_county(
        sqlite_site.services,
        (12, "fairly_satisfied", "w1", "phone"),
        (9, "fairly_satisfied", "w1", "web"),
        (2, "neutral", "w2", "phone"),
        (2, "neutral", "w2", "web"),
    )
    import_indicators(sqlite_site.services, an_indicator(by="subject"))
    return sqlite_site


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_indicators_are_listed_and_shown(county: Site) -> None:
    program = Program(county, Scope.SNAPSHOTS)
    status, page = program.get("/indicators")
    assert (status, [one["key"] for one in page["indicators"]], page["next"]) == (
        200,
        ["public"],
        None,
    )
    _, one = program.get("/indicators/public")
    assert one["document"]["parts"][0]["weight"] == 6
    _, _, table = program.ask("GET", "/indicators.csv")
    assert rows_of(table)[0]["title_zh"] == "公众满意度"
    assert rows_of(program.ask("GET", "/indicators/public.csv")[2]) == rows_of(table)
    assert program.get("/indicators/none")[0] == 404
    assert program.get("/indicators?after=public")[1]["indicators"] == []


def test_a_snapshot_withholds_what_rests_on_too_few(county: Site) -> None:
    made = freeze(county.services, "public")
    program = Program(county, Scope.SNAPSHOTS)
    _, page = program.get("/snapshots?source=public&period=2026Q4")
    assert [one["id"] for one in page["snapshots"]] == [str(made.id)]
    _, one = program.get(f"/snapshots/{made.id}")
    assert one["input_sha256"] == made.input_sha256
    values = {value["unit"]: value for value in one["values"] if value["figure"] == "value"}
    assert values["51"]["n"] > 21
    numbers = ("value", "shown", "se", "low", "high", "n", "effective_n")
    # Of two units the one with many answers too: it would give the other away.
    for withheld in (values["5102"], values["5101"]):
        assert [withheld[name] for name in numbers] == [None] * len(numbers)
        assert withheld["suppressed"] is True
    (row,) = [
        row
        for row in rows_of(program.ask("GET", f"/snapshots/{made.id}.csv")[2])
        if (row["unit"], row["figure"]) == ("5102", "value")
    ]
    assert (row["value"], row["n"], row["suppressed"]) == ("", "", "true")
    assert rows_of(program.ask("GET", "/snapshots.csv")[2])[0]["source"] == "public"


def test_a_program_goes_on_where_it_stopped(county: Site) -> None:
    program = Program(county, Scope.SNAPSHOTS)
    made = []
    for _ in range(5):
        made.append(str(freeze(county.services, "public").id))
        county.clock.advance(hours=1)
    found: list[str] = []
    path = "/snapshots?limit=2&source=public"
    while path:
        _, page, answer = program.ask("GET", path)
        found += [one["id"] for one in page["snapshots"]]
        link = answer.headers.get("Link", "")
        assert (page["next"] is None) == (link == "")
        address = urlsplit(link.removeprefix("<").partition(">")[0])
        path = f"{address.path.removeprefix(API)}?{address.query}" if link else ""
    assert found == made
    # What is made later stands behind the last one that is known.
    new = freeze(county.services, "public")
    _, page = program.get(f"/snapshots?after={made[-1]}")
    assert [one["id"] for one in page["snapshots"]] == [str(new.id)]
    assert page["snapshots"][0]["supersedes"] == made[-1]


def test_an_answer_that_is_known_is_not_sent_again(county: Site) -> None:
    made = freeze(county.services, "public")
    program = Program(county, Scope.SNAPSHOTS)
    for path in (f"/snapshots/{made.id}", f"/snapshots/{made.id}.csv", "/snapshots"):
        _, _, answer = program.ask("GET", path)
        known = answer.headers["ETag"]
        status, _, _ = program.ask("GET", path, **{"If-None-Match": known})
        assert status == 304
        assert program.ask("GET", path, **{"If-None-Match": '"other"'})[0] == 200
    freeze(county.services, "public")
    assert program.ask("GET", "/snapshots", **{"If-None-Match": known})[0] == 200


def test_scores_can_be_read_once_they_are_released(sqlite_site: Site) -> None:
    run = an_assessment(sqlite_site.services, released=False)
    program = Program(sqlite_site, Scope.SCORES)
    assert program.get("/scores")[1]["scores"] == []
    assert program.get(f"/scores/{run.id}")[0] == 404
    sqlite_site.services.scores.release(run.id, REVIEWER.actor)
    _, page = program.get(f"/scores?scheme={SCHEME}&period=2026Q3")
    assert [one["id"] for one in page["scores"]] == [str(run.id)]
    assert program.get(f"/scores?scheme=other&after={run.id}")[1]["scores"] == []
    _, one = program.get(f"/scores/{run.id}")
    east = one["units"][0]
    assert (east["unit"], east["rank"], east["score"]) == ("east", 1, "98")
    assert [term["points"] for term in east["terms"]] == ["60", "38"]
    assert one["notice"]["zh"] == "测算结果，供研究参考，不作为最终等次"
    assert "reviewer" not in str(one)
    _, page = program.get("/schemes")
    assert [one["key"] for one in page["schemes"]] == [SCHEME]
    assert program.get(f"/schemes/{SCHEME}")[1]["document"]["total"] == 100
    assert rows_of(program.ask("GET", "/schemes.csv")[2])[0]["category"] == "县区"
    assert program.get("/schemes/none")[0] == 404


def test_what_a_meeting_decided_stands_beside_what_was_computed(sqlite_site: Site) -> None:
    services = sqlite_site.services
    run = an_assessment(services)
    program = Program(sqlite_site, Scope.SCORES)
    meeting = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")
    services.deciding.enter(REVIEWER, run.id, meeting, {"east": Choice(0, "")})
    _, one = program.get(f"/scores/{run.id}")
    assert one["units"][0]["decided"]["title"]["zh"] == "优秀"
    assert one["notice"] is not None
    others = {"south": Choice(1, ""), "north": Choice(2, ""), "west": Choice(2, "新组建单位")}
    services.deciding.enter(REVIEWER, run.id, meeting, others)
    assert program.get(f"/scores/{run.id}")[1]["notice"] is None
    rows = rows_of(program.ask("GET", f"/scores/{run.id}.csv")[2])
    assert {row["missing"] for row in rows} == {""}
    grades = {row["unit"]: (row["suggested_grade"], row["decided_grade"]) for row in rows}
    assert grades["west"] == ("较差", "一般")
    table = rows_of(program.ask("GET", "/scores.csv")[2])
    assert [row["decided_grade"] for row in table] == [row["decided_grade"] for row in rows]


def test_released_runs_are_read_page_by_page(sqlite_site: Site) -> None:
    runs = [an_assessment(sqlite_site.services)]
    for _ in range(2):
        sqlite_site.clock.advance(hours=1)
        runs.append(score(sqlite_site.services))
    program = Program(sqlite_site, Scope.SCORES)
    _, page = program.get("/scores?limit=2")
    assert page["next"] == str(runs[1].id)
    _, rest = program.get(f"/scores?limit=2&after={page['next']}")
    assert [one["id"] for one in rest["scores"]] == [str(runs[2].id)]


@pytest.mark.parametrize(
    "path",
    ["/snapshots?after=x", f"/snapshots?after={'0' * 32}", "/snapshots?period=soon",
     "/snapshots?limit=0", "/snapshots?source=%00", "/snapshots?limit=201"],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_is_refused(sqlite_site: Site, path: str) -> None:
    assert Program(sqlite_site, Scope.SNAPSHOTS).get(path)[0] == 400


def test_a_cursor_of_another_list_is_none_of_this(sqlite_site: Site) -> None:
    program = Program(sqlite_site, Scope.SCORES)
    assert program.get(f"/scores?after={'0' * 32}")[0] == 400
    assert program.get("/scores/x")[0] == 404
    assert program.get(f"/scores/{quote(chr(0))}")[0] == 404
    snapshots = Program(sqlite_site, Scope.SNAPSHOTS)
    assert snapshots.get("/snapshots/" + "0" * 32)[0] == 404


@pytest.mark.parametrize(
    ("scope", "path"),
    [(Scope.FIGURES, "/snapshots"), (Scope.SNAPSHOTS, "/scores"), (Scope.SCORES, "/indicators.csv"),
     (Scope.VALUES, "/schemes")],
)  # fmt: skip
def test_each_token_reads_its_own(sqlite_site: Site, scope: Scope, path: str) -> None:
    assert Program(sqlite_site, scope).get(path)[0] == 403


def value(**changes: Any) -> dict[str, Any]:
    return {"indicator": "growth", "unit": "west", "period": "2026Q3", "value": "6.5"} | changes


@pytest.fixture
def assessed(sqlite_site: Site) -> Site:
    add_units(sqlite_site.services)
    put_scheme(sqlite_site.services, scheme_document())
    return sqlite_site


def test_values_are_reported_and_count_once_they_are_verified(assessed: Site) -> None:
    program = Program(assessed, Scope.VALUES)
    document = {"scheme": SCHEME, "values": [value(), value(unit="east", value=7.25)]}
    status, stored = program.post("/values", document)
    assert (status, stored["new"], stored["unchanged"]) == (200, 2, 0)
    assert program.post("/values", document)[1]["unchanged"] == 2
    services = assessed.services
    assert services.objectives.verified(SCHEME, PERIOD) == ()
    services.verifying.verify_all(SCHEME, Person.of(REVIEWER))
    found = {one.unit: str(one.value) for one in services.objectives.verified(SCHEME, PERIOD)}
    assert found == {"east": "29/4", "west": "13/2"}
    assert program.post("/values", {"scheme": SCHEME, "values": [value(value="6.6")]})[1] == {
        "scheme": SCHEME, "new": 0, "corrected": 1, "unchanged": 0, "left_empty": 0,
    }  # fmt: skip


def test_bad_values_are_refused_with_their_rows_and_nothing_is_stored(assessed: Site) -> None:
    program = Program(assessed, Scope.VALUES)
    document = {"scheme": SCHEME, "values": [value(), value(unit="nowhere"), value(value="much")]}
    status, problem = program.post("/values", document)
    assert (status, [error["row"] for error in problem["errors"]]) == (422, [2, 3])
    assert assessed.services.verifying.verify_all(SCHEME, Person.of(REVIEWER)).verified == 0
    assert program.post("/values", {"scheme": "none", "values": [value()]})[0] == 404


@pytest.mark.parametrize(
    "values",
    [None, [], [value(value=True)], [value(value=None)], [value(unit="")], [value(more=1)], ["x"]],
)
def test_a_delivery_that_is_no_list_of_values_is_refused(assessed: Site, values: Any) -> None:
    program = Program(assessed, Scope.VALUES)
    assert program.post("/values", {"scheme": SCHEME, "values": values})[0] == 400
