"""A survey's way without a terminal: from a template to the end of collection."""

from __future__ import annotations

import pytest
import yaml

from surveyapp.domain.roles import Role
from surveyapp.domain.survey import Status
from surveyapp.services.drafting import survey_templates
from tests.builders import CLERK, a_definition, a_place, an_open_survey, review_document
from tests.support.pages import Browser
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

YAML = yaml.safe_dump(review_document(), allow_unicode=True).encode()


@pytest.fixture
def editor(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.EDITOR)


def test_the_first_survey_begins_with_a_template(editor: Browser) -> None:
    page = editor.get("/console/surveys")
    assert "There is no survey yet" in page.text
    page = editor.get("/console/surveys/new")
    assert len(page.soup.select(".templates > li")) == len(survey_templates())
    assert "About 1 minute" in page.text
    assert "What to adapt" in page.text


def test_a_template_becomes_a_survey_that_collects_and_ends(
    site: Site, signed_in: SignedIn
) -> None:
    clerk, reviewer = signed_in(site, Role.EDITOR), signed_in(site, Role.REVIEWER)
    page = clerk.get("/console/surveys/new/service-review")
    page = clerk.submit(
        page, {"key": "hall-2026", "title_zh": "大厅好差评", "office_zh": "某县政务局"}
    )
    assert (page.status, page.path) == (200, "/console/surveys/hall-2026")
    assert "A reviewer puts it in use" in page.text
    assert "Put in use…" not in page.text

    page = reviewer.get("/console/surveys/hall-2026/publish")
    assert "never change again" in page.text
    page = reviewer.submit(page)
    assert "The survey is in use" in page.text
    assert site.services.authoring.get("hall-2026").summary.status is Status.OPEN

    page = reviewer.submit(reviewer.get("/console/surveys/hall-2026/close"))
    assert "Collection has ended" in page.text
    assert site.services.authoring.get("hall-2026").summary.status is Status.CLOSED
    page = reviewer.get("/console/surveys/hall-2026/close")
    assert "takes no answers at present" in page.text


def test_nobody_puts_their_own_draft_in_use(sqlite_site: Site, signed_in: SignedIn) -> None:
    both = signed_in(sqlite_site, Role.EDITOR, Role.REVIEWER)
    page = both.get("/console/surveys/new/public-safety")
    page = both.submit(page, {"key": "safety-2026"})
    assert "You made this draft" in page.text
    page = both.get("/console/surveys/safety-2026/publish")
    assert "cannot be put in use as it is" in page.text
    assert not page.soup.select("main form[method=post]")
    token = page.form("header form").values["csrf_token"]
    page = both.post("/console/surveys/safety-2026/publish", {"csrf_token": token})
    assert page.status == 403
    assert sqlite_site.services.authoring.get("safety-2026").summary.status is Status.DRAFT


def test_a_taken_key_and_bad_entries_come_back_with_everything_typed(
    sqlite_site: Site, editor: Browser
) -> None:
    an_open_survey(sqlite_site.services)
    page = editor.get("/console/surveys/new/service-review")
    page = editor.submit(page, {"key": "hall-review", "contact_zh": "0877-123"})
    assert page.status == 400
    assert "There is a survey “hall-review” already" in page.text
    page = editor.submit(page, {"key": "Hall 1", "minutes": "soon", "legal_form_number": "表1"})
    assert page.status == 400
    wrong = {field["id"] for field in page.soup.select("[aria-invalid=true]")}
    assert {"key", "minutes", "legal_issued_by", "legal_valid_until"} <= wrong
    assert page.form("main form[method=post i]").values["contact_zh"] == ["0877-123"]


def test_details_change_the_draft_and_leave_the_questions(
    sqlite_site: Site, editor: Browser
) -> None:
    services = sqlite_site.services
    an_open_survey(services)
    page = editor.get("/console/surveys/hall-review/details")
    assert "holds once a reviewer puts it in use" in page.text
    page = editor.submit(
        page,
        {
            "title_zh": "新标题",
            "title_en": "",
            "closes_at": "2027-01-31T18:00",
            "statistical_project": "yes",
        },
    )
    assert "A new revision waits to be put in use" in page.text
    assert "The legal head of the statistical survey project" in page.text
    draft = services.authoring.get("hall-review").definition
    assert draft.title.zh == draft.title.en == "新标题"
    assert len(draft.questions) == 3
    page = editor.submit(editor.get("/console/surveys/hall-review/details"), {"title_zh": ""})
    assert (page.status, "A text is missing here" in page.text) == (400, True)


def test_a_closed_survey_takes_no_changes(sqlite_site: Site, editor: Browser) -> None:
    an_open_survey(sqlite_site.services)
    sqlite_site.services.authoring.close("hall-review", CLERK)
    page = editor.submit(editor.get("/console/surveys/hall-review/details"), {"title_zh": "新"})
    assert page.status == 400
    assert "is closed" in page.text


