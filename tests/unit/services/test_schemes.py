"""Schemes: drafts, two people, versions, filling in, ready-made structures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from surveyapp.content import SCHEME_EXAMPLES, SCHEME_PRESETS, scheme_bytes
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotAllowed, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.filling import Kind, filled, open_places
from surveyapp.services.assessment.presets import preset_document, presets, scheme_yaml
from surveyapp.services.assessment.scheme_files import MAX_BYTES
from surveyapp.storage.scheme_records import SchemeVersionRecord
from tests.builders import CLERK, services_on
from tests.support.schemes import document, line
from tests.support.scores import put_units

WANG, LI = Actor("wang", uuid4()), Actor("li", uuid4())


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """All services on a fresh database."""
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_a_draft_is_put_in_use_by_a_second_person_and_versions_follow(services: Services) -> None:
    schemes = services.schemes
    made = schemes.import_document(document(), WANG)
    assert (made.is_draft, made.in_use, made.version.created_by) == (True, None, "wang")
    assert schemes.import_document(document(), LI).version.created_by == "wang"
    with pytest.raises(NotAllowed):
        schemes.publish("county-2026", WANG)
    with pytest.raises(Conflict, match="not in use yet"):
        schemes.in_use("county-2026")
    with pytest.raises(NotFound):
        schemes.get_in_use("county-2026")
    used = schemes.publish("county-2026", LI)
    assert (used.is_draft, used.version.published_by, used.in_use) == (False, "li", used.version)
    with pytest.raises(Conflict, match="no draft"):
        schemes.publish("county-2026", LI)
    with pytest.raises(Conflict, match="no draft"):
        schemes.fill("county-2026", {}, WANG)
    changed = schemes.import_document(document(line("other")), WANG)
    assert (changed.version.number, changed.is_draft) == (2, True)
    assert schemes.in_use("county-2026").indicators[0].key == "gdp"
    assert schemes.get_in_use("county-2026").scheme.indicators[0].key == "gdp"
    again = schemes.import_document(document(line("third")), WANG)
    assert [one.number for one in again.versions] == [1, 2]
    (summary,) = schemes.summaries()
    assert (summary.version, summary.has_draft, summary.unfilled) == (1, True, 0)
    schemes.discard("county-2026", WANG)
    with pytest.raises(Conflict, match="no draft beside"):
        schemes.discard("county-2026", WANG)
    assert not schemes.get("county-2026").is_draft


def test_the_only_draft_of_a_scheme_is_not_thrown_away(services: Services) -> None:
    services.schemes.import_document(document(), CLERK)
    with pytest.raises(Conflict):
        services.schemes.discard("county-2026", CLERK)
    with pytest.raises(NotFound, match="no scheme"):
        services.schemes.get("nothing")


def test_the_table_holds_that_two_people_put_a_scheme_in_use(services: Services) -> None:
    services.schemes.import_document(document(), WANG)
    with pytest.raises(IntegrityError):
        _publish_alone(services)


def _publish_alone(services: Services) -> None:
    with services.database.writing() as work:
        record = work.session.query(SchemeVersionRecord).one()
        record.published_at, record.published_by = record.created_at, "wang"
        record.published_staff_id = WANG.staff_id


def test_year_and_category_of_a_key_stay(services: Services) -> None:
    services.schemes.import_document(document(), CLERK)
    with pytest.raises(Conflict, match="key of its own"):
        services.schemes.import_document(document(year=2027), CLERK)


def test_files_are_read_strictly(services: Services) -> None:
    schemes = services.schemes
    for data, words in (
        (b" " * (MAX_BYTES + 1), "larger than 500 kB"),
        ("标题".encode("gb18030"), "not UTF-8"),
        (b" \n", "is empty"),
    ):
        with pytest.raises(BadInput, match=words):
            schemes.import_file(data, "s.yaml", CLERK)
    with pytest.raises(InvalidDefinition) as caught:
        schemes.import_file(b"key: a\nkey: b\n", "s.yaml", CLERK)
    assert caught.value.problems[0].line == 2
    with pytest.raises(InvalidDefinition) as caught:
        schemes.import_file(b"key: county\ntotal: 0\n", "s.yaml", CLERK)
    assert {one.path: one.line for one in caught.value.problems}["total"] == 2
    made = schemes.import_file(scheme_bytes("ruian-2012"), "ruian.yaml", CLERK)
    assert schemes.publish(made.scheme.key, LI).in_use is not None


@pytest.mark.parametrize("name", SCHEME_PRESETS)
def test_structures_name_their_source_and_invent_no_number(name: str) -> None:
    preset = next(one for one in presets() if one.name == name)
    assert preset.title.zh.startswith("参照")
    assert preset.title.zh.endswith("公开报道的结构")
    for category in preset.categories:
        found = parse_scheme(preset_document(name, key="k", year=2026, category=category.zh))
        assert {"total", "missing"} <= set(found.unfilled)
        assert all(group.weight is None for group in found.groups)
        assert all(one.weight is None and one.best is None for one in found.indicators)
        assert all(rule.points is None for rule in found.adjustments)
        assert all(grade.least is None and grade.quota is None for grade in found.grades)
        assert not found.show_consequences


def test_a_structure_has_the_lines_of_its_category() -> None:
    def lines(category: str) -> set[str]:
        content = preset_document("chongqing", key="k", year=2026, category=category)
        return {one["key"] for one in content["indicators"]}

    assert {"gdp", "industry"} <= lines("主城都市区")
    assert not {"gdp", "industry"} & lines("渝东北三峡库区城镇群")
    # A category the office names itself begins with all of them; without one it is the first.
    assert {"gdp", "green"} <= lines("本市其他区县")
    assert preset_document("chongqing", key="k", year=2026)["category"] == "主城都市区"
    with pytest.raises(NotFound):
        preset_document("atlantis", key="k", year=2026)


@pytest.mark.parametrize("name", SCHEME_EXAMPLES)
def test_published_schemes_are_complete_and_come_back_from_their_file(
    services: Services, name: str
) -> None:
    (preset,) = [one for one in presets() if one.name == name]
    assert preset.is_complete
    content = preset_document(name, key="own", year=2026, category="本地单位")
    scheme = parse_scheme(content)
    assert (scheme.key, scheme.year, scheme.category) == ("own", 2026, "本地单位")
    assert scheme.unfilled == ()
    assert preset_document(name, key="own", year=2026)["category"] == preset.categories[0].zh
    detail = services.schemes.import_file(scheme_yaml(content), "own.yaml", CLERK)
    assert detail.document == content


def test_a_draft_is_filled_in_place_by_place_and_then_put_in_use(services: Services) -> None:
    schemes = services.schemes
    content = document(
        line("a", None, title=None, normalisation=None, best=None),
        line("b", 40, source="indicator", indicator=None),
        total=None,
        groups=[{"key": "work", "title": "工作", "weight": None}],
        adjustments=[{"key": "plus", "title": "加分", "points": None}],
        overrides=[
            {
                "key": "o",
                "title": "民意",
                "grade": "一般",
                "when": {"indicator": "b", "below": None},
            }
        ],
        grades=[{"from": None}, {}, {"title": "一般"}],
        missing=None,
    )
    made = schemes.import_document(content, CLERK)
    with pytest.raises(Conflict, match="still empty, the first is total"):
        schemes.publish("county-2026", LI)
    places = {one.path: one for one in open_places(made.scheme)}
    assert places["missing"].kind is Kind.CHOICE
    assert "renormalise" in places["missing"].choices
    assert (places["total"].kind, places["total"].of) == (Kind.NUMBER, made.scheme.title)
    assert places["indicators[1].title"].kind is Kind.TEXT
    assert places["groups[1].weight"].of.zh == "工作"
    assert places["overrides[1].when.below"].of.zh == "民意"
    answers = {
        "total": "100",
        "missing": "block",
        "groups[1].weight": " 100 ",
        "grades[1].from": "90",
        "indicators[1].title": "增速",
        "indicators[1].weight": "60",
        "indicators[1].normalisation": "bands",
        "indicators[2].indicator": "public",
        "adjustments[1].points": "-2",
        "overrides[1].when.below": "80",
        "indicators[1].best": "",
        "category": "别的类别",
    }
    left = schemes.fill("county-2026", answers, WANG)
    assert left.scheme.category == "县直单位"
    assert left.scheme.unfilled == ("indicators[1].bands", "indicators[1].best")
    (bands, _best) = open_places(left.scheme)
    assert bands.kind is Kind.BANDS
    done = schemes.fill(
        "county-2026",
        {"indicators[1].bands": "90: 100%；60：50%;", "indicators[1].best": "1"},
        WANG,
    )
    assert [float(share) for _from, share in done.scheme.indicators[0].bands] == [1.0, 0.5]
    assert schemes.publish("county-2026", LI).in_use is not None


def test_what_does_not_fit_a_place_is_refused_and_nothing_is_lost(services: Services) -> None:
    services.schemes.import_document(
        document(line("a", None, normalisation="bands", bands=None)), CLERK
    )
    for answers, refusal in (
        ({"indicators[1].weight": "9" * 201}, BadInput),
        ({"indicators[1].bands": "neunzig"}, BadInput),
        ({"indicators[1].weight": "viel"}, InvalidDefinition),
    ):
        with pytest.raises(refusal):
            services.schemes.fill("county-2026", answers, CLERK)
    assert len(services.schemes.get("county-2026").scheme.unfilled) == 2
    assert filled({"total": None}, {"total": " "}) == {"total": None}


def test_what_does_not_apply_is_said_with_none(services: Services) -> None:
    content = document(
        adjustments=[{"key": "plus", "title": "加分", "points": None, "cap": None}],
        grades=[{"from": None, "quota": None}, {}],
    )
    services.schemes.import_document(content, CLERK)
    answers = {"adjustments[1].cap": "none", "grades[1].quota": "无", "grades[1].from": "None"}
    left = services.schemes.fill("county-2026", answers, CLERK).scheme
    assert left.unfilled == ("adjustments[1].points",)
    assert (left.adjustments[0].cap, left.grades[0].quota, left.grades[0].least) == (None,) * 3
    # Points of a rule have to be a number.
    with pytest.raises(InvalidDefinition):
        services.schemes.fill("county-2026", {"adjustments[1].points": "none"}, CLERK)


def test_units_are_named(services: Services) -> None:
    put_units(services, {"A": "甲县"}, "县")
    assert services.schemes.unit_names() == {"A": "甲县"}
