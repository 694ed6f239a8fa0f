"""Pages of schemes: from a structure to a scheme in use, and what outsiders see of it."""

from __future__ import annotations

from surveyapp.domain.roles import Role
from surveyapp.services.assessment.scheme_files import MAX_BYTES
from tests.builders import CLERK
from tests.support.schemes import document, line
from tests.support.scores import REVIEWER, put_units, towns
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

BASE = "/console/assessment"
PRESET = f"form[action='{BASE}/new-scheme/preset']"
UPLOAD = f"form[action='{BASE}/new-scheme/file']"


def test_a_structure_is_filled_in_and_put_in_use_by_a_second_person(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    editor, reviewer = signed_in(sqlite_site, Role.EDITOR), signed_in(sqlite_site, Role.REVIEWER)
    home = editor.get(BASE)
    assert "Scores" in home.text
    assert "There is no scheme yet." in editor.get(f"{BASE}/schemes").text
    page = editor.submit(
        editor.get(f"{BASE}/new-scheme"),
        {"preset": "henan", "key": "henan-2026", "year": "2026", "category": "省辖市"},
        form=PRESET,
    )
    assert page.path == f"{BASE}/schemes/henan-2026"
    assert "places are still empty" in page.text
    assert "cannot be put in use" in reviewer.get(f"{page.path}/publish").text
    answers = {
        "at:total": "100",
        "at:missing": "block",
        "at:groups[1].weight": "40",
        "at:groups[2].weight": "60",
        "at:grades[1].from": "90",
        "at:grades[1].quota": "30%",
        "at:grades[2].from": "80",
        "at:grades[3].from": "60",
        "at:indicators[1].title": "党建",
        "at:indicators[1].weight": "40",
        "at:indicators[1].normalisation": "own_best",
        "at:indicators[2].title": "增速",
        "at:indicators[2].weight": "40",
        "at:indicators[2].normalisation": "rank",
        "at:indicators[3].weight": "20",
        "at:indicators[3].normalisation": "direct",
        "at:indicators[3].indicator": "public",
    }
    wrong = editor.submit(editor.get(f"{page.path}/fill"), answers | {"at:total": "90"})
    assert wrong.status == 400
    assert "add up to 100, but 90 are to be given" in wrong.text
    assert 'value="党建"' in wrong.html
    again = editor.submit(editor.get(f"{page.path}/fill"), answers)
    assert "Some places are still empty." in again.text
    done = editor.submit(again, {"at:indicators[2].step": "5%"})
    assert "A second person can put it in use." in done.text
    assert "each place below 5% less" in done.text
    assert "Everything is filled in." in editor.get(f"{page.path}/fill").text
    used = reviewer.submit(reviewer.get(f"{page.path}/publish"))
    assert "The scheme is in use" in used.text
    assert "There is no draft to put in use." in reviewer.get(f"{page.path}/publish").text
    assert "henan-2026" in editor.get(f"{BASE}/schemes").text
    file = editor.client.get(f"{page.path}/scheme.yaml")
    assert b"henan-2026" in file.data


def test_what_was_not_looked_at_is_not_put_in_use(sqlite_site: Site, signed_in: SignedIn) -> None:
    schemes = sqlite_site.services.schemes
    schemes.import_document(document(), CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    address = f"{BASE}/schemes/county-2026/publish"
    looked_at = reviewer.get(address)
    schemes.import_document(document(line("other")), CLERK)
    page = reviewer.submit(looked_at)
    assert (page.status, "changed meanwhile" in page.text) == (409, True)
    assert schemes.get("county-2026").in_use is None
    assert "The scheme is in use" in reviewer.submit(reviewer.get(address)).text


def test_whoever_made_a_draft_does_not_put_it_in_use(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    both = signed_in(sqlite_site, Role.EDITOR, Role.REVIEWER)
    page = both.submit(
        both.get(f"{BASE}/new-scheme"),
        {"preset": "ruian-2012", "key": "ruian", "year": "2026"},
        form=PRESET,
    )
    assert "A second person (reviewer) puts it in use." in page.text
    publish = both.get(f"{page.path}/publish")
    assert "a second person puts it in use" in publish.text
    assert not publish.soup.select("main form.confirm")


def test_files_are_taken_with_all_their_problems_or_as_a_draft(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    editor = signed_in(sqlite_site, Role.EDITOR)

    def upload(content: bytes) -> str:
        page = editor.get(f"{BASE}/new-scheme")
        return editor.submit(page, form=UPLOAD, files={"file": ("方案.yaml", content)}).text

    assert "“方案.yaml” – what to correct" in upload(b"key: a\ntotal: 0\n")
    assert "larger than 500 kB" in upload(b" " * (MAX_BYTES + 5))
    file = editor.client.get(f"{BASE}/new-scheme")
    assert file.status_code == 200
    sqlite_site.services.schemes.import_document(document(), CLERK)
    content = editor.client.get(f"{BASE}/schemes/county-2026/scheme.yaml").data
    assert "kept as a draft" in upload(content.replace(b"gdp", b"growth"))
    for typed, words in (
        ({"preset": "henan", "key": "county-2026", "year": "2026"}, "already"),
        ({"preset": "henan", "key": "Ü", "year": "2026"}, "What to correct"),
        ({"preset": "henan", "key": "new", "year": "zwei"}, "four digits"),
    ):
        refused = editor.submit(editor.get(f"{BASE}/new-scheme"), typed, form=PRESET)
        assert refused.status == 400
        assert words in refused.text
        assert f'value="{typed["key"]}"' in refused.html
    csrf = editor.get(f"{BASE}/new-scheme").form(PRESET).values["csrf_token"]
    unknown = {"preset": "atlantis", "key": "new", "year": "2026", "csrf_token": csrf}
    assert editor.post(f"{BASE}/new-scheme/preset", unknown).status == 400


def test_a_scheme_shows_all_its_rules_and_outsiders_see_the_version_in_use(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    content = document(
        line(
            "a",
            70,
            responsible="A",
            kind="季度指标",
            every="month",
            accumulation="sum",
            definition="口径",
            unit="%",
            limit={"indicator": "b", "from": 30, "share": "65%"},
        ),
        line("b", 30, source="indicator", indicator="public"),
        category="县",
        adjustments=[
            {"key": "p", "title": "表彰", "points": 1},
            {"key": "m", "title": "通报", "points": -1, "cap": 3},
        ],
        overrides=[
            {"key": "v", "title": "否决", "effect": "cap", "grade": "良好"},
            {
                "key": "f",
                "title": "直定",
                "effect": "fix",
                "grade": "较差",
                "when": {"indicator": "b", "below": 60},
            },
            {"key": "l", "title": "托底", "effect": "floor", "grade": "良好"},
        ],
        grades=[
            {"from": 90, "quota": "30%", "consequence": "上浮10%"},
            {"quota": "50%"},
            {"from": 60},
            {},
        ],
        show_consequences=True,
        example_numbers=True,
        basis="参照公开报道的结构",
    )
    put_units(services, {"A": "甲县"}, "县")
    services.schemes.import_document(content, CLERK)
    unit = signed_in(sqlite_site, Role.UNIT, unit_code="A")
    address = f"{BASE}/schemes/county-2026"
    assert unit.get(address).status == 404
    assert "county-2026" not in unit.get(f"{BASE}/schemes").text
    services.schemes.publish("county-2026", REVIEWER)
    editor = signed_in(sqlite_site, Role.EDITOR)
    text = editor.get(address).text
    for words in (
        "Example coefficients",
        "季度指标",
        "口径",
        "At most 65% of the points",
        "甲县",
        "from snapshots of public",
        "1 points for each occurrence, without a cap",
        "at most 3 a year",
        "at most 良好" if "良好" in text else "at most Good",
        "if “b” is below 60",
        "at least",
        "from 90 points on, at most 30% of the category",
        "all others",
        "上浮10%",
        "every month, summed up over the year",
    ):
        assert words in text
    services.schemes.import_document(content | {"category": "县", "notes": "新稿"}, CLERK)
    assert "新稿" in editor.get(address).text
    seen = unit.get(address).text
    assert "新稿" not in seen
    assert "Versions" not in seen
    gone = editor.submit(editor.get(address))
    assert "The draft is thrown away" in gone.text


def test_the_print_has_a_page_for_each_responsible_unit(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    key = towns(sqlite_site.services)
    analyst = signed_in(sqlite_site, Role.ANALYST)
    page = analyst.get(f"{BASE}/schemes/{key}/print")
    assert len(page.soup.select(".sheet")) == 2
    assert "东河镇: fits on one page" in page.text
    one = analyst.get(f"{BASE}/schemes/{key}/print?unit=T1")
    assert len(one.soup.select(".sheet")) == 1
    long = [line(f"a{n}", 2, definition="由责任部门核实后填报。" * 12) for n in range(50)]
    sqlite_site.services.schemes.import_document(document(*long), CLERK)
    too_long = analyst.get(f"{BASE}/schemes/county-2026/print")
    assert "more than one page" in too_long.text
    assert "Draft, not in use" in too_long.text


def test_the_home_page_says_which_drafts_await_whom(sqlite_site: Site, signed_in: SignedIn) -> None:
    editor, reviewer = signed_in(sqlite_site, Role.EDITOR), signed_in(sqlite_site, Role.REVIEWER)
    assert "Schemes" not in editor.get("/console/").one("main").get_text()
    schemes = sqlite_site.services.schemes
    schemes.import_document(document(), CLERK)
    schemes.import_document(document(line("a", None), key="open-2026"), CLERK)
    assert "Schemes with empty places" in editor.get("/console/").text
    assert "Schemes to put in use" not in editor.get("/console/").text
    assert "Schemes to put in use" in reviewer.get("/console/").text
    assert "Schemes with empty places" not in reviewer.get("/console/").text
    assert "Schemes" not in signed_in(sqlite_site, Role.ADMIN).get("/console/").text