def test_every_problem_of_an_uploaded_file_is_listed(sqlite_site: Site, editor: Browser) -> None:
    bad = (
        b"key: Bad Key\nkind: poll\ntitle: T\nquestions:\n  - {key: a, type: scale, scale: none}\n"
    )
    page = editor.get("/console/surveys/upload")
    page = editor.submit(page, files={"file": ("../../问卷.yaml", bad)})
    assert page.status == 400
    assert "问卷.yaml" in page.text
    assert ".." not in page.text
    rows = [row.get_text(" ") for row in page.soup.select("tbody tr")]
    assert [row.split()[0] for row in rows] == ["1", "2", "5", "5"]
    assert sqlite_site.services.authoring.summaries() == []
    page = editor.submit(page, files={"file": ("good.yaml", YAML)})
    assert page.path == "/console/surveys/hall-review"
    page = editor.submit(editor.get("/console/surveys/upload"))
    assert (page.status, "Choose a file first" in page.text) == (400, True)


def test_a_new_revision_belongs_to_its_survey(sqlite_site: Site, editor: Browser) -> None:
    services = sqlite_site.services
    an_open_survey(services)
    other = yaml.safe_dump(review_document(key="other"), allow_unicode=True).encode()
    page = editor.get("/console/surveys/upload?survey=hall-review")
    page = editor.submit(page, files={"file": ("other.yaml", other)})
    assert "belongs to the survey “other”" in page.text
    page = editor.submit(
        page, files={"file": ("hall.yaml", YAML.replace("大厅".encode(), "新厅".encode()))}
    )
    assert page.path == "/console/surveys/hall-review"
    assert services.authoring.get("hall-review").draft


def test_a_definition_comes_down_as_the_file_that_goes_up(
    sqlite_site: Site, editor: Browser
) -> None:
    an_open_survey(sqlite_site.services)
    answer = editor.get("/console/surveys/hall-review/definition")
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="hall-review.yaml"'
    )
    assert yaml.safe_load(answer.response.data) == review_document()


def test_the_preview_is_the_form_and_sends_nothing(sqlite_site: Site, editor: Browser) -> None:
    sqlite_site.services.authoring.import_definition(a_definition(), CLERK)
    page = editor.get("/console/surveys/hall-review/preview")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    frame = page.soup.iframe
    assert frame is not None
    form = editor.get(str(frame["src"]))
    assert "nothing is sent" in form.text
    assert "frame-ancestors 'self'" in form.headers["Content-Security-Policy"]
    assert form.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert form.soup.select("button[type=submit][disabled]")
    assert editor.client.post(form.path).status_code in (400, 405)
    other = editor.get("/console/surveys/hall-review")
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


def test_what_is_rated_is_listed_and_added(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    an_open_survey(services)
    clerk, analyst = signed_in(sqlite_site, Role.EDITOR), signed_in(sqlite_site, Role.ANALYST)
    address = "/console/surveys/hall-review/subjects"
    page = clerk.submit(clerk.get(address), {"title_zh": "1号窗口", "subject_key": "w1"})
    page = clerk.submit(page, {"title_zh": "2号窗口", "title_en": "Window 2"})
    assert [one.key for one in services.authoring.get("hall-review").subjects] == ["w1", "2号窗口"]
    page = clerk.submit(page, {"title_zh": " "})
    assert (page.status, "needs a title" in page.text) == (400, True)
    page = clerk.submit(page, {"title_zh": "窗口", "subject_key": "a|b"})
    assert (page.status, "short key" in page.text) == (400, True)
    page = analyst.get(address)
    assert "Window 2" in page.text
    assert not page.soup.select("main form")


def test_samples_of_methods_come_last_and_folded(sqlite_site: Site, editor: Browser) -> None:
    sample = review_document(key="sample", title="方法示例", method_sample=True)
    an_open_survey(sqlite_site.services, review_document())
    an_open_survey(sqlite_site.services, sample)
    for address in ("/console/surveys", "/console/results"):
        page = editor.get(address)
        folded = page.soup.select("details.samples")
        assert [one.summary.get_text(strip=True) for one in folded if one.summary] == ["方法示例"]
        assert "sample" not in str(page.soup.select_one("main > .table-card"))


def test_the_page_says_what_a_bare_draft_lacks(sqlite_site: Site, editor: Browser) -> None:
    bare = review_document()
    del bare["office"], bare["indices"]
    sqlite_site.services.authoring.import_definition(a_definition(bare), CLERK)
    page = editor.get("/console/surveys/hall-review")
    for lack in ("The office that asks", "A place: without a code", "An index: without one"):
        assert lack in page.text
    a_place(sqlite_site.services, "hall-review")
    assert "A place: without a code" not in editor.get("/console/surveys/hall-review").text


def test_unknown_surveys_and_templates_have_no_page(editor: Browser) -> None:
    for address in ("/console/surveys/none", "/console/surveys/new/none", "/console/results/none"):
        assert editor.get(address).status == 404
