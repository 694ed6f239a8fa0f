"""Indicators and snapshots in the console: defined, frozen, checked, and seen by whom."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import pytest
import yaml

from surveyapp.domain.organisation import Unit
from surveyapp.domain.roles import Role
from surveyapp.domain.snapshot import Snapshot
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK, a_definition, an_open_survey
from tests.support.ballots import cast, issue, pattern, put_in_use
from tests.support.indicators import (
    a_county,
    add_units,
    an_indicator,
    freeze,
    import_indicators,
)
from tests.support.pages import Browser
from tests.support.results import import_rows, satisfaction_document
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

LIST = "/console/assessment/indicators"
ONE = f"{LIST}/public"
GROUPS = (
    (8, "very_satisfied", "w1", "phone"),
    (6, "very_satisfied", "w1", "web"),
    (9, "very_dissatisfied", "w2", "phone"),
    (2, "very_dissatisfied", "w2", "web"),
)


@pytest.fixture
def county(sqlite_site: Site) -> Site:
    """A county with two units; of one of them two web answers only."""
    a_county(sqlite_site.services, *GROUPS)
    return sqlite_site


def frozen(site: Site) -> Snapshot:
    import_indicators(site.services, an_indicator())
    return freeze(site.services, "public")


def as_file(**changes: object) -> str:
    return yaml.safe_dump({"indicators": [an_indicator(**changes)]}, allow_unicode=True)


def test_an_editor_defines_and_a_reviewer_freezes(county: Site, signed_in: SignedIn) -> None:
    editor = signed_in(county, Role.EDITOR, name="editor")
    assert "No indicator is defined yet" in editor.get(LIST).text
    page = editor.submit(editor.get(LIST), {}, files={"file": ("指标.yaml", as_file().encode())})
    assert "1 new, 0 changed, 0 unchanged." in page.text
    assert "Public satisfaction" in page.text
    own = editor.get(ONE)
    assert "Nothing was frozen yet." in own.text
    assert "Freeze the figures" not in own.text
    reviewer = signed_in(county, Role.REVIEWER, name="reviewer")
    page = reviewer.get(ONE)
    assert page.one("#period")["value"] == "2026-10"
    made = reviewer.submit(page, {"period": "2026Q3"})
    assert made.h1 == "Public satisfaction · Quarter 3 of 2026"
    assert "Frozen as no. 1." in made.text
    again = reviewer.submit(reviewer.get(ONE), {"period": "2026Q3"})
    assert "supersedes no. 1" in again.text
    first, second = county.services.snapshots.of("public")
    assert "Superseded by no. 2." in reviewer.get(f"/console/assessment/snapshots/{first.id}").text
    assert second.made_by == "reviewer"
    events = county.services.auditing.read(LogQuery(action="snapshot.make"), 1, CLERK).events
    assert {(one.actor, one.detail["number"]) for one in events} == {
        ("reviewer", 1),
        ("reviewer", 2),
    }
    listed = reviewer.get(LIST)
    assert "2 times" in listed.text
    assert "superseded" in reviewer.get(ONE).text


def test_a_file_with_mistakes_is_refused_with_all_of_them(
    county: Site, signed_in: SignedIn
) -> None:
    editor = signed_in(county, Role.EDITOR)
    content = as_file(missing="never", by="nobody")
    page = editor.submit(editor.get(LIST), {}, files={"file": ("x.yaml", content.encode())})
    assert page.status == 400
    assert "block, renormalise, incomplete" in page.text
    assert "subject, overall" in page.text
    assert county.services.indicators.all() == ()
    page = editor.submit(editor.get(LIST), {})
    assert (page.status, "Choose a file first." in page.text) == (400, True)


def test_what_cannot_be_frozen_is_said_and_the_period_is_kept(
    county: Site, signed_in: SignedIn
) -> None:
    import_indicators(county.services, an_indicator(parts=[{"survey": "city", "figure": "index"}]))
    reviewer = signed_in(county, Role.REVIEWER)
    page = reviewer.submit(reviewer.get(ONE), {"period": "soon"})
    assert page.status == 400
    assert "is no period" in page.text
    assert page.one("#period")["value"] == "soon"
    import_indicators(
        county.services,
        an_indicator(parts=[{"survey": "city", "figure": "index", "where": {"mode": "mail"}}]),
    )
    page = reviewer.submit(reviewer.get(ONE), {"period": "2026"})
    assert (page.status, "nothing to freeze" in page.text) == (409, True)


def test_whoever_wrote_an_indicator_does_not_freeze_it(county: Site, signed_in: SignedIn) -> None:
    both = signed_in(county, Role.EDITOR, Role.REVIEWER)
    both.submit(both.get(LIST), {}, files={"file": ("x.yaml", as_file().encode())})
    page = both.submit(both.get(ONE), {"period": "2026Q3"})
    assert (page.status, "somebody else freezes" in page.text) == (403, True)


def test_a_survey_is_frozen_by_itself(county: Site, signed_in: SignedIn) -> None:
    reviewer = signed_in(county, Role.REVIEWER)
    assert "Not frozen yet:" in reviewer.get(LIST).text
    page = reviewer.get(f"{LIST}/city")
    assert "This is a survey of its own" in page.text
    made = reviewer.submit(page, {"period": "2026"})
    assert "满意率" in reviewer.get(f"{made.path}?lang=zh").text
    listed = reviewer.get(f"{LIST}?lang=en")
    assert "Surveys frozen by themselves" in listed.text
    assert "Not frozen yet:" not in listed.text
    leader = signed_in(county, Role.LEADER)
    assert leader.get(f"{LIST}/city").status == 200
    assert reviewer.get(f"{LIST}/nowhere").status == 404
    assert leader.get(f"{LIST}/nowhere").status == 404


def test_a_snapshot_is_checked_on_its_page(county: Site, signed_in: SignedIn) -> None:
    made = frozen(county)
    analyst = signed_in(county, Role.ANALYST)
    address = f"/console/assessment/snapshots/{made.id}"
    page = analyst.submit(analyst.get(address))
    assert f"all {len(made.values)} figures come out of it again" in page.text
    with county.services.database.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE snapshot SET seed = 1")
        connection.commit()
    page = analyst.submit(analyst.get(address))
    assert "does not agree with its input" in page.text
    assert "another source, period or seed" in page.text


def test_the_office_sees_which_figures_rest_on_few_answers(
    county: Site, signed_in: SignedIn
) -> None:
    made = frozen(county)
    page = signed_in(county, Role.EDITOR).get(f"/console/assessment/snapshots/{made.id}")
    assert "few answers" in page.text
    assert "95%" in page.text
    assert "from 25 answers" in page.text


def test_a_unit_sees_its_own_figures_alone(county: Site, signed_in: SignedIn) -> None:
    made = frozen(county)
    address = f"/console/assessment/snapshots/{made.id}"
    tax = signed_in(county, Role.UNIT, unit_code="5101").get(address)
    assert "税务局" in tax.text
    assert "公安局" not in tax.text
    assert "100.00" in tax.text
    assert "Check it now" not in tax.text
    police = signed_in(county, Role.UNIT, unit_code="5102").get(address)
    assert "公安局" in police.text
    assert "withheld" in police.text
    assert "税务局" not in police.text
    add_units(county.services, Unit("52", "另一县", None, "县"))
    other = signed_in(county, Role.UNIT, unit_code="52").get(address)
    assert "has no figure of your unit" in other.text
    assert "局" not in other.text


def test_files_hold_what_the_page_shows(county: Site, signed_in: SignedIn) -> None:
    made = frozen(county)
    address = f"/console/assessment/snapshots/{made.id}"
    analyst = signed_in(county, Role.ANALYST)
    table = analyst.client.get(f"{address}.csv").get_data(as_text=True)
    assert table.startswith("\ufefffigure,title,unit_code")
    assert "value,公众满意度,5102,公安局,0.0" in table
    unit = signed_in(county, Role.UNIT, unit_code="5102")
    table = unit.client.get(f"{address}.csv").get_data(as_text=True)
    assert "value,公众满意度,5102,公安局,,,,,,,combined,points,1," in table
    assert "税务局" not in table
    leader = signed_in(county, Role.LEADER)
    table = leader.client.get(f"{address}.csv").get_data(as_text=True)
    assert "51,示例县" in table
    (police,) = [line for line in table.splitlines() if re.match("value,.*,5102,", line)]
    assert ",,,,,,,combined" in police
    answer = analyst.client.get(f"{address}/input.json")
    document = json.loads(answer.get_data())
    assert document["source"]["key"] == "public"
    assert "attachment" in answer.headers["Content-Disposition"]
    (event,) = county.services.auditing.read(LogQuery(action="snapshot.export"), 1, CLERK).events
    assert event.target == "public"


def test_the_grades_of_a_vote_leave_in_no_input(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    put_in_use(services, empty_class="renormalise")
    for number, code in enumerate(issue(services, B=12)["B"]):
        cast(services, code, pattern(number * 11))
    services.ballot_closing.close("cadres", CLERK)
    made = freeze(services, "cadres")
    address = f"/console/assessment/snapshots/{made.id}/input.json"
    # They take other inputs, and see no vote.
    for role in (Role.ANALYST, Role.EDITOR):
        browser = signed_in(sqlite_site, role)
        assert browser.client.get(address).status_code == 403
        assert "input.json" not in browser.get(address.removesuffix("/input.json")).text
    both = signed_in(sqlite_site, Role.ANALYST, Role.SCRUTINEER, name="both")
    assert both.client.get(address).get_json()["surveys"]
    bound = signed_in(sqlite_site, Role.ANALYST, Role.SCRUTINEER, name="bound", team="一组")
    assert bound.client.get(address).status_code == 403


def test_example_coefficients_are_filled_in_and_marked(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    options = [
        {"key": "k1", "code": 1, "label": "很了解"},
        {"key": "k2", "code": 2, "label": "不了解"},
    ]
    document = satisfaction_document()
    document["questions"].append(
        {"key": "know", "type": "single", "title": "知情", "options": options}
    )
    an_open_survey(sqlite_site.services, document)
    part = {"survey": "city", "figure": "index.all"}
    rule = {"knowledge": {"question": "know"}}
    import_indicators(sqlite_site.services, an_indicator(parts=[part], relevance=rule))
    editor = signed_in(sqlite_site, Role.EDITOR)
    page = editor.get(ONE)
    assert "not filled in" in page.text
    done = editor.submit(page)
    assert "example coefficients, not laid down by the state" in done.text
    assert "declared, not applied" in done.text
    assert "Fill in example coefficients" not in done.text
    import_indicators(sqlite_site.services, an_indicator(key="plain", parts=[part]))
    token = editor.get(LIST).form("form.sign-out").values["csrf_token"]
    refused = editor.post(f"{LIST}/plain/example", {"csrf_token": token})
    assert (refused.status, "names no question" in refused.text) == (409, True)


def sends(browser: Browser, address: str) -> int:
    """Post to an address with the token of another form; return the status."""
    token = browser.get(LIST).form("form.sign-out").values["csrf_token"]
    answer = browser.post(address, {"csrf_token": token, "period": "2026"})
    return int(answer.status)


def test_each_step_asks_for_its_right(county: Site, signed_in: SignedIn) -> None:
    made = frozen(county)
    address = f"/console/assessment/snapshots/{made.id}"
    unit = signed_in(county, Role.UNIT, unit_code="5101")
    leader = signed_in(county, Role.LEADER)
    editor = signed_in(county, Role.EDITOR)
    auditor = signed_in(county, Role.AUDITOR)
    for browser in (unit, leader):
        assert browser.client.get(f"{address}/input.json").status_code == 403
        assert sends(browser, f"{address}/check") == 403
        assert sends(browser, LIST) == 403
        assert sends(browser, f"{ONE}/freeze") == 403
    assert sends(editor, f"{ONE}/freeze") == 403
    for path in (LIST, ONE, address, f"{address}.csv"):
        assert auditor.client.get(path).status_code == 403
    assert editor.client.get(f"/console/assessment/snapshots/{uuid4()}").status_code == 404
    assert len(county.services.snapshots.of("public")) == 1


def test_a_large_gap_asks_for_review_at_the_top(sqlite_site: Site, signed_in: SignedIn) -> None:
    options = [
        {"key": "k1", "code": 1, "label": "很了解"},
        {"key": "k2", "code": 2, "label": "一般"},
    ]
    document = satisfaction_document(subjects=[])
    document["questions"].append(
        {"key": "know", "type": "single", "title": "知情", "options": options}
    )
    services = sqlite_site.services
    services.authoring.import_definition(a_definition(document), CLERK)
    rule = {"apply": True, "knowledge": {"question": "know", "weights": {"k1": 1, "k2": "0.1"}}}
    part = {"survey": "city", "figure": "index.all"}
    import_indicators(services, an_indicator(parts=[part], relevance=rule))
    services.authoring.publish("city", CLERK)
    rows = ["very_satisfied,town,k1"] * 5 + ["very_dissatisfied,town,k2"] * 5
    import_rows(services, "city", "overall,area,know", *rows)
    made = freeze(services, "public")
    page = signed_in(sqlite_site, Role.ANALYST).get(f"/console/assessment/snapshots/{made.id}")
    assert "Please review" in page.one(".r-note").get_text()
    assert "more than 3 points" in page.text
