"""Pages of scores: compute, read what they are worth, explain, release; strangers see nothing."""

from __future__ import annotations

import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Role
from tests.builders import CLERK
from tests.support.scores import freeze, put_in_use, towns, towns_document
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

BASE = "/console/assessment/scores"
NOTICE = "Computed result, for study and reference; not the final grade."


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """A site with four towns."""
    towns(sqlite_site.services)
    return sqlite_site


def test_scores_are_computed_explained_and_released(site: Site, signed_in: SignedIn) -> None:
    editor, reviewer = signed_in(site, Role.EDITOR), signed_in(site, Role.REVIEWER)
    assert "none yet" in editor.get(BASE).text
    runs = editor.get(f"{BASE}/of/towns-2026")
    assert "There are no scores yet." in runs.text
    page = editor.submit(runs, {"period": "2026Q1"})
    assert page.h1 == "Scores of Quarter 1 of 2026"
    for words in (NOTICE, "What this order is worth", "95.20", "not released", "seed"):
        assert words in page.text
    assert "T1" in page.html
    first = page.soup.select(".ranking tbody tr")[0]
    assert "东河镇" in first.get_text()
    assert not page.soup.select("form[action$=release]")
    unit = editor.get(f"{page.path}/units/T2")
    for words in (
        NOTICE,
        "92.00",
        "How sure this is",
        "Survey error alone gives the score an interval",
        "reported, verified by li, version 1",
        "snapshot no. 1 of public: 210 answers",
        "worth 200 equally weighted ones",
        "interval 87.00 to 93.00",
        "60.00 × 0.9 = 54.00",
        "省政府〔2026〕3号",
        "By its score: Excellent.",
        "Probability of each rank",
        "+5",
    ):
        assert words in unit.text
    assert "By the rule “否决”" not in unit.text
    capped = editor.get(f"{page.path}/units/T1").text
    assert "at most Good" in capped
    released = reviewer.submit(reviewer.get(page.path), form="form[action$=release]")
    assert "The scores are released" in released.text
    assert "released" in reviewer.get(BASE).text
    assert "Quarter 1 of 2026" in reviewer.get(f"{BASE}/of/towns-2026").text


def test_a_refused_computation_says_why_on_the_page(site: Site, signed_in: SignedIn) -> None:
    editor = signed_in(site, Role.EDITOR)
    freeze(site.services, "public", "2026Q1", {"T1": (1.0, 1.0)}, figures=("a", "b"))
    refused = editor.submit(editor.get(f"{BASE}/of/towns-2026"), {"period": "2026Q1"})
    assert refused.status == 409
    assert "several figures" in refused.text
    assert refused.form().values["period"] == ["2026Q1"]
    csrf = refused.form().values["csrf_token"]
    typed = {"period": "soon", "csrf_token": csrf}
    assert "is no period" in editor.post(f"{BASE}/of/towns-2026/compute", typed).text
    assert editor.get(f"{BASE}/of/nothing").status == 404


def test_whoever_computed_does_not_release(site: Site, signed_in: SignedIn) -> None:
    both = signed_in(site, Role.EDITOR, Role.REVIEWER)
    page = both.submit(both.get(f"{BASE}/of/towns-2026"), {"period": "2026Q1"})
    assert "You computed these scores" in page.text
    csrf = both.get(f"{BASE}/of/towns-2026").form().values["csrf_token"]
    assert both.post(f"{page.path}/release", {"csrf_token": csrf}).status == 403


def test_units_see_their_own_of_what_is_released_and_nothing_else(
    site: Site, signed_in: SignedIn
) -> None:
    services = site.services
    run = services.scoring.score("towns-2026", Period.parse("2026Q1"), CLERK, seed=1)
    hidden = services.scoring.score("towns-2026", Period.parse("2026-02"), CLERK, seed=1)
    unit, leader = signed_in(site, Role.UNIT, unit_code="T2"), signed_in(site, Role.LEADER)
    address = f"{BASE}/{run.id}"
    assert unit.get(address).status == leader.get(address).status == 404
    assert unit.get(f"{address}/units/T2").status == 404
    services.scores.release(run.id, CLERK)
    page = unit.get(address)
    assert "西山镇" in page.text
    # Neither the names nor the scores of others stand anywhere on it.
    for others in ("东河镇", "南塘乡", "95.20", "86.60", "What this order is worth"):
        assert others not in page.text
    own = unit.get(f"{address}/units/T2")
    assert "2" in own.one(".counts > div:nth-of-type(2) dd").get_text()
    assert "东河镇" not in own.text
    assert unit.get(f"{address}/units/T1").status == 404
    assert unit.get(f"{BASE}/{hidden.id}").status == 404
    assert "February" not in unit.get(f"{BASE}/of/towns-2026").text
    whole = leader.get(address)
    assert "东河镇" in whole.text
    assert "What this order is worth" in whole.text
    assert "How these scores were computed" not in whole.text


def test_months_before_everything_is_due_and_missing_values_are_said(
    site: Site, signed_in: SignedIn
) -> None:
    services = site.services
    run = services.scoring.score("towns-2026", Period.parse("2026-02"), CLERK, seed=1)
    analyst = signed_in(site, Role.ANALYST)
    page = analyst.get(f"{BASE}/{run.id}")
    assert "So far 60 of 100 points are due" in page.text
    assert "no known error" in page.text
    late = services.scoring.score("towns-2026", Period.parse("2026Q2"), CLERK, seed=1)
    page = analyst.get(f"{BASE}/{late.id}")
    assert "no score" in page.text
    unit = analyst.get(f"{BASE}/{late.id}/units/T1")
    assert "There is no score, because values are missing." in unit.text
    assert "The value is missing." in unit.text
    march = services.scoring.score("towns-2026", Period.parse("2026-03"), CLERK, seed=1)
    assert "Change (of 100 points)" in analyst.get(f"{BASE}/{march.id}/units/T1").text


def test_schemes_without_grades_and_capped_rules_are_shown(site: Site, signed_in: SignedIn) -> None:
    services = site.services
    content = towns_document(example_numbers=True) | {
        "key": "plain-2026",
        "grades": [],
        "overrides": [],
        "adjustments": [],
        "groups": [
            {"key": "common", "title": "共性", "weight": 60},
            {"key": "subjective", "title": "主观", "weight": 40},
        ],
    }
    key = put_in_use(services, content)
    run = services.scoring.score(key, Period.parse("2026Q1"), CLERK, seed=1)
    analyst = signed_in(site, Role.ANALYST)
    page = analyst.get(f"{BASE}/{run.id}")
    assert "Suggested grade" not in page.text
    assert "Example coefficients" in page.text
    unit = analyst.get(f"{BASE}/{run.id}/units/T1")
    assert "Example coefficients" in unit.text
    assert "If subjective evaluation" not in unit.text
    services.schemes.import_document(
        towns_document(notes="2")
        | {"adjustments": [{"key": "honour", "title": "表彰", "points": 1, "cap": 1}]},
        CLERK,
    )
    services.schemes.publish("towns-2026", CLERK)
    capped = services.scoring.score("towns-2026", Period.parse("2026Q1"), CLERK, seed=1)
    assert "the cap is reached" in analyst.get(f"{BASE}/{capped.id}/units/T2").text
