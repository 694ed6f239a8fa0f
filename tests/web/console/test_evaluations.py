"""Evaluations in the console: made from files, seen by those whose meetings they are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from surveyapp.domain.evaluation import Stage
from surveyapp.domain.roles import Actor, Role
from tests.builders import CLERK
from tests.support.evaluations import (
    ALIKE,
    TEMPLATE,
    import_meetings,
    meeting,
    vote,
    workbook,
)
from tests.support.pages import Browser, Page
from tests.support.staff import ENGLISH
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

NEW = "/console/evaluations/new"
ONE = "/console/evaluations/year"


def upload(
    browser: Browser, address: str, path: Path, own: str | None = None, **fields: str | None
) -> Page:
    """Upload a workbook with whatever else the form holds; `own` is a template of our own."""
    files = {"file": ("m.xlsx", path.read_bytes())}
    if own is not None:
        fields["template"] = "file"
        files["definition"] = ("t.yaml", own.encode())
    return browser.submit(browser.get(address), fields, files=files)


def test_an_evaluation_is_made_from_a_template_and_a_workbook(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    editor = signed_in(sqlite_site, Role.EDITOR)
    path = workbook(tmp_path, meeting(1), meeting(2))
    page = upload(editor, NEW, path, TEMPLATE, key="year", title="考核")
    assert page.path == ONE
    assert "第1局" in page.text
    assert "2 meetings new" in page.text
    assert sqlite_site.services.authoring.get("year-001").definition.title.zh == "第1局考核"
    assert "year" in editor.get("/console/ballots").text
    assert "year-001" not in editor.get("/console/surveys").text
    assert upload(editor, f"{ONE}/meetings", workbook(tmp_path, meeting(3))).path == ONE
    assert len(sqlite_site.services.evaluations.get("year").meetings) == 3


def test_bad_rows_and_bad_templates_are_listed_and_nothing_is_stored(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    editor = signed_in(sqlite_site, Role.EDITOR)
    bad = workbook(tmp_path, meeting(1, A票人数="3"))
    for own, fields, said in (
        (TEMPLATE, {}, "below 5 no vote is secret"),
        (TEMPLATE.replace("team4", "x"), {}, "There is no scale"),
        (None, {"template": "file"}, "Choose a file first"),
        (None, {"template": None}, "Choose a template"),
    ):
        page = upload(editor, NEW, bad, own, key="year", **fields)
        assert page.status == 400
        assert said in page.text
    assert sqlite_site.services.evaluations.all() == []
    import_meetings(sqlite_site.services, tmp_path, meeting(2))
    bad = workbook(tmp_path, meeting(1, A票人数="x"))
    assert upload(editor, f"{ONE}/meetings", bad).status == 400


def test_many_bad_rows_are_cut(sqlite_site: Site, signed_in: SignedIn, tmp_path: Path) -> None:
    editor = signed_in(sqlite_site, Role.EDITOR)
    rows = [meeting(number, A票人数="3") for number in range(1, 30)]
    bad = [[[*row[:7], "无", *row[8:]] for row in one] for one in rows]
    page = upload(editor, NEW, workbook(tmp_path, *bad), TEMPLATE, key="year")
    assert "and 45 more" in page.text


def test_workbooks_and_the_template_can_be_downloaded(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    import_meetings(sqlite_site.services, tmp_path, meeting(1))
    editor = signed_in(sqlite_site, Role.EDITOR)
    for address in (f"{ONE}/meetings.xlsx", "/console/evaluations/meetings.xlsx"):
        content = editor.client.get(address).data
        assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row > 1
    yaml = editor.client.get(f"{ONE}/template.yaml").get_data(as_text=True)
    assert "politics" in yaml
    assert editor.client.get("/console/evaluations/meetings.xlsx?template=x").status_code == 400


def test_a_team_sees_its_own_meetings_and_nothing_else_of_votes(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    services = sqlite_site.services
    import_meetings(services, tmp_path, meeting(1), meeting(2))
    vote(services, "year-001", [ALIKE])
    vote(services, "year-002", [ALIKE])
    for role in (Role.EXAMINER, Role.SCRUTINEER):
        member = signed_in(sqlite_site, role, team="第2组")
        page = member.get(ONE)
        assert "第2局" in page.text
        assert "第1局" not in page.text
        assert "Joint tabulation" not in page.text
        for page_of_vote in ("", "/desk", "/tabulation", "/tabulation.xlsx"):
            assert member.client.get(f"/console/ballots/year-002{page_of_vote}").status_code == 200
            assert member.client.get(f"/console/ballots/year-001{page_of_vote}").status_code == 404
        assert member.client.get(f"{ONE}/tabulation.xlsx").status_code == 403
        stranger = signed_in(sqlite_site, role, team="别组")
        assert stranger.client.get(ONE).status_code == 404
        assert "year" not in stranger.get("/console/ballots").text


def test_every_page_about_one_vote_is_closed_to_other_teams(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds a page about a vote calls its argument ``key``, and it is closed at once."""
    monkeypatch.setitem(sqlite_site.app.config, "WTF_CSRF_ENABLED", False)
    import_meetings(sqlite_site.services, tmp_path, meeting(1))
    member = signed_in(sqlite_site, Role.EXAMINER, Role.SCRUTINEER, team="别组").client
    tried = 0
    for rule in sqlite_site.app.url_map.iter_rules():
        if not rule.rule.startswith("/console/ballots/<"):
            continue
        assert "key" in rule.arguments, rule.rule
        address = rule.rule.replace("<key>", "year-001").replace("<int:number>", "1")
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = member.open(address.replace("<", "").replace(">", ""), method=method)
            assert answer.status_code in (403, 404), rule.rule
            tried += answer.status_code == 404
    assert tried > 3


