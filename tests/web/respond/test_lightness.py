"""The page is one light request, and what is shown depends on nothing but style sheets."""

from __future__ import annotations

import gzip
import re
from itertools import combinations
from pathlib import Path

import pytest

from surveyapp.services.definition_files import read_definition
from surveyapp.web.respond.shells import Recent, Shell, slot
from tests.builders import CLERK, every_type_document
from tests.web.conftest import Site

# A ballot hangs at no place: its page is opened with a slip.
TEMPLATES = sorted(
    file
    for file in Path("surveyapp/content/templates").glob("*.yaml")
    if "\nkind: ballot" not in file.read_text("utf-8")
)
MOST_BYTES = 14 * 1024


def _code_for_file(site: Site, file: Path) -> str:
    definition = read_definition(file.read_bytes(), file.name)
    # What an office fills in before it puts a template in use.
    document = {
        **definition.document,
        "office": {"zh": "示例县政务服务管理局", "en": "Government Services Office"},
        "contact": {"zh": "电话 0000-1234567", "en": "Telephone 0000-1234567"},
    }
    return site.place(document)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_shipped_templates_fit_into_fourteen_kilobytes(
    sqlite_site: Site, file: Path, language: str
) -> None:
    """Headers included: this is what a phone waits for."""
    code = _code_for_file(sqlite_site, file)
    browser = sqlite_site.browser()
    plain = browser.get(f"/r/{code}?lang={language}")
    packed = browser.client.get(f"/r/{code}", headers={"Accept-Encoding": "gzip"})
    head = sum(len(name) + len(value) + 4 for name, value in packed.headers)
    assert len(packed.data) + head <= MOST_BYTES
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data)
    assert _without_secrets(gzip.decompress(packed.data).decode()) == _without_secrets(plain.html)
    sent = browser.submit(plain)
    assert sent.status in (200, 422)


def _without_secrets(html: str) -> str:
    return re.sub(r'name="(csrf_token|submission_key)" value="[^"]*"', "", html)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_a_form_shown_again_is_compressed_too(sqlite_site: Site, file: Path) -> None:
    code = _code_for_file(sqlite_site, file)
    browser = sqlite_site.browser()
    fields = browser.get(f"/r/{code}").form().values
    answer = browser.client.post(
        f"/r/{code}", data={**fields, "x": "1"}, headers={"Accept-Encoding": "gzip"}
    )
    assert answer.status_code == 400
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) <= MOST_BYTES


def test_the_page_asks_for_nothing_else(sqlite_site: Site) -> None:
    page = sqlite_site.browser().get(f"/r/{sqlite_site.place()}")
    assert page.soup.select("[src], [srcset], link, iframe, object, embed, [style]") == []
    assert "url(" not in page.html


def test_every_visit_gets_a_token_of_its_own_from_the_kept_page(sqlite_site: Site) -> None:
    code = sqlite_site.place(label="1号窗口 <社保>")
    fields = [sqlite_site.browser().get(f"/r/{code}").form().values for _ in range(3)]
    for one, other in combinations(fields, 2):
        assert one["csrf_token"] != other["csrf_token"]
        assert one["submission_key"] != other["submission_key"]


def test_two_places_of_one_survey_show_their_own_names(sqlite_site: Site) -> None:
    first = sqlite_site.place(label="一号窗口")
    placing = sqlite_site.services.placing
    placing.add("hall-review", "二号窗口", "w2", CLERK)
    second = placing.add("hall-review", "二号窗口(北门)", "w2", CLERK).code
    browser = sqlite_site.browser()
    assert "一号窗口" in browser.get(f"/r/{first}").text
    shown = browser.get(f"/r/{second}").text
    assert "二号窗口(北门)" in shown
    assert "评价对象" in shown
    assert "一号窗口" not in shown


def test_what_depends_is_hidden_by_style_and_explained_in_words(sqlite_site: Site) -> None:
    page = sqlite_site.browser().get(f"/r/{sqlite_site.place(every_type_document())}")
    used = page.one('input[name="used"][value="yes"]')
    why = page.one("form > fieldset:has(> .if)")
    rules = str(page.soup.select("head style")[1].string)
    assert f"#{why['id']}{{display:none}}" in rules
    assert f"form:has(#{used['id']}:checked) #{why['id']}{{display:block}}" in rules
    assert rules.startswith("@supports selector(:has(a))")
    assert re.search(r"第\s?1\s?题", why.get_text())
    assert why["data-if"] == used["id"]


def test_tags_stand_in_a_group_for_each_level(sqlite_site: Site) -> None:
    page = sqlite_site.browser().get(f"/r/{sqlite_site.place()}")
    groups = page.soup.select("details.group")
    levels = page.form().choices("overall")
    assert len(groups) == len(levels) == 5
    for group, level in zip(groups, levels, strict=True):
        chosen = page.one(f'input[name="overall"][value="{level}"]')
        assert group["data-if"] == chosen["id"]
        assert len(group.select("input[name=reasons]")) == 8


def test_dont_know_stands_apart(sqlite_site: Site) -> None:
    page = sqlite_site.browser().get(f"/r/{sqlite_site.place(every_type_document())}")
    apart = [box["value"] for box in page.soup.select(".apart input")]
    assert set(apart) == {"dont_know", "unknown"}
    assert not page.soup.select('.os:not(.apart) input[value="dont_know"]')


def test_a_shell_is_one_valid_gzip_stream() -> None:
    shell = Shell(f"<p>{slot('one')}</p>{'x' * 1000}{slot('two')}{slot('one')}")
    values = {"one": "<甲>", "two": "z" * 70_000}
    plain = shell.plain(values)
    assert plain.startswith("<p>&lt;甲&gt;</p>x".encode())
    assert gzip.decompress(shell.gzipped(values)) == plain


def test_the_thing_not_used_for_longest_is_forgotten() -> None:
    kept: Recent[str, str] = Recent(2)
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in "abacab":
        assert kept.get(key, lambda key=key: make(key)) == key  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
