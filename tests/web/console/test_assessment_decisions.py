"""The page on which decided grades are entered."""

from __future__ import annotations

from uuid import uuid4

import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.assessment.scores import ScoreRun
from tests.support.assessed import an_assessment, score
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

MEETING = {"authority": "县委考核委员会", "met_on": "2026-11-20", "minutes": "〔2026〕7号"}


@pytest.fixture
def run(sqlite_site: Site) -> ScoreRun:
    return an_assessment(sqlite_site.services)


def test_grades_are_entered_as_the_meeting_decided_them(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    address = f"/console/assessment/scores/{run.id}/decide"
    page = reviewer.get(address)
    assert "not the final grade" in page.text
    refused = reviewer.submit(page, MEETING | {"grade.west": "2"})
    assert (refused.status, "西山县" in refused.text) == (422, True)
    assert refused.form("form.decisions").values["minutes"] == ["〔2026〕7号"]
    done = reviewer.submit(page, MEETING | {"grade.west": "2", "reason.west": "新组建单位"})
    assert "4 grades are entered." in done.text
    assert "not the final grade" not in done.text
    scores = reviewer.get(f"/console/assessment/scores/{run.id}")
    assert "Decided grade" in scores.text
    assert "not the final grade" not in scores.text
    unit = reviewer.get(f"/console/assessment/scores/{run.id}/units/west")
    assert "新组建单位" in unit.text
    again = reviewer.submit(done, MEETING | {"grade.west": "3", "reason.west": "复核更正"})
    assert "1 grade is entered." in again.text
    assert "新组建单位" in again.text


def test_scores_that_the_meeting_did_not_see_say_so(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get(f"/console/assessment/scores/{run.id}/decide")
    reviewer.submit(page, MEETING | {"grade.west": "2", "reason.west": "新组建单位"})
    newer = score(sqlite_site.services)
    for address in (f"{newer.id}", f"{newer.id}/units/west"):
        page = reviewer.get(f"/console/assessment/scores/{address}")
        assert "not the final grade" in page.text, address
        assert "it decided on another computation of the period" in page.text, address
    decided = reviewer.get(f"/console/assessment/scores/{run.id}")
    assert "another computation" not in decided.text


def test_a_run_that_was_made_anew_is_not_decided_on(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get(f"/console/assessment/scores/{run.id}/decide")
    score(sqlite_site.services)
    assert reviewer.submit(page, MEETING).status == 409
    assert reviewer.get(f"/console/assessment/scores/{uuid4()}/decide").status == 404


@pytest.mark.parametrize("role", [Role.EDITOR, Role.LEADER, Role.ANALYST])
def test_others_do_not_open_it(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun, role: Role
) -> None:
    browser = signed_in(sqlite_site, role)
    assert browser.get(f"/console/assessment/scores/{run.id}/decide").status == 403
