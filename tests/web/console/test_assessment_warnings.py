"""The page of early warnings, from a warning to its slip."""

from __future__ import annotations

from datetime import timedelta

from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Role
from surveyapp.services.assessment.item_views import Origin
from tests.support.assessed import EDITOR, VALUES, an_assessment, score
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

PAGE = "/console/assessment/warnings"


def test_a_warning_leads_to_a_slip_of_its_colour(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    an_assessment(services, indicators=_targets())
    score(services)
    due_on = services.rectifying.today() + timedelta(days=3)
    new = NewItem("等候时间长", "48 分钟", "west", "", "马局长", "20 分钟", due_on)
    services.rectifying.open(EDITOR, new, Origin(ItemSource.INDICATOR))
    office = signed_in(sqlite_site, Role.EDITOR)
    page = office.get(PAGE)
    for words in ("Values that have not come", "Behind the target", "Matters being put right"):
        assert words in page.text
    link = next(
        one for one in page.soup.select("a.row-link") if "colour=yellow" in str(one["href"])
    )
    form = office.get(str(link["href"]))
    assert form.form().values["colour"] == ["yellow"]
    assert form.form().values["source"] == ["indicator"]
    assert "is behind its target" in form.form().values["title"][0]
    unit = signed_in(sqlite_site, Role.UNIT, unit_code="east")
    page = unit.get(PAGE)
    assert "Send a slip" not in page.text
    assert "西山县" not in page.text


def test_without_warnings_the_page_says_so(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.LEADER).get(PAGE)
    assert "Nothing is near, behind or overdue." in page.text
    assert "Early warning" in signed_in(sqlite_site, Role.EDITOR).get("/console/assessment").text


def _targets() -> list[dict[str, object]]:
    usual = {"responsible": "stats", "every": "quarter", "accumulation": "latest"}
    return [
        {"key": key, "title": key, "group": group, "weight": weight, "normalisation": "target",
         "best": 90} | usual
        for (key, group, weight) in (("growth", "common", 60), ("waiting", "voice", 40))
        if key in VALUES
    ]  # fmt: skip
