"""Conducting a vote in the console: keys shown once, slips handed out once, the end, the paper."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from surveyapp.domain.roles import Actor, Role
from surveyapp.storage.staff import StaffRepository
from tests.builders import CLERK
from tests.support.ballots import a_ballot, cast, issue, pattern, put_in_use
from tests.support.pages import Browser, Page
from tests.support.staff import ENGLISH, PASSWORD, staff_member
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

ONE = "/console/ballots/cadres"
CODE = re.compile(r'<p class="code">([^<]+)</p>')


def downloaded(browser: Browser, page: Page, fields: dict[str, str]) -> TestResponse:
    """Send a form whose answer is a file; it is meant for paper, not for the browser."""
    values = {name: given[-1] for name, given in page.form().values.items()} | fields
    answer = browser.client.post(page.form().action, data=values, headers=ENGLISH)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


def codes_in(answer: TestResponse) -> list[str]:
    return CODE.findall(answer.get_data(as_text=True))


def secrets_on(browser: Browser, address: str, **fields: str) -> list[str]:
    """Post a form and return the keys that the answer shows."""
    page = browser.submit(browser.get(address), fields)
    assert page.headers["Cache-Control"] == "no-store"
    return [one.get_text() for one in page.soup.select(".secret-key")]


def a_second_person(site: Site) -> str:
    """Make somebody whose password is known."""
    name = staff_member(site.services, Role.REVIEWER)
    hasher = site.services.staffing.sign_ins._hasher
    with site.services.database.writing() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        record.password_hash = hasher.hash(PASSWORD)
    return name


def test_a_reviewer_puts_the_vote_in_use_and_ends_it_with_both_halves(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    services.authoring.import_definition(a_ballot(), CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert "Put in use" in reviewer.get(f"{ONE}/desk").text
    first, second, recovery = secrets_on(reviewer, f"{ONE}/use", scrutineers="yes")
    for secret in (first, second, recovery):
        for name in ("desk", "use", "keys", "end"):
            assert secret not in reviewer.get(f"{ONE}/{name}").text
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    page = reviewer.submit(reviewer.get(f"{ONE}/end"), {"half_1": "AAAA", "half_2": second})
    assert page.status == 400
    assert "Nothing was changed" in page.text
    assert first not in page.html
    page = reviewer.submit(page, {"half_1": first.lower(), "half_2": second.replace(" ", "")})
    assert page.path == f"{ONE}/desk"
    assert "9 ballots" in page.text
    assert "Results are for the assessment group" in page.text
    assert "The vote has ended and the ballots are counted" in reviewer.get(f"{ONE}/end").text


def test_the_recovery_key_opens_the_urn_where_the_file_is_lost(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    services.authoring.import_definition(a_ballot(), CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    (recovery,) = secrets_on(reviewer, f"{ONE}/use")
    for file in services.settings.key_dir.iterdir():
        file.unlink()
    page = reviewer.submit(reviewer.get(f"{ONE}/end"))
    assert page.status == 409
    page = reviewer.submit(page, {"recovery": recovery})
    assert page.path == f"{ONE}/desk"


def test_whoever_made_the_draft_does_not_put_it_in_use(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    both = signed_in(sqlite_site, Role.EDITOR, Role.REVIEWER, name="zhao")
    account = services.staffing.find("zhao")
    services.authoring.import_definition(a_ballot(), Actor("zhao", account.id))
    assert "You made this draft" in both.get(f"{ONE}/desk").text
    page = both.submit(both.get(f"{ONE}/use"))
    assert page.status == 403
    assert services.authoring.get("cadres").summary.status == "draft"


def test_what_was_not_looked_at_is_not_put_in_use(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    services.authoring.import_definition(a_ballot(), CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    looked_at = reviewer.get(f"{ONE}/use")
    services.authoring.import_definition(a_ballot(quorum="1/3"), CLERK)
    page = reviewer.submit(looked_at)
    assert (page.status, "changed meanwhile" in page.text) == (409, True)
    assert services.authoring.get("cadres").summary.status == "draft"
    assert list(services.settings.key_dir.glob("*")) == []
    assert reviewer.submit(page).status == 200
    assert services.authoring.get("cadres").summary.status == "open"


def test_lost_keys_are_made_anew_until_the_first_slip(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    put_in_use(sqlite_site.services)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert len(secrets_on(reviewer, f"{ONE}/keys", scrutineers="yes")) == 3
    issue(sqlite_site.services, A=1)
    page = reviewer.submit(reviewer.get(f"{ONE}/keys"))
    assert page.status == 409
    assert "This vote is in use already" in reviewer.get(f"{ONE}/use").text


def test_slips_come_once_and_never_more_than_members(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    services.authoring.import_definition(a_ballot(), CLERK)
    editor = signed_in(sqlite_site, Role.EDITOR)
    form = editor.get(f"{ONE}/slips")
    assert form.form().values["n_A"] == ["2"]
    rehearsal = downloaded(editor, form, {"n_A": "1", "n_B": ""})
    assert "Rehearsal" in rehearsal.get_data(as_text=True)
    services.ballot_preparing.put_in_use("cadres", CLERK)
    form = editor.get(f"{ONE}/slips")
    assert form.form().values["n_A"] == ["12"]
    assert len(codes_in(downloaded(editor, form, {"n_A": "3", "n_B": "0"}))) == 3
    for fields, status in (
        ({"n_A": "", "n_B": ""}, 400),
        ({"n_A": "x", "n_B": ""}, 400),
        ({"n_A": "10", "n_B": ""}, 409),
        ({"n_A": "13", "n_B": ""}, 400),
    ):
        assert editor.submit(form, fields).status == status
    assert services.conducting.progress("cadres").issued == 3
    practice = downloaded(editor, form, {"n_A": "1", "n_B": "", "rehearsal": "yes"})
    assert "Rehearsal" in practice.get_data(as_text=True)
    services.ballot_closing.close("cadres", CLERK)
    assert "no more slips" in editor.get(f"{ONE}/slips").text


def test_a_spoilt_slip_is_replaced_before_a_second_person(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services)
    code = issue(services, A=1)["A"][0]
    editor = signed_in(sqlite_site, Role.EDITOR, name="editor")
    second = a_second_person(sqlite_site)
    form = editor.get(f"{ONE}/slips/replace")
    wrong = {"code": code, "witness": second, "witness_password": "wrong"}
    assert editor.submit(form, wrong).status == 403
    right = wrong | {"witness_password": PASSWORD}
    assert editor.submit(form, right | {"code": "0" * 12}).status == 409
    (new,) = codes_in(downloaded(editor, form, right))
    assert new.replace(" ", "") != code
    with services.database.writing() as work:
        record = StaffRepository(work).find("editor")
        assert record is not None
        record.password_hash = services.staffing.sign_ins._hasher.hash(PASSWORD)
    page = editor.submit(form, right | {"witness": "editor"})
    assert page.status == 400
    assert "somebody else than yourself" in page.text


def test_lost_slips_are_withdrawn_before_a_second_person(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services)
    issue(services, A=5)
    editor = signed_in(sqlite_site, Role.EDITOR)
    second = a_second_person(sqlite_site)
    form = editor.get(f"{ONE}/slips/withdraw")
    fields = {"class": "A", "witness": second, "witness_password": PASSWORD}
    assert editor.submit(form, fields | {"witness_password": "wrong"}).status == 403
    page = editor.submit(form, fields)
    assert "5 slips are worthless now" in page.text
    assert services.ballot_preparing.lacking("cadres")["A"] == 12


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.EDITOR, {"desk", "slips", "slips/replace", "slips/withdraw"}),
        (Role.REVIEWER, {"desk", "use", "keys", "end"}),
        (Role.EXAMINER, {"desk"}),
        (Role.SCRUTINEER, {"desk"}),
        (Role.ANALYST, set()),
        (Role.ADMIN, set()),
    ],
)
def test_keys_and_slips_lie_in_different_hands(
    sqlite_site: Site, signed_in: SignedIn, role: Role, allowed: set[str]
) -> None:
    put_in_use(sqlite_site.services)
    browser = signed_in(sqlite_site, role)
    pages = {"desk", "use", "keys", "slips", "slips/replace", "slips/withdraw", "end"}
    for page in pages:
        expected = 200 if page in allowed else 403
        assert browser.get(f"{ONE}/{page}").status == expected, page


def test_the_tabulation_is_ready_for_paper(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    put_in_use(services)
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    root = services.ballot_closing.close("cadres", CLERK).root
    examiner = signed_in(sqlite_site, Role.EXAMINER)
    assert f"{ONE}/tabulation.xlsx" in examiner.get(ONE).html
    page = examiner.get(f"{ONE}/tabulation")
    assert root in page.text
    assert "甲" in page.text
    assert "甲" not in str(page.soup.title)
    assert "Scrutineers" in page.text
    answer = examiner.client.get(f"{ONE}/tabulation.xlsx")
    assert answer.data.startswith(b"PK")
    assert "Tabulation (XLSX)" in examiner.get(f"{ONE}/desk").text


def test_the_pages_of_surveys_lead_to_the_desk(sqlite_site: Site, signed_in: SignedIn) -> None:
    sqlite_site.services.authoring.import_definition(a_ballot(), CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert reviewer.get("/console/surveys/cadres/publish").path == f"{ONE}/use"
    assert reviewer.get("/console/surveys/cadres/close").path == f"{ONE}/desk"
    assert f"{ONE}/desk" in reviewer.get("/console/surveys/cadres").html
    assert "There is no vote to end" in reviewer.get(f"{ONE}/end").text