def test_meetings_are_found_by_unit_and_stage(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    import_meetings(sqlite_site.services, tmp_path, meeting(1), meeting(2, "民政局"))
    sqlite_site.services.ballot_preparing.put_in_use("year-002", CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    for query in ("?q=民政", "?stage=open"):
        page = reviewer.get(f"{ONE}{query}")
        assert "民政局" in page.text
        assert "第1局" not in page.text
    assert "No meeting is like that" in reviewer.get(f"{ONE}?q=xyz").text


def test_a_meeting_without_a_time_shows_its_day_alone(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    import_meetings(sqlite_site.services, tmp_path, meeting(1, 时间="2026-12-07"), meeting(2))
    page = signed_in(sqlite_site, Role.EDITOR).get(ONE)
    assert "7 December 2026" in page.text
    assert "00:00" not in page.text
    assert "2 December 2026 14:30" in page.text


def test_all_drafts_are_put_in_use_at_once_and_their_keys_shown_once(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    services = sqlite_site.services
    import_meetings(services, tmp_path, meeting(1), meeting(2), meeting(3))
    services.ballot_preparing.put_in_use("year-001", CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert f"{ONE}/use" in reviewer.get(ONE).html
    page = reviewer.submit(reviewer.get(f"{ONE}/use"), {"scrutineers": "yes"})
    assert page.headers["Cache-Control"] == "no-store"
    keys = [one.get_text() for one in page.soup.select(".secret-key")]
    assert len(set(keys)) == 6
    assert services.evaluations.get("year").summary.stages == {Stage.OPEN: 3}
    halves = keys[4] + keys[5]
    assert services.ballot_closing.close("year-003", CLERK, passphrase=halves).ballots == 0
    assert "No meeting is a draft" in reviewer.get(f"{ONE}/use").text


def test_a_meeting_that_cannot_be_put_in_use_hides_no_key_of_the_others(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    services = sqlite_site.services
    both = signed_in(sqlite_site, Role.REVIEWER, Role.EDITOR, name="zhao")
    mine = Actor("zhao", services.staffing.find("zhao").id)
    import_meetings(services, tmp_path, meeting(2), actor=mine)
    page = both.submit(both.get(f"{ONE}/use"))
    assert page.status == 403
    import_meetings(services, tmp_path, meeting(1))
    page = both.submit(both.get(f"{ONE}/use"))
    assert page.status == 200
    assert "ask a second person" in page.text
    assert len(page.soup.select(".secret-key")) == 1


def test_all_lacking_slips_come_in_one_archive_once(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    services = sqlite_site.services
    import_meetings(services, tmp_path, meeting(1), meeting(2), meeting(3))
    for key in ("year-001", "year-002"):
        services.ballot_preparing.put_in_use(key, CLERK)
    services.ballot_preparing.issue("year-001", {"A": 6, "B": 10}, CLERK)
    editor = signed_in(sqlite_site, Role.EDITOR)
    page = editor.get(ONE)
    token = {"csrf_token": page.form('form[action$="slips.zip"]').values["csrf_token"][0]}
    answer = editor.client.post(f"{ONE}/slips.zip", data=token)
    assert answer.headers["Cache-Control"] == "no-store"
    files = zipfile.ZipFile(io.BytesIO(answer.data))
    assert files.namelist() == ["year-002.html"]
    assert files.read("year-002.html").decode().count('class="slip"') == 16
    assert editor.client.post(f"{ONE}/slips.zip", data=token).status_code == 409


def test_the_joint_tabulation_is_for_those_who_see_all_meetings(
    sqlite_site: Site, signed_in: SignedIn, tmp_path: Path
) -> None:
    services = sqlite_site.services
    import_meetings(services, tmp_path, meeting(1))
    vote(services, "year-001", [ALIKE])
    examiner = signed_in(sqlite_site, Role.EXAMINER)
    assert "Joint tabulation" in examiner.get(ONE).text
    content = examiner.client.get(f"{ONE}/tabulation.xlsx", headers=ENGLISH).data
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames[-1] == "All meetings"
    editor = signed_in(sqlite_site, Role.EDITOR)
    assert editor.client.get(f"{ONE}/tabulation.xlsx").status_code == 403
